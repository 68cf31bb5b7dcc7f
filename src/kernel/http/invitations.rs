//! Invitations to register, over HTTP.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::call::Call;
use super::extract::{Actor, Body, Query, Shared, id};
use super::kit::cursor;
use super::limits;
use crate::error::Result;
use crate::kernel::actions::invitations::{self, DAYS_MAX, Invite};
use crate::kernel::domain::kinds::PlatformRole;
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::ORGANISATION_MAX;
use crate::kernel::models::invitations as rows;
use crate::kernel::views::Page;
use crate::kernel::views::members::{InvitationView, NewInvitationView, OfferView};

/// A new invitation. What it names is fixed; the invited person fills in the rest.
#[derive(Deserialize, ToSchema)]
pub struct InviteRequest {
    #[schema(schema_with = shape::email_or_null)]
    pub email: Option<String>,
    #[schema(value_type = Option<ConstituencyId>)]
    pub constituency: Option<String>,
    #[schema(schema_with = shape::line_or_null::<ORGANISATION_MAX>)]
    pub organisation: Option<String>,
    /// Only admins invite stewards and admins.
    pub platform_role: Option<PlatformRole>,
    /// 1 to 90; 14 when absent.
    #[schema(schema_with = shape::whole_or_null::<1, DAYS_MAX>)]
    pub expires_in_days: Option<i64>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub struct PageQuery {
    #[param(schema_with = shape::cursor_id)]
    pub after: Option<String>,
    pub limit: Option<i64>,
}

/// Creates an invitation to register. Its link is shown in this answer only.
#[utoipa::path(tag = "invitations", security(("sign_in" = [])), request_body = InviteRequest, responses((status = 201, body = NewInvitationView), (status = 409)))]
#[post("/invitations")]
pub async fn create(call: Call<limits::Change>, body: Body<InviteRequest>) -> Result<HttpResponse> {
    call.actor.steward()?;
    let (accounts, Body(new)) = (call.state.accounts.clone(), body);
    let invite = Invite {
        email: new.email,
        constituency: new.constituency,
        organisation: new.organisation,
        platform_role: new.platform_role.unwrap_or(PlatformRole::Member),
        expires_in_days: new.expires_in_days,
    };
    let (invitation, token) =
        call.run(|_, caller| async move { invitations::create(&accounts, &caller, invite).await }).await?;
    let view =
        NewInvitationView { invitation: invitation.into(), link: call.state.invitation_link(&token), token };
    Ok(HttpResponse::Created().json(view))
}

/// Lists the invitations that can still be used, newest first.
#[utoipa::path(tag = "invitations", security(("sign_in" = [])), params(PageQuery), responses((status = 200, body = Page<InvitationView>)))]
#[get("/invitations")]
pub async fn list(state: Shared, actor: Actor, query: Query<PageQuery>) -> Result<HttpResponse> {
    actor.steward()?;
    let (after, limit) = (cursor::id(query.0.after.as_deref())?, cursor::limit(query.0.limit));
    let mut db = state.db.get().await?;
    let rows = rows::page(&mut db, after, limit + 1).await?;
    Ok(HttpResponse::Ok().json(cursor::page(rows, limit, |row| row.id, InvitationView::from)))
}

/// Reads what an invitation offers, for whoever holds its link.
#[utoipa::path(tag = "invitations", params(("token" = String, Path)), responses((status = 200, body = OfferView)))]
#[get("/invitations/by-token/{token}")]
pub async fn by_token(state: Shared, path: web::Path<String>) -> Result<HttpResponse> {
    let invitation = invitations::by_token(&state.accounts, &path).await?;
    Ok(HttpResponse::Ok().json(OfferView::from(invitation)))
}

/// Withdraws an invitation that nobody has used.
#[utoipa::path(tag = "invitations", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/invitations/{id}")]
pub async fn withdraw(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    call.actor.steward()?;
    let (accounts, invitation) = (call.state.accounts.clone(), id(&path)?);
    call.run(|_, caller| async move { invitations::withdraw(&accounts, &caller, invitation).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
