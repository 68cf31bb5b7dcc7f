//! The desk: posts that wait for a moderator.

use std::collections::HashMap;

use actix_web::{HttpResponse, delete, get, post, put, web};
use chrono::{TimeDelta, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Shared, id};
use super::limits;
use crate::error::Result;
use crate::kernel::actions::held::{self as change, Decision};
use crate::kernel::actions::moderation::ActReasonInput;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::domain::text::NOTE_MAX;
use crate::kernel::models::held::{self, HeldPost};
use crate::kernel::models::members::{self, Member};
use crate::kernel::views::Page;
use crate::kernel::views::held::{Desk, HeldView};
use crate::state::State;

/// How long authors are shown what was declined.
const DECLINED_SHOWN: TimeDelta = TimeDelta::days(7);

/// What to do with a held post.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approve,
    Decline,
}

/// A decision on a held post.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DecisionRequest {
    decision: Verdict,
    /// From the installation's list; to decline takes one.
    #[serde(default)]
    reason: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<NOTE_MAX>)]
    note: String,
}

/// Reads the desk of a room: the posts that wait for a moderator.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = String, Path)), responses((status = 200, body = Desk)))]
#[get("/rooms/{id}/desk")]
pub async fn desk(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::ReadDesk).await?;
    let mut db = state.db.get().await?;
    let posts = held::waiting(&mut db, room, change::ROOM_MAX).await?;
    drop(db);
    let people = people(&state, &posts).await?;
    Ok(HttpResponse::Ok().json(Desk { held: views(&posts, &people, actor.member()?.id) }))
}

/// Authors and claimants.
async fn people(state: &State, posts: &[HeldPost]) -> Result<HashMap<Uuid, Member>> {
    let mut ids: Vec<Uuid> =
        posts.iter().flat_map(|post| [Some(post.author_id), post.claimed_by]).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    let found = members::by_ids(&mut *state.db.get().await?, &ids).await?;
    Ok(found.into_iter().map(|member| (member.id, member)).collect())
}

fn views<'a>(posts: &'a [HeldPost], people: &'a HashMap<Uuid, Member>, caller: Uuid) -> Vec<HeldView<'a>> {
    let at = Utc::now();
    let view = |post: &'a HeldPost| {
        let claimant = post.claimed_by.and_then(|by| people.get(&by));
        Some(HeldView::new(post, people.get(&post.author_id)?).with_claim(post, claimant, caller, at))
    };
    posts.iter().filter_map(view).collect()
}

async fn answer(state: &State, actor: &Actor, post: HeldPost) -> Result<HttpResponse> {
    let posts = [post];
    let people = people(state, &posts).await?;
    Ok(HttpResponse::Ok().json(views(&posts, &people, actor.member()?.id).pop()))
}

/// Lists the caller's own held posts in a thread, those declined in the last week included.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = Page<HeldView>)))]
#[get("/threads/{id}/held")]
pub async fn own(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (_, thread) = state.access.thread(&actor, id(&path)?, Action::Read).await?;
    let author = actor.member()?;
    let since = Utc::now() - DECLINED_SHOWN;
    let posts = held::own(&mut *state.db.get().await?, thread, author.id, since).await?;
    let items = posts.iter().map(|post| HeldView::new(post, author)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Claims a held post: for a minute no other moderator can decide on it. Claiming again prolongs it.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = HeldView)))]
#[put("/held/{id}/claim")]
pub async fn claim(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let held = id(&path)?;
    let post = call.run(|ctx, caller| async move { change::claim(&ctx, &caller, held).await }).await?;
    answer(&call.state, &call.actor, post).await
}

/// Releases the claim on a held post, so that another moderator can decide on it.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/held/{id}/claim")]
pub async fn release(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let held = id(&path)?;
    call.run(|ctx, caller| async move { change::release(&ctx, &caller, held).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Decides on a held post: approves it, which posts it in its author's name, or declines it with a reason for its author.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = DecisionRequest,
    responses((status = 200, body = HeldView)))]
#[post("/held/{id}/decision")]
pub async fn decide(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<DecisionRequest>,
) -> Result<HttpResponse> {
    let held = id(&path)?;
    let decision = match body.0.decision {
        Verdict::Approve => Decision::Approve,
        Verdict::Decline => Decision::Decline(ActReasonInput { reason: body.0.reason, note: body.0.note }),
    };
    let post =
        call.run(|ctx, caller| async move { change::decide(&ctx, &caller, held, decision).await }).await?;
    answer(&call.state, &call.actor, post).await
}

/// The author of a declined post has read why: it is shown no more.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/held/{id}")]
pub async fn dismiss(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let held = id(&path)?;
    call.run(|ctx, caller| async move { change::dismiss(&ctx, &caller, held).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
