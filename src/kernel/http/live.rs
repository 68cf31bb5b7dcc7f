//! The log of a room over HTTP, the WebSocket, and who is present.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::extract::{Actor, Query, Shared, address, bearer, token, written_json};
use super::kit::asked::audience;
use super::limits::network_of;
use crate::error::{Code, Result};
use crate::kernel::domain::LOG_PAGE;
use crate::kernel::domain::kinds::Site;
use crate::kernel::domain::permissions::Action;
use crate::kernel::live::presence::Counts;
use crate::kernel::live::socket;
use crate::kernel::models::{members, room_log};
use crate::kernel::views::{PublicMemberView, events};

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// Entries above this number.
    #[serde(default)]
    after: i64,
    /// When there are none, wait for one so many seconds (at most 25). Whoever asks so, even for 0 seconds, counts as
    /// present in the room until a quarter of a minute after the answer.
    wait: Option<u64>,
}

/// An entry of the log, for the documentation only, which says what each kind carries.
#[derive(ToSchema)]
pub struct LogEvent {}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogPage {
    /// The same objects as `event` frames.
    #[schema(value_type = Vec<LogEvent>)]
    items: Vec<serde_json::Value>,
    head: i64,
    epoch: Uuid,
}

/// Lists the entries of a room's log as the caller may see them, in pages of 500. Can wait for the next entry.
#[utoipa::path(tag = "live", params(LogQuery, ("id" = String, Path)), responses((status = 200, body = LogPage)))]
#[get("/rooms/{id}/log")]
pub async fn log(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<LogQuery>,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    let until = Instant::now() + Duration::from_secs(query.0.wait.unwrap_or(0).min(25));
    if query.0.wait.is_some() {
        // Whoever follows by asking is there as with a socket.
        state.access.room(&actor, room, Action::Read).await?;
        state.hub.asks(&actor, room, until);
    }
    let after = query.0.after.max(0);
    loop {
        // Asked again each time: the right may end while the caller waits.
        let rules = state.access.room(&actor, room, Action::Read).await?;
        let head = state.access.head(room).await?;
        if head <= after && Instant::now() < until && state.ready.load(std::sync::atomic::Ordering::Acquire) {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        }
        let mut db = state.db.get().await?;
        let entries = room_log::after(&mut db, room, after, LOG_PAGE).await?;
        let lines = events::lines(&mut db, &state.hub.events, room, &entries).await?;
        let head = entries.last().map_or(head, |last| last.seq.max(head));
        let audience = audience(&rules, &actor);
        let items: Vec<&str> = lines.iter().map(|line| &**line.text(audience)).collect();
        let epoch = state.hub.epoch;
        return Ok(written_json(format!(
            "{{\"items\":[{}],\"head\":{head},\"epoch\":\"{epoch}\"}}",
            items.join(",")
        )));
    }
}

/// Opens the WebSocket for live events. Needs the exact `Origin`; without a sign-in it gives public rooms only.
#[utoipa::path(tag = "live", responses((status = 101, description = "Switching protocols"), (status = 401), (status = 403)))]
#[get("/live")]
pub async fn live(
    state: Shared,
    actor: Actor,
    request: HttpRequest,
    stream: web::Payload,
) -> Result<HttpResponse> {
    if bearer(request.headers()).is_none() && !from_own_page(request.headers(), &state.origins) {
        return Err(Code::ForbiddenOrigin.saying("The WebSocket is open to this site's own pages only."));
    }
    let token = token(&request, state.cookie_name());
    // Whose sign-in has ended must learn of it, and is not served as a guest.
    let guest = if token.is_some() {
        actor.member()?;
        None
    } else {
        Some(state.hub.guests.enter(network_of(address(&request, &state)))?)
    };
    if !state.ready.load(std::sync::atomic::Ordering::Acquire) {
        return Err(Code::ShuttingDown.after(Duration::from_secs(2)));
    }
    let pass = state.hub.admission.enter().await?;
    socket::start(&request, stream, (state.hub.clone(), pass), (actor.0, guest))
}

/// True when a request comes from one of our own origins.
pub fn from_own_page(headers: &HeaderMap, origins: &[String]) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    origin.is_some_and(|origin| origins.iter().any(|own| own == origin))
}

/// The presence in a room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Presence {
    #[serde(flatten)]
    counts: Counts,
    members: Vec<Present>,
}

/// A member who is present in a room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Present {
    #[serde(flatten)]
    member: PublicMemberView,
    site: Site,
}

/// Lists the members who are present in a room, by name.
#[utoipa::path(tag = "live", params(("id" = String, Path)), responses((status = 200, body = Presence), (status = 401), (status = 403)))]
#[get("/rooms/{id}/presence")]
pub async fn presence(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::SeePresence).await?;
    let (counts, here) = state.hub.present(room);
    let sites: HashMap<Uuid, Site> = here.into_iter().map(|present| (present.member, present.site)).collect();
    let ids: Vec<Uuid> = sites.keys().copied().collect();
    let mut members: Vec<Present> = members::by_ids(&mut *state.db.get().await?, &ids)
        .await?
        .into_iter()
        .map(|member| Present {
            site: sites.get(&member.id).copied().unwrap_or(Site::Online),
            member: member.into(),
        })
        .collect();
    members.sort_by(|a, b| a.member.display_name.cmp(&b.member.display_name));
    Ok(HttpResponse::Ok().json(Presence { counts, members }))
}
