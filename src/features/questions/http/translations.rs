//! Translations of questions.

use actix_web::{HttpResponse, delete, get, post, put, web};

use crate::error::Result;
use crate::features::questions::actions::QuestionText;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Shared, id};
use crate::kernel::http::kit::translating::{
    ConfirmTranslationRequest, TranslationRequest, confirm, read, withdraw, write,
};
use crate::kernel::http::limits;
use crate::kernel::views::Page;
use crate::kernel::views::translations::TranslationView;

/// Lists the translations of a question. Only those who may translate see drafts.
#[utoipa::path(tag = "interpretation", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<TranslationView>)))]
#[get("/questions/{id}/translations")]
pub async fn of_question(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let of = QuestionText(id(&path)?);
    read(state, actor, of).await
}

/// Saves the translation of a question into a language, as a draft or published.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = Lang, Path)),
    request_body = TranslationRequest, responses((status = 200, body = TranslationView)))]
#[put("/questions/{id}/translations/{lang}")]
pub async fn translate_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<TranslationRequest>,
) -> Result<HttpResponse> {
    let of = QuestionText(id(&path.0)?);
    write(call, of, &path.1, body.0).await
}

/// Confirms the translation of one's own question.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = Lang, Path)),
    request_body = ConfirmTranslationRequest, responses((status = 200, body = TranslationView)))]
#[post("/questions/{id}/translations/{lang}/confirm")]
pub async fn confirm_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<ConfirmTranslationRequest>,
) -> Result<HttpResponse> {
    let of = QuestionText(id(&path.0)?);
    confirm(call, of, &path.1, body.0).await
}

/// Withdraws the translation of a question.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path), ("lang" = Lang, Path)),
    responses((status = 204)))]
#[delete("/questions/{id}/translations/{lang}")]
pub async fn withdraw_question(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    let of = QuestionText(id(&path.0)?);
    withdraw(call, of, &path.1).await
}
