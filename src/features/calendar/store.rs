//! Calendar feeds: whose they are, and what is in them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::kernel::domain::kinds::{MemberStatus, RoomKind};
use crate::kernel::models::agenda::RemovedSession;
use crate::kernel::models::members::Member;
use crate::kernel::models::rooms::Room;
use crate::kernel::models::sessions::Session;
use crate::kernel::models::{Db, Maybe};
use crate::schema::{calendar_feeds, members, organisations, removed_sessions, rooms, sessions};

/// Gives a member a feed with this token, in place of the one there was.
///
/// # Errors
/// From the database.
pub async fn set_feed(db: &mut Db, member: Uuid, hash: &[u8], at: DateTime<Utc>) -> QueryResult<()> {
    diesel::insert_into(calendar_feeds::table)
        .values((
            calendar_feeds::member_id.eq(member),
            calendar_feeds::token_hash.eq(hash),
            calendar_feeds::created_at.eq(at),
        ))
        .on_conflict(calendar_feeds::member_id)
        .do_update()
        .set((calendar_feeds::token_hash.eq(hash), calendar_feeds::created_at.eq(at)))
        .execute(db)
        .await?;
    Ok(())
}

/// Since when a member has a feed.
///
/// # Errors
/// From the database.
pub async fn feed_since(db: &mut Db, member: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    calendar_feeds::table.find(member).select(calendar_feeds::created_at).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn delete_feed(db: &mut Db, member: Uuid) -> QueryResult<()> {
    diesel::delete(calendar_feeds::table.find(member)).execute(db).await?;
    Ok(())
}

/// Whose feed has this token; nobody who is banned.
///
/// # Errors
/// From the database.
pub async fn owner(db: &mut Db, hash: &[u8]) -> QueryResult<Option<Member>> {
    calendar_feeds::table
        .inner_join(members::table.inner_join(organisations::table))
        .filter(calendar_feeds::token_hash.eq(hash).and(members::status.ne(MemberStatus::Banned)))
        .select(Member::as_select())
        .first(db)
        .await
        .maybe()
}

/// Workshops in which something takes place after a time, at most `limit`; the caller asks `access`
/// which of them the member sees.
///
/// # Errors
/// From the database.
pub async fn workshops(db: &mut Db, since: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Room>> {
    let current = sessions::table
        .filter(sessions::room_id.eq(rooms::id).and(sessions::ends_at.gt(since)))
        .select(sessions::id);
    let removed = removed_sessions::table
        .filter(removed_sessions::room_id.eq(rooms::id).and(removed_sessions::ends_at.gt(since)))
        .select(removed_sessions::id);
    rooms::table
        .filter(rooms::kind.eq(RoomKind::Workshop))
        .filter(diesel::dsl::exists(current).or(diesel::dsl::exists(removed)))
        .order(rooms::id.desc())
        .limit(limit)
        .select(Room::as_select())
        .load(db)
        .await
}

/// What takes place in some rooms after a time, in order of time, at most `limit`.
///
/// # Errors
/// From the database.
pub async fn sessions_since(
    db: &mut Db,
    rooms: &[Uuid],
    since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::room_id.eq_any(rooms).and(sessions::ends_at.gt(since)))
        .order((sessions::starts_at, sessions::id))
        .limit(limit)
        .select(Session::as_select())
        .load(db)
        .await
}

/// What was to take place in some rooms after a time and was taken off, at most `limit`.
///
/// # Errors
/// From the database.
pub async fn removed_since(
    db: &mut Db,
    rooms: &[Uuid],
    since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<RemovedSession>> {
    removed_sessions::table
        .filter(removed_sessions::room_id.eq_any(rooms).and(removed_sessions::ends_at.gt(since)))
        .order((removed_sessions::removed_at.desc(), removed_sessions::id))
        .limit(limit)
        .select(RemovedSession::as_select())
        .load(db)
        .await
}
