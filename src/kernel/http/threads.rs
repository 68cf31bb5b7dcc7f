//! Threads: list, create, rename, read mark, lock, pin, review.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::asked::{WhyRequest, audience, english, named};
use super::kit::cursor;
use super::limits;
use super::reading::{Reading, page_of, written};
use crate::error::{Error, Result};
use crate::kernel::actions::moderation::{self, Switch};
use crate::kernel::actions::threads::{self as change, NewThread};
use crate::kernel::domain::kinds::{Attribution, Lang, ThreadKind};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::domain::text::{BODY_MAX, TITLE_MAX};
use crate::kernel::models::posts;
use crate::kernel::models::thread_list::{Place, Sort};
use crate::kernel::models::threads::Thread;
use crate::kernel::reads::{ListEnd, ThreadList};
use crate::kernel::views::Page;
use crate::kernel::views::posts::{PostView, by_post};
use crate::kernel::views::threads::{MyThreadView, NewThreadView};
use crate::state::State;

/// Which threads of a room.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ThreadsQuery {
    /// At most so many (1 to 100, default 50).
    limit: Option<i64>,
    after: Option<String>,
    /// `activity` (the default, pinned first) or `new`.
    sort: Option<String>,
    /// `unread`: only threads with posts that the caller has not read.
    filter: Option<String>,
    /// Only this kind; without it, every kind but chat.
    kind: Option<ThreadKind>,
}

/// A new thread with its first post.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ThreadRequest {
    kind: ThreadKind,
    #[schema(schema_with = shape::line::<TITLE_MAX>)]
    title: String,
    #[schema(schema_with = shape::block::<BODY_MAX>)]
    body: String,
    #[serde(default = "english")]
    lang: Lang,
    #[serde(default = "named")]
    attribution: Attribution,
    /// Made by the client when the text is composed; a retry carries the same one.
    client_id: Uuid,
}

/// Changes of a thread.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ThreadEditRequest {
    #[schema(schema_with = shape::line::<TITLE_MAX>)]
    title: String,
}

/// What the caller has read.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReadRequest {
    /// Everything up to this number of the log.
    #[serde(default)]
    seq: i64,
    /// These posts, by their numbers in the log, whatever lies before them: at most 200.
    #[serde(default)]
    #[schema(max_items = 200)]
    seen: Vec<i64>,
}

/// Lists the threads of a room.
#[utoipa::path(tag = "threads", params(ThreadsQuery, ("id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Page<MyThreadView>), (status = 401)))]
#[get("/rooms/{id}/threads")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<ThreadsQuery>,
    reading: Reading,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::Read).await?;
    let query = query.0;
    let sort = match query.sort.as_deref() {
        None | Some("activity") => Sort::Activity,
        Some("new") => Sort::New,
        Some(_) => return Err(Error::Malformed("sort is activity or new.".into())),
    };
    let unread_by = match query.filter.as_deref() {
        None | Some("all") => None,
        Some("unread") => Some(actor.member()?.id),
        Some(_) => return Err(Error::Malformed("filter is all or unread.".into())),
    };
    let after = query.after.as_deref().map(list_end).transpose()?;
    let limit = cursor::limit(query.limit);
    let list = ThreadList { room, sort, kind: query.kind, after, limit, unread_by };
    let compose = async {
        let (items, end) = state.reads.thread_list(&actor, &list).await?;
        let next = end.map(|end| end_text(&end));
        page_of(&items, next.as_deref())
    };
    reading.answer(&state, &actor, compose).await
}

/// The cursor of a list of threads: of its order, and where in it a page ended.
fn end_text(end: &ListEnd) -> String {
    cursor::of_pair(&format!("{}.{}", u8::from(end.last.pinned), end.as_of), &end.last.seq.to_string())
}

fn list_end(text: &str) -> Result<ListEnd> {
    let (order, seq) = cursor::pair(text)?;
    let (pinned, as_of) = order.split_once('.').ok_or_else(cursor::bad)?;
    let last = Place { pinned: pinned == "1", seq: cursor::number(&seq)? };
    Ok(ListEnd { last, as_of: cursor::number(as_of)? })
}

/// Creates a thread with its first post.
#[utoipa::path(tag = "threads", security(("sign_in" = [])), params(("id" = String, Path, description = "Id or slug")),
    request_body = ThreadRequest,
    responses((status = 201, body = NewThreadView), (status = 200, description = "The same thread again", body = NewThreadView)))]
#[post("/rooms/{id}/threads")]
pub async fn create(
    call: Call<limits::Post>,
    path: web::Path<String>,
    body: Body<ThreadRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let body = body.0;
    let new = NewThread {
        kind: body.kind,
        title: body.title,
        body: body.body,
        lang: body.lang,
        attribution: body.attribution,
        client_id: body.client_id,
    };
    let (thread, post, is_new) =
        call.run(|ctx, caller| async move { change::create(&ctx, &caller, room, new).await }).await?;
    let room = call.state.access.room_state(room).await?;
    let mut counts = by_post(posts::reaction_counts(&mut *call.state.db.get().await?, &[post.id]).await?);
    let view = NewThreadView {
        thread: MyThreadView::new(&thread, None, None, call.actor.id()),
        first_post: PostView::new(
            &post,
            counts.remove(&post.id).unwrap_or_default(),
            audience(&room, &call.actor),
        ),
    };
    Ok(if is_new { HttpResponse::Created().json(view) } else { HttpResponse::Ok().json(view) })
}

async fn answer(state: &State, actor: &Actor, thread: &Thread) -> Result<HttpResponse> {
    Ok(written(state.reads.thread(actor, thread.id).await?))
}

/// Reads a thread.
#[utoipa::path(tag = "threads", params(("id" = Uuid, Path)), responses((status = 200, body = MyThreadView)))]
#[get("/threads/{id}")]
pub async fn get_one(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    let (_, thread) = state.access.thread(&actor, id(&path)?, Action::Read).await?;
    reading.answer(&state, &actor, state.reads.thread(&actor, thread)).await
}

/// Renames a thread.
#[utoipa::path(tag = "threads", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = ThreadEditRequest,
    responses((status = 200, body = MyThreadView)))]
#[patch("/threads/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<ThreadEditRequest>,
) -> Result<HttpResponse> {
    let thread = id(&path)?;
    let thread = call
        .run(|ctx, caller| async move { change::rename(&ctx, &caller, thread, &body.0.title).await })
        .await?;
    answer(&call.state, &call.actor, &thread).await
}

/// Sets the read mark of the caller in a thread: how far they have read.
#[utoipa::path(tag = "threads", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = ReadRequest, responses((status = 204)))]
#[put("/threads/{id}/read")]
pub async fn mark_read(
    call: Call<limits::Read>,
    path: web::Path<String>,
    body: Body<ReadRequest>,
) -> Result<HttpResponse> {
    let ReadRequest { seq, seen } = body.0;
    change::mark_read(&call.state.ctx, &call.actor, id(&path)?, seq, &seen).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Locks a thread: only moderators can post in it.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[put("/threads/{id}/lock")]
pub async fn lock(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Lock, true, body.0).await
}

/// Unlocks a thread.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[delete("/threads/{id}/lock")]
pub async fn unlock(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Lock, false, body.0).await
}

/// Pins a thread to the top of its room.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[put("/threads/{id}/pin")]
pub async fn pin(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Pin, true, body.0).await
}

/// Unpins a thread.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[delete("/threads/{id}/pin")]
pub async fn unpin(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Pin, false, body.0).await
}

/// Starts review of a thread: new posts are held for a moderator, but not those of moderators.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[put("/threads/{id}/review")]
pub async fn require_review(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Review, true, body.0).await
}

/// Ends review of a thread: new posts appear at once. Posts that are held stay held.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = MyThreadView)))]
#[delete("/threads/{id}/review")]
pub async fn lift_review(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    switch(call, &path, Switch::Review, false, body.0).await
}

async fn switch(
    call: Call<limits::Change>,
    path: &str,
    switch: Switch,
    on: bool,
    why: WhyRequest,
) -> Result<HttpResponse> {
    let thread = id(path)?;
    let why = why.sent();
    let thread =
        call.run(|ctx, caller| async move {
            moderation::set_thread(&ctx, &caller, thread, switch, on, &why).await
        })
        .await?;
    answer(&call.state, &call.actor, &thread).await
}
