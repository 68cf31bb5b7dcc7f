//! Members, as stewards confirm and change them.

use actix_web::{HttpResponse, get, patch, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::cursor;
use super::limits;
use crate::error::{Error, Result};
use crate::kernel::actions::members::{self, Change};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole};
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::{self, NAME_MAX, ORGANISATION_MAX};
use crate::kernel::models::members as rows;
use crate::kernel::views::Page;
use crate::kernel::views::members::MemberAdminView;

/// Which members.
#[derive(Deserialize, IntoParams)]
pub struct MembersQuery {
    /// pending, active or banned
    pub status: Option<String>,
    /// true or false
    pub confirmed: Option<String>,
    /// true: only those whose new name waits for a steward
    pub wants_name: Option<String>,
    /// Part of a name, an address or an organisation.
    #[param(schema_with = shape::words_or_null::<NAME_MAX>)]
    pub q: Option<String>,
    #[param(schema_with = shape::cursor_id)]
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// The confirmation of a member by a steward, with corrections.
#[derive(Deserialize, ToSchema)]
pub struct ConfirmMemberRequest {
    #[schema(value_type = Option<ConstituencyId>)]
    pub constituency: Option<String>,
    #[schema(schema_with = shape::line_or_null::<ORGANISATION_MAX>)]
    pub organisation: Option<String>,
}

/// Changes of a member by a steward.
#[derive(Deserialize, ToSchema)]
pub struct MemberRequest {
    /// active or banned
    pub status: Option<MemberStatus>,
    /// Admins only.
    pub platform_role: Option<PlatformRole>,
    #[schema(value_type = Option<ConstituencyId>)]
    pub constituency: Option<String>,
    #[schema(schema_with = shape::line_or_null::<ORGANISATION_MAX>)]
    pub organisation: Option<String>,
    /// The member's name: a correction, or the one that the member wants.
    pub display_name: Option<String>,
    /// true: the name that the member wants is not given.
    pub refuse_name: Option<bool>,
}

/// Lists all members, newest first, for stewards.
#[utoipa::path(tag = "members", security(("sign_in" = [])), params(MembersQuery), responses((status = 200, body = Page<MemberAdminView>), (status = 422)))]
#[get("/members")]
pub async fn list(state: Shared, actor: Actor, query: Query<MembersQuery>) -> Result<HttpResponse> {
    actor.steward()?;
    let Query(query) = query;
    let text = |text: &Option<String>| text.as_deref().map_or("", str::trim).to_owned();
    let status = match text(&query.status).as_str() {
        "" => None,
        word => Some(MemberStatus::parse(word).ok_or(Error::invalid("status", FieldCode::Unknown))?),
    };
    let confirmed = match text(&query.confirmed).as_str() {
        "" => None,
        "true" => Some(true),
        "false" => Some(false),
        _ => return Err(Error::invalid("confirmed", FieldCode::Unknown)),
    };
    let wants_name = match text(&query.wants_name).as_str() {
        "" | "false" => false,
        "true" => true,
        _ => return Err(Error::invalid("wants_name", FieldCode::Unknown)),
    };
    let search = match text(&query.q) {
        empty if empty.is_empty() => empty,
        search => text::optional_line("q", &search, NAME_MAX)?,
    };
    let (after, limit) = (cursor::id(query.after.as_deref())?, cursor::limit(query.limit));
    let mut db = state.db.get().await?;
    let rows = rows::page(&mut db, &rows::Filter { status, confirmed, wants_name, search }, after, limit + 1)
        .await?;
    Ok(HttpResponse::Ok().json(cursor::page(rows, limit, |row| row.id, MemberAdminView::from)))
}

/// Confirms the constituency and organisation that a member speaks for.
#[utoipa::path(tag = "members", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = ConfirmMemberRequest,
    responses((status = 200, body = MemberAdminView)))]
#[post("/members/{id}/confirm")]
pub async fn confirm(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<ConfirmMemberRequest>,
) -> Result<HttpResponse> {
    call.actor.steward()?;
    let member = id(&path)?;
    let Body(ConfirmMemberRequest { constituency, organisation }) = body;
    let accounts = call.state.accounts.clone();
    let done = call.run(|ctx, caller| async move {
        members::confirm(&accounts, &ctx, &caller, member, constituency, organisation).await
    });
    Ok(HttpResponse::Ok().json(MemberAdminView::from(done.await?)))
}

/// Bans or readmits a member, or changes name, role, constituency or organisation.
#[utoipa::path(tag = "members", security(("sign_in" = [])), params(("id" = Uuid, Path)), request_body = MemberRequest,
    responses((status = 200, body = MemberAdminView)))]
#[patch("/members/{id}")]
pub async fn edit(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<MemberRequest>,
) -> Result<HttpResponse> {
    call.actor.steward()?;
    let member = id(&path)?;
    let Body(new) = body;
    let change = Change {
        status: new.status,
        platform_role: new.platform_role,
        constituency: new.constituency,
        organisation: new.organisation,
        display_name: new.display_name,
        refuse_name: new.refuse_name.unwrap_or(false),
    };
    let accounts = call.state.accounts.clone();
    let done = call
        .run(|ctx, caller| async move { members::change(&accounts, &ctx, &caller, member, change).await });
    Ok(HttpResponse::Ok().json(MemberAdminView::from(done.await?)))
}
