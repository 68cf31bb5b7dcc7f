//! Polls and their options. Who may answer and the answers are in `ballots.rs`, secret ones in `secret.rs`.

pub mod ballots;
pub mod secret;

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::features::polls::rules::{Eligible, PollKind, PollState, Shape};
use crate::kernel::models::{Db, Maybe};
use crate::schema::{constituencies, poll_additions, poll_options, polls, posts};

/// A poll as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = polls)]
pub struct Poll {
    pub id: Uuid,
    pub room_id: Uuid,
    pub session_id: Uuid,
    pub kind: PollKind,
    pub state: PollState,
    pub question_en: String,
    pub question_zh: String,
    pub scale_max: Option<i32>,
    pub max_choices: Option<i32>,
    pub is_secret: bool,
    pub is_visible: bool,
    pub positions_public: bool,
    pub eligible_rule: Eligible,
    pub languages: Vec<String>,
    pub quorum_share: i32,
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub eligible: i32,
    pub ballots: i32,
    pub results: Option<Value>,
    pub live: Option<Value>,
    pub step: i32,
    pub told_at: Option<DateTime<Utc>>,
    pub tell_at: Option<DateTime<Utc>>,
    pub with_session: bool,
}

impl Poll {
    /// What it asks for; `options` is how many texts of options it has.
    pub fn shape(&self, options: usize) -> Shape {
        Shape {
            kind: self.kind,
            options,
            scale_max: self.scale_max,
            max_choices: self.max_choices,
            secret: self.is_secret,
            visible: self.is_visible,
            positions: self.positions_public,
        }
    }
}

/// An option of a poll.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = poll_options)]
pub struct PollOption {
    pub poll_id: Uuid,
    pub position: i32,
    pub text_en: String,
    pub text_zh: String,
}

/// Somebody who was let in after the poll had been opened, and why.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = poll_additions)]
pub struct Addition {
    pub poll_id: Uuid,
    pub member_id: Uuid,
    pub name: String,
    pub constituency: String,
    pub note: String,
    pub added_by: Uuid,
    pub at: DateTime<Utc>,
}

/// A poll with its options, in order.
#[derive(Debug, Clone)]
pub struct PollWithOptions {
    pub poll: Poll,
    pub options: Vec<PollOption>,
    /// In the order in which they were added.
    pub added: Vec<Addition>,
}

impl PollWithOptions {
    /// What it asks for.
    pub fn shape(&self) -> Shape {
        self.poll.shape(self.options.len())
    }
}

/// What may be written anew about a draft.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = polls, treat_none_as_null = true)]
pub struct DraftChange {
    pub kind: PollKind,
    pub question_en: String,
    pub question_zh: String,
    pub scale_max: Option<i32>,
    pub max_choices: Option<i32>,
    pub is_secret: bool,
    pub is_visible: bool,
    pub positions_public: bool,
    pub eligible_rule: Eligible,
    pub languages: Vec<String>,
    pub quorum_share: i32,
}

/// How a poll moves on; None leaves a field as it is.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = polls)]
pub struct PollChange {
    pub state: Option<PollState>,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
    pub eligible: Option<i32>,
    pub ballots: Option<i32>,
    pub results: Option<Option<Value>>,
    pub live: Option<Option<Value>>,
    pub step: Option<i32>,
    pub told_at: Option<DateTime<Utc>>,
    pub tell_at: Option<Option<DateTime<Utc>>>,
    pub with_session: Option<bool>,
}

/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, whole: &PollWithOptions) -> QueryResult<()> {
    diesel::insert_into(polls::table).values(&whole.poll).execute(db).await?;
    insert_options(db, &whole.options).await
}

async fn insert_options(db: &mut Db, options: &[PollOption]) -> QueryResult<()> {
    if !options.is_empty() {
        diesel::insert_into(poll_options::table).values(options).execute(db).await?;
    }
    Ok(())
}

/// Writes a draft anew.
///
/// # Errors
/// From the database.
pub async fn rewrite(
    db: &mut Db,
    id: Uuid,
    change: &DraftChange,
    options: &[PollOption],
) -> QueryResult<Poll> {
    let poll = diesel::update(polls::table.find(id))
        .set(change)
        .returning(Poll::as_returning())
        .get_result(db)
        .await?;
    diesel::delete(poll_options::table.filter(poll_options::poll_id.eq(id))).execute(db).await?;
    insert_options(db, options).await?;
    Ok(poll)
}

/// # Errors
/// From the database.
pub async fn update(db: &mut Db, id: Uuid, change: &PollChange) -> QueryResult<Poll> {
    diesel::update(polls::table.find(id)).set(change).returning(Poll::as_returning()).get_result(db).await
}

/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<()> {
    diesel::delete(polls::table.find(id)).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_id(db: &mut Db, id: Uuid) -> QueryResult<Option<Poll>> {
    polls::table.find(id).select(Poll::as_select()).first(db).await.maybe()
}

/// The poll with its row locked until the transaction ends.
///
/// # Errors
/// From the database.
pub async fn lock(db: &mut Db, id: Uuid) -> QueryResult<Option<Poll>> {
    polls::table.find(id).select(Poll::as_select()).for_no_key_update().first(db).await.maybe()
}

/// The options of some polls, in order.
///
/// # Errors
/// From the database.
pub async fn options(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<PollOption>> {
    poll_options::table
        .filter(poll_options::poll_id.eq_any(ids))
        .order((poll_options::poll_id, poll_options::position))
        .select(PollOption::as_select())
        .load(db)
        .await
}

async fn additions(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Addition>> {
    poll_additions::table
        .filter(poll_additions::poll_id.eq_any(ids))
        .order((poll_additions::at, poll_additions::member_id))
        .select(Addition::as_select())
        .load(db)
        .await
}

/// Notes who was let in after the poll had been opened, and why.
///
/// # Errors
/// From the database.
pub async fn insert_addition(db: &mut Db, added: &Addition) -> QueryResult<()> {
    diesel::insert_into(poll_additions::table).values(added).execute(db).await?;
    Ok(())
}

/// The open polls of a session, oldest first, with their rows locked until the transaction ends.
///
/// # Errors
/// From the database.
pub async fn lock_open(db: &mut Db, session: Uuid) -> QueryResult<Vec<Poll>> {
    polls::table
        .filter(polls::session_id.eq(session).and(polls::state.eq(PollState::Open)))
        .order((polls::created_at, polls::id))
        .select(Poll::as_select())
        .for_no_key_update()
        .load(db)
        .await
}

/// Polls with their options.
///
/// # Errors
/// From the database.
pub async fn with_options(db: &mut Db, polls: Vec<Poll>) -> QueryResult<Vec<PollWithOptions>> {
    let ids: Vec<Uuid> = polls.iter().map(|poll| poll.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (mut all, mut everyone) = (options(db, &ids).await?, additions(db, &ids).await?);
    let with_options = polls.into_iter().map(|poll| {
        let options = all.extract_if(.., |one| one.poll_id == poll.id).collect();
        let added = everyone.extract_if(.., |one| one.poll_id == poll.id).collect();
        PollWithOptions { poll, options, added }
    });
    Ok(with_options.collect())
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<PollWithOptions>> {
    let rows = polls::table.filter(polls::id.eq_any(ids)).select(Poll::as_select()).load(db).await?;
    with_options(db, rows).await
}

/// The polls of a session, oldest first.
///
/// # Errors
/// From the database.
pub async fn of_session(db: &mut Db, session: Uuid, drafts: bool) -> QueryResult<Vec<PollWithOptions>> {
    let mut query = polls::table
        .filter(polls::session_id.eq(session))
        .order((polls::created_at, polls::id))
        .select(Poll::as_select())
        .into_boxed();
    if !drafts {
        query = query.filter(polls::state.ne(PollState::Draft));
    }
    let rows = query.load(db).await?;
    with_options(db, rows).await
}

/// How many polls a session has, drafts included.
///
/// # Errors
/// From the database.
pub async fn count_of(db: &mut Db, session: Uuid) -> QueryResult<i64> {
    polls::table.filter(polls::session_id.eq(session)).count().get_result(db).await
}

/// True when a poll of the session is in the room's record.
///
/// # Errors
/// From the database.
pub async fn any_opened(db: &mut Db, session: Uuid) -> QueryResult<bool> {
    let opened = polls::table.filter(polls::session_id.eq(session).and(polls::state.ne(PollState::Draft)));
    diesel::select(exists(opened)).get_result(db).await
}

/// Who has written in a thread.
///
/// # Errors
/// From the database.
pub async fn writers(db: &mut Db, thread: Uuid) -> QueryResult<Vec<Uuid>> {
    posts::table.filter(posts::thread_id.eq(thread)).select(posts::author_id).distinct().load(db).await
}

/// The constituencies whose agreement makes a consensus, in order.
///
/// # Errors
/// From the database.
pub async fn parties(db: &mut Db) -> QueryResult<Vec<String>> {
    constituencies::table
        .filter(constituencies::is_party)
        .order(constituencies::position)
        .select(constituencies::id)
        .load(db)
        .await
}
