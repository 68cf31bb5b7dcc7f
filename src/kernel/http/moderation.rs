//! Slow mode, closing, mutes and the public moderation log.

use actix_web::{HttpResponse, delete, get, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::asked::WhyRequest;
use super::kit::cursor;
use super::limits;
use super::rooms::answer;
use crate::error::Result;
use crate::kernel::actions::moderation::{
    self as change, ActReason, ActReasonInput, MUTE_MAX_MINUTES, SLOW_MAX_S,
};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape::{self, ReasonId};
use crate::kernel::domain::text::NOTE_MAX;
use crate::kernel::models::moderation;
use crate::kernel::views::Page;
use crate::kernel::views::moderation::{ActView, MuteView};
use crate::kernel::views::rooms::RoomView;

/// Settings of slow mode.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SlowRequest {
    /// Least time between two posts of one participant; 0 ends slow mode.
    #[schema(schema_with = shape::whole::<0, { SLOW_MAX_S as i64 }>)]
    seconds: i32,
    #[schema(value_type = ReasonId)]
    reason: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<NOTE_MAX>)]
    note: String,
}

/// A mute.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MuteRequest {
    /// 1 to 43,200.
    #[schema(schema_with = shape::whole::<1, MUTE_MAX_MINUTES>)]
    minutes: i64,
    #[schema(value_type = ReasonId)]
    reason: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<NOTE_MAX>)]
    note: String,
}

/// A mute as it was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct MuteAnswer {
    member: Uuid,
    until: DateTime<Utc>,
    reason: String,
    note: String,
}

/// Sets or ends slow mode in a room: the least time between two posts of one participant.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path)), request_body = SlowRequest,
    responses((status = 200, body = RoomView)))]
#[put("/rooms/{id}/slow-mode")]
pub async fn slow(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<SlowRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let why = ActReasonInput { reason: body.0.reason, note: body.0.note };
    let seconds = body.0.seconds;
    call.run(|ctx, caller| async move { change::set_slow_mode(&ctx, &caller, room, seconds, &why).await })
        .await?;
    answer(&call.state, &call.actor, room).await
}

/// Closes a room: it can be read, but nobody can post.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path)), request_body = WhyRequest,
    responses((status = 200, body = RoomView)))]
#[put("/rooms/{id}/closed")]
pub async fn close(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    set_closed(call, &path, true, body.0).await
}

/// Reopens a closed room.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path)), request_body = WhyRequest,
    responses((status = 200, body = RoomView)))]
#[delete("/rooms/{id}/closed")]
pub async fn reopen(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    set_closed(call, &path, false, body.0).await
}

async fn set_closed(
    call: Call<limits::Change>,
    path: &str,
    closed: bool,
    why: WhyRequest,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(path).await?;
    let why = why.sent();
    call.run(|ctx, caller| async move { change::set_closed(&ctx, &caller, room, closed, &why).await })
        .await?;
    answer(&call.state, &call.actor, room).await
}

/// Lists the members who are muted in a room.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path)), responses((status = 200, body = Page<MuteView>)))]
#[get("/rooms/{id}/mutes")]
pub async fn mutes(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::ReadDesk).await?;
    let rows = moderation::mutes(&mut *state.db.get().await?, room).await?;
    Ok(HttpResponse::Ok().json(Page::whole(rows.into_iter().map(MuteView::from).collect())))
}

/// Mutes a member in a room for a time.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path), ("member" = Uuid, Path)),
    request_body = MuteRequest, responses((status = 200, body = MuteAnswer)))]
#[put("/rooms/{id}/mutes/{member}")]
pub async fn mute(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<MuteRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path.0).await?;
    let member = id(&path.1)?;
    let why = ActReasonInput { reason: body.0.reason, note: body.0.note };
    let minutes = body.0.minutes;
    let (until, ActReason { reason, note }) = call
        .run(|ctx, caller| async move { change::mute(&ctx, &caller, room, member, minutes, &why).await })
        .await?;
    Ok(HttpResponse::Ok().json(MuteAnswer { member, until, reason, note }))
}

/// Ends the mute of a member in a room.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path), ("member" = Uuid, Path)),
    request_body = WhyRequest, responses((status = 204)))]
#[delete("/rooms/{id}/mutes/{member}")]
pub async fn unmute(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path.0).await?;
    let (member, why) = (id(&path.1)?, body.0.sent());
    call.run(|ctx, caller| async move { change::unmute(&ctx, &caller, room, member, &why).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which acts of moderation.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ActsQuery {
    /// At most so many items (1 to 100).
    limit: Option<i64>,
    /// Where the page before ended.
    after: Option<String>,
    /// Only those about this thread and its posts.
    thread: Option<Uuid>,
}

/// Lists the public moderation log of a room, newest first.
#[utoipa::path(tag = "moderation", params(ActsQuery, ("id" = String, Path)),
    responses((status = 200, body = Page<ActView>)))]
#[get("/rooms/{id}/moderation-log")]
pub async fn log(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<ActsQuery>,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    let rules = state.access.room(&actor, room, Action::Read).await?;
    let desk = rules.may(&actor, Action::ReadDesk).is_ok();
    let before = query.0.after.as_deref().map(cursor::number).transpose()?;
    let limit = cursor::limit(query.0.limit);
    let thread = query.0.thread;
    let mut rows = moderation::page(&mut *state.db.get().await?, room, thread, before, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|(act, _)| act.seq.to_string());
    let items: Vec<ActView> = rows.into_iter().map(|(act, member)| ActView::new(act, member, desk)).collect();
    Ok(HttpResponse::Ok().json(Page { items, next }))
}
