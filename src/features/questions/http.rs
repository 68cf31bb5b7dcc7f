//! Questions of a session.

mod translations;

use actix_web::{HttpResponse, delete, get, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::features::questions::actions::{self as change, NewQuestion, OnBehalf};
use crate::features::questions::reads::QuestionReads;
use crate::features::questions::rules::{Merges, QUESTION_MAX, QuestionState};
use crate::features::questions::store as questions;
use crate::features::questions::view::events::QuestionTranslationEvent;
use crate::features::questions::view::{
    Boards, QuestionAnswer, QuestionContext, QuestionEvent, QuestionPage, QuestionView, QuestionWithHistory,
    StepView,
};
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::{NAME_MAX, NOTE_MAX, ORGANISATION_MAX};
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Shared, id};
use crate::kernel::http::kit::asked::{WhyRequest, audience, english, named};
use crate::kernel::http::limits;
use crate::kernel::http::mount::routes;
use crate::kernel::http::reading::Reading;
use crate::state::State;

routes![list, create, get_one, support, unsupport, set_state, merge, unmerge, hide, restore, translations::of_question, translations::translate_question, translations::confirm_question, translations::withdraw_question; QuestionEvent, QuestionTranslationEvent];

/// A person without a device.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuestionOnBehalfRequest {
    #[schema(schema_with = shape::line::<NAME_MAX>)]
    name: String,
    #[schema(value_type = ConstituencyId)]
    constituency: String,
    #[serde(default)]
    #[schema(schema_with = shape::words::<ORGANISATION_MAX>)]
    organisation: String,
}

/// A new question.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuestionRequest {
    /// At most 1,000 characters.
    #[schema(schema_with = shape::block::<QUESTION_MAX>)]
    body: String,
    #[serde(default = "english")]
    lang: Lang,
    #[serde(default = "named")]
    attribution: Attribution,
    /// Made by the client when the question is composed; a retry carries the same one.
    client_id: Uuid,
    /// For whom a moderator or a steward asks.
    on_behalf: Option<QuestionOnBehalfRequest>,
}

/// The new state of a question.
#[derive(Debug, Deserialize, ToSchema)]
pub struct QuestionStateRequest {
    state: QuestionState,
    /// Needed to park a question.
    #[schema(schema_with = shape::text_or_null::<NOTE_MAX>)]
    reason: Option<String>,
}

/// The merge of a duplicate question into another.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MergeRequest {
    question: Uuid,
}

/// Lists the questions of a session and the order in which they stand.
#[utoipa::path(tag = "questions", params(("id" = Uuid, Path)),
    responses((status = 200, body = QuestionPage)))]
#[get("/sessions/{id}/questions")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    reading.session_part(&state, &actor, id(&path)?, state.session_parts.of::<QuestionReads>()?).await
}

/// Creates a question in a session, for oneself or for a person without a device.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)),
    request_body = QuestionRequest, responses((status = 201, body = QuestionAnswer),
        (status = 200, description = "The same question again", body = QuestionAnswer)))]
#[post("/sessions/{id}/questions")]
pub async fn create(
    call: Call<limits::Post>,
    path: web::Path<String>,
    body: Body<QuestionRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let new = NewQuestion {
        body: body.body,
        lang: body.lang,
        attribution: body.attribution,
        client_id: body.client_id,
        on_behalf: body.on_behalf.map(|person| OnBehalf {
            name: person.name,
            constituency: person.constituency,
            organisation: person.organisation,
        }),
    };
    let (question, is_new) =
        call.run(|ctx, caller| async move { change::ask(&ctx, &caller, session, new).await }).await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    answer(&call.state, &call.actor, question.id, &mut response).await
}

/// A question as the actor sees it now, with the order.
async fn answer(
    state: &State,
    actor: &Actor,
    question: Uuid,
    response: &mut actix_web::HttpResponseBuilder,
) -> Result<HttpResponse> {
    let (room, question) = state.access.question(actor, question, Action::Read).await?;
    let mut db = state.db.get().await?;
    let beside = QuestionContext::load(&mut db, &[question.id]).await?;
    let order = Boards::load(&mut db, &[question.session_id]).await?.order(question.session_id);
    let supported_by_me = supports(&mut db, actor, &question).await?;
    let question = QuestionView::new(&question, &beside, audience(&room, actor));
    Ok(response.json(QuestionAnswer { question, order, supported_by_me }))
}

/// Does the caller support the question, or one that is merged into it?
async fn supports(
    db: &mut crate::kernel::models::Db,
    actor: &Actor,
    question: &questions::Question,
) -> Result<bool> {
    let Some(member) = actor.id() else { return Ok(false) };
    let supported = questions::supported_in(db, &[question.session_id], &[member]).await?;
    if supported.is_empty() {
        return Ok(false);
    }
    let places = questions::places(db, &[question.session_id]).await?;
    let merges = Merges::new(places.iter().map(|place| (place.id, place.merged_into)));
    Ok(supported.iter().any(|(_, _, id)| merges.up(*id).contains(&question.id)))
}

/// Reads a question with its history of steps.
#[utoipa::path(tag = "questions", params(("id" = Uuid, Path)),
    responses((status = 200, body = QuestionWithHistory)))]
#[get("/questions/{id}")]
pub async fn get_one(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (room, question) = state.access.question(&actor, id(&path)?, Action::Read).await?;
    let mut db = state.db.get().await?;
    let beside = QuestionContext::load(&mut db, &[question.id]).await?;
    let history = questions::history(&mut db, &[question.id]).await?;
    let supported_by_me = supports(&mut db, &actor, &question).await?;
    Ok(HttpResponse::Ok().json(QuestionWithHistory {
        question: QuestionView::new(&question, &beside, audience(&room, &actor)),
        history: history.into_iter().map(StepView::from).collect(),
        supported_by_me,
    }))
}

/// Adds the caller's support to a question.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = QuestionAnswer)))]
#[put("/questions/{id}/support")]
pub async fn support(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    set_support(call, &path, true).await
}

/// Removes the caller's support from a question.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = QuestionAnswer)))]
#[delete("/questions/{id}/support")]
pub async fn unsupport(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    set_support(call, &path, false).await
}

async fn set_support(call: Call<limits::Change>, path: &str, on: bool) -> Result<HttpResponse> {
    let question = id(path)?;
    call.run(|ctx, caller| async move { change::set_support(&ctx, &caller, question, on).await }).await?;
    answer(&call.state, &call.actor, question, &mut HttpResponse::Ok()).await
}

/// Changes the state of a question: taken, answered, parked, or waiting again.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)),
    request_body = QuestionStateRequest, responses((status = 200, body = QuestionAnswer)))]
#[post("/questions/{id}/state")]
pub async fn set_state(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<QuestionStateRequest>,
) -> Result<HttpResponse> {
    let (question, body) = (id(&path)?, body.0);
    call.run(|ctx, caller| async move {
        change::set_state(&ctx, &caller, question, body.state, body.reason.as_deref()).await
    })
    .await?;
    answer(&call.state, &call.actor, question, &mut HttpResponse::Ok()).await
}

/// Merges a duplicate question into another; their supporters count once.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = MergeRequest,
    responses((status = 200, body = QuestionAnswer)))]
#[put("/questions/{id}/merged_into")]
pub async fn merge(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<MergeRequest>,
) -> Result<HttpResponse> {
    let (question, target) = (id(&path)?, body.0.question);
    call.run(|ctx, caller| async move { change::merge(&ctx, &caller, question, target).await }).await?;
    answer(&call.state, &call.actor, question, &mut HttpResponse::Ok()).await
}

/// Separates a merged question from the one that it was merged into.
#[utoipa::path(tag = "questions", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 200, body = QuestionAnswer)))]
#[delete("/questions/{id}/merged_into")]
pub async fn unmerge(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let question = id(&path)?;
    call.run(|ctx, caller| async move { change::unmerge(&ctx, &caller, question).await }).await?;
    answer(&call.state, &call.actor, question, &mut HttpResponse::Ok()).await
}

/// Hides a question, with a reason that stands in the moderation log.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), operation_id = "hide_question", params(("id" = Uuid, Path)),
    request_body = WhyRequest, responses((status = 200, body = QuestionAnswer)))]
#[put("/questions/{id}/hidden")]
pub async fn hide(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    set_hidden(call, &path, true, body.0).await
}

/// Restores a hidden question.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), operation_id = "restore_question", params(("id" = Uuid, Path)),
    request_body = WhyRequest, responses((status = 200, body = QuestionAnswer)))]
#[delete("/questions/{id}/hidden")]
pub async fn restore(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    set_hidden(call, &path, false, body.0).await
}

async fn set_hidden(
    call: Call<limits::Change>,
    path: &str,
    hidden: bool,
    why: WhyRequest,
) -> Result<HttpResponse> {
    let question = id(path)?;
    let why = why.sent();
    call.run(|ctx, caller| async move { change::set_hidden(&ctx, &caller, question, hidden, &why).await })
        .await?;
    answer(&call.state, &call.actor, question, &mut HttpResponse::Ok()).await
}
