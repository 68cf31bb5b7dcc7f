//! Registering, signing in and out, and one's own account.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, delete, get, patch, post, put, web};
use chrono::Utc;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit;
use super::call::Call;
use super::device::{self, Device};
use super::extract::{Actor, Body, Shared, address, id};
use super::limits::{self, Limit};
use super::run::finish;
use super::tries::Against;
use crate::error::{Code, Error, Result};
use crate::kernel::access::IDLE;
use crate::kernel::actions::accounts::{self, LIFETIME, NewAccount, SIGN_INS_MAX, SignedIn};
use crate::kernel::actions::demo;
use crate::kernel::domain::kinds::{Lang, RoomRole};
use crate::kernel::domain::shape::{self, ConstituencyId};
use crate::kernel::domain::text::{NAME_MAX, ORGANISATION_MAX};
use crate::kernel::models::members as rows;
use crate::kernel::views::Page;
use crate::kernel::views::members::{DemoMemberView, MeView, SignInView};
use crate::state::State;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct RegisterRequest {
    #[schema(schema_with = shape::email)]
    pub email: String,
    /// 12 to 256 characters.
    #[schema(schema_with = shape::password)]
    pub password: String,
    #[schema(schema_with = shape::line::<NAME_MAX>)]
    pub display_name: String,
    /// May be left out when the invitation says it; the same with the organisation.
    #[schema(value_type = Option<ConstituencyId>)]
    pub constituency: Option<String>,
    #[schema(schema_with = shape::line_or_null::<ORGANISATION_MAX>)]
    pub organisation: Option<String>,
    pub locale: Option<Lang>,
    /// The token of an invitation.
    pub invitation: Option<String>,
}

/// Credentials: e-mail address and password.
#[derive(Deserialize, ToSchema)]
pub struct SignInRequest {
    pub email: String,
    pub password: String,
}

/// Changes of a member's own account.
#[derive(Deserialize, ToSchema)]
pub struct MeRequest {
    #[schema(schema_with = shape::line_or_null::<NAME_MAX>)]
    pub display_name: Option<String>,
    pub locale: Option<Lang>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
pub struct PasswordRequest {
    pub current: String,
    #[schema(schema_with = shape::password)]
    pub new: String,
}

/// The member of the demo to sign in as.
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

fn signed_in(
    state: &State,
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    done: SignedIn,
) -> HttpResponse {
    audit::note(request, done.member.id);
    // One after the other as they stand here: some clients read the first only.
    let own = cookie(state, done.token, LIFETIME.num_seconds());
    response.append_header((header::SET_COOKIE, own.to_string()));
    response.append_header((header::SET_COOKIE, device::cookie(state, done.member.id).to_string()));
    response.json(MeView::from(&done.member))
}

/// The sign-in that a new one takes the place of.
fn previous(actor: &Actor) -> Option<(Uuid, Uuid)> {
    actor.sign_in.as_ref().map(|current| (current.member.id, current.id))
}

/// Registers a new member and signs in.
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
    let here = address(&request, &state);
    // Registering tells whether an address is taken: that is what counts.
    let counts = new.invitation.as_deref().map_or_else(|| Against::registering(here), Against::Invited);
    let mut asked = state.tries.begin(&[counts])?;
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
    let done = finish(async move { accounts::register(&accounts, policy, new).await }).await;
    if !matches!(&done, Err(error) if error.code() == Code::EmailTaken) {
        asked.give_back();
    }
    Ok(signed_in(&state, &request, HttpResponse::Created(), done?))
}

/// Signs in with e-mail address and password.
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
    let (here, device) = (address(&request, &state), Device::of(&request, &state));
    // Before the look-up, unless the browser may be one that is counted by itself.
    if device.is_none() {
        state.limits.network(Limit::SignInNetwork, here)?;
    }
    let claim = accounts::claim(&state.accounts, &email).await?;
    let member = claim.member();
    if let Some(member) = member {
        audit::note(&request, member);
    }
    let known = device.as_ref().filter(|device| member.is_some_and(|member| device.is_of(&state, member)));
    if known.is_none() && device.is_some() {
        state.limits.network(Limit::SignInNetwork, here)?;
    }
    let account = claim.account.clone();
    let mut tried = match known {
        Some(device) => state.tries.begin(&[Against::AccountIn(&account, &device.name)])?,
        None => state.tries.begin(&[Against::account_from(&account, here), Against::Account(&account)])?,
    };
    let (accounts, previous) = (state.accounts.clone(), previous(&actor));
    let done = finish(async move { accounts::sign_in(&accounts, claim, password, previous).await }).await;
    if !matches!(&done, Err(error) if error.code() == Code::WrongCredentials) {
        tried.give_back();
    }
    Ok(signed_in(&state, &request, HttpResponse::Ok(), done?))
}

/// Signs out: ends the sign-in that asks.
#[utoipa::path(tag = "accounts", responses((status = 204)))]
#[post("/sign-out")]
pub async fn sign_out(state: Shared, actor: Actor) -> Result<HttpResponse> {
    let accounts = state.accounts.clone();
    finish(async move { accounts::sign_out(&accounts, &actor.0).await }).await?;
    Ok(HttpResponse::NoContent()
        .cookie(cookie(&state, String::new(), 0))
        // Not "cookies", which would end sign-ins at the neighbours of this name, and not "storage", where what is
        // not sent yet waits.
        .insert_header(("clear-site-data", "\"cache\""))
        .finish())
}

/// Reads the account of the signed-in member (me).
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

/// Changes the password, ends all other sign-ins and the calendar's address, and renews the token in use: the cookie
/// of the answer takes the place of the one that was sent.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), request_body = PasswordRequest, responses((status = 204)))]
#[put("/me/password")]
pub async fn change_password(
    call: Call<limits::Password>,
    body: Body<PasswordRequest>,
) -> Result<HttpResponse> {
    let (accounts, Body(new)) = (call.state.accounts.clone(), body);
    let done = call.run(|_, caller| async move {
        accounts::change_password(&accounts, &caller, new.current, new.new).await
    });
    let done = done.await?;
    let left = (done.expires_at - Utc::now()).num_seconds().max(0);
    Ok(HttpResponse::NoContent().cookie(cookie(&call.state, done.token, left)).finish())
}

/// Lists the sign-ins of the signed-in member: each browser, when it began and was last used.
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

/// Ends a sign-in of the signed-in member.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/me/sign-ins/{id}")]
pub async fn end_sign_in(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let (accounts, ended) = (call.state.accounts.clone(), id(&path)?);
    call.run(|_, caller| async move { accounts::end_sign_in(&accounts, &caller, ended).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends all of one's own sign-ins but this one, and the calendar's address.
#[utoipa::path(tag = "accounts", security(("sign_in" = [])), responses((status = 204)))]
#[delete("/me/sign-ins")]
pub async fn end_other_sign_ins(call: Call<limits::Change>) -> Result<HttpResponse> {
    let accounts = call.state.accounts.clone();
    call.run(|_, caller| async move { accounts::end_other_sign_ins(&accounts, &caller).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists the members of the demo, whom anybody may sign in as.
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

/// Signs in as a member of the demo, without a password.
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
    Ok(signed_in(&state, &request, HttpResponse::Ok(), done))
}

fn in_demo(state: &State) -> Result<()> {
    if state.config.demo.is_on() { Ok(()) } else { Err(Error::NotFound) }
}
