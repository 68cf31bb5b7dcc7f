//! Delays of an agenda, and what was taken off it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use super::sessions::Session;
use crate::kernel::domain::timetable::Slot;
use crate::schema::{agenda_shifts, removed_sessions};

/// A delay that was announced.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = agenda_shifts)]
pub struct Shift {
    pub id: Uuid,
    pub room_id: Uuid,
    /// By how much the delay changed.
    pub minutes: i32,
    /// How late the room was then.
    pub late_minutes: i32,
    pub reason: String,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
}

/// A session that was taken off the agenda.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = removed_sessions)]
pub struct RemovedSession {
    pub id: Uuid,
    pub room_id: Uuid,
    pub title: String,
    pub title_zh: Option<String>,
    pub organisation: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub sequence: i32,
    pub removed_at: DateTime<Utc>,
}

/// # Errors
/// From the database.
pub async fn insert_shift(db: &mut Db, shift: &Shift) -> QueryResult<()> {
    diesel::insert_into(agenda_shifts::table).values(shift).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn shifts_by_id(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Shift>> {
    agenda_shifts::table.filter(agenda_shifts::id.eq_any(ids)).select(Shift::as_select()).load(db).await
}

/// The newest delay of each of these rooms.
///
/// # Errors
/// From the database.
pub async fn latest_shifts(db: &mut Db, rooms: &[Uuid]) -> QueryResult<Vec<Shift>> {
    agenda_shifts::table
        .filter(agenda_shifts::room_id.eq_any(rooms))
        .distinct_on(agenda_shifts::room_id)
        .order((agenda_shifts::room_id, agenda_shifts::created_at.desc(), agenda_shifts::id.desc()))
        .select(Shift::as_select())
        .load(db)
        .await
}

/// Moves sessions to their new times, in one statement.
///
/// # Errors
/// From the database.
pub async fn move_to(db: &mut Db, slots: &[Slot], at: DateTime<Utc>) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE sessions s SET starts_at = n.starts, ends_at = n.ends, sequence = s.sequence + 1, changed_at = $4 \
         FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS n(id, starts, ends) WHERE s.id = n.id",
    )
    .bind::<Array<SqlUuid>, _>(slots.iter().map(|slot| slot.id).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(slots.iter().map(|slot| slot.span.start).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(slots.iter().map(|slot| slot.span.end).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(at)
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers a session that is taken off the agenda.
///
/// # Errors
/// From the database.
pub async fn insert_removed(db: &mut Db, session: &Session, at: DateTime<Utc>) -> QueryResult<()> {
    let removed = RemovedSession {
        id: session.id,
        room_id: session.room_id,
        title: session.title.clone(),
        title_zh: session.title_zh.clone(),
        organisation: session.organisation.clone(),
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        sequence: session.sequence + 1,
        removed_at: at,
    };
    diesel::insert_into(removed_sessions::table).values(removed).execute(db).await?;
    Ok(())
}
