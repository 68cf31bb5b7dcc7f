//! Screens in a hall, and what the screens of a room show.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::features::floor::store::{self as floor, Floor};
use crate::features::screens::rules::Scene;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::rooms::{self, Room};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::models::{Db, Maybe};
use crate::schema::{room_screens, screens};

/// A screen, paired or not.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = screens)]
pub struct Screen {
    pub id: Uuid,
    pub token_hash: Vec<u8>,
    pub next_token_hash: Option<Vec<u8>>,
    /// The token was renewed after pairing; before that it reads nothing.
    pub settled: bool,
    pub code: Option<String>,
    pub code_expires_at: Option<DateTime<Utc>>,
    pub room_id: Option<Uuid>,
    pub name: Option<String>,
    pub paired_by: Option<Uuid>,
    pub paired_at: Option<DateTime<Utc>>,
    pub last_seen_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// What the screens of a room show, and the code that leads to the room.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = room_screens)]
pub struct RoomScreen {
    pub room_id: Uuid,
    pub join_code: String,
    pub version: i64,
    pub scene: Value,
    pub changed_at: DateTime<Utc>,
}

/// How far a room and what its screens show have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Progress {
    pub room: Uuid,
    pub head: i64,
    pub version: i64,
}

/// Adds a screen that waits to be paired. False when its code is in use.
///
/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, screen: &Screen) -> QueryResult<bool> {
    let query = diesel::insert_into(screens::table).values(screen).on_conflict(screens::code).do_nothing();
    Ok(query.execute(db).await? > 0)
}

/// How many wait to be paired.
///
/// # Errors
/// From the database.
pub async fn count_waiting(db: &mut Db) -> QueryResult<i64> {
    screens::table.filter(screens::room_id.is_null()).count().get_result(db).await
}

/// The screen that has, or is about to get, this token.
///
/// # Errors
/// From the database.
pub async fn by_token(db: &mut Db, hash: &[u8; 32]) -> QueryResult<Option<Screen>> {
    screens::table
        .filter(screens::token_hash.eq(hash.as_slice()).or(screens::next_token_hash.eq(hash.as_slice())))
        .select(Screen::as_select())
        .first(db)
        .await
        .maybe()
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Screen>> {
    screens::table.find(id).select(Screen::as_select()).first(db).await.maybe()
}

/// The screens of a room, in the order they were paired.
///
/// # Errors
/// From the database.
pub async fn of_room(db: &mut Db, room: Uuid) -> QueryResult<Vec<Screen>> {
    screens::table
        .filter(screens::room_id.eq(room))
        .order((screens::paired_at, screens::id))
        .select(Screen::as_select())
        .load(db)
        .await
}

/// How many screens a room has.
///
/// # Errors
/// From the database.
pub async fn count(db: &mut Db, room: Uuid) -> QueryResult<i64> {
    screens::table.filter(screens::room_id.eq(room)).count().get_result(db).await
}

/// Pairs the screen that waits under a code; the code is used up. None when there is no such code now.
///
/// # Errors
/// From the database.
pub async fn pair(
    db: &mut Db,
    code: &str,
    (room, name): (Uuid, &str),
    by: Uuid,
    at: DateTime<Utc>,
) -> QueryResult<Option<Screen>> {
    diesel::update(screens::table)
        .filter(screens::code.eq(code).and(screens::code_expires_at.gt(at)))
        .set((
            screens::room_id.eq(room),
            screens::name.eq(name),
            screens::paired_by.eq(by),
            screens::paired_at.eq(at),
            screens::code.eq(None::<String>),
            screens::code_expires_at.eq(None::<DateTime<Utc>>),
        ))
        .returning(Screen::as_returning())
        .get_result(db)
        .await
        .maybe()
}

/// Notes the token that shall take the place of a paired screen's first one.
///
/// # Errors
/// From the database.
pub async fn set_next_token(db: &mut Db, id: Uuid, hash: &[u8; 32]) -> QueryResult<()> {
    diesel::update(screens::table.find(id))
        .filter(screens::settled.eq(false))
        .set(screens::next_token_hash.eq(hash.as_slice()))
        .execute(db)
        .await?;
    Ok(())
}

/// The screen has come with its new token: the first one is worth nothing from now on.
///
/// # Errors
/// From the database.
pub async fn settle(db: &mut Db, id: Uuid, hash: &[u8; 32]) -> QueryResult<()> {
    diesel::update(screens::table.find(id))
        .filter(screens::next_token_hash.eq(hash.as_slice()))
        .set((
            screens::token_hash.eq(hash.as_slice()),
            screens::next_token_hash.eq(None::<Vec<u8>>),
            screens::settled.eq(true),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// Notes that a paired screen is there. False when it is paired no longer.
///
/// # Errors
/// From the database.
pub async fn seen(db: &mut Db, id: Uuid, at: DateTime<Utc>) -> QueryResult<bool> {
    let query = diesel::update(screens::table.find(id))
        .filter(screens::room_id.is_not_null())
        .set(screens::last_seen_at.eq(at));
    Ok(query.execute(db).await? > 0)
}

/// True when there was one to remove.
///
/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<bool> {
    Ok(diesel::delete(screens::table.find(id)).execute(db).await? > 0)
}

/// Removes the screen with this token, if it waits to be paired.
///
/// # Errors
/// From the database.
pub async fn delete_waiting(db: &mut Db, hash: &[u8; 32]) -> QueryResult<()> {
    let target =
        screens::table.filter(screens::token_hash.eq(hash.as_slice()).and(screens::room_id.is_null()));
    diesel::delete(target).execute(db).await?;
    Ok(())
}

/// Removes screens that nobody paired in time, and those that have not come for so long.
///
/// # Errors
/// From the database.
pub async fn tidy(db: &mut Db, now: DateTime<Utc>, idle: TimeDelta) -> QueryResult<usize> {
    let over = screens::code_expires_at.le(now).assume_not_null();
    let gone = screens::room_id.is_not_null().and(screens::last_seen_at.lt(now - idle));
    diesel::delete(screens::table.filter(screens::room_id.is_null().and(over).or(gone))).execute(db).await
}

/// Which of these rooms' screens are paired.
///
/// # Errors
/// From the database.
pub async fn paired(db: &mut Db, rooms: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    screens::table.filter(screens::room_id.eq_any(rooms)).select(screens::id).load(db).await
}

/// What the screens of a room show.
///
/// # Errors
/// From the database.
pub async fn state(db: &mut Db, room: Uuid) -> QueryResult<Option<RoomScreen>> {
    room_screens::table.find(room).select(RoomScreen::as_select()).first(db).await.maybe()
}

/// Gives a room its join code and an empty screen, unless it has them. False when the code is in use.
///
/// # Errors
/// From the database.
pub async fn begin(db: &mut Db, room: Uuid, join_code: &str, scene: &Value) -> QueryResult<bool> {
    let query = diesel::insert_into(room_screens::table)
        .values((
            room_screens::room_id.eq(room),
            room_screens::join_code.eq(join_code),
            room_screens::scene.eq(scene),
        ))
        .on_conflict_do_nothing();
    Ok(query.execute(db).await? > 0)
}

/// Writes what the screens of a room show.
///
/// # Errors
/// From the database.
pub async fn show(db: &mut Db, room: Uuid, scene: &Value, by: Uuid, at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(room_screens::table.find(room))
        .set((
            room_screens::scene.eq(scene),
            room_screens::version.eq(room_screens::version + 1),
            room_screens::changed_by.eq(by),
            room_screens::changed_at.eq(at),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// The room that a join code leads to.
///
/// # Errors
/// From the database.
pub async fn room_of_join_code(db: &mut Db, code: &str) -> QueryResult<Option<Uuid>> {
    room_screens::table
        .filter(room_screens::join_code.eq(code))
        .select(room_screens::room_id)
        .first(db)
        .await
        .maybe()
}

/// How far these rooms and what their screens show have come.
///
/// # Errors
/// From the database.
pub async fn progress(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Progress>> {
    use crate::schema::rooms;
    rooms::table
        .inner_join(room_screens::table)
        .filter(rooms::id.eq_any(ids))
        .select((rooms::id, rooms::head_seq, room_screens::version))
        .load(db)
        .await
}

/// All that a room's screens need to know.
#[derive(Debug, Clone)]
pub struct Stage {
    pub room: Room,
    pub state: RoomScreen,
    pub scene: Scene,
    /// The agenda, in order of time.
    pub sessions: Vec<Session>,
    /// Of what is on now, when the floor is shown.
    pub floor: Option<Floor>,
    /// The contribution that is shown.
    pub post: Option<Post>,
}

impl Stage {
    /// What is on: a session under way, else one whose lobby is open.
    pub fn now(&self) -> Option<&Session> {
        now(&self.sessions)
    }
}

fn now(agenda: &[Session]) -> Option<&Session> {
    let first = |wanted: &[SessionState]| agenda.iter().find(|session| wanted.contains(&session.state));
    first(&[SessionState::Live, SessionState::Paused]).or_else(|| first(&[SessionState::Lobby]))
}

/// What a room's screens show, all of it as it was at one moment. None while the room has no screen.
///
/// # Errors
/// From the database.
pub async fn stage(db: &mut Db, room: Uuid) -> QueryResult<Option<Stage>> {
    let mut snapshot = db.build_transaction().read_only().repeatable_read();
    snapshot.run(async |db| load(db, room).await).await
}

async fn load(db: &mut Db, id: Uuid) -> QueryResult<Option<Stage>> {
    let (Some(room), Some(state)) = (rooms::by_id(db, id).await?, state(db, id).await?) else {
        return Ok(None);
    };
    // What a newer server has stored shows as nothing here.
    let scene = serde_json::from_value(state.scene.clone()).unwrap_or(Scene::Blank);
    let sessions = match scene {
        Scene::Blank => Vec::new(),
        _ => sessions::of_rooms(db, &[id]).await?,
    };
    let floor = match (&scene, now(&sessions)) {
        (Scene::Floor, Some(session)) => Some(floor::load(db, session.id).await?),
        _ => None,
    };
    let post = match &scene {
        Scene::Post { post } => posts::by_id(db, *post).await?.filter(|post| post.room_id == id),
        _ => None,
    };
    Ok(Some(Stage { room, state, scene, sessions, floor, post }))
}
