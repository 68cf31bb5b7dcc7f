//! Screens in a hall: paired by a code, and told what to show.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Code, Error, Result};
use crate::features::screens::rules::{POST_MAX, SCREENS_MAX, Scene, pairing};
use crate::features::screens::store::{self as screens, Screen};
use crate::kernel::access::{Actor, new_token, token_hash};
use crate::kernel::actions::change::Ctx;
use crate::kernel::actions::tx::BUSY;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, NAME_MAX};
use crate::kernel::log::append::now;
use crate::kernel::models::{Db, posts};

/// How long a pairing code is valid.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Screens that may wait to be paired: with more, a guessed code would too often be one.
const WAITING_MAX: i64 = 500;
/// A paired screen that has not come for so long is forgotten.
pub const IDLE: TimeDelta = TimeDelta::days(30);
/// Codes that are tried before giving up; hardly ever more than one.
const TRIES: usize = 20;

/// A screen that waits to be paired.
#[derive(Debug, Clone)]
pub struct Opened {
    pub token: String,
    pub code: String,
    pub code_expires_at: DateTime<Utc>,
}

/// Opens a screen, in the place of the one that waited in the same browser.
///
/// # Errors
/// `busy` when too many wait.
pub async fn open(pool: &Pool, before: Option<[u8; 32]>) -> Result<Opened> {
    let mut db = pool.get().await?;
    let at = now();
    if let Some(hash) = before {
        screens::delete_waiting(&mut db, &hash).await?;
    }
    if screens::count_waiting(&mut db).await? >= WAITING_MAX {
        screens::tidy(&mut db, at, IDLE).await?;
        if screens::count_waiting(&mut db).await? >= WAITING_MAX {
            return Err(Code::Busy.after(BUSY));
        }
    }
    let token = new_token();
    let code_expires_at = at + CODE_LIFETIME;
    for _ in 0..TRIES {
        let code = pairing::screen_code(rand::random());
        let screen = Screen {
            id: Uuid::now_v7(),
            token_hash: token_hash(&token).into(),
            next_token_hash: None,
            settled: false,
            code: Some(code.clone()),
            code_expires_at: Some(code_expires_at),
            room_id: None,
            name: None,
            paired_by: None,
            paired_at: None,
            last_seen_at: at,
            created_at: at,
        };
        if screens::insert(&mut db, &screen).await? {
            return Ok(Opened { token, code, code_expires_at });
        }
    }
    Err(Code::Busy.after(BUSY))
}

/// The state of a screen: unpaired, newly paired, or showing.
#[derive(Debug, Clone)]
pub enum ScreenState {
    /// It waits to be paired.
    Waiting { code: String, code_expires_at: DateTime<Utc> },
    /// It was paired, and gets a token that no one has seen yet.
    Renewed { token: String },
    /// It may read what its room shows.
    Showing { screen: Uuid, room: Uuid, name: String },
}

/// How the screen with a token stands. The token that it had before it was paired reads nothing.
///
/// # Errors
/// Not found when there is none, or its code is over.
pub async fn standing(pool: &Pool, hash: [u8; 32]) -> Result<ScreenState> {
    let mut db = pool.get().await?;
    let screen = screens::by_token(&mut db, &hash).await?.ok_or(Error::NotFound)?;
    if let (Some(code), Some(code_expires_at)) = (screen.code, screen.code_expires_at) {
        if code_expires_at <= Utc::now() {
            return Err(Error::NotFound);
        }
        return Ok(ScreenState::Waiting { code, code_expires_at });
    }
    let room = screen.room_id.ok_or(Error::NotFound)?;
    if screen.next_token_hash.as_deref() == Some(hash.as_slice()) {
        screens::settle(&mut db, screen.id, &hash).await?;
    } else if !screen.settled {
        // An answer may get lost: until the new token comes back, the first one may ask for another.
        let token = new_token();
        screens::set_next_token(&mut db, screen.id, &token_hash(&token)).await?;
        return Ok(ScreenState::Renewed { token });
    }
    screens::seen(&mut db, screen.id, now()).await?;
    Ok(ScreenState::Showing { screen: screen.id, room, name: screen.name.unwrap_or_default() })
}

/// Pairs the screen that shows this code with a room.
///
/// # Errors
/// Not found, not permitted, `too_many_screens`, invalid.
pub async fn pair(ctx: &Ctx, actor: &Actor, room: Uuid, code: &str, name: &str) -> Result<Screen> {
    ctx.access.room(actor, room, Action::RunScreen).await?;
    let name = text::line("name", name, NAME_MAX)?;
    let code = pairing::read_screen_code(code).ok_or_else(|| Error::invalid("code", FieldCode::Invalid))?;
    ctx.change(actor, room, Action::RunScreen, async |change| {
        let (by, at) = (change.member.id, change.at);
        if screens::count(change.db(), room).await? >= SCREENS_MAX {
            return Err(Code::TooManyScreens.into());
        }
        begin(change.db(), room).await?;
        let paired = screens::pair(change.db(), &code, (room, &name), by, at).await?;
        paired.ok_or_else(|| Error::invalid("code", FieldCode::Unknown))
    })
    .await
}

/// Ends a pairing.
///
/// # Errors
/// Not found, not permitted.
pub async fn unpair(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let (room, _) = ctx.access.screen(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::RunScreen, async |change| {
        if screens::delete(change.db(), id).await? { Ok(()) } else { Err(Error::NotFound) }
    })
    .await
}

/// Chooses what all screens of a room show.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn show(ctx: &Ctx, actor: &Actor, room: Uuid, scene: Scene) -> Result<()> {
    ctx.access.room(actor, room, Action::RunScreen).await?;
    let scene = scene.checked()?;
    let stored = stored(&scene)?;
    ctx.change(actor, room, Action::RunScreen, async |change| {
        let (by, at) = (change.member.id, change.at);
        if let Scene::Post { post } = scene {
            check_post(change.db(), room, post).await?;
        }
        begin(change.db(), room).await?;
        Ok(screens::show(change.db(), room, &stored, by, at).await?)
    })
    .await
}

async fn check_post(db: &mut Db, room: Uuid, post: Uuid) -> Result<()> {
    let post = posts::by_id(db, post).await?.filter(|post| post.room_id == room && post.hidden_at.is_none());
    match post {
        None => Err(Error::invalid("post", FieldCode::Unknown)),
        Some(post) if post.body_md.chars().count() > POST_MAX => {
            Err(Error::invalid("post", FieldCode::TooLong))
        }
        Some(_) => Ok(()),
    }
}

fn stored(scene: &Scene) -> Result<Value> {
    serde_json::to_value(scene).map_err(|error| Error::Internal(format!("scene: {error}")))
}

/// Gives a room its join code and an empty screen, unless it has them.
///
/// # Errors
/// The database is not available.
pub async fn begin(db: &mut Db, room: Uuid) -> Result<()> {
    let blank = stored(&Scene::Blank)?;
    for _ in 0..TRIES {
        if screens::state(db, room).await?.is_some() {
            return Ok(());
        }
        screens::begin(db, room, &pairing::join_code(rand::random()), &blank).await?;
    }
    Err(Code::Busy.after(BUSY))
}

/// Forgets screens that nobody paired in time, and those that have not come for long.
///
/// # Errors
/// The database is not available.
pub async fn tidy(pool: &Pool) -> Result<()> {
    screens::tidy(&mut *pool.get().await?, now(), IDLE).await?;
    Ok(())
}
