//! Posts and questions in another language.

use actix_web::{HttpResponse, delete, get, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::call::Call;
use super::extract::{Actor, Body, Shared, id};
use super::limits;
use crate::error::Result;
use crate::features::questions::http::lang;
use crate::kernel::actions::translations::{self as change, NewTranslation};
use crate::kernel::domain::kinds::TranslationState;
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::translations::{self, Of};
use crate::kernel::views::Page;
use crate::kernel::views::translations::TranslationView;

/// A translation.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TranslationRequest {
    body: String,
    /// `draft`, or `interpreter` to publish it.
    state: TranslationState,
    /// The version of the original that it renders; the newest when it is not said.
    based_on: Option<i32>,
    /// The version of the translation that was edited, 0 for none; another one is a conflict.
    version: Option<i32>,
}

/// Which version is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConfirmTranslationRequest {
    version: i32,
}

async fn read(state: Shared, actor: Actor, of: Of) -> Result<HttpResponse> {
    let (room, revision, is_hidden) = match of {
        Of::Post(id) => {
            let (room, post) = state.access.post(&actor, id, Action::Read).await?;
            (room, post.revision, post.hidden_at.is_some())
        }
        Of::Question(id) => {
            let (room, question) = state.access.question(&actor, id, Action::Read).await?;
            (room, 1, question.hidden_at.is_some())
        }
    };
    let may_draft = room.may(&actor, Action::Translate).is_ok();
    if is_hidden && room.may(&actor, Action::ReadDesk).is_err() {
        return Ok(HttpResponse::Ok().json(Page::<TranslationView<'_>>::whole(Vec::new())));
    }
    let rows = translations::of(&mut *state.db.get().await?, of).await?;
    let is_shown = |state| match state {
        TranslationState::Draft => may_draft,
        TranslationState::Withdrawn => false,
        TranslationState::Interpreter | TranslationState::Confirmed => true,
    };
    let shown = rows.iter().filter(|row| is_shown(row.state));
    Ok(HttpResponse::Ok().json(Page::whole(shown.map(|row| TranslationView::new(row, revision)).collect())))
}

async fn write(
    call: Call<limits::Change>,
    of: Of,
    language: &str,
    body: TranslationRequest,
) -> Result<HttpResponse> {
    let language = lang(language)?;
    let new =
        NewTranslation { body: body.body, state: body.state, based_on: body.based_on, version: body.version };
    let done =
        call.run(|ctx, caller| async move { change::put(&ctx, &caller, of, language, new).await }).await?;
    answer(&call.state, &call.actor, of, &done).await
}

async fn answer(
    state: &Shared,
    actor: &Actor,
    of: Of,
    translation: &translations::Translation,
) -> Result<HttpResponse> {
    let revision = match of {
        Of::Post(id) => state.access.post(actor, id, Action::Read).await?.1.revision,
        Of::Question(_) => 1,
    };
    Ok(HttpResponse::Ok().json(TranslationView::new(translation, revision)))
}

async fn confirm(
    call: Call<limits::Change>,
    of: Of,
    language: &str,
    body: ConfirmTranslationRequest,
) -> Result<HttpResponse> {
    let language = lang(language)?;
    let done = call
        .run(|ctx, caller| async move { change::confirm(&ctx, &caller, of, language, body.version).await })
        .await?;
    answer(&call.state, &call.actor, of, &done).await
}

async fn withdraw(call: Call<limits::Change>, of: Of, language: &str) -> Result<HttpResponse> {
    let language = lang(language)?;
    call.run(|ctx, caller| async move { change::withdraw(&ctx, &caller, of, language).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The translations of a post; drafts for those who translate.
#[utoipa::path(tag = "interpretation", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<TranslationView>)))]
#[get("/posts/{id}/translations")]
pub async fn of_post(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let of = Of::Post(id(&path)?);
    read(state, actor, of).await
}

/// Drafts or publishes a post in another language.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    request_body = TranslationRequest, responses((status = 200, body = TranslationView)))]
#[put("/posts/{id}/translations/{lang}")]
pub async fn translate_post(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<TranslationRequest>,
) -> Result<HttpResponse> {
    let of = Of::Post(id(&path.0)?);
    write(call, of, &path.1, body.0).await
}

/// The author of a post confirms its translation.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    request_body = ConfirmTranslationRequest, responses((status = 200, body = TranslationView)))]
#[post("/posts/{id}/translations/{lang}/confirm")]
pub async fn confirm_post(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<ConfirmTranslationRequest>,
) -> Result<HttpResponse> {
    let of = Of::Post(id(&path.0)?);
    confirm(call, of, &path.1, body.0).await
}

/// Takes the translation of a post back.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    responses((status = 204)))]
#[delete("/posts/{id}/translations/{lang}")]
pub async fn withdraw_post(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    let of = Of::Post(id(&path.0)?);
    withdraw(call, of, &path.1).await
}

/// The translations of a question; drafts for those who translate.
#[utoipa::path(tag = "interpretation", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<TranslationView>)))]
#[get("/questions/{id}/translations")]
pub async fn of_question(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let of = Of::Question(id(&path)?);
    read(state, actor, of).await
}

/// Drafts or publishes a question in another language.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    request_body = TranslationRequest, responses((status = 200, body = TranslationView)))]
#[put("/questions/{id}/translations/{lang}")]
pub async fn translate_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<TranslationRequest>,
) -> Result<HttpResponse> {
    let of = Of::Question(id(&path.0)?);
    write(call, of, &path.1, body.0).await
}

/// Who asked a question confirms its translation.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    request_body = ConfirmTranslationRequest, responses((status = 200, body = TranslationView)))]
#[post("/questions/{id}/translations/{lang}/confirm")]
pub async fn confirm_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<ConfirmTranslationRequest>,
) -> Result<HttpResponse> {
    let of = Of::Question(id(&path.0)?);
    confirm(call, of, &path.1, body.0).await
}

/// Takes the translation of a question back.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = crate::kernel::domain::kinds::Lang, Path)),
    responses((status = 204)))]
#[delete("/questions/{id}/translations/{lang}")]
pub async fn withdraw_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    let of = Of::Question(id(&path.0)?);
    withdraw(call, of, &path.1).await
}
