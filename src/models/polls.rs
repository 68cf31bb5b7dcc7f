//! Polls, their options, who may answer them, and the answers.

use chrono::{DateTime, Utc};
use diesel::dsl::{count, exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::domain::kinds::{Eligible, PollKind, PollState};
use crate::domain::polls::{Ballot, Shape};
use crate::schema::{ballots, constituencies, poll_options, poll_voters, polls, posts, secret_tallies};

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

/// A poll with its options, in order.
#[derive(Debug, Clone)]
pub struct Whole {
    pub poll: Poll,
    pub options: Vec<PollOption>,
}

impl Whole {
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
}

/// Someone who may answer.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = poll_voters)]
pub struct Voter {
    pub poll_id: Uuid,
    pub member_id: Uuid,
    pub constituency: String,
    pub voted: bool,
}

/// A ballot that is not secret.
#[derive(Debug, Clone, Queryable)]
pub struct Given {
    pub member_id: Uuid,
    pub constituency: String,
    pub choices: i32,
    pub reason: Option<String>,
    pub step: i32,
}

/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, whole: &Whole) -> QueryResult<()> {
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

/// Polls with their options.
///
/// # Errors
/// From the database.
pub async fn whole(db: &mut Db, polls: Vec<Poll>) -> QueryResult<Vec<Whole>> {
    let ids: Vec<Uuid> = polls.iter().map(|poll| poll.id).collect();
    let mut all = if ids.is_empty() { Vec::new() } else { options(db, &ids).await? };
    let with_options = polls.into_iter().map(|poll| {
        let (own, rest) = std::mem::take(&mut all).into_iter().partition(|one| one.poll_id == poll.id);
        all = rest;
        Whole { poll, options: own }
    });
    Ok(with_options.collect())
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Whole>> {
    let rows = polls::table.filter(polls::id.eq_any(ids)).select(Poll::as_select()).load(db).await?;
    whole(db, rows).await
}

/// The polls of a session, oldest first.
///
/// # Errors
/// From the database.
pub async fn of_session(db: &mut Db, session: Uuid, drafts: bool) -> QueryResult<Vec<Whole>> {
    let mut query = polls::table
        .filter(polls::session_id.eq(session))
        .order((polls::created_at, polls::id))
        .select(Poll::as_select())
        .into_boxed();
    if !drafts {
        query = query.filter(polls::state.ne(PollState::Draft));
    }
    let rows = query.load(db).await?;
    whole(db, rows).await
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

/// # Errors
/// From the database.
pub async fn insert_voters(db: &mut Db, voters: &[Voter]) -> QueryResult<()> {
    // A statement takes 65,535 parameters at most.
    for chunk in voters.chunks(10_000) {
        diesel::insert_into(poll_voters::table).values(chunk).execute(db).await?;
    }
    Ok(())
}

/// Makes the counters of a secret poll, all at zero.
///
/// # Errors
/// From the database.
pub async fn insert_tallies(db: &mut Db, poll: Uuid, columns: usize) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO secret_tallies (poll_id, constituency, choice) \
         SELECT $1, v.constituency, c FROM \
           (SELECT DISTINCT constituency FROM poll_voters WHERE poll_id = $1) v, generate_series(0, $2 - 1) c",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<Integer, _>(columns as i32)
    .execute(db)
    .await?;
    Ok(())
}

/// Everyone who may answer.
///
/// # Errors
/// From the database.
pub async fn voters(db: &mut Db, poll: Uuid) -> QueryResult<Vec<Voter>> {
    poll_voters::table
        .filter(poll_voters::poll_id.eq(poll))
        .order(poll_voters::member_id)
        .select((
            poll_voters::poll_id,
            poll_voters::member_id,
            poll_voters::constituency,
            poll_voters::voted,
        ))
        .load(db)
        .await
}

/// How many of each constituency may answer and how many have, in the order of constituencies.
///
/// # Errors
/// From the database.
pub async fn turnout(db: &mut Db, poll: Uuid) -> QueryResult<Vec<(String, i64, i64)>> {
    let rows: Vec<(String, bool, i64)> = poll_voters::table
        .inner_join(constituencies::table.on(constituencies::id.eq(poll_voters::constituency)))
        .filter(poll_voters::poll_id.eq(poll))
        .group_by((constituencies::position, poll_voters::constituency, poll_voters::voted))
        .order((constituencies::position, poll_voters::voted))
        .select((poll_voters::constituency, poll_voters::voted, count(poll_voters::member_id)))
        .load(db)
        .await?;
    let mut turnout: Vec<(String, i64, i64)> = Vec::new();
    for (constituency, voted, n) in rows {
        match turnout.last_mut().filter(|(last, ..)| *last == constituency) {
            Some((_, eligible, answered)) => {
                *eligible += n;
                *answered += if voted { n } else { 0 };
            }
            None => turnout.push((constituency, n, if voted { n } else { 0 })),
        }
    }
    Ok(turnout)
}

/// A member's place among the voters of some polls: (poll, voted).
///
/// # Errors
/// From the database.
pub async fn voter_in(db: &mut Db, polls: &[Uuid], member: Uuid) -> QueryResult<Vec<(Uuid, bool)>> {
    poll_voters::table
        .filter(poll_voters::poll_id.eq_any(polls).and(poll_voters::member_id.eq(member)))
        .select((poll_voters::poll_id, poll_voters::voted))
        .load(db)
        .await
}

/// A member's own ballots in some polls.
///
/// # Errors
/// From the database.
pub async fn ballots_of(db: &mut Db, polls: &[Uuid], member: Uuid) -> QueryResult<Vec<(Uuid, Ballot)>> {
    let rows: Vec<(Uuid, i32, Option<String>)> = ballots::table
        .filter(ballots::poll_id.eq_any(polls).and(ballots::member_id.eq(member)))
        .select((ballots::poll_id, ballots::choices, ballots::reason))
        .load(db)
        .await?;
    Ok(rows.into_iter().map(|(poll, choices, reason)| (poll, Ballot { choices, reason })).collect())
}

/// Marks that a voter has answered. None for who may not answer, else whether this was the first time.
///
/// # Errors
/// From the database.
pub async fn mark_voted(db: &mut Db, poll: Uuid, member: Uuid) -> QueryResult<Option<bool>> {
    let place = poll_voters::table.find((poll, member));
    let marked = diesel::update(place.filter(not(poll_voters::voted)))
        .set(poll_voters::voted.eq(true))
        .execute(db)
        .await?;
    if marked > 0 {
        return Ok(Some(true));
    }
    let known: bool = diesel::select(exists(place)).get_result(db).await?;
    Ok(known.then_some(false))
}

/// Gives a ballot, or changes it. A choice that stays the same stays in its step.
///
/// # Errors
/// From the database.
pub async fn put_ballot(db: &mut Db, poll: Uuid, member: Uuid, ballot: &Ballot, step: i32) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO ballots (poll_id, member_id, choices, reason, step) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (poll_id, member_id) DO UPDATE SET choices = EXCLUDED.choices, reason = EXCLUDED.reason, \
           step = CASE WHEN ballots.choices = EXCLUDED.choices THEN ballots.step ELSE EXCLUDED.step END",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<SqlUuid, _>(member)
    .bind::<Integer, _>(ballot.choices)
    .bind::<diesel::sql_types::Nullable<Text>, _>(&ballot.reason)
    .bind::<Integer, _>(step)
    .execute(db)
    .await?;
    Ok(())
}

/// Counts a secret ballot. Every counter of the poll is written anew, whatever was chosen, so that
/// no row is marked by the transaction of the voter.
///
/// # Errors
/// From the database.
pub async fn count_secret(db: &mut Db, poll: Uuid, member: Uuid, columns: &[usize]) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE secret_tallies t SET votes = votes + \
           CASE WHEN t.constituency = v.constituency AND t.choice = ANY ($3) THEN 1 ELSE 0 END \
         FROM poll_voters v WHERE v.poll_id = $1 AND v.member_id = $2 AND t.poll_id = $1",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<SqlUuid, _>(member)
    .bind::<Array<Integer>, _>(columns.iter().map(|at| *at as i32).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

/// The ballots of a poll that is not secret.
///
/// # Errors
/// From the database.
pub async fn given(db: &mut Db, poll: Uuid) -> QueryResult<Vec<Given>> {
    ballots::table
        .inner_join(
            poll_voters::table
                .on(poll_voters::poll_id.eq(ballots::poll_id).and(poll_voters::member_id.eq(ballots::member_id))),
        )
        .filter(ballots::poll_id.eq(poll))
        .order(ballots::member_id)
        .select((
            ballots::member_id,
            poll_voters::constituency,
            ballots::choices,
            ballots::reason,
            ballots::step,
        ))
        .load(db)
        .await
}

/// The counters of a secret poll: (constituency, column, votes).
///
/// # Errors
/// From the database.
pub async fn tallies(db: &mut Db, poll: Uuid) -> QueryResult<Vec<(String, i32, i32)>> {
    secret_tallies::table
        .filter(secret_tallies::poll_id.eq(poll))
        .order((secret_tallies::constituency, secret_tallies::choice))
        .select((secret_tallies::constituency, secret_tallies::choice, secret_tallies::votes))
        .load(db)
        .await
}
