//! The threads of a room in pages. A list that moves while somebody reads it skips nothing: each page after the first
//! is as the list was when the first was read, though what it says of each thread is of now.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use crate::kernel::domain::kinds::ThreadKind;

/// The order of a list of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Pinned first, then by newest post.
    Activity,
    /// By newest thread.
    New,
}

/// Where a thread stands in a list: those with the greatest number come first, pinned ones before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    pub pinned: bool,
    pub seq: i64,
}

/// Which threads a list holds.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    pub sort: Sort,
    pub kind: Option<ThreadKind>,
    /// Only threads with posts that this member has not read.
    pub unread_by: Option<Uuid>,
    /// Where the page before ended.
    pub after: Option<Place>,
    /// The number of the log as of which the list is in order.
    pub as_of: i64,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    pinned: bool,
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

/// The page of a list: threads and their places. Chats of sessions are listed only when their kind is asked for.
///
/// # Errors
/// From the database.
pub async fn page(db: &mut Db, room: Uuid, listing: Listing) -> QueryResult<Vec<(Uuid, Place)>> {
    let rows: Vec<Row> = diesel::sql_query(
        "WITH pins AS ( \
            SELECT DISTINCT ON (subject_id) subject_id AS id, kind = 'thread.unpinned' AS pinned FROM room_log \
            WHERE room_id = $1 AND seq > $2 AND kind IN ('thread.pinned', 'thread.unpinned') \
            ORDER BY subject_id, seq), \
         places AS ( \
            SELECT t.id, $3 AND coalesce(pins.pinned, t.pinned) AS pinned, \
                CASE WHEN NOT $3 THEN t.seq WHEN t.last_post_seq <= $2 THEN t.last_post_seq ELSE coalesce( \
                    (SELECT max(p.seq) FROM posts p WHERE p.thread_id = t.id AND p.seq <= $2), t.seq) END AS seq \
            FROM threads t LEFT JOIN pins ON pins.id = t.id \
            LEFT JOIN read_marks m ON m.thread_id = t.id AND m.member_id = $5 \
            WHERE t.room_id = $1 AND t.seq <= $2 \
              AND CASE WHEN $4 IS NULL THEN t.kind <> 'chat' ELSE t.kind = $4 END \
              AND ($5 IS NULL OR EXISTS (SELECT FROM posts p WHERE p.thread_id = t.id AND p.hidden_at IS NULL \
                AND p.author_id <> $5 AND p.seq > coalesce(m.seq, 0) AND (m.seen IS NULL OR NOT p.seq <@ m.seen)))) \
         SELECT id, pinned, seq FROM places WHERE $6 IS NULL OR (pinned, seq) < ($6, $7) \
         ORDER BY pinned DESC, seq DESC LIMIT $8",
    )
    .bind::<SqlUuid, _>(room)
    .bind::<BigInt, _>(listing.as_of)
    .bind::<Bool, _>(listing.sort == Sort::Activity)
    .bind::<Nullable<Text>, _>(listing.kind)
    .bind::<Nullable<SqlUuid>, _>(listing.unread_by)
    .bind::<Nullable<Bool>, _>(listing.after.map(|place| place.pinned))
    .bind::<Nullable<BigInt>, _>(listing.after.map(|place| place.seq))
    .bind::<BigInt, _>(listing.limit)
    .load(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, Place { pinned: row.pinned, seq: row.seq })).collect())
}
