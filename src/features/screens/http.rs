//! Screens in a hall, the desk's remote control for them, and join codes.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::features::screens::actions::{self as change, IDLE, Standing};
use crate::features::screens::live::ScreenMessage;
use crate::features::screens::live::{Listener, Ticket};
use crate::features::screens::rules::{Scene, pairing};
use crate::features::screens::store as screens;
use crate::features::screens::view::{JoinView, PairedScreen, RoomScreenView, ScreenView};
use crate::kernel::access::token_hash;
use crate::kernel::domain::permissions::Action;
use crate::kernel::http::call::Call;
use crate::kernel::http::extract::{Actor, Body, Shared, address, id};
use crate::kernel::http::limits::{self, Limit};
use crate::kernel::http::live::from_own_page;
use crate::kernel::http::mount::routes;
use crate::kernel::http::run::finish;
use crate::kernel::live::socket;
use crate::kernel::views::Page;
use crate::state::State;

routes![open, own, live, list, pair, unpair, get_one, show, join; ScreenMessage];

/// The code that a screen shows, and what to call the screen.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PairRequest {
    code: String,
    name: String,
}

/// A screen's own view of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScreenAnswer<'a> {
    /// It shows its code until somebody enters it.
    Waiting { code: String, code_expires_at: DateTime<Utc>, time: DateTime<Utc> },
    /// It was paired, and got another token: it asks again.
    Renewed,
    /// It shows this.
    Showing { name: String, view: Box<ScreenView<'a>>, time: DateTime<Utc> },
}

/// Where a join code leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct Joined {
    /// The room's short name.
    room: String,
}

/// Another cookie than the one of a sign-in, so that neither is ever taken for the other.
fn cookie_name(state: &State) -> &'static str {
    if state.is_https() { "__Host-plenary-screen" } else { "plenary-screen" }
}

fn cookie(state: &State, token: String) -> Cookie<'static> {
    Cookie::build(cookie_name(state), token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(state.is_https())
        .max_age(Duration::seconds(IDLE.num_seconds()))
        .finish()
}

fn hash_of(request: &HttpRequest, state: &State) -> Option<[u8; 32]> {
    request.cookie(cookie_name(state)).map(|cookie| token_hash(cookie.value()))
}

/// Opens a screen, which then shows its code. Needs no account: until a moderator enters the code it reads nothing.
#[utoipa::path(tag = "screens", responses((status = 201, body = ScreenAnswer), (status = 429)))]
#[post("/screens")]
pub async fn open(state: Shared, request: HttpRequest) -> Result<HttpResponse> {
    state.limits.network(Limit::Screen, address(&request, &state))?;
    let (pool, before) = (state.db.clone(), hash_of(&request, &state));
    let opened = finish(async move { change::open(&pool, before).await }).await?;
    let answer = ScreenAnswer::Waiting {
        code: pairing::grouped(&opened.code),
        code_expires_at: opened.code_expires_at,
        time: Utc::now(),
    };
    Ok(HttpResponse::Created().cookie(cookie(&state, opened.token)).json(answer))
}

async fn standing(request: &HttpRequest, state: &Shared) -> Result<Standing> {
    let hash = hash_of(request, state).ok_or(Error::NotFound)?;
    let pool = state.db.clone();
    finish(async move { change::standing(&pool, hash).await }).await
}

/// What the screen shows that asks.
#[utoipa::path(tag = "screens", responses((status = 200, body = ScreenAnswer), (status = 404)))]
#[get("/screen")]
pub async fn own(state: Shared, request: HttpRequest) -> Result<HttpResponse> {
    let time = Utc::now();
    match standing(&request, &state).await? {
        Standing::Waiting { code, code_expires_at } => {
            let code = pairing::grouped(&code);
            Ok(HttpResponse::Ok().json(ScreenAnswer::Waiting { code, code_expires_at, time }))
        }
        Standing::Renewed { token } => {
            Ok(HttpResponse::Ok().cookie(cookie(&state, token)).json(ScreenAnswer::Renewed))
        }
        Standing::Showing { room, name, .. } => {
            let (stage, present) = state.screens.stage(room).await?;
            let view = Box::new(ScreenView::new(&stage, state.screens.site(), present));
            Ok(HttpResponse::Ok().json(ScreenAnswer::Showing { name, view, time }))
        }
    }
}

/// The WebSocket of a screen: `hello`, `screen` with the view whenever it changes, `heartbeat`.
#[utoipa::path(tag = "screens", responses((status = 101, description = "Switching protocols"), (status = 403), (status = 404), (status = 409)))]
#[get("/screen/live")]
pub async fn live(state: Shared, request: HttpRequest, stream: web::Payload) -> Result<HttpResponse> {
    if !from_own_page(request.headers(), &state.origins) {
        return Err(Code::ForbiddenOrigin.saying("The WebSocket is open to this site's own pages only."));
    }
    let Standing::Showing { screen, room, .. } = standing(&request, &state).await? else {
        return Err(Error::NotFound);
    };
    if !state.ready.load(std::sync::atomic::Ordering::Acquire) {
        return Err(Code::ShuttingDown.after(std::time::Duration::from_secs(2)));
    }
    let ticket = Ticket { screen, room };
    if state.screens.is_full(ticket) {
        return Err(Code::TooManyConnections.into());
    }
    let listener = Box::new(Listener { screens: state.screens.clone(), ticket });
    socket::start_silent(&request, stream, state.hub.clone(), listener)
}

/// The screens of a room.
#[utoipa::path(tag = "screens", security(("sign_in" = [])), params(("id" = String, Path)), responses((status = 200, body = Page<PairedScreen>)))]
#[get("/rooms/{id}/screens")]
pub async fn list(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::RunScreen).await?;
    let found = screens::of_room(&mut *state.db.get().await?, room).await?;
    let now = Utc::now();
    let items = found.into_iter().map(|screen| PairedScreen::new(screen, now)).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Pairs the screen that shows a code with the room.
#[utoipa::path(tag = "screens", security(("sign_in" = [])), params(("id" = String, Path)), request_body = PairRequest,
    responses((status = 201, body = PairedScreen)))]
#[post("/rooms/{id}/screens")]
pub async fn pair(
    call: Call<limits::PairScreen>,
    path: web::Path<String>,
    body: Body<PairRequest>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let Body(PairRequest { code, name }) = body;
    let screen =
        call.run(|ctx, caller| async move { change::pair(&ctx, &caller, room, &code, &name).await }).await?;
    Ok(HttpResponse::Created().json(PairedScreen::new(screen, Utc::now())))
}

/// BusEnds the pairing of a screen, and what it shows with it.
#[utoipa::path(tag = "screens", security(("sign_in" = [])), params(("id" = Uuid, Path)), responses((status = 204)))]
#[delete("/screens/{id}")]
pub async fn unpair(call: Call<limits::Change>, path: web::Path<String>) -> Result<HttpResponse> {
    let (screen, screens) = (id(&path)?, call.state.screens.clone());
    call.run(|ctx, caller| async move {
        change::unpair(&ctx, &caller, screen).await?;
        screens.unpaired(screen);
        Ok(())
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn shown(state: &Shared, room: Uuid) -> Result<HttpResponse> {
    let (stage, present) = state.screens.stage(room).await?;
    let site = state.screens.site();
    Ok(HttpResponse::Ok().json(RoomScreenView {
        scene: &stage.scene,
        changed_at: stage.state.changed_at,
        join: JoinView::new(site, &stage.state.join_code),
        view: ScreenView::new(&stage, site, present),
    }))
}

/// What the screens of a room show, and the room's join code.
#[utoipa::path(tag = "screens", security(("sign_in" = [])), params(("id" = String, Path)), responses((status = 200, body = RoomScreenView)))]
#[get("/rooms/{id}/screen")]
pub async fn get_one(state: Shared, actor: Actor, path: web::Path<String>) -> Result<HttpResponse> {
    let room = state.access.room_id(&path).await?;
    state.access.room(&actor, room, Action::RunScreen).await?;
    change::begin(&mut *state.db.get().await?, room).await?;
    shown(&state, room).await
}

/// Chooses what all screens of a room show.
#[utoipa::path(tag = "screens", security(("sign_in" = [])), params(("id" = String, Path)), request_body = Scene,
    responses((status = 200, body = RoomScreenView)))]
#[put("/rooms/{id}/screen")]
pub async fn show(
    call: Call<limits::Change>,
    path: web::Path<String>,
    body: Body<Scene>,
) -> Result<HttpResponse> {
    let room = call.state.access.room_id(&path).await?;
    let screens = call.state.screens.clone();
    call.run(|ctx, caller| async move {
        change::show(&ctx, &caller, room, body.0).await?;
        // At once, whatever was sent just before.
        screens.refresh(room, None).await;
        Ok(())
    })
    .await?;
    shown(&call.state, room).await
}

/// Where a join code leads. It grants nothing: who may not see the room is told that there is none.
#[utoipa::path(tag = "screens", params(("code" = String, Path)), responses((status = 200, body = Joined), (status = 429)))]
#[get("/join/{code}")]
pub async fn join(
    state: Shared,
    request: HttpRequest,
    actor: Actor,
    path: web::Path<String>,
) -> Result<HttpResponse> {
    state.limits.network(Limit::Join, address(&request, &state))?;
    let code = pairing::read_join_code(&path).ok_or(Error::NotFound)?;
    let room = state.access.joined(&actor, &code).await?;
    Ok(HttpResponse::Ok().json(Joined { room: room.room.slug.clone() }))
}
