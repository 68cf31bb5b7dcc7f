//! Registering, signing in and out, and one's own account.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use chrono::Utc;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::call::Call;
use super::extract::{Actor, Body, Shared, address, id};
use super::limits::{self, Limit};
use super::run::finish;
use crate::error::{Error, Result};
use crate::kernel::access::IDLE;
use crate::kernel::actions::accounts::{self, LIFETIME, NewAccount, SignedIn};
use crate::kernel::actions::demo;
use crate::kernel::domain::email;
use crate::kernel::domain::kinds::{Lang, RoomRole};
use crate::kernel::models::members as rows;
use crate::kernel::views::Page;
use crate::kernel::views::members::{DemoMemberView, MeView, SignInView};
use crate::state::State;

/// Sign-ins in a list.
const SIGN_INS_MAX: i64 = 100;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct RegisterRequest {
    pub email: String,
    /// 12 to 256 characters.
    pub password: String,
    pub display_name: String,
    /// May be left out when the invitation says it; the same with the organisation.
    pub constituency: Option<String>,
    pub organisation: Option<String>,
    pub locale: Option<Lang>,
    /// The token of an invitation.
    pub invitation: Option<String>,
}

/// An address and its password.
#[derive(Deserialize, ToSchema)]
pub struct SignInRequest {
    pub email: String,
    pub password: String,
}

/// What members change about themselves.
#[derive(Deserialize, ToSchema)]
pub struct MeRequest {
    pub display_name: Option<String>,
    pub locale: Option<Lang>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
pub struct PasswordRequest {
    pub current: String,
    pub new: String,
}

/// A member of the demo.
#[derive(Deserialize, ToSchema)]
pub struct DemoSignInRequest {
    pub member: Uuid,
}

fn cookie(state: &State, token: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(state.cookie_name(), token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.is_https())
        .max_age(Duration::seconds(seconds))
        .finish()
}

fn signed_in(state: &State, mut response: actix_web::HttpResponseBuilder, done: SignedIn) -> HttpResponse {
    response.cookie(cookie(state, done.token, LIFETIME.num_seconds())).json(MeView::from(&done.member))
}

/// The sign-in that a new one takes the place of.
fn previous(actor: &Actor) -> Option<(Uuid, Uuid)> {
    actor.sign_in.as_ref().map(|current| (current.member.id, current.id))
}

/// Becomes a member and signs in.
#[utoipa::path(tag = "accounts", request_body = RegisterRequest,
    responses((status = 201, body = MeView), (status = 409), (status = 429)))]
#[post("/register")]
pub async fn register(
    state: Shared,
    request: HttpRequest,
    body: Body<RegisterRequest>,
) -> Result<HttpResponse> {
    state.limits.network(Limit::Register, address(&request, &state))?;
    let Body(new) = body;
    let new = NewAccount {
        email: new.email,
        password: new.password,
        display_name: new.display_name,
        constituency: new.constituency,
        organisation: new.organisation,
        locale: new.locale.unwrap_or(Lang::En),
        invitation: new.invitation,
    };
    let (accounts, policy) = (state.accounts.clone(), state.config.registration);
    let done = finish(async move { accounts::register(&accounts, policy, new).await }).await?;
    Ok(signed_in(&state, HttpResponse::Created(), done))
}

/// Signs in.
#[utoipa::path(tag = "accounts", request_body = SignInRequest,
    responses((status = 200, body = MeView), (status = 401), (status = 429)))]
#[post("/sign-in")]
pub async fn sign_in(
    state: Shared,
    request: HttpRequest,
    actor: Actor,
    body: Body<SignInRequest>,
) -> Result<HttpResponse> {
    let Body(SignInRequest { email, password }) = body;
    state.limits.network(Limit::SignInNetwork, address(&request, &state))?;
    state.limits.name(Limit::SignInAccount, &email::key(&email))?;
    let (accounts, previous) = (state.accounts.clone(), previous(&actor));
    let done = finish(async move { accounts::sign_in(&accounts, &email, password, previous).await }).await?;
    Ok(signed_in(&state, HttpResponse::Ok(), done))
}

/// Signs out.
#[utoipa::path(tag = "accounts", responses((status = 204)))]
#[post("/sign-out")]
pub async fn sign_out(state: Shared, actor: Actor) -> Result<HttpResponse> {
    let accounts = state.accounts.clone();
    finish(async move { accounts::sign_out(&accounts, &actor.0).await }).await?;
    Ok(HttpResponse::NoContent().cookie(cookie(&state, String::new(), 0)).finish())
}

/// Who is signed in.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), responses((status = 200, body = MeView)))]
#[get("/me")]
pub async fn me(actor: Actor) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(MeView::from(actor.member()?)))
}

/// Changes one's own name or language. The new name of a confirmed member waits for a steward, as `wanted_name`;
/// asking for the present name takes the wish back.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), request_body = MeRequest, responses((status = 200, body = MeView)))]
#[patch("/me")]
pub async fn edit_me(call: Call<limits::Change>, body: Body<MeRequest>) -> Result<HttpResponse> {
    let (accounts, Body(new)) = (call.state.accounts.clone(), body);
    let member =
        call.run(|_, caller| async move {
            accounts::edit_me(&accounts, &caller, new.display_name, new.locale).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(MeView::from(&member)))
}

/// Changes the password and ends all other sign-ins.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), request_body = PasswordRequest, responses((status = 204)))]
#[put("/me/password")]
pub async fn change_password(
    call: Call<limits::Password>,
    body: Body<PasswordRequest>,
) -> Result<HttpResponse> {
    let (accounts, Body(new)) = (call.state.accounts.clone(), body);
    call.run(
        |_, caller| async move { accounts::change_password(&accounts, &caller, new.current, new.new).await },
    )
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where one is signed in.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), responses((status = 200, body = Page<SignInView>)))]
#[get("/me/sign-ins")]
pub async fn sign_ins(state: Shared, actor: Actor) -> Result<HttpResponse> {
    let member = actor.member()?.id;
    let mut db = state.db.get().await?;
    let rows = rows::sign_ins_of(&mut db, member, Utc::now() - IDLE, SIGN_INS_MAX).await?;
    let current = actor.sign_in.as_ref().map(|current| current.id);
    let items = rows.iter().map(|row| SignInView::new(row, current)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Ends one of one's own sign-ins.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/me/sign-ins/{id}")]
pub async fn end_sign_in(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let (accounts, ended) = (call.state.accounts.clone(), id(&path)?);
    call.run(|_, caller| async move { accounts::end_sign_in(&accounts, &caller, ended).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all of one's own sign-ins but this one.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), responses((status = 204)))]
#[delete("/me/sign-ins")]
pub async fn end_other_sign_ins(call: Call<limits::Change>) -> Result<HttpResponse> {
    let accounts = call.state.accounts.clone();
    call.run(|_, caller| async move { accounts::end_other_sign_ins(&accounts, &caller).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The members of the demo, for signing in by one click.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Page<DemoMemberView>), (status = 404)))]
#[get("/demo/members")]
pub async fn demo_members(state: Shared) -> Result<HttpResponse> {
    in_demo(&state)?;
    let mut db = state.db.get().await?;
    let members = rows::demo(&mut db, demo::OFFERED).await?;
    let ids: Vec<Uuid> = members.iter().map(|member| member.id).collect();
    let roles = rows::room_roles_of(&mut db, &ids).await?;
    let highest = |member: Uuid| -> Option<RoomRole> {
        roles.iter().filter(|(holder, _)| *holder == member).map(|(_, role)| *role).max()
    };
    let items = members.into_iter().map(|member| {
        let role = highest(member.id);
        DemoMemberView::new(member, role)
    });
    Ok(HttpResponse::Ok().json(Page::whole(items.collect())))
}

/// Signs in as a member of the demo.
#[utoipa::path(tag = "accounts", request_body = DemoSignInRequest,
    responses((status = 200, body = MeView), (status = 404), (status = 429)))]
#[post("/demo/sign-in")]
pub async fn demo_sign_in(
    state: Shared,
    request: HttpRequest,
    actor: Actor,
    body: Body<DemoSignInRequest>,
) -> Result<HttpResponse> {
    in_demo(&state)?;
    state.limits.network(Limit::SignInNetwork, address(&request, &state))?;
    let (accounts, previous, member) = (state.accounts.clone(), previous(&actor), body.0.member);
    let done = finish(async move { demo::sign_in(&accounts, member, previous).await }).await?;
    Ok(signed_in(&state, HttpResponse::Ok(), done))
}

fn in_demo(state: &State) -> Result<()> {
    if state.config.demo.is_on() { Ok(()) } else { Err(Error::NotFound) }
}
