//! Rooms, programmes and the roles that members hold in a room.

mod programmes;

pub use programmes::{
    Programme, ProgrammeChange, Seen, insert_programme, programme, programme_has_rooms, programmes,
    programmes_by_id, update_programme,
};

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{MemberStatus, RoomKind, RoomRole, Visibility};
use crate::schema::{members, mutes, organisations, posts, room_roles, rooms};

/// A room as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = rooms)]
pub struct Room {
    pub id: Uuid,
    pub programme_id: Option<Uuid>,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub kind: RoomKind,
    pub visibility: Visibility,
    pub constituency: Option<String>,
    pub head_seq: i64,
    pub slow_mode_s: i32,
    pub closed_at: Option<DateTime<Utc>>,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
}

/// What may be changed about a room; None leaves it as it is.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = rooms)]
pub struct RoomPatch {
    pub title: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub programme_id: Option<Option<Uuid>>,
    pub slow_mode_s: Option<i32>,
    pub closed_at: Option<Option<DateTime<Utc>>>,
}

/// A member as others may see them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = members)]
pub struct PublicMember {
    pub id: Uuid,
    pub display_name: String,
    pub constituency: String,
    #[diesel(select_expression = organisations::name)]
    pub organisation: String,
}

/// Someone in a room, for the pickers of roles and mutes.
#[derive(Debug, Clone, Queryable)]
pub struct RoomMember {
    pub member: PublicMember,
    pub role: Option<RoomRole>,
    pub granted_at: Option<DateTime<Utc>>,
    pub muted_until: Option<DateTime<Utc>>,
}

/// Numbers of a room that a list of rooms shows.
#[derive(Debug, Clone, QueryableByName)]
pub struct RoomStats {
    #[diesel(sql_type = SqlUuid)]
    pub room_id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub threads: i64,
    #[diesel(sql_type = BigInt)]
    pub posts: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_post_at: Option<DateTime<Utc>>,
    /// {"workers": 3} as text.
    #[diesel(sql_type = Text)]
    pub counts: String,
}

/// A room in the list of all rooms.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = rooms)]
pub struct Listed {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub programme_id: Option<Uuid>,
    pub head_seq: i64,
}

/// Every room there is, by title and id.
///
/// # Errors
/// From the database.
pub async fn directory(db: &mut Db) -> QueryResult<Vec<Listed>> {
    rooms::table.select(Listed::as_select()).order((rooms::title, rooms::id)).load(db).await
}

/// # Errors
/// From the database; `rooms_slug_key` when the slug is taken.
pub async fn insert(db: &mut Db, room: &Room) -> QueryResult<()> {
    diesel::insert_into(rooms::table).values(room).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Room>> {
    rooms::table.find(id).select(Room::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Room>> {
    rooms::table.filter(rooms::id.eq_any(ids)).select(Room::as_select()).load(db).await
}

/// # Errors
/// From the database.
pub async fn update(db: &mut Db, id: Uuid, change: &RoomPatch) -> QueryResult<Room> {
    diesel::update(rooms::table.find(id)).set(change).returning(Room::as_returning()).get_result(db).await
}

/// The head of one room's log.
///
/// # Errors
/// From the database.
pub async fn head(db: &mut Db, id: Uuid) -> QueryResult<Option<i64>> {
    rooms::table.find(id).select(rooms::head_seq).first(db).await.maybe()
}

/// The heads of many rooms' logs.
///
/// # Errors
/// From the database.
pub async fn heads(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, i64)>> {
    rooms::table.filter(rooms::id.eq_any(ids)).select((rooms::id, rooms::head_seq)).load(db).await
}

/// Counts for a list of rooms.
///
/// # Errors
/// From the database.
pub async fn stats(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<RoomStats>> {
    diesel::sql_query(
        "SELECT s.room_id, s.threads, s.posts, s.last_post_at, \
                coalesce((SELECT jsonb_object_agg(c.constituency, c.posts) FROM room_counts c \
                          WHERE c.room_id = s.room_id AND c.posts > 0), '{}')::text AS counts \
         FROM room_stats s WHERE s.room_id = ANY($1)",
    )
    .bind::<diesel::sql_types::Array<SqlUuid>, _>(ids)
    .load(db)
    .await
}

/// The slow-mode clock: when the member last posted in the room.
///
/// # Errors
/// From the database.
pub async fn last_post_at(db: &mut Db, room: Uuid, member: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    posts::table
        .filter(posts::room_id.eq(room).and(posts::author_id.eq(member)))
        .order(posts::seq.desc())
        .select(posts::created_at)
        .first(db)
        .await
        .maybe()
}

/// Every active member who holds a role in the room. The role of who is banned rests until the ban is lifted: a room
/// whose only chair it was has none.
///
/// # Errors
/// From the database.
pub async fn roles(db: &mut Db, room: Uuid) -> QueryResult<HashMap<Uuid, RoomRole>> {
    let rows = roles_in(db, &[room]).await?;
    Ok(rows.into_iter().map(|(_, member, role)| (member, role)).collect())
}

/// As [`roles`], of some rooms: (room, member, role).
///
/// # Errors
/// From the database.
pub async fn roles_in(db: &mut Db, rooms: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid, RoomRole)>> {
    room_roles::table
        .inner_join(members::table.on(members::id.eq(room_roles::member_id)))
        .filter(members::status.eq(MemberStatus::Active))
        .filter(room_roles::room_id.eq_any(rooms))
        .select((room_roles::room_id, room_roles::member_id, room_roles::role))
        .load(db)
        .await
}

/// Everyone who is muted in some rooms now: (room, member, end).
///
/// # Errors
/// From the database.
pub async fn mutes_in(db: &mut Db, rooms: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid, DateTime<Utc>)>> {
    mutes::table
        .filter(mutes::room_id.eq_any(rooms).and(mutes::until.gt(Utc::now())))
        .select((mutes::room_id, mutes::member_id, mutes::until))
        .load(db)
        .await
}

/// The roles of some members in some rooms: (room, member, role).
///
/// # Errors
/// From the database.
pub async fn roles_of(
    db: &mut Db,
    rooms: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, RoomRole)>> {
    room_roles::table
        .filter(room_roles::room_id.eq_any(rooms).and(room_roles::member_id.eq_any(members)))
        .select((room_roles::room_id, room_roles::member_id, room_roles::role))
        .load(db)
        .await
}

/// Who is muted in the room, and until when.
///
/// # Errors
/// From the database.
pub async fn mutes(db: &mut Db, room: Uuid) -> QueryResult<HashMap<Uuid, DateTime<Utc>>> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = mutes::table
        .filter(mutes::room_id.eq(room).and(mutes::until.gt(Utc::now())))
        .select((mutes::member_id, mutes::until))
        .load(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// # Errors
/// From the database.
pub async fn set_role(
    db: &mut Db,
    room: Uuid,
    member: Uuid,
    role: RoomRole,
    by: Option<Uuid>,
) -> QueryResult<()> {
    diesel::insert_into(room_roles::table)
        .values((
            room_roles::room_id.eq(room),
            room_roles::member_id.eq(member),
            room_roles::role.eq(role),
            room_roles::granted_by.eq(by),
        ))
        .on_conflict((room_roles::room_id, room_roles::member_id))
        .do_update()
        .set((
            room_roles::role.eq(role),
            room_roles::granted_by.eq(by),
            room_roles::granted_at.eq(Utc::now()),
        ))
        .execute(db)
        .await?;
    Ok(())
}

/// True when there was a role to take away.
///
/// # Errors
/// From the database.
pub async fn remove_role(db: &mut Db, room: Uuid, member: Uuid) -> QueryResult<bool> {
    let target = room_roles::table.find((room, member));
    Ok(diesel::delete(target).execute(db).await? > 0)
}

/// The roles of a room with names, highest role first, of active members.
///
/// # Errors
/// From the database.
pub async fn role_holders(db: &mut Db, room: Uuid) -> QueryResult<Vec<RoomMember>> {
    let mut holders: Vec<RoomMember> = room_roles::table
        .inner_join(members::table.on(members::id.eq(room_roles::member_id)))
        .inner_join(organisations::table.on(organisations::id.eq(members::organisation_id)))
        .filter(room_roles::room_id.eq(room).and(members::status.eq(MemberStatus::Active)))
        .order((members::display_name, members::id))
        .select((
            PublicMember::as_select(),
            room_roles::role.nullable(),
            room_roles::granted_at.nullable(),
            None::<DateTime<Utc>>.into_sql::<Nullable<Timestamptz>>(),
        ))
        .load(db)
        .await?;
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.role));
    Ok(holders)
}

/// Active members who may be given a role or a mute here: of one constituency in a caucus, and
/// only confirmed ones there.
///
/// # Errors
/// From the database.
pub async fn candidates(
    db: &mut Db,
    room: &Room,
    search: &str,
    after: Option<(&str, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<RoomMember>> {
    let mut query = members::table
        .inner_join(organisations::table.on(organisations::id.eq(members::organisation_id)))
        .left_join(
            room_roles::table.on(room_roles::member_id.eq(members::id).and(room_roles::room_id.eq(room.id))),
        )
        .left_join(mutes::table.on(
            mutes::member_id.eq(members::id).and(mutes::room_id.eq(room.id)).and(mutes::until.gt(Utc::now())),
        ))
        .filter(members::status.eq(MemberStatus::Active))
        .select((
            PublicMember::as_select(),
            room_roles::role.nullable(),
            room_roles::granted_at.nullable(),
            mutes::until.nullable(),
        ))
        .into_boxed();
    if let Some(constituency) = &room.constituency {
        query = query.filter(members::constituency.eq(constituency).and(members::confirmed_at.is_not_null()));
    }
    if room.visibility == Visibility::Invited && search.is_empty() {
        query = query.filter(room_roles::role.is_not_null());
    }
    if !search.is_empty() {
        let pattern = format!("%{}%", super::escape_like(search));
        query =
            query.filter(members::display_name.ilike(pattern.clone()).or(organisations::name.ilike(pattern)));
    }
    if let Some((name, id)) = after {
        query = query.filter(
            members::display_name
                .gt(name.to_owned())
                .or(members::display_name.eq(name.to_owned()).and(members::id.gt(id))),
        );
    }
    query.order((members::display_name, members::id)).limit(limit).load(db).await
}

/// The room that has this slug.
///
/// # Errors
/// From the database.
pub async fn by_slug(db: &mut Db, slug: &str) -> QueryResult<Option<Room>> {
    rooms::table.filter(rooms::slug.eq(slug)).select(Room::as_select()).first(db).await.maybe()
}
