//! How far each member has read in threads: a mark, and what was seen above it.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::schema::read_marks;

/// Moves a member's mark forward, never back.
///
/// # Errors
/// From the database.
pub async fn raise(db: &mut Db, member: Uuid, thread: Uuid, seq: i64) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO read_marks (member_id, thread_id, seq) VALUES ($1, $2, $3) \
         ON CONFLICT (member_id, thread_id) DO UPDATE SET seq = greatest(read_marks.seq, excluded.seq), \
           seen = read_marks.seen * int8multirange(int8range(greatest(read_marks.seq, excluded.seq), NULL, '()'))",
    )
    .bind::<SqlUuid, _>(member)
    .bind::<SqlUuid, _>(thread)
    .bind::<BigInt, _>(seq)
    .execute(db)
    .await?;
    Ok(())
}

/// Notes posts that a member has seen one by one, and moves the mark up to the first that is unread.
///
/// # Errors
/// From the database.
pub async fn see(db: &mut Db, member: Uuid, thread: Uuid, seqs: &[i64]) -> QueryResult<()> {
    // Each reaches down to the post before it, so that neighbours join into one range.
    diesel::sql_query(
        "INSERT INTO read_marks (member_id, thread_id, seq, seen) \
         SELECT $1, $2, 0, range_agg(int8range(before.seq, p.seq, '(]')) FROM posts p \
         CROSS JOIN LATERAL (SELECT coalesce(max(q.seq), 0) AS seq FROM posts q \
            WHERE q.thread_id = $2 AND q.seq < p.seq) before \
         WHERE p.thread_id = $2 AND p.seq = ANY($3) HAVING count(*) > 0 \
         ON CONFLICT (member_id, thread_id) DO UPDATE SET seen = read_marks.seen + excluded.seen",
    )
    .bind::<SqlUuid, _>(member)
    .bind::<SqlUuid, _>(thread)
    .bind::<Array<BigInt>, _>(seqs)
    .execute(db)
    .await?;
    // A hidden post that was not seen stops the mark: it may be shown again.
    diesel::sql_query(
        "UPDATE read_marks m SET seq = up.seq, \
           seen = m.seen * int8multirange(int8range(up.seq, NULL, '()')) \
         FROM (SELECT greatest(k.seq, coalesce( \
                 (SELECT p.seq - 1 FROM posts p WHERE p.thread_id = $2 AND p.seq > k.seq \
                    AND p.author_id <> $1 AND NOT p.seq <@ k.seen ORDER BY p.seq LIMIT 1), \
                 upper(k.seen) - 1, 0)) AS seq \
               FROM read_marks k WHERE k.member_id = $1 AND k.thread_id = $2) up \
         WHERE m.member_id = $1 AND m.thread_id = $2",
    )
    .bind::<SqlUuid, _>(member)
    .bind::<SqlUuid, _>(thread)
    .execute(db)
    .await?;
    Ok(())
}

/// Where a member's mark stands.
///
/// # Errors
/// From the database.
pub async fn mark(db: &mut Db, member: Uuid, thread: Uuid) -> QueryResult<i64> {
    let mark = read_marks::table.find((member, thread)).select(read_marks::seq).first(db).await;
    Ok(mark.maybe()?.unwrap_or(0))
}
