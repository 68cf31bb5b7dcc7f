//! Handlers for translations, shared by posts and questions.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asked::lang;
use crate::error::Result;
use crate::kernel::actions::translations::{self as change, NewTranslation, Seen, Translatable};
use crate::kernel::domain::kinds::TranslationState;
use crate::kernel::domain::permissions::Action;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Shared};
use crate::kernel::http::limits;
use crate::kernel::models::translations;
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
    /// The version of the translation that was edited; 0, or nothing, for a first one. Another one is a conflict.
    version: Option<i32>,
}

/// The confirmation of a translation's version.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConfirmTranslationRequest {
    version: i32,
}

/// The translations of a text; drafts for those who translate.
///
/// # Errors
/// Not found.
pub async fn read(state: Shared, actor: Actor, of: impl Translatable) -> Result<HttpResponse> {
    let Seen { room, revision, is_hidden } = of.seen(&state.access, &actor).await?;
    let may_draft = room.may(&actor, Action::Translate).is_ok();
    if is_hidden && room.may(&actor, Action::ReadDesk).is_err() {
        return Ok(HttpResponse::Ok().json(Page::<TranslationView<'_>>::whole(Vec::new())));
    }
    let rows = translations::of(&mut *state.db.get().await?, of.of()).await?;
    let is_shown = |state| match state {
        TranslationState::Draft => may_draft,
        TranslationState::Withdrawn => false,
        TranslationState::Interpreter | TranslationState::Confirmed => true,
    };
    let shown = rows.iter().filter(|row| is_shown(row.state));
    Ok(HttpResponse::Ok().json(Page::whole(shown.map(|row| TranslationView::new(row, revision)).collect())))
}

/// Drafts or publishes a text in another language.
///
/// # Errors
/// Those of [`change::put`].
pub async fn write(
    call: Call<limits::Change>,
    of: impl Translatable,
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
    of: impl Translatable,
    translation: &translations::Translation,
) -> Result<HttpResponse> {
    let revision = of.seen(&state.access, actor).await?.revision;
    Ok(HttpResponse::Ok().json(TranslationView::new(translation, revision)))
}

/// The author of a text confirms its translation.
///
/// # Errors
/// Those of [`change::confirm`].
pub async fn confirm(
    call: Call<limits::Change>,
    of: impl Translatable,
    language: &str,
    body: ConfirmTranslationRequest,
) -> Result<HttpResponse> {
    let language = lang(language)?;
    let done = call
        .run(|ctx, caller| async move { change::confirm(&ctx, &caller, of, language, body.version).await })
        .await?;
    answer(&call.state, &call.actor, of, &done).await
}

/// Takes the translation of a text back.
///
/// # Errors
/// Those of [`change::withdraw`].
pub async fn withdraw(
    call: Call<limits::Change>,
    of: impl Translatable,
    language: &str,
) -> Result<HttpResponse> {
    let language = lang(language)?;
    call.run(|ctx, caller| async move { change::withdraw(&ctx, &caller, of, language).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
