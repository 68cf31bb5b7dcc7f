//! Acts of moderation and mutes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::rooms::PublicMember;
use super::{Db, Maybe};
use crate::schema::{members, moderation_acts, moderation_reasons, mutes, organisations};

/// One act of moderation.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = moderation_acts)]
pub struct Act {
    pub id: Uuid,
    pub room_id: Uuid,
    pub seq: i64,
    pub action: String,
    pub thread_id: Option<Uuid>,
    pub post_id: Option<Uuid>,
    pub member_id: Option<Uuid>,
    pub reason: String,
    pub note: String,
    pub detail: String,
    pub until: Option<DateTime<Utc>>,
    pub actor_id: Uuid,
    pub actor_role: String,
    pub at: DateTime<Utc>,
    pub question_id: Option<Uuid>,
}

/// A reason that moderators choose from.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = moderation_reasons)]
pub struct Reason {
    pub id: String,
    pub name_en: String,
    pub name_zh: String,
}

/// Who is muted, and why.
#[derive(Debug, Clone, Queryable)]
pub struct Mute {
    pub member: PublicMember,
    pub until: DateTime<Utc>,
    pub reason: String,
    pub note: String,
}

/// # Errors
/// From the database.
pub async fn reasons(db: &mut Db) -> QueryResult<Vec<Reason>> {
    moderation_reasons::table.order(moderation_reasons::position).select(Reason::as_select()).load(db).await
}

/// # Errors
/// From the database; `moderation_acts_reason_fkey` when the reason is not on the list.
pub async fn insert(db: &mut Db, act: &Act) -> QueryResult<()> {
    diesel::insert_into(moderation_acts::table).values(act).execute(db).await?;
    Ok(())
}

/// The acts of a room, or about one of its threads, newest first, with whom a mute hit.
///
/// # Errors
/// From the database.
pub async fn page(
    db: &mut Db,
    room: Uuid,
    thread: Option<Uuid>,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<(Act, Option<PublicMember>)>> {
    let mut query = moderation_acts::table
        .left_join(
            members::table
                .inner_join(organisations::table)
                .on(moderation_acts::member_id.eq(members::id.nullable())),
        )
        .filter(moderation_acts::room_id.eq(room))
        .select((Act::as_select(), Option::<PublicMember>::as_select()))
        .into_boxed();
    if let Some(thread) = thread {
        query = query.filter(moderation_acts::thread_id.eq(thread));
    }
    if let Some(before) = before {
        query = query.filter(moderation_acts::seq.lt(before));
    }
    query.order(moderation_acts::seq.desc()).limit(limit).load(db).await
}

/// Mutes a member until a time, or moves the end of the mute.
///
/// # Errors
/// From the database.
pub async fn set_mute(
    db: &mut Db,
    room: Uuid,
    member: Uuid,
    until: DateTime<Utc>,
    act: Uuid,
) -> QueryResult<()> {
    diesel::insert_into(mutes::table)
        .values((
            mutes::room_id.eq(room),
            mutes::member_id.eq(member),
            mutes::until.eq(until),
            mutes::act_id.eq(act),
        ))
        .on_conflict((mutes::room_id, mutes::member_id))
        .do_update()
        .set((mutes::until.eq(until), mutes::act_id.eq(act)))
        .execute(db)
        .await?;
    Ok(())
}

/// True when there was a mute to lift.
///
/// # Errors
/// From the database.
pub async fn remove_mute(db: &mut Db, room: Uuid, member: Uuid) -> QueryResult<bool> {
    Ok(diesel::delete(mutes::table.find((room, member))).execute(db).await? > 0)
}

/// A member's mute in a room: end, reason, note.
///
/// # Errors
/// From the database.
pub async fn mute_of(
    db: &mut Db,
    room: Uuid,
    member: Uuid,
) -> QueryResult<Option<(DateTime<Utc>, String, String)>> {
    mutes::table
        .inner_join(moderation_acts::table.on(moderation_acts::id.eq(mutes::act_id)))
        .filter(mutes::room_id.eq(room).and(mutes::member_id.eq(member)).and(mutes::until.gt(Utc::now())))
        .select((mutes::until, moderation_acts::reason, moderation_acts::note))
        .first(db)
        .await
        .maybe()
}

/// The mutes of some members in some rooms: (room, member, end).
///
/// # Errors
/// From the database.
pub async fn mutes_of(
    db: &mut Db,
    rooms: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, DateTime<Utc>)>> {
    mutes::table
        .filter(
            mutes::room_id
                .eq_any(rooms)
                .and(mutes::member_id.eq_any(members))
                .and(mutes::until.gt(Utc::now())),
        )
        .select((mutes::room_id, mutes::member_id, mutes::until))
        .load(db)
        .await
}

/// Everyone who is muted in a room now.
///
/// # Errors
/// From the database.
pub async fn mutes(db: &mut Db, room: Uuid) -> QueryResult<Vec<Mute>> {
    mutes::table
        .inner_join(moderation_acts::table.on(moderation_acts::id.eq(mutes::act_id)))
        .inner_join(members::table.on(members::id.eq(mutes::member_id)))
        .inner_join(organisations::table.on(organisations::id.eq(members::organisation_id)))
        .filter(mutes::room_id.eq(room).and(mutes::until.gt(Utc::now())))
        .order(mutes::until)
        .select((PublicMember::as_select(), mutes::until, moderation_acts::reason, moderation_acts::note))
        .load(db)
        .await
}
