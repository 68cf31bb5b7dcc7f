//! The floor of a session.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::features::floor::actions::{self as change, Ask, Next, OnBehalf, SettingsEdit, Step};
use crate::features::floor::reads::FloorReads;
use crate::features::floor::rules::{FLOOR_NOTE_MAX, FloorKind, LIMIT_S};
use crate::features::floor::store as floor;
use crate::features::floor::view::{FloorAnswer, FloorView};
use crate::kernel::domain::kinds::Attribution;
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::{NAME_MAX, ORGANISATION_MAX};
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Shared, id};
use crate::kernel::http::kit::asked::named;
use crate::kernel::http::limits;
use crate::kernel::http::mount::routes;
use crate::kernel::http::reading::Reading;

routes![get_one, configure, ask, withdraw, pass, next, pause, resume, end; FloorView];

/// Changes of the floor settings of a session.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FloorSettingsRequest {
    open: Option<bool>,
    /// Seconds that a speech has, 30 to 3,600.
    #[schema(schema_with = shape::whole_or_null::<{ *LIMIT_S.start() as i64 }, { *LIMIT_S.end() as i64 }>)]
    limit_s: Option<i32>,
    /// Constituency → its part of the speaking time, 0 to 1,000; who is not named has none.
    weights: Option<BTreeMap<String, i64>>,
    /// Needed to change the weights.
    #[schema(schema_with = shape::line_or_null::<FLOOR_NOTE_MAX>)]
    reason: Option<String>,
}

/// A person without a device.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FloorOnBehalfRequest {
    #[schema(schema_with = shape::line::<NAME_MAX>)]
    name: String,
    #[serde(default)]
    #[schema(schema_with = shape::text::<ORGANISATION_MAX>)]
    organisation: String,
    #[schema(value_type = ConstituencyId)]
    constituency: String,
}

/// A request for the floor.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AskRequest {
    kind: FloorKind,
    /// What it is about, for all to read.
    #[schema(schema_with = shape::text_or_null::<FLOOR_NOTE_MAX>)]
    note: Option<String>,
    #[serde(default = "named")]
    attribution: Attribution,
    /// A question that asks to interrupt who speaks now.
    #[serde(default)]
    interposed: bool,
    /// From the desk, for a person without a device.
    on_behalf: Option<FloorOnBehalfRequest>,
    /// Made by the client; a retry carries the same one.
    client_id: Uuid,
}

/// The choice of the next speaker.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NextRequest {
    /// The first in the order when absent.
    request: Option<Uuid>,
    /// Needed when it is not the first.
    #[schema(schema_with = shape::line_or_null::<FLOOR_NOTE_MAX>)]
    reason: Option<String>,
    /// The speech that the caller sees at the microphone; absent or null for none.
    current: Option<Uuid>,
}

/// Reason for passing over a request for the floor.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PassRequest {
    #[schema(schema_with = shape::line::<FLOOR_NOTE_MAX>)]
    reason: String,
}

fn answer(floor: &floor::Floor, actor: &Actor) -> HttpResponse {
    HttpResponse::Ok().json(FloorAnswer::new(floor, actor.id(), None))
}

/// Reads the floor of a session: settings, requests in speaking order, speeches, speaking time.
#[utoipa::path(tag = "floor", params(("id" = Uuid, Path)), responses((status = 200, body = FloorAnswer)))]
#[get("/sessions/{id}/floor")]
pub async fn get_one(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    reading.session_part(&state, &actor, id(&path)?, state.session_parts.of::<FloorReads>()?).await
}

/// Changes the floor settings of a session: open or closed, speech time, targets of the constituencies.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = FloorSettingsRequest,
    responses((status = 200, body = FloorAnswer)))]
#[patch("/sessions/{id}/floor")]
pub async fn configure(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<FloorSettingsRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let edit =
        SettingsEdit { open: body.open, limit_s: body.limit_s, weights: body.weights, reason: body.reason };
    let floor =
        call.run(|ctx, caller| async move { change::configure(&ctx, &caller, session, edit).await }).await?;
    Ok(answer(&floor, &call.actor))
}

/// Creates a request for the floor, for oneself or for a person without a device.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = AskRequest,
    responses((status = 201, body = FloorAnswer), (status = 200, body = FloorAnswer, description = "Asked before")))]
#[post("/sessions/{id}/floor/requests")]
pub async fn ask(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<AskRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let ask = Ask {
        kind: body.kind,
        note: body.note.unwrap_or_default(),
        attribution: body.attribution,
        interposed: body.interposed,
        on_behalf: body.on_behalf.map(|person| OnBehalf {
            name: person.name,
            organisation: person.organisation,
            constituency: person.constituency,
        }),
        client_id: body.client_id,
    };
    let asked = call.run(|ctx, caller| async move { change::ask(&ctx, &caller, session, ask).await });
    let (floor, request, is_new) = asked.await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(FloorAnswer::new(&floor, call.actor.id(), Some(request))))
}

/// Withdraws a request for the floor: one's own, or one that the desk entered.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = FloorAnswer)))]
#[delete("/floor-requests/{id}")]
pub async fn withdraw(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let request = id(&path)?;
    let floor = call.run(|ctx, caller| async move { change::withdraw(&ctx, &caller, request).await }).await?;
    Ok(answer(&floor, &call.actor))
}

/// Passes over a request for the floor, with a reason that everyone sees.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = PassRequest,
    responses((status = 200, body = FloorAnswer)))]
#[post("/floor-requests/{id}/pass")]
pub async fn pass(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<PassRequest>,
) -> Result<HttpResponse> {
    let request = id(&path)?;
    let floor = call
        .run(|ctx, caller| async move { change::pass(&ctx, &caller, request, &body.0.reason).await })
        .await?;
    Ok(answer(&floor, &call.actor))
}

/// Gives the floor to the next speaker: the first in the computed order, or another with a reason that everyone sees.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = NextRequest,
    responses((status = 200, body = FloorAnswer)))]
#[post("/sessions/{id}/floor/next")]
pub async fn next(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<NextRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let next = Next { request: body.request, reason: body.reason, current: body.current };
    let floor =
        call.run(|ctx, caller| async move { change::give(&ctx, &caller, session, next).await }).await?;
    Ok(answer(&floor, &call.actor))
}

/// Pauses the clock of a speech.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = FloorAnswer)))]
#[post("/speeches/{id}/pause")]
pub async fn pause(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    step(call, &path, Step::Pause).await
}

/// Resumes the clock of a speech.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = FloorAnswer)))]
#[post("/speeches/{id}/resume")]
pub async fn resume(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    step(call, &path, Step::Resume).await
}

/// Ends a speech: the chair any speech, a speaker their own.
#[utoipa::path(tag = "floor", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = FloorAnswer)))]
#[post("/speeches/{id}/end")]
pub async fn end(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    step(call, &path, Step::End).await
}

async fn step(call: Call<limits::Change>, path: &str, step: Step) -> Result<HttpResponse> {
    let speech = id(path)?;
    let floor =
        call.run(|ctx, caller| async move { change::step(&ctx, &caller, speech, step).await }).await?;
    Ok(answer(&floor, &call.actor))
}
