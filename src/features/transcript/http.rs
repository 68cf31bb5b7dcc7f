//! The transcript of a session, and signals of interpreters to the speaker.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::Result;
use crate::features::transcript::actions::signals::TERM_MAX;
use crate::features::transcript::actions::{self as change, LINE_MAX, NewLine, signals};
use crate::features::transcript::reads::TranscriptReads;
use crate::features::transcript::store as transcript;
use crate::features::transcript::view::LineView;
use crate::kernel::domain::kinds::{Lang, SignalKind};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Query, Shared, id};
use crate::kernel::http::kit::cursor;
use crate::kernel::http::limits;
use crate::kernel::http::mount::routes;
use crate::kernel::http::reading::Reading;
use crate::kernel::views::Page;

routes![list, add, remove, signal; LineView];

/// Which lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinesQuery {
    /// At most so many (1 to 100, default 50).
    limit: Option<i64>,
    /// Cursor: items after it.
    after: Option<String>,
    /// Lines in this language only.
    lang: Option<Lang>,
}

impl LinesQuery {
    /// The first page in all languages: what nearly everyone asks for.
    fn is_first(&self) -> bool {
        self.after.is_none() && self.lang.is_none() && self.limit.is_none()
    }
}

/// A new line of a transcript.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LineRequest {
    /// At most 2,000 characters.
    #[schema(schema_with = shape::block::<LINE_MAX>)]
    body: String,
    /// The language of the text.
    lang: Lang,
    /// The language that was spoken.
    original_lang: Lang,
    /// Made by the client when the line is composed; a retry carries the same one.
    client_id: Uuid,
}

/// A signal of an interpreter.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SignalRequest {
    kind: SignalKind,
    /// The word that is asked about, at most 80 characters.
    #[schema(schema_with = shape::line_or_null::<TERM_MAX>)]
    term: Option<String>,
}

/// Lists the lines of a session's transcript, newest first.
#[utoipa::path(tag = "interpretation", params(LinesQuery, ("id" = Uuid, Path)),
    responses((status = 200, body = Page<LineView>)))]
#[get("/sessions/{id}/transcript")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<LinesQuery>,
    reading: Reading,
) -> Result<HttpResponse> {
    if query.0.is_first() {
        return reading
            .session_part(&state, &actor, id(&path)?, state.session_parts.of::<TranscriptReads>()?)
            .await;
    }
    let (_, session) = state.access.session(&actor, id(&path)?, Action::Read).await?;
    let before = query.0.after.as_deref().map(cursor::number).transpose()?;
    let limit = cursor::limit(query.0.limit);
    let mut db = state.db.get().await?;
    let mut rows = transcript::page(&mut db, session.id, query.0.lang, before, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|line| line.seq.to_string());
    Ok(HttpResponse::Ok().json(Page { items: rows.iter().map(LineView::from).collect(), next }))
}

/// Adds a line to the transcript of a session.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path)),
    request_body = LineRequest, responses((status = 201, body = LineView),
        (status = 200, description = "The same line again", body = LineView)))]
#[post("/sessions/{id}/transcript")]
pub async fn add(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<LineRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    let new = NewLine {
        body: body.body,
        lang: body.lang,
        original_lang: body.original_lang,
        client_id: body.client_id,
    };
    let (line, is_new) =
        call.run(|ctx, caller| async move { change::add(&ctx, &caller, session, new).await }).await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(LineView::from(&line)))
}

/// Removes a line from the transcript of a session.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path)),
    responses((status = 204)))]
#[delete("/transcript/{id}")]
pub async fn remove(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let line = id(&path)?;
    call.run(|ctx, caller| async move { change::remove(&ctx, &caller, line).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a signal of an interpreter to the speaker and those who run the session: slower, repeat, or explain a term.
#[utoipa::path(tag = "interpretation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = SignalRequest,
    responses((status = 204)))]
#[post("/sessions/{id}/signals")]
pub async fn signal(
    call: Call<limits::Signal>,
    path: web::Path<String>,
    body: Body<SignalRequest>,
) -> Result<HttpResponse> {
    let (session, body) = (id(&path)?, body.0);
    signals::send(&call.state.ctx, &call.actor, session, body.kind, body.term.as_deref()).await?;
    Ok(HttpResponse::NoContent().finish())
}
