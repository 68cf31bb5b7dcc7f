//! Ballots. None has an entry in the log: who answered when would say too much.
//!
//! A ballot holds its poll's row, not the room's, so that a hall that answers at once does not stop
//! the talk. Those who watch are told how many have answered, and the next step of visible results,
//! about once a second; that is an entry of nobody's.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::features::polls::actions::{as_json, count};
use crate::features::polls::rules::{self, Ballot, BallotInput, PollState, Shape, columns_of};
use crate::features::polls::store::{self as polls, Poll, PollChange, PollWithOptions, ballots, secret};
use crate::features::polls::suppression::Live;
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::permissions::{Action, Denied};
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::chain;
use crate::kernel::log::event::{Committed, Draft, To};
use crate::kernel::log::frame::{Frame, OwnPart};
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;

/// Shortest time between two entries about the progress of a poll.
const PACE: TimeDelta = TimeDelta::seconds(1);
/// Who was to tell the room, and has not for so long, is taken to be dead.
const DEAD: TimeDelta = TimeDelta::seconds(5);

/// Secret ballots are written one after the other in any case: those that wait hold no connection.
static SECRET_TURN: Mutex<()> = Mutex::const_new(());

fn not_open() -> Error {
    Error::from(Code::PollNotOpen)
}

/// Gives a ballot, or changes it while the poll is open. A secret one is final.
///
/// # Errors
/// Not found, `room_closed`, `poll_not_open`, `not_eligible`, `already_voted`, invalid.
pub async fn give(ctx: &Ctx, actor: &Actor, id: Uuid, input: &BallotInput) -> Result<()> {
    let (room, poll) = ctx.access.poll(actor, id, Action::Read).await?;
    let member = actor.active()?.id;
    if room.room.closed_at.is_some() {
        return Err(Denied::Closed.into());
    }
    if poll.state != PollState::Open {
        return Err(not_open());
    }
    let options = polls::options(&mut *ctx.db.get().await?, &[id]).await?;
    let ballot = poll.shape(options.len()).check_ballot(input)?;
    let turn = if poll.is_secret { Some(SECRET_TURN.lock().await) } else { None };
    let due = ctx.transaction(async |db| write(db, id, member, &ballot).await).await?;
    drop(turn);
    ctx.access.own_changed(member);
    // Of other devices of the member: what they show is out of date.
    let frame = Frame::Own { room: room.room.id, part: OwnPart::Poll, id };
    ctx.publisher.tell(room.room.id, To::Members(vec![member]), &frame);
    if let Some(due) = due {
        tell(ctx, room.room.id, id, due).await;
    }
    Ok(())
}

/// Returns when the room is to be told, where that is left to this call.
async fn write(db: &mut Db, id: Uuid, member: Uuid, ballot: &Ballot) -> Result<Option<DateTime<Utc>>> {
    let poll =
        polls::lock(db, id).await?.filter(|poll| poll.state == PollState::Open).ok_or_else(not_open)?;
    let first = ballots::mark_voted(db, id, member).await?.ok_or_else(|| Error::from(Code::NotEligible))?;
    if poll.is_secret {
        if !first {
            return Err(Code::AlreadyVoted.into());
        }
        secret::count(db, id, member, &columns_of(ballot.choices)).await?;
    } else {
        ballots::put_ballot(db, id, member, ballot, poll.step).await?;
    }
    let at = now();
    let has_news = first || poll.is_visible;
    if !has_news || poll.tell_at.is_some_and(|due| due > at - DEAD) {
        return Ok(None);
    }
    let due = poll.told_at.map_or(at, |told| at.max(told + PACE));
    polls::update(db, id, &PollChange { tell_at: Some(Some(due)), ..PollChange::default() }).await?;
    Ok(Some(due))
}

async fn tell(ctx: &Ctx, room: Uuid, id: Uuid, due: DateTime<Utc>) {
    let wait = (due - now()).to_std().unwrap_or(Duration::ZERO);
    let ctx = ctx.clone();
    let telling = async move {
        tokio::time::sleep(wait).await;
        if let Err(error) = progress(&ctx, room, id).await {
            tracing::warn!(%error, "the progress of a poll was not told; the next ballot tries again");
        }
    };
    if wait.is_zero() {
        telling.await;
    } else {
        tokio::spawn(telling);
    }
}

/// Tells the room how a poll goes on.
async fn progress(ctx: &Ctx, room: Uuid, id: Uuid) -> Result<()> {
    let entries = ctx.transaction(async |db| advance(db, room, id).await).await?;
    ctx.publish(Committed { room, entries, posts: Vec::new() });
    Ok(())
}

async fn advance(db: &mut Db, room: Uuid, id: Uuid) -> Result<Vec<Entry>> {
    // The room first, as in every change.
    let mut numbers = Numbers::lock(db, &[room]).await?;
    let Some(poll) = polls::lock(db, id).await?.filter(|poll| poll.state == PollState::Open) else {
        return Ok(Vec::new());
    };
    let (before, at) = (poll.ballots, now());
    let whole = polls::with_options(db, vec![poll]).await?.pop().ok_or(Error::NotFound)?;
    let voted: i64 = ballots::turnout(db, id).await?.iter().map(|of| of.voted).sum();
    let step = if whole.poll.is_visible { step_on(db, &whole).await? } else { Step::default() };
    let has_news = step.shows_more || i64::from(before) != voted;
    let change = PollChange {
        ballots: Some(voted as i32),
        told_at: has_news.then_some(at),
        tell_at: Some(None),
        ..step.change
    };
    polls::update(db, id, &change).await?;
    if has_news {
        let digest = chain::digest(&[&voted.to_be_bytes()]);
        let draft = Draft { kind: EntryKind::PollProgressed, subject: id, actor: None, digest };
        numbers.add(room, &draft, at)?;
    }
    numbers.write(db).await
}

#[derive(Default)]
struct Step {
    change: PollChange,
    shows_more: bool,
}

/// Takes visible results a step on, where enough ballots were given or changed.
async fn step_on(db: &mut Db, whole: &PollWithOptions) -> Result<Step> {
    let Poll { id, step, .. } = whole.poll;
    let rows = count(db, whole).await?;
    let given = ballots::given(db, id).await?;
    let live = whole.poll.live.clone().unwrap_or_default();
    let mut live: Live =
        serde_json::from_value(live).map_err(|error| Error::Internal(format!("live results: {error}")))?;
    let touched = |constituency: &str, since: i32| {
        given.iter().filter(|one| one.constituency == constituency && one.step >= since).count() as u32
    };
    let shows_more = live.advance(&rows, touched, step + 1);
    let results = if shows_more {
        let parties = polls::parties(db).await?;
        // Of an open poll nothing is said but what the steps show: no position of a small party either.
        let shape = Shape { positions: false, ..whole.shape() };
        let shown = live.shown(&rows);
        Some(Some(as_json(&rules::results(&shape, &rows, shown, &parties, Vec::new()))?))
    } else {
        None
    };
    let change = PollChange {
        live: Some(Some(as_json(&live)?)),
        step: Some(step + 1),
        results,
        ..PollChange::default()
    };
    Ok(Step { change, shows_more })
}
