//! Who may answer a poll, and the answers.

use std::collections::BTreeMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::features::polls::rules::Ballot;
use crate::features::polls::suppression::{Cell, Row, UNCONFIRMED};
use crate::kernel::models::Db;
use crate::schema::{ballots, poll_voters, polls};

/// Someone who may answer.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = poll_voters)]
pub struct Voter {
    pub poll_id: Uuid,
    pub member_id: Uuid,
    pub constituency: String,
    pub voted: bool,
    /// Speaks for the constituency. Who does not is counted apart.
    pub confirmed: bool,
    /// Of a secret poll: the block in whose counters the ballot is counted.
    pub block: i16,
}

impl Voter {
    /// The group that the voter is counted in.
    pub fn group(&self) -> &str {
        if self.confirmed { &self.constituency } else { UNCONFIRMED }
    }
}

/// A ballot that is not secret.
#[derive(Debug, Clone)]
pub struct NamedBallot {
    pub member_id: Uuid,
    /// The group that it is counted in.
    pub constituency: String,
    pub choices: i32,
    pub reason: Option<String>,
    pub step: i32,
}

/// How many of a group may answer, and how many have: a constituency, or those who speak for none.
#[derive(Debug, Clone, QueryableByName)]
pub struct Turnout {
    #[diesel(sql_type = Text)]
    pub constituency: String,
    #[diesel(sql_type = SmallInt)]
    pub block: i16,
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

/// Who may answer, by group.
pub fn rows_of(voters: &[Voter]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for voter in voters {
        match rows.iter_mut().find(|row| row.constituency == voter.group()) {
            Some(row) => row.eligible += 1,
            None => {
                rows.push(Row { constituency: voter.group().to_owned(), eligible: 1, cell: Cell::default() })
            }
        }
    }
    rows
}

/// The blocks in which secret ballots are counted, each with its groups.
pub fn blocks(turnout: &[Turnout]) -> Vec<Vec<String>> {
    let mut blocks: BTreeMap<i16, Vec<String>> = BTreeMap::new();
    for of in turnout {
        blocks.entry(of.block).or_default().push(of.constituency.clone());
    }
    blocks.into_values().collect()
}

/// Everyone who may answer.
///
/// # Errors
/// From the database.
pub async fn voters(db: &mut Db, poll: Uuid) -> QueryResult<Vec<Voter>> {
    poll_voters::table
        .filter(poll_voters::poll_id.eq(poll))
        .order(poll_voters::member_id)
        .select(poll_voters::all_columns)
        .load(db)
        .await
}

/// How many of each group may answer and how many have, in the order of constituencies; who speaks for none comes last.
///
/// # Errors
/// From the database.
pub async fn turnout(db: &mut Db, poll: Uuid) -> QueryResult<Vec<Turnout>> {
    diesel::sql_query(
        "SELECT CASE WHEN v.confirmed THEN v.constituency ELSE '' END AS constituency, min(v.block) AS block, \
           count(*) AS eligible, count(*) FILTER (WHERE v.voted) AS voted \
         FROM poll_voters v JOIN constituencies c ON c.id = v.constituency \
         WHERE v.poll_id = $1 GROUP BY 1, v.confirmed ORDER BY NOT v.confirmed, min(c.position)",
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

/// The ballots of a poll that is not secret.
///
/// # Errors
/// From the database.
pub async fn given(db: &mut Db, poll: Uuid) -> QueryResult<Vec<NamedBallot>> {
    let rows: Vec<(Uuid, String, bool, i32, Option<String>, i32)> =
        ballots::table
            .inner_join(poll_voters::table.on(
                poll_voters::poll_id.eq(ballots::poll_id).and(poll_voters::member_id.eq(ballots::member_id)),
            ))
            .filter(ballots::poll_id.eq(poll))
            .order(ballots::member_id)
            .select((
                ballots::member_id,
                poll_voters::constituency,
                poll_voters::confirmed,
                ballots::choices,
                ballots::reason,
                ballots::step,
            ))
            .load(db)
            .await?;
    let given = |(member_id, constituency, confirmed, choices, reason, step)| NamedBallot {
        member_id,
        constituency: if confirmed { constituency } else { UNCONFIRMED.to_owned() },
        choices,
        reason,
        step,
    };
    Ok(rows.into_iter().map(given).collect())
}
