//! The agenda and its sessions.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;

use super::call::Call;
use super::extract::{Actor, Body, Shared, id};
use super::kit::asked::given;
use super::limits;
use super::reading::Reading;
use crate::error::Result;
use crate::kernel::actions::sessions::{self as change, NewSession, SessionEdit};
use crate::kernel::domain::kinds::{SessionState, TimeKind};
use crate::kernel::domain::links::Material;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::domain::text::TITLE_MAX;
use crate::kernel::views::Page;
use crate::kernel::views::sessions::SessionView;

/// A new session on an agenda.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SessionRequest {
    #[schema(schema_with = shape::line::<TITLE_MAX>)]
    title: String,
    #[schema(schema_with = shape::words_or_null::<TITLE_MAX>)]
    title_zh: Option<String>,
    #[serde(default)]
    #[schema(schema_with = shape::text::<TITLE_MAX>)]
    organisation: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    /// How it takes a delay; `compressible` when absent.
    time_kind: Option<TimeKind>,
    /// At most 20 links.
    #[serde(default)]
    materials: Vec<Material>,
}

/// Changes of a session of an agenda.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SessionEditRequest {
    #[schema(schema_with = shape::line_or_null::<TITLE_MAX>)]
    title: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    title_zh: Option<Option<String>>,
    #[schema(schema_with = shape::text_or_null::<TITLE_MAX>)]
    organisation: Option<String>,
    /// New times are the new plan too.
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    time_kind: Option<TimeKind>,
    /// In place of all that there were; at most 20 links.
    materials: Option<Vec<Material>>,
}

/// The new state of a session.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StateRequest {
    state: SessionState,
}

/// Lists the sessions on the agenda of a room.
#[utoipa::path(tag = "sessions", params(("id" = String, Path)), responses((status = 200, body = Page<SessionView>)))]
#[get("/rooms/{id}/sessions")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::Read).await?;
    reading.answer(&state, &actor, state.reads.agenda(room)).await
}

/// Creates a session on the agenda of a room.
#[utoipa::path(tag = "sessions", security(("sign_in" = [])), params(("id" = String, Path)), request_body = SessionRequest,
    responses((status = 201, body = SessionView)))]
#[post("/rooms/{id}/sessions")]
pub async fn create(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<SessionRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let body = body.0;
    let new = NewSession {
        title: body.title,
        title_zh: body.title_zh,
        organisation: body.organisation,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        time_kind: body.time_kind.unwrap_or(TimeKind::Compressible),
        materials: body.materials,
    };
    let session =
        call.run(|ctx, caller| async move { change::create(&ctx, &caller, room, new).await }).await?;
    Ok(HttpResponse::Created().json(SessionView::from(&session)))
}

/// Reads a session of an agenda.
#[utoipa::path(tag = "sessions", params(("id" = Uuid, Path)), responses((status = 200, body = SessionView)))]
#[get("/sessions/{id}")]
pub async fn get_one(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (_, session) = state.access.session(&actor, id(&path)?, Action::Read).await?;
    Ok(HttpResponse::Ok().json(SessionView::from(&session)))
}

/// Changes a session of an agenda: title, description, times, materials.
#[utoipa::path(tag = "sessions", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = SessionEditRequest,
    responses((status = 200, body = SessionView)))]
#[patch("/sessions/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<SessionEditRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let edit = SessionEdit {
        title: body.title,
        title_zh: body.title_zh,
        organisation: body.organisation,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        time_kind: body.time_kind,
        materials: body.materials,
    };
    let session =
        call.run(|ctx, caller| async move { change::edit(&ctx, &caller, session, edit).await }).await?;
    Ok(HttpResponse::Ok().json(SessionView::from(&session)))
}

/// Deletes a session that has not begun from its agenda.
#[utoipa::path(tag = "sessions", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/sessions/{id}")]
pub async fn remove(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let session = id(&path)?;
    call.run(|ctx, caller| async move { change::remove(&ctx, &caller, session).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the state of a session: opens the lobby, starts, pauses, resumes or ends it.
#[utoipa::path(tag = "sessions", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = StateRequest,
    responses((status = 200, body = SessionView)))]
#[post("/sessions/{id}/state")]
pub async fn set_state(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<StateRequest>,
) -> Result<HttpResponse> {
    let session = id(&path)?;
    let session = call
        .run(|ctx, caller| async move { change::set_state(&ctx, &caller, session, body.0.state).await })
        .await?;
    Ok(HttpResponse::Ok().json(SessionView::from(&session)))
}
