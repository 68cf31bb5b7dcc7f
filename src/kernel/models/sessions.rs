//! The agenda of a workshop.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{SessionState, TimeKind};
use crate::kernel::domain::timetable::{Item, Span};
use crate::schema::sessions;

/// An agenda item as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: Uuid,
    pub room_id: Uuid,
    pub title: String,
    pub title_zh: Option<String>,
    pub organisation: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: SessionState,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub thread_id: Uuid,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    pub time_kind: TimeKind,
    /// What was planned; `starts_at` and `ends_at` are what counts now.
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    /// Grows with each change that a calendar shows.
    pub sequence: i32,
    pub changed_at: DateTime<Utc>,
    /// A list of [`crate::kernel::domain::links::Material`].
    pub materials: Value,
}

impl Session {
    /// The session as the rules of a timetable see it.
    pub fn item(&self) -> Item {
        Item {
            id: self.id,
            kind: self.time_kind,
            plan: Span { start: self.planned_start, end: self.planned_end },
            now: Span { start: self.starts_at, end: self.ends_at },
            began: self.started_at.is_some(),
            ended: self.state == SessionState::Ended,
        }
    }
}

/// Changes of a session of an agenda.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = sessions)]
pub struct SessionChange {
    pub title: Option<String>,
    pub title_zh: Option<Option<String>>,
    pub organisation: Option<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub state: Option<SessionState>,
    pub started_at: Option<Option<DateTime<Utc>>>,
    pub ended_at: Option<Option<DateTime<Utc>>>,
    pub time_kind: Option<TimeKind>,
    pub planned_start: Option<DateTime<Utc>>,
    pub planned_end: Option<DateTime<Utc>>,
    pub sequence: Option<i32>,
    pub changed_at: Option<DateTime<Utc>>,
    pub materials: Option<Value>,
}

/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, session: &Session) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Session>> {
    sessions::table.find(id).select(Session::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Session>> {
    sessions::table.filter(sessions::id.eq_any(ids)).select(Session::as_select()).load(db).await
}

/// The rooms of some sessions: (session, room).
///
/// # Errors
/// From the database.
pub async fn rooms_of(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    sessions::table.filter(sessions::id.eq_any(ids)).select((sessions::id, sessions::room_id)).load(db).await
}

/// The whole agenda of some rooms, in order of time.
///
/// # Errors
/// From the database.
pub async fn of_rooms(db: &mut Db, rooms: &[Uuid]) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::room_id.eq_any(rooms))
        .order((sessions::starts_at, sessions::id))
        .select(Session::as_select())
        .load(db)
        .await
}

/// Which of these threads are the chat of a session: thread → session.
///
/// # Errors
/// From the database.
pub async fn by_threads(db: &mut Db, threads: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    sessions::table
        .filter(sessions::thread_id.eq_any(threads))
        .select((sessions::thread_id, sessions::id))
        .load(db)
        .await
}

/// How many agenda items a room has.
///
/// # Errors
/// From the database.
pub async fn count(db: &mut Db, room: Uuid) -> QueryResult<i64> {
    sessions::table.filter(sessions::room_id.eq(room)).count().get_result(db).await
}

/// # Errors
/// From the database; `sessions_one_live_key` when another session of the room is live.
pub async fn update(db: &mut Db, id: Uuid, change: &SessionChange) -> QueryResult<Session> {
    diesel::update(sessions::table.find(id))
        .set(change)
        .returning(Session::as_returning())
        .get_result(db)
        .await
}

/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<()> {
    diesel::delete(sessions::table.find(id)).execute(db).await?;
    Ok(())
}
