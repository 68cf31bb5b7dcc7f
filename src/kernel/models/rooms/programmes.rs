//! Programmes, which rooms belong to.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::kernel::models::{Db, Maybe};
use crate::schema::{programmes, rooms};

/// A series of rooms.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = programmes)]
pub struct Programme {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
}

/// Changes of a programme.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = programmes)]
pub struct ProgrammeChange {
    pub title: Option<String>,
    pub description: Option<String>,
    pub starts_on: Option<Option<NaiveDate>>,
    pub ends_on: Option<Option<NaiveDate>>,
}

/// # Errors
/// From the database; `programmes_slug_key` when the slug is taken.
pub async fn insert_programme(db: &mut Db, programme: &Programme) -> QueryResult<()> {
    diesel::insert_into(programmes::table).values(programme).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn programme(db: &mut Db, id: Uuid) -> QueryResult<Option<Programme>> {
    programmes::table.find(id).select(Programme::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn update_programme(db: &mut Db, id: Uuid, change: &ProgrammeChange) -> QueryResult<Programme> {
    diesel::update(programmes::table.find(id))
        .set(change)
        .returning(Programme::as_returning())
        .get_result(db)
        .await
}

/// Which programmes somebody sees.
#[derive(Debug, Default)]
pub struct Seen {
    /// Those of rooms that they may see.
    pub of_rooms: Vec<Uuid>,
    /// For a steward: those that this steward made, and those that have no room yet.
    pub steward: Option<Uuid>,
}

/// Programmes that somebody sees, newest first.
///
/// # Errors
/// From the database.
pub async fn programmes(
    db: &mut Db,
    seen: &Seen,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Programme>> {
    let mut query = programmes::table.select(Programme::as_select()).into_boxed();
    let of_rooms = programmes::id.eq_any(&seen.of_rooms);
    query = match seen.steward {
        None => query.filter(of_rooms),
        Some(steward) => {
            let rooms = rooms::table.filter(rooms::programme_id.eq(programmes::id.nullable()));
            query.filter(of_rooms.or(programmes::created_by.eq(steward)).or(not(exists(rooms))))
        }
    };
    if let Some(after) = after {
        query = query.filter(programmes::id.lt(after));
    }
    query.order(programmes::id.desc()).limit(limit).load(db).await
}

/// True when a programme has a room.
///
/// # Errors
/// From the database.
pub async fn programme_has_rooms(db: &mut Db, id: Uuid) -> QueryResult<bool> {
    diesel::select(exists(rooms::table.filter(rooms::programme_id.eq(id)))).get_result(db).await
}

/// # Errors
/// From the database.
pub async fn programmes_by_id(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Programme>> {
    programmes::table.filter(programmes::id.eq_any(ids)).select(Programme::as_select()).load(db).await
}
