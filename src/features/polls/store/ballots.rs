//! Who may answer a poll, and the answers.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::features::polls::rules::Ballot;
use crate::kernel::models::Db;
use crate::schema::{ballots, poll_voters, polls, secret_tallies};

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
pub struct NamedBallot {
    pub member_id: Uuid,
    pub constituency: String,
    pub choices: i32,
    pub reason: Option<String>,
    pub step: i32,
}

/// How many of a constituency may answer, and how many have.
#[derive(Debug, Clone, QueryableByName)]
pub struct Turnout {
    #[diesel(sql_type = Text)]
    pub constituency: String,
    #[diesel(sql_type = BigInt)]
    pub eligible: i64,
    #[diesel(sql_type = BigInt)]
    pub voted: i64,
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
        .select((poll_voters::poll_id, poll_voters::member_id, poll_voters::constituency, poll_voters::voted))
        .load(db)
        .await
}

/// How many of each constituency may answer and how many have, in the order of constituencies.
///
/// # Errors
/// From the database.
pub async fn turnout(db: &mut Db, poll: Uuid) -> QueryResult<Vec<Turnout>> {
    diesel::sql_query(
        "SELECT v.constituency, count(*) AS eligible, count(*) FILTER (WHERE v.voted) AS voted \
         FROM poll_voters v JOIN constituencies c ON c.id = v.constituency \
         WHERE v.poll_id = $1 GROUP BY v.constituency, c.position ORDER BY c.position",
    )
    .bind::<SqlUuid, _>(poll)
    .load(db)
    .await
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

/// The polls of some sessions that some members may answer: (session, member, poll, has voted).
///
/// # Errors
/// From the database.
pub async fn places_in(
    db: &mut Db,
    sessions: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, Uuid, bool)>> {
    poll_voters::table
        .inner_join(polls::table)
        .filter(polls::session_id.eq_any(sessions).and(poll_voters::member_id.eq_any(members)))
        .select((polls::session_id, poll_voters::member_id, poll_voters::poll_id, poll_voters::voted))
        .load(db)
        .await
}

/// The ballots of some members in the polls of some sessions: (session, member, poll, ballot).
///
/// # Errors
/// From the database.
pub async fn ballots_in(
    db: &mut Db,
    sessions: &[Uuid],
    members: &[Uuid],
) -> QueryResult<Vec<(Uuid, Uuid, Uuid, Ballot)>> {
    let rows: Vec<(Uuid, Uuid, Uuid, i32, Option<String>)> = ballots::table
        .inner_join(polls::table.on(polls::id.eq(ballots::poll_id)))
        .filter(polls::session_id.eq_any(sessions).and(ballots::member_id.eq_any(members)))
        .select((polls::session_id, ballots::member_id, ballots::poll_id, ballots::choices, ballots::reason))
        .load(db)
        .await?;
    let ballot = |row: (Uuid, Uuid, Uuid, i32, Option<String>)| {
        (row.0, row.1, row.2, Ballot { choices: row.3, reason: row.4 })
    };
    Ok(rows.into_iter().map(ballot).collect())
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
pub async fn put_ballot(
    db: &mut Db,
    poll: Uuid,
    member: Uuid,
    ballot: &Ballot,
    step: i32,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO ballots (poll_id, member_id, choices, reason, step) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (poll_id, member_id) DO UPDATE SET choices = EXCLUDED.choices, reason = EXCLUDED.reason, \
           step = CASE WHEN ballots.choices = EXCLUDED.choices THEN ballots.step ELSE EXCLUDED.step END",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<SqlUuid, _>(member)
    .bind::<Integer, _>(ballot.choices)
    .bind::<Nullable<Text>, _>(&ballot.reason)
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
pub async fn given(db: &mut Db, poll: Uuid) -> QueryResult<Vec<NamedBallot>> {
    ballots::table
        .inner_join(
            poll_voters::table.on(poll_voters::poll_id
                .eq(ballots::poll_id)
                .and(poll_voters::member_id.eq(ballots::member_id))),
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
