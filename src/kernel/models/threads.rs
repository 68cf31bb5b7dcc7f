//! Threads.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{Attribution, Lang, ThreadKind};
use crate::kernel::domain::writing::ThreadRules;
use crate::schema::{posts, threads};

/// A thread as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = threads)]
pub struct Thread {
    pub id: Uuid,
    pub room_id: Uuid,
    pub kind: ThreadKind,
    pub title: String,
    pub lang: Lang,
    pub seq: i64,
    pub author_id: Uuid,
    pub attribution: Attribution,
    pub author_name: String,
    pub author_organisation: String,
    pub constituency: String,
    pub author_confirmed: bool,
    pub locked: bool,
    pub pinned: bool,
    pub post_count: i32,
    pub last_post_seq: i64,
    pub last_post_at: DateTime<Utc>,
    pub counts: Value,
    pub client_id: Uuid,
    pub request_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    /// The question of a session that goes on here.
    pub question_id: Option<Uuid>,
    /// Posts of all but moderators wait for a moderator.
    pub review_first: bool,
}

impl Thread {
    /// What decides who may write into it.
    pub const fn rules(&self) -> ThreadRules {
        ThreadRules { locked: self.locked, review_first: self.review_first }
    }
}

/// What may be changed about a thread; None leaves it as it is.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = threads)]
pub struct ThreadChange {
    pub title: Option<String>,
    pub locked: Option<bool>,
    pub pinned: Option<bool>,
    pub review_first: Option<bool>,
}

/// The part of a thread that changes with every post.
#[derive(Debug, Clone, QueryableByName)]
pub struct ThreadStats {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Integer)]
    pub post_count: i32,
    #[diesel(sql_type = BigInt)]
    pub last_post_seq: i64,
    #[diesel(sql_type = Timestamptz)]
    pub last_post_at: DateTime<Utc>,
    #[diesel(sql_type = Jsonb)]
    pub counts: Value,
}

/// How much of a thread a member has not read.
#[derive(Debug, Clone, QueryableByName)]
pub struct Unread {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = BigInt)]
    pub read_seq: i64,
    /// What was seen above that: where each range begins, and where it ends.
    #[diesel(sql_type = Array<BigInt>)]
    pub seen_from: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    pub seen_to: Vec<i64>,
    #[diesel(sql_type = BigInt)]
    pub unread: i64,
}

impl Unread {
    /// What was seen above the mark: ranges with both ends.
    pub fn seen(&self) -> Vec<(i64, i64)> {
        self.seen_from.iter().copied().zip(self.seen_to.iter().copied()).collect()
    }
}

/// # Errors
/// From the database; `threads_author_id_client_id_key` on a repeat.
pub async fn insert(db: &mut Db, thread: &Thread) -> QueryResult<()> {
    diesel::insert_into(threads::table).values(thread).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Thread>> {
    threads::table.find(id).select(Thread::as_select()).first(db).await.maybe()
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Thread>> {
    threads::table.filter(threads::id.eq_any(ids)).select(Thread::as_select()).load(db).await
}

/// The rooms of some threads: (thread, room).
///
/// # Errors
/// From the database.
pub async fn rooms_of(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    threads::table.filter(threads::id.eq_any(ids)).select((threads::id, threads::room_id)).load(db).await
}

/// What the author already made under this client id.
///
/// # Errors
/// From the database.
pub async fn by_client_id(db: &mut Db, author: Uuid, client_id: Uuid) -> QueryResult<Option<Thread>> {
    threads::table
        .filter(threads::author_id.eq(author).and(threads::client_id.eq(client_id)))
        .select(Thread::as_select())
        .first(db)
        .await
        .maybe()
}

/// # Errors
/// From the database.
pub async fn update(db: &mut Db, id: Uuid, change: &ThreadChange) -> QueryResult<Thread> {
    diesel::update(threads::table.find(id)).set(change).returning(Thread::as_returning()).get_result(db).await
}

/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<()> {
    diesel::delete(threads::table.find(id)).execute(db).await?;
    Ok(())
}

/// Replaces the numbers of many threads at once, as a batch of posts left them.
///
/// # Errors
/// From the database.
pub async fn set_stats(db: &mut Db, stats: &[ThreadStats]) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE threads t SET post_count = s.n, last_post_seq = s.seq, last_post_at = s.at, counts = s.counts \
         FROM unnest($1, $2, $3, $4, $5) AS s(id, n, seq, at, counts) WHERE t.id = s.id",
    )
    .bind::<Array<SqlUuid>, _>(stats.iter().map(|s| s.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(stats.iter().map(|s| s.post_count).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(stats.iter().map(|s| s.last_post_seq).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(stats.iter().map(|s| s.last_post_at).collect::<Vec<_>>())
    .bind::<Array<Jsonb>, _>(stats.iter().map(|s| s.counts.clone()).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

/// True when nothing was ever said in the thread.
///
/// # Errors
/// From the database.
pub async fn is_empty(db: &mut Db, id: Uuid) -> QueryResult<bool> {
    let first = posts::table.filter(posts::thread_id.eq(id)).select(posts::id).first::<Uuid>(db).await;
    Ok(first.maybe()?.is_none())
}
