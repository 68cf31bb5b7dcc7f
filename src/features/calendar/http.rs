//! Calendar feeds (RFC 5545): of a room, and of a member by a secret address.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, delete, get, post, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::calendar::rules::{self as calendar, Event};
use crate::features::calendar::view::events;
use crate::features::calendar::{actions as change, store as rows};
use crate::kernel::access;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::domain::permissions::Action;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Query, Shared};
use crate::kernel::http::limits;
use crate::kernel::http::mount::routes;
use crate::kernel::models::rooms::Room;
use crate::state::State;

routes![of_room, mine, make, revoke, of_member];

/// How long a session stays in the feeds after it is over.
const KEPT: TimeDelta = TimeDelta::days(180);
/// Most workshops in one feed.
const ROOMS_MAX: i64 = 1_000;
/// Most sessions in one feed, and most that were taken off.
const EVENTS_MAX: i64 = 2_000;

/// In which language.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// English when absent.
    lang: Option<Lang>,
}

/// The calendar feed of the signed-in member.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarFeed {
    /// Creation time of the feed; null when there is none.
    #[schema(required)]
    created_at: Option<DateTime<Utc>>,
}

/// A feed's address, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewCalendarFeed {
    token: String,
    url: String,
}

/// `file` is a short name of our own making.
async fn feed(state: &State, name: &str, file: &str, rooms: &[Room], lang: Lang) -> Result<HttpResponse> {
    let ids: Vec<Uuid> = rooms.iter().map(|room| room.id).collect();
    let since = Utc::now() - KEPT;
    let mut db = state.db.get().await?;
    let sessions = rows::sessions_since(&mut db, &ids, since, EVENTS_MAX).await?;
    let removed = rows::removed_since(&mut db, &ids, since, EVENTS_MAX).await?;
    drop(db);
    let events: Vec<Event> = events(state.url(), rooms, &sessions, &removed, lang);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{file}.ics\"")))
        // It is read again every few minutes, and a member's is nobody else's.
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .body(calendar::write(name, &events)))
}

/// Reads the agenda of a room as an iCalendar feed (RFC 5545).
#[utoipa::path(tag = "calendar", params(("id" = String, Path), CalendarQuery),
    responses((status = 200, body = String, content_type = "text/calendar")))]
#[get("/rooms/{id}/calendar.ics")]
pub async fn of_room(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<CalendarQuery>,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    let room = state.access.room(&actor, room, Action::Read).await?.room.clone();
    let (title, slug) = (room.title.clone(), room.slug.clone());
    feed(&state, &title, &slug, &[room], query.0.lang.unwrap_or(Lang::En)).await
}

/// Tells whether the signed-in member has a calendar feed, and since when.
#[utoipa::path(tag = "calendar", security(("sign_in" = [])), responses((status = 200, body = CalendarFeed)))]
#[get("/me/calendar")]
pub async fn mine(state: Shared, actor: Actor) -> Result<HttpResponse> {
    let member = actor.member()?.id;
    let created_at = rows::feed_since(&mut *state.db.get().await?, member).await?;
    Ok(HttpResponse::Ok().json(CalendarFeed { created_at }))
}

/// Creates the calendar feed of the signed-in member, or gives it a new address.
///
/// The old address stops working. The new one is shown in this answer only.
#[utoipa::path(tag = "calendar", security(("sign_in" = [])), responses((status = 201, body = NewCalendarFeed)))]
#[post("/me/calendar")]
pub async fn make(call: Call<limits::Change>) -> Result<HttpResponse> {
    let accounts = call.state.accounts.clone();
    let token = call.run(|_, caller| async move { change::make_feed(&accounts, &caller).await }).await?;
    let url = format!("{}/api/v1/calendar/{token}.ics", call.state.url());
    Ok(HttpResponse::Created().json(NewCalendarFeed { token, url }))
}

/// Deletes the calendar feed of the signed-in member; its address stops working.
#[utoipa::path(tag = "calendar", security(("sign_in" = [])), responses((status = 204)))]
#[delete("/me/calendar")]
pub async fn revoke(call: Call<limits::Change>) -> Result<HttpResponse> {
    let accounts = call.state.accounts.clone();
    call.run(|_, caller| async move { change::revoke_feed(&accounts, &caller).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Reads all workshops that a member sees as an iCalendar feed. Whoever has the address can read it.
#[utoipa::path(tag = "calendar", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/calendar")))]
#[get("/calendar/{token}.ics")]
pub async fn of_member(state: Shared, path: web::Path<String>) -> Result<HttpResponse> {
    let hash = access::token_hash(&path);
    let member = rows::owner(&mut *state.db.get().await?, &hash).await?.ok_or(Error::NotFound)?;
    let lang = member.locale;
    let actor = access::Actor::of(member);
    let since = Utc::now() - KEPT;
    let mut rooms = rows::workshops(&mut *state.db.get().await?, since, ROOMS_MAX).await?;
    let mut visible = Vec::new();
    for room in rooms.drain(..) {
        match state.access.room(&actor, room.id, Action::Read).await {
            Ok(_) => visible.push(room),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    feed(&state, "Plenary", "plenary", &visible, lang).await
}
