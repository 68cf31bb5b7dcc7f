//! Where posts stand in their thread: by their number in it, and by time.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::schema::posts;

/// The number in the log of the post with this number in its thread, or of the last one below it.
///
/// # Errors
/// From the database.
pub async fn seq_of_number(db: &mut Db, thread: Uuid, number: i32) -> QueryResult<Option<i64>> {
    posts::table
        .filter(posts::thread_id.eq(thread).and(posts::number.le(number)))
        .order(posts::number.desc())
        .select(posts::seq)
        .first(db)
        .await
        .maybe()
}

/// The number in the log of the first post that was written at this time or later, or of the last one.
///
/// # Errors
/// From the database.
pub async fn seq_of_time(db: &mut Db, thread: Uuid, at: DateTime<Utc>) -> QueryResult<Option<i64>> {
    let of_thread = posts::table.filter(posts::thread_id.eq(thread)).select(posts::seq);
    let first = of_thread.filter(posts::created_at.ge(at)).order(posts::seq).first(db).await.maybe()?;
    match first {
        Some(seq) => Ok(Some(seq)),
        None => of_thread.order(posts::seq.desc()).first(db).await.maybe(),
    }
}
