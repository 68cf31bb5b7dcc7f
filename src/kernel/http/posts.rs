//! Posts, their history and reactions.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::asked::{WhyRequest, audience, english, named};
use super::kit::cursor;
use super::limits;
use super::reading::Reading;
use crate::error::{Error, Result};
use crate::kernel::actions::moderation::{self};
use crate::kernel::actions::posts::{self as change, NewPost, Sent};
use crate::kernel::actions::reactions;
use crate::kernel::domain::kinds::{Attribution, Lang, ReactionName};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape;
use crate::kernel::domain::text::{self, BODY_MAX};
use crate::kernel::log::event::Audience;
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::{post_places, translations};
use crate::kernel::reads::{PageKey, Part};
use crate::kernel::views::Page;
use crate::kernel::views::held::HeldView;
use crate::kernel::views::posts::{PostPage, PostView, RevisionView, by_post, diff};
use crate::state::State;

/// Which posts of a thread.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PostsQuery {
    /// At most so many (1 to 100, default 50).
    limit: Option<i64>,
    /// Cursor: items after it.
    after: Option<String>,
    /// Cursor: items before it.
    before: Option<String>,
    /// The page around the post with this number.
    around: Option<i64>,
    /// `seq` (the default) or `tree`.
    order: Option<String>,
    /// The page around the post with this number in the thread.
    around_number: Option<i32>,
    /// The page around the first post that was written at this time or later.
    around_time: Option<DateTime<Utc>>,
    /// `start` (the default), `end`: the last page, or `unread`: the page around the first post, in this order, that
    /// the caller has not read, or the first page when all is read.
    at: Option<String>,
}

/// A new post.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PostRequest {
    #[schema(schema_with = shape::block::<BODY_MAX>)]
    body: String,
    parent_id: Option<Uuid>,
    #[serde(default = "english")]
    lang: Lang,
    #[serde(default = "named")]
    attribution: Attribution,
    /// Made by the client when the text is composed; a retry carries the same one.
    client_id: Uuid,
}

/// A new text for a post.
#[derive(Debug, Deserialize, ToSchema)]
pub struct EditRequest {
    #[schema(schema_with = shape::block::<BODY_MAX>)]
    body: String,
    /// The version that was edited.
    revision: i32,
}

/// Markdown to render.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PreviewRequest {
    #[schema(schema_with = shape::block::<BODY_MAX>)]
    body: String,
}

/// Rendered text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    html: String,
}

/// Lists the posts of a thread: pages in both directions, by number or as a reply tree.
#[utoipa::path(tag = "posts", params(PostsQuery, ("id" = Uuid, Path)), responses((status = 200, body = PostPage)))]
#[get("/threads/{id}/posts")]
pub async fn list(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<PostsQuery>,
    reading: Reading,
) -> Result<HttpResponse> {
    let (room, thread) = state.access.thread(&actor, id(&path)?, Action::Read).await?;
    let limit = cursor::limit(query.0.limit);
    let part = wanted(&state, &actor, (room.room.id, thread), &query.0, limit).await?;
    let key = PageKey { room: room.room.id, thread, audience: audience(&room, &actor), part, limit };
    Ok(reading.posts(&state.reads.posts(&actor, key).await?))
}

async fn wanted(
    state: &State,
    actor: &Actor,
    (room, thread): (Uuid, Uuid),
    query: &PostsQuery,
    limit: i64,
) -> Result<Part> {
    let as_tree = match query.order.as_deref() {
        None | Some("seq") => false,
        Some("tree") => true,
        Some(_) => return Err(Error::Malformed("order is seq or tree.".into())),
    };
    let after = query.after.as_deref().map(cursor::number).transpose()?;
    let before = query.before.as_deref().map(cursor::number).transpose()?;
    let part = match (after, before, place(query)?, query.at.as_deref()) {
        (Some(after), None, None, _) => Part::After(after),
        (None, Some(before), None, _) => Part::Before(before),
        (None, None, Some(place), _) => {
            return around(state, (room, thread), place, (as_tree, limit)).await;
        }
        (None, None, None, Some("end")) => Part::Before(i64::MAX),
        (None, None, None, Some("unread")) => {
            match state.reads.first_unread(actor, (room, thread), as_tree).await? {
                Some(seq) => return around(state, (room, thread), Place::Seq(seq), (as_tree, limit)).await,
                None => Part::After(0),
            }
        }
        (None, None, None, None | Some("start")) => Part::After(0),
        _ => {
            return Err(Error::Malformed(
                "Take one of after, before, around, around_number, around_time, at.".into(),
            ));
        }
    };
    Ok(match part {
        Part::After(seq) if as_tree => Part::TreeAfter(seq),
        Part::Before(seq) if as_tree => Part::TreeBefore(seq),
        part => part,
    })
}

/// In seconds since 1970.
const YEAR_10000: i64 = 253_402_300_800;

/// What a page lies around.
enum Place {
    Seq(i64),
    Number(i32),
    Time(DateTime<Utc>),
}

fn place(query: &PostsQuery) -> Result<Option<Place>> {
    match (query.around, query.around_number, query.around_time) {
        (None, None, None) => Ok(None),
        (Some(seq), None, None) => Ok(Some(Place::Seq(seq))),
        (None, Some(number), None) => Ok(Some(Place::Number(number))),
        (None, None, Some(time)) => {
            // The database knows no times far outside of our own.
            let last = DateTime::from_timestamp(YEAR_10000, 0).unwrap_or(time);
            Ok(Some(Place::Time(time.max(DateTime::UNIX_EPOCH).min(last))))
        }
        _ => Err(Error::Malformed("Take one of around, around_number, around_time.".into())),
    }
}

async fn around(
    state: &State,
    (room, thread): (Uuid, Uuid),
    place: Place,
    (as_tree, limit): (bool, i64),
) -> Result<Part> {
    let seq = match place {
        Place::Seq(seq) => seq,
        Place::Number(number) => {
            post_places::seq_of_number(&mut *state.db.get().await?, thread, number).await?.unwrap_or(0)
        }
        Place::Time(time) => {
            post_places::seq_of_time(&mut *state.db.get().await?, thread, time).await?.unwrap_or(0)
        }
    };
    match as_tree {
        true => state.reads.around_in_tree(room, thread, seq, limit).await,
        false => state.reads.around(thread, seq, limit).await,
    }
}

/// Creates a post in a thread, or a reply to another post.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = PostRequest,
    responses((status = 201, body = PostView), (status = 200, description = "The same post again", body = PostView),
        (status = 202, description = "It waits for a moderator", body = HeldView)))]
#[post("/threads/{id}/posts")]
pub async fn create(
    call: Call<limits::Post>,
    path: web::Path<String>,
    body: Body<PostRequest>,
) -> Result<HttpResponse> {
    let thread = id(&path)?;
    let new = NewPost {
        body: body.0.body,
        parent: body.0.parent_id,
        lang: body.0.lang,
        attribution: body.0.attribution,
        client_id: body.0.client_id,
    };
    let posted = match call
        .run(|ctx, caller| async move { change::create(&ctx, &caller, thread, new).await })
        .await?
    {
        Sent::Posted(posted) => posted,
        Sent::Held(held) => {
            let author = call.actor.member()?;
            return Ok(HttpResponse::Accepted().json(HeldView::new(&held, author)));
        }
    };
    if posted.is_new {
        let view = PostView::new(&posted.post, Default::default(), Audience::Participant);
        return Ok(HttpResponse::Created().json(view));
    }
    answer(&call.state, &call.actor, &posted.post).await
}

/// A post as the actor sees it now.
async fn answer(state: &State, actor: &Actor, post: &Post) -> Result<HttpResponse> {
    let room = state.access.room_state(post.room_id).await?;
    let mut db = state.db.get().await?;
    let mut counts = by_post(posts::reaction_counts(&mut db, &[post.id]).await?);
    let translated = translations::of_posts(&mut db, &[post.id]).await?;
    let reactions = counts.remove(&post.id).unwrap_or_default();
    let view = PostView::new(post, reactions, audience(&room, actor)).with(&translated, post);
    Ok(HttpResponse::Ok().json(view))
}

/// Reads a post.
#[utoipa::path(tag = "posts", params(("id" = Uuid, Path)), responses((status = 200, body = PostView)))]
#[get("/posts/{id}")]
pub async fn get_one(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (_, post) = state.access.post(&actor, id(&path)?, Action::Read).await?;
    answer(&state, &actor, &post).await
}

/// Changes the text of one's own post.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = EditRequest,
    responses((status = 200, body = PostView)))]
#[patch("/posts/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<EditRequest>,
) -> Result<HttpResponse> {
    let post = id(&path)?;
    let body = body.0;
    let post = call
        .run(|ctx, caller| async move { change::edit(&ctx, &caller, post, &body.body, body.revision).await })
        .await?;
    answer(&call.state, &call.actor, &post).await
}

/// Lists the revisions of a post, with what changed each time. Those of a hidden post are for the desk only.
#[utoipa::path(tag = "posts", params(("id" = Uuid, Path)), responses((status = 200, body = Page<RevisionView>)))]
#[get("/posts/{id}/revisions")]
pub async fn revisions(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let (room, post) = state.access.post(&actor, id(&path)?, Action::Read).await?;
    if post.hidden_at.is_some() {
        room.may(&actor, Action::ReadDesk).map_err(|_| Error::NotFound)?;
    }
    let mut versions: Vec<(i32, DateTime<Utc>, String)> =
        posts::revisions(&mut *state.db.get().await?, post.id)
            .await?
            .into_iter()
            .map(|version| (version.revision, version.at, version.body_md))
            .collect();
    versions.push((post.revision, post.edited_at.unwrap_or(post.created_at), post.body_md));
    let mut before = String::new();
    let items = versions
        .into_iter()
        .map(|(revision, at, body_md)| {
            let diff = diff(&before, &body_md);
            before.clone_from(&body_md);
            let body_html = markdown::render(&body_md)?;
            Ok(RevisionView { revision, at, body_md, body_html, diff })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Hides a post, with a reason that stands in the moderation log.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = PostView)))]
#[put("/posts/{id}/hidden")]
pub async fn hide(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<WhyRequest>,
) -> Result<HttpResponse> {
    set_hidden(call, &path, true, body.0).await
}

/// Restores a hidden post.
#[utoipa::path(tag = "moderation", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = WhyRequest,
    responses((status = 200, body = PostView)))]
#[delete("/posts/{id}/hidden")]
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
    let post = id(path)?;
    let why = why.sent();
    let post = call
        .run(|ctx, caller| async move { moderation::set_hidden(&ctx, &caller, post, hidden, &why).await })
        .await?;
    answer(&call.state, &call.actor, &post).await
}

/// Adds the caller's reaction to a post.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path), ("name" = ReactionName, Path)),
    responses((status = 200, body = PostView)))]
#[put("/posts/{id}/reactions/{name}")]
pub async fn react(call: Call<limits::Change>, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    set_reaction(call, path.into_inner(), true).await
}

/// Removes the caller's reaction from a post.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), params(("id" = Uuid, Path), ("name" = ReactionName, Path)),
    responses((status = 200, body = PostView)))]
#[delete("/posts/{id}/reactions/{name}")]
pub async fn unreact(call: Call<limits::Change>, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    set_reaction(call, path.into_inner(), false).await
}

async fn set_reaction(call: Call<limits::Change>, path: (String, String), on: bool) -> Result<HttpResponse> {
    let post = id(&path.0)?;
    let name = ReactionName::parse(&path.1).ok_or(Error::NotFound)?;
    let post =
        call.run(|ctx, caller| async move { reactions::set(&ctx, &caller, post, name, on).await }).await?;
    answer(&call.state, &call.actor, &post).await
}

/// Renders Markdown as the HTML that a post would have.
#[utoipa::path(tag = "posts", security(("sign_in" = [])), request_body = PreviewRequest, responses((status = 200, body = Preview)))]
#[post("/preview")]
pub async fn preview(_: Call<limits::Preview>, body: Body<PreviewRequest>) -> Result<HttpResponse> {
    let text = text::block("body", &body.0.body, BODY_MAX)?;
    Ok(HttpResponse::Ok().json(Preview { html: markdown::render(&text)? }))
}
