//! Programmes, rooms, and roles in rooms.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::asked::given;
use super::kit::cursor::{self, ListQuery};
use super::limits;
use super::reading::{Reading, page_of, written};
use crate::error::{Error, Result};
use crate::kernel::actions::rooms::{self as change, NewProgramme, NewRoom, RoomEdit};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{RoomKind, RoomRole, Visibility};
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::{DESCRIPTION_MAX, TITLE_MAX};
use crate::kernel::models::rooms::{self, ProgrammeChange};
use crate::kernel::reads::RoomList;
use crate::kernel::views::Page;
use crate::kernel::views::rooms::{ProgrammeView, RoleView, RoomMemberView, RoomView};
use crate::state::State;

/// Characters of a search for a member.
const SEARCH_MAX: usize = 100;

/// Which rooms.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoomsQuery {
    limit: Option<i64>,
    after: Option<String>,
    /// Only rooms of this programme.
    programme: Option<Uuid>,
}

/// A new room.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RoomRequest {
    #[schema(schema_with = shape::line::<TITLE_MAX>)]
    title: String,
    kind: RoomKind,
    visibility: Visibility,
    /// Of a caucus, and only there.
    #[schema(value_type = Option<ConstituencyId>)]
    constituency: Option<String>,
    programme: Option<Uuid>,
    #[schema(schema_with = shape::slug_or_null)]
    slug: Option<String>,
    #[serde(default)]
    #[schema(schema_with = shape::text::<DESCRIPTION_MAX>)]
    description: String,
    /// Who holds the chair; without it, the maker.
    chair: Option<Uuid>,
}

/// Changes of a room's settings.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RoomEditRequest {
    #[schema(schema_with = shape::line_or_null::<TITLE_MAX>)]
    title: Option<String>,
    #[schema(schema_with = shape::text_or_null::<DESCRIPTION_MAX>)]
    description: Option<String>,
    visibility: Option<Visibility>,
    /// null takes the room out of its programme.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    programme: Option<Option<Uuid>>,
}

/// A new programme.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProgrammeRequest {
    #[schema(schema_with = shape::line::<TITLE_MAX>)]
    title: String,
    #[schema(schema_with = shape::slug_or_null)]
    slug: Option<String>,
    #[serde(default)]
    #[schema(schema_with = shape::text::<DESCRIPTION_MAX>)]
    description: String,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
}

/// Changes of a programme.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProgrammeEditRequest {
    #[schema(schema_with = shape::line_or_null::<TITLE_MAX>)]
    title: Option<String>,
    #[schema(schema_with = shape::text_or_null::<DESCRIPTION_MAX>)]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    starts_on: Option<Option<NaiveDate>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    ends_on: Option<Option<NaiveDate>>,
}

/// The role to give to a member.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RoleRequest {
    role: RoomRole,
}

/// Query for members of a room.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RoomMembersQuery {
    limit: Option<i64>,
    after: Option<String>,
    /// Part of a name or of an organisation's name.
    #[param(schema_with = shape::words_or_null::<SEARCH_MAX>)]
    q: Option<String>,
}

/// A room as the caller sees it now.
pub async fn answer(state: &State, actor: &Actor, id: Uuid) -> Result<HttpResponse> {
    Ok(written(state.reads.room(actor, id).await?))
}

/// Lists the rooms that the caller may see.
#[utoipa::path(tag = "rooms", params(RoomsQuery), responses((status = 200, body = Page<RoomView>)))]
#[get("/rooms")]
pub async fn list(
    state: Shared,
    actor: Actor,
    query: Query<RoomsQuery>,
    reading: Reading,
) -> Result<HttpResponse> {
    let after = match query.0.after.as_deref().map(cursor::pair).transpose()? {
        Some((title, id)) => Some((title, Uuid::try_parse(&id).map_err(|_| cursor::bad())?)),
        None => None,
    };
    let limit = cursor::limit(query.0.limit) as usize;
    let list = RoomList { programme: query.0.programme, after, limit };
    let compose = async {
        let (items, last) = state.reads.rooms(&actor, &list).await?;
        let next = last.map(|(title, id)| cursor::of_pair(&title, &id.to_string()));
        page_of(&items, next.as_deref())
    };
    reading.answer(&state, &actor, compose).await
}

/// Creates a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), request_body = RoomRequest, responses((status = 201, body = RoomView), (status = 409)))]
#[post("/rooms")]
pub async fn create(call: Call<limits::Change>, body: Body<RoomRequest>) -> Result<HttpResponse> {
    call.actor.steward()?;
    let body = body.0;
    let new = NewRoom {
        title: body.title,
        slug: body.slug,
        description: body.description,
        kind: body.kind,
        visibility: body.visibility,
        constituency: body.constituency,
        programme: body.programme,
        chair: body.chair,
    };
    let room = call.run(|ctx, caller| async move { change::create(&ctx, &caller, new).await }).await?;
    // The maker of a caucus of others sees it once, as made.
    let view = call.state.reads.new_room(&call.actor, room.id).await?;
    Ok(HttpResponse::Created().content_type(ContentType::json()).body(view))
}

/// Reads a room, by its id or short name.
#[utoipa::path(tag = "rooms", params(("id" = String, Path, description = "Id or slug")),
    responses((status = 200, body = RoomView)))]
#[get("/rooms/{id}")]
pub async fn get_one(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    reading: Reading,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    reading.answer(&state, &actor, state.reads.room(&actor, room)).await
}

/// Changes the settings of a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = String, Path)), request_body = RoomEditRequest,
    responses((status = 200, body = RoomView)))]
#[patch("/rooms/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<RoomEditRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let body = body.0;
    let edit = RoomEdit {
        title: body.title,
        description: body.description,
        visibility: body.visibility,
        programme: body.programme,
    };
    call.run(|ctx, caller| async move { change::edit(&ctx, &caller, room, edit).await }).await?;
    answer(&call.state, &call.actor, room).await
}

/// Lists the members who hold a role in a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = String, Path)), responses((status = 200, body = Page<RoleView>)))]
#[get("/rooms/{id}/roles")]
pub async fn list_roles(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::Read).await?;
    actor.active()?;
    Ok(HttpResponse::Ok().json(Page::whole(role_views(&state, room).await?)))
}

async fn role_views(state: &State, room: Uuid) -> Result<Vec<RoleView>> {
    let holders = rooms::role_holders(&mut *state.db.get().await?, room).await?;
    Ok(holders
        .into_iter()
        .filter_map(|row| {
            Some(RoleView { member: row.member.into(), role: row.role?, granted_at: row.granted_at })
        })
        .collect())
}

/// Reads the role of a member in a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = String, Path), ("member" = Uuid, Path)),
    responses((status = 200, body = RoleView)))]
#[get("/rooms/{id}/roles/{member}")]
pub async fn get_role(
    state: Shared,
    actor: Actor,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    let (room, member) = (state.access.room_id(&path.0).await?, id(&path.1)?);
    state.access.room(&actor, room, Action::Read).await?;
    actor.active()?;
    let role = role_views(&state, room).await?.into_iter().find(|role| role.member.id == member);
    Ok(HttpResponse::Ok().json(role.ok_or(Error::NotFound)?))
}

/// Gives a member a role in a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = String, Path), ("member" = Uuid, Path)), request_body = RoleRequest,
    responses((status = 200, body = RoleView)))]
#[put("/rooms/{id}/roles/{member}")]
pub async fn set_role(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
    body: Body<RoleRequest>,
) -> Result<HttpResponse> {
    let (room, member) = (call.state.access.room_id(&path.0).await?, id(&path.1)?);
    let role = body.0.role;
    call.run(|ctx, caller| async move { change::set_role(&ctx, &caller, room, member, role).await }).await?;
    let view = role_views(&call.state, room).await?.into_iter().find(|role| role.member.id == member);
    Ok(HttpResponse::Ok().json(view.ok_or(Error::NotFound)?))
}

/// Removes the role of a member in a room.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = String, Path), ("member" = Uuid, Path)), responses((status = 204)))]
#[delete("/rooms/{id}/roles/{member}")]
pub async fn remove_role(
    call: Call<limits::Change>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse> {
    let (room, member) = (call.state.access.room_id(&path.0).await?, id(&path.1)?);
    call.run(|ctx, caller| async move { change::remove_role(&ctx, &caller, room, member).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Finds members by name who take part in a room or may be given a role in it.
#[utoipa::path(tag = "rooms", params(RoomMembersQuery, ("id" = String, Path)),
    responses((status = 200, body = Page<RoomMemberView>), (status = 401), (status = 403), (status = 422)))]
#[get("/rooms/{id}/members")]
pub async fn list_members(
    state: Shared,
    actor: Actor,
    path: web::Path<String>,
    query: Query<RoomMembersQuery>,
) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    let rules = state.access.room(&actor, room, Action::Read).await?;
    if rules.may(&actor, Action::MuteMember).is_err() {
        rules.may(&actor, Action::ManageRoles)?;
    }
    let search = query.0.q.unwrap_or_default();
    if search.contains('\0') || search.chars().count() > SEARCH_MAX {
        return Err(Error::invalid("q", FieldCode::Invalid));
    }
    let limit = cursor::limit(query.0.limit);
    let after = query.0.after.as_deref().map(cursor::pair).transpose()?;
    let after = match &after {
        Some((name, id)) => Some((name.as_str(), Uuid::try_parse(id).map_err(|_| cursor::bad())?)),
        None => None,
    };
    let mut rows =
        rooms::candidates(&mut *state.db.get().await?, &rules.room, search.trim(), after, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| cursor::of_pair(&row.member.display_name, &row.member.id.to_string()));
    let items: Vec<RoomMemberView> = rows.into_iter().map(RoomMemberView::from).collect();
    Ok(HttpResponse::Ok().json(Page { items, next }))
}

/// The programmes of rooms that the caller may see, newest first. Stewards also see those that have no room yet.
#[utoipa::path(tag = "rooms", params(ListQuery), responses((status = 200, body = Page<ProgrammeView>)))]
#[get("/programmes")]
pub async fn list_programmes(state: Shared, actor: Actor, query: Query<ListQuery>) -> Result<HttpResponse> {
    let limit = query.0.limit();
    let after = query.0.after.as_deref().map(|after| Uuid::try_parse(after).map_err(|_| cursor::bad()));
    let (after, seen) = (after.transpose()?, state.access.programmes(&actor).await?);
    let mut rows = rooms::programmes(&mut *state.db.get().await?, &seen, after, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|programme| programme.id.to_string());
    let items: Vec<ProgrammeView> = rows.into_iter().map(ProgrammeView::from).collect();
    Ok(HttpResponse::Ok().json(Page { items, next }))
}

/// Creates a programme.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), request_body = ProgrammeRequest, responses((status = 201, body = ProgrammeView), (status = 409)))]
#[post("/programmes")]
pub async fn create_programme(
    call: Call<limits::Change>,
    body: Body<ProgrammeRequest>,
) -> Result<HttpResponse> {
    call.actor.steward()?;
    let body = body.0;
    let new = NewProgramme {
        title: body.title,
        slug: body.slug,
        description: body.description,
        starts_on: body.starts_on,
        ends_on: body.ends_on,
    };
    let programme = change::create_programme(&call.state.ctx, &call.actor, new).await?;
    Ok(HttpResponse::Created().json(ProgrammeView::from(programme)))
}

/// Reads a programme.
#[utoipa::path(tag = "rooms", params(("id" = Uuid, Path)), responses((status = 200, body = ProgrammeView)))]
#[get("/programmes/{id}")]
pub async fn get_programme(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let programme = state.access.programme(&actor, id(&path)?).await?;
    Ok(HttpResponse::Ok().json(ProgrammeView::from(programme)))
}

/// Changes a programme.
#[utoipa::path(tag = "rooms", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = ProgrammeEditRequest,
    responses((status = 200, body = ProgrammeView)))]
#[patch("/programmes/{id}")]
pub async fn edit_programme(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<ProgrammeEditRequest>,
) -> Result<HttpResponse> {
    call.actor.steward()?;
    let body = body.0;
    let new = ProgrammeChange {
        title: body.title,
        description: body.description,
        starts_on: body.starts_on,
        ends_on: body.ends_on,
    };
    let programme = change::edit_programme(&call.state.ctx, &call.actor, id(&path)?, new).await?;
    Ok(HttpResponse::Ok().json(ProgrammeView::from(programme)))
}
