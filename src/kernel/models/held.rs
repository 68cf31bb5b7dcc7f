//! Posts that wait for a moderator.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{Attribution, HeldState, Lang};
use crate::schema::held_posts;

/// A held post as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = held_posts)]
pub struct HeldPost {
    pub id: Uuid,
    pub room_id: Uuid,
    pub thread_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub author_id: Uuid,
    pub attribution: Attribution,
    pub lang: Lang,
    pub body_md: String,
    pub body_html: String,
    pub client_id: Uuid,
    pub request_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
    pub state: HeldState,
    pub claimed_by: Option<Uuid>,
    pub claimed_until: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub note: String,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
}

impl HeldPost {
    /// The moderator who claims it, and until when.
    pub fn claimant(&self, at: DateTime<Utc>) -> Option<Uuid> {
        self.claimed_by.filter(|_| self.claimed_until.is_some_and(|until| until > at))
    }
}

/// What a moderator decided.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = held_posts)]
pub struct HeldDecision<'a> {
    pub state: HeldState,
    pub reason: Option<&'a str>,
    pub note: &'a str,
    pub decided_by: Uuid,
    pub decided_at: DateTime<Utc>,
}

/// # Errors
/// From the database; `held_posts_author_id_client_id_key` on a repeat.
pub async fn insert(db: &mut Db, post: &HeldPost) -> QueryResult<()> {
    diesel::insert_into(held_posts::table).values(post).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<HeldPost>> {
    held_posts::table.find(id).select(HeldPost::as_select()).first(db).await.maybe()
}

/// What the author already sent under this client id.
///
/// # Errors
/// From the database.
pub async fn by_client_id(db: &mut Db, author: Uuid, client_id: Uuid) -> QueryResult<Option<HeldPost>> {
    held_posts::table
        .filter(held_posts::author_id.eq(author).and(held_posts::client_id.eq(client_id)))
        .select(HeldPost::as_select())
        .first(db)
        .await
        .maybe()
}

/// What waits in a room, oldest first.
///
/// # Errors
/// From the database.
pub async fn waiting(db: &mut Db, room: Uuid, limit: i64) -> QueryResult<Vec<HeldPost>> {
    held_posts::table
        .filter(held_posts::room_id.eq(room).and(held_posts::state.eq(HeldState::Waiting)))
        .order((held_posts::created_at, held_posts::id))
        .limit(limit)
        .select(HeldPost::as_select())
        .load(db)
        .await
}

/// How many wait in a room, and how many of them are by this author.
///
/// # Errors
/// From the database.
pub async fn count(db: &mut Db, room: Uuid, author: Uuid) -> QueryResult<(i64, i64)> {
    let waiting =
        held_posts::table.filter(held_posts::room_id.eq(room).and(held_posts::state.eq(HeldState::Waiting)));
    let all = waiting.count().get_result(db).await?;
    Ok((all, waiting.filter(held_posts::author_id.eq(author)).count().get_result(db).await?))
}

/// An author's own in a thread: what waits, and what was declined since a time and is not dismissed.
///
/// # Errors
/// From the database.
pub async fn own(
    db: &mut Db,
    thread: Uuid,
    author: Uuid,
    since: DateTime<Utc>,
) -> QueryResult<Vec<HeldPost>> {
    let declined = held_posts::state
        .eq(HeldState::Declined)
        .and(held_posts::decided_at.gt(since))
        .and(held_posts::dismissed_at.is_null());
    held_posts::table
        .filter(held_posts::thread_id.eq(thread).and(held_posts::author_id.eq(author)))
        .filter(held_posts::state.eq(HeldState::Waiting).or(declined.assume_not_null()))
        .order((held_posts::created_at, held_posts::id))
        .limit(100)
        .select(HeldPost::as_select())
        .load(db)
        .await
}

/// Time of the author's newest held post in this room.
///
/// # Errors
/// From the database.
pub async fn last_time(db: &mut Db, room: Uuid, author: Uuid) -> QueryResult<Option<DateTime<Utc>>> {
    held_posts::table
        .filter(held_posts::room_id.eq(room).and(held_posts::author_id.eq(author)))
        .select(max(held_posts::created_at))
        .first(db)
        .await
}

/// Sets the claim on a held post and its end, or removes it.
///
/// # Errors
/// From the database.
pub async fn set_claim(db: &mut Db, id: Uuid, claim: Option<(Uuid, DateTime<Utc>)>) -> QueryResult<HeldPost> {
    let (by, until) = claim.unzip();
    diesel::update(held_posts::table.find(id))
        .set((held_posts::claimed_by.eq(by), held_posts::claimed_until.eq(until)))
        .returning(HeldPost::as_returning())
        .get_result(db)
        .await
}

/// # Errors
/// From the database; `held_posts_reason_fkey` when the reason is not on the list.
pub async fn decide(db: &mut Db, id: Uuid, decision: &HeldDecision<'_>) -> QueryResult<HeldPost> {
    diesel::update(held_posts::table.find(id))
        .set(decision)
        .returning(HeldPost::as_returning())
        .get_result(db)
        .await
}

/// Notes that its author has read why it was declined.
///
/// # Errors
/// From the database.
pub async fn dismiss(db: &mut Db, id: Uuid, at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(held_posts::table.find(id).filter(held_posts::dismissed_at.is_null()))
        .set(held_posts::dismissed_at.eq(at))
        .execute(db)
        .await?;
    Ok(())
}
