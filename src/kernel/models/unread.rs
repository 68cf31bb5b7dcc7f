//! Unread counts: others' posts above the read mark, hidden ones not counted.
//!
//! Nothing here counts further than [`UNREAD_MAX`], so that the cost does not grow with the past.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use super::threads::Unread;
use crate::schema::read_floors;

/// So many, or more.
pub const UNREAD_MAX: i64 = 1000;

/// What a member has not read of a room.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct RoomUnread {
    #[diesel(sql_type = SqlUuid)]
    pub member: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub room: Uuid,
    #[diesel(sql_type = BigInt)]
    pub head: i64,
    /// Up to this number everything is known to be read.
    #[diesel(sql_type = BigInt)]
    pub floor: i64,
    #[diesel(sql_type = BigInt)]
    pub unread: i64,
    /// The lowest number that is unread.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub first: Option<i64>,
}

/// What a member has not read of a thread.
#[derive(Debug, Clone, QueryableByName)]
pub struct ThreadUnread {
    #[diesel(sql_type = SqlUuid)]
    pub member: Uuid,
    #[diesel(embed)]
    pub of: Unread,
}

/// What members have not read of rooms, session chats left out: for each pair (member, room).
///
/// The floor keeps threads out of sight that rest since the member has read all there is.
///
/// # Errors
/// From the database.
pub async fn of_rooms(db: &mut Db, pairs: &[(Uuid, Uuid)]) -> QueryResult<Vec<RoomUnread>> {
    let (members, rooms): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    diesel::sql_query(
        "SELECT k.member, k.room, r.head_seq AS head, coalesce(f.seq, 0) AS floor, u.unread, u.first \
         FROM unnest($1, $2) AS k(member, room) \
         JOIN rooms r ON r.id = k.room \
         LEFT JOIN read_floors f ON f.member_id = k.member AND f.room_id = k.room \
         CROSS JOIN LATERAL ( \
            SELECT count(*) AS unread, min(seq) AS first FROM ( \
                SELECT p.seq FROM threads t \
                LEFT JOIN read_marks m ON m.thread_id = t.id AND m.member_id = k.member \
                CROSS JOIN LATERAL ( \
                    SELECT p.seq FROM posts p \
                    WHERE p.thread_id = t.id AND p.seq > greatest(m.seq, f.seq, 0) \
                      AND p.author_id <> k.member AND p.hidden_at IS NULL \
                      AND (m.seen IS NULL OR NOT p.seq <@ m.seen) \
                    ORDER BY p.seq LIMIT $3) p \
                WHERE t.room_id = k.room AND t.kind <> 'chat' AND t.last_post_seq > coalesce(f.seq, 0) \
                  AND t.last_post_seq > coalesce(m.seq, 0) \
                LIMIT $3) x) u",
    )
    .bind::<Array<SqlUuid>, _>(members)
    .bind::<Array<SqlUuid>, _>(rooms)
    .bind::<BigInt, _>(UNREAD_MAX)
    .load(db)
    .await
}

/// Notes floors that have risen: (member, room, number).
///
/// # Errors
/// From the database.
pub async fn raise_floors(db: &mut Db, floors: &[(Uuid, Uuid, i64)]) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO read_floors (member_id, room_id, seq) SELECT * FROM unnest($1, $2, $3) \
         ON CONFLICT (member_id, room_id) DO UPDATE SET seq = greatest(read_floors.seq, excluded.seq)",
    )
    .bind::<Array<SqlUuid>, _>(floors.iter().map(|floor| floor.0).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(floors.iter().map(|floor| floor.1).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(floors.iter().map(|floor| floor.2).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

/// A post is shown again: nobody has read it who had not.
///
/// # Errors
/// From the database.
pub async fn lower_floors(db: &mut Db, room: Uuid, seq: i64) -> QueryResult<()> {
    let above = read_floors::table.filter(read_floors::room_id.eq(room).and(read_floors::seq.ge(seq)));
    diesel::update(above).set(read_floors::seq.eq(seq - 1)).execute(db).await?;
    Ok(())
}

/// What members have not read of threads: for each pair (member, thread).
///
/// # Errors
/// From the database.
pub async fn of_threads(db: &mut Db, pairs: &[(Uuid, Uuid)]) -> QueryResult<Vec<ThreadUnread>> {
    let (members, threads): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    diesel::sql_query(
        "SELECT k.member, k.thread AS id, coalesce(m.seq, 0) AS read_seq, \
                ARRAY(SELECT lower(r) FROM unnest(m.seen) r) AS seen_from, \
                ARRAY(SELECT upper(r) - 1 FROM unnest(m.seen) r) AS seen_to, \
                (SELECT count(*) FROM ( \
                    SELECT 1 FROM posts p WHERE p.thread_id = k.thread AND p.seq > coalesce(m.seq, 0) \
                      AND p.author_id <> k.member AND p.hidden_at IS NULL \
                      AND (m.seen IS NULL OR NOT p.seq <@ m.seen) LIMIT $3) x) AS unread \
         FROM unnest($1, $2) AS k(member, thread) \
         LEFT JOIN read_marks m ON m.thread_id = k.thread AND m.member_id = k.member",
    )
    .bind::<Array<SqlUuid>, _>(members)
    .bind::<Array<SqlUuid>, _>(threads)
    .bind::<BigInt, _>(UNREAD_MAX)
    .load(db)
    .await
}

/// The posts that members have not read of threads, the oldest first: for each pair (member, thread).
///
/// # Errors
/// From the database.
pub async fn seqs_of_threads(
    db: &mut Db,
    pairs: &[(Uuid, Uuid)],
) -> QueryResult<Vec<(Uuid, Uuid, Vec<i64>)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        member: Uuid,
        #[diesel(sql_type = SqlUuid)]
        thread: Uuid,
        #[diesel(sql_type = Array<BigInt>)]
        seqs: Vec<i64>,
    }
    let (members, threads): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT k.member, k.thread, ARRAY( \
            SELECT p.seq FROM posts p WHERE p.thread_id = k.thread AND p.seq > coalesce(m.seq, 0) \
              AND p.author_id <> k.member AND p.hidden_at IS NULL \
              AND (m.seen IS NULL OR NOT p.seq <@ m.seen) ORDER BY p.seq LIMIT $3) AS seqs \
         FROM unnest($1, $2) AS k(member, thread) \
         LEFT JOIN read_marks m ON m.thread_id = k.thread AND m.member_id = k.member",
    )
    .bind::<Array<SqlUuid>, _>(members)
    .bind::<Array<SqlUuid>, _>(threads)
    .bind::<BigInt, _>(UNREAD_MAX)
    .load(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.member, row.thread, row.seqs)).collect())
}
