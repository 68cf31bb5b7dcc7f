//! How a poll ends: with a result, without one, or with its session.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{as_json, count, locked, log};
use crate::error::{Code, Error, Result};
use crate::features::polls::rules::{self, PollState, REASON_MAX};
use crate::features::polls::store::{
    self as polls, Poll, PollChange, PollWithOptions, ballots as ballot_rows, secret,
};
use crate::features::polls::suppression::{self, Live, Row};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::{Ctx, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text;
use crate::kernel::models::Db;

/// Closes a poll in spite of a warning.
#[derive(Debug, Clone, Default)]
pub struct CloseOptions {
    pub anyway: bool,
    pub reason: Option<String>,
}

/// Closes a poll and fixes its result.
///
/// # Errors
/// Not found, not permitted, `poll_not_open`, invalid; `many_disconnected` with the constituencies
/// of which too many are away and have not answered.
pub async fn close(ctx: &Ctx, actor: &Actor, id: Uuid, how: CloseOptions) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.poll(actor, id, Action::EndPolls).await?;
    let reason = match how.reason.as_deref() {
        Some(reason) => Some(text::block("reason", reason, REASON_MAX)?),
        None if how.anyway => return Err(Error::invalid("reason", FieldCode::Required)),
        None => None,
    };
    ctx.change(actor, room.room.id, Action::EndPolls, async |change| {
        let whole = locked(change.db(), id, PollState::Open).await?;
        let away = missing_voters(ctx, change, &whole.poll).await?;
        if !away.is_empty() && !how.anyway {
            let more = json!({ "constituencies": away });
            return Err(Code::ManyDisconnected.with(more));
        }
        let shown = reason.clone().filter(|_| !away.is_empty());
        finish(change, whole, reason.as_deref().unwrap_or_default(), shown, false).await
    })
    .await
}

/// Fixes the result of an open poll. `why` is what the log's digest covers, `shown` what readers are told of it.
async fn finish(
    change: &mut RoomTx,
    mut whole: PollWithOptions,
    why: &str,
    shown: Option<String>,
    with_session: bool,
) -> Result<PollWithOptions> {
    let id = whole.poll.id;
    let rows = count(change.db(), &whole).await?;
    let results = result(change.db(), &whole, &rows).await?;
    let closed = PollChange {
        state: Some(PollState::Closed),
        closed_at: Some(change.at),
        reason: shown,
        ballots: Some(rows.iter().map(|row| row.cell.ballots as i32).sum()),
        results: Some(Some(results.clone())),
        with_session: Some(with_session),
        ..PollChange::default()
    };
    if whole.poll.is_secret {
        secret::forget(change.db(), id).await?;
    }
    whole.poll = polls::update(change.db(), id, &closed).await?;
    log(change, EntryKind::PollClosed, &whole, &[results.to_string().as_bytes(), why.as_bytes()])?;
    Ok(whole)
}

async fn result(db: &mut Db, whole: &PollWithOptions, rows: &[Row]) -> Result<Value> {
    let parties = polls::parties(db).await?;
    let given = ballot_rows::given(db, whole.poll.id).await?;
    let objections = given.into_iter().filter_map(|one| Some((one.constituency, one.reason?))).collect();
    let shown = if let Some(live) = whole.poll.live.clone() {
        let live: Live = serde_json::from_value(live)
            .map_err(|error| Error::Internal(format!("live results: {error}")))?;
        suppression::shown_in_blocks(rows, &parties, &live.blocks(), false)
    } else if whole.poll.is_secret {
        let turnout = ballot_rows::turnout(db, whole.poll.id).await?;
        suppression::shown_in_blocks(rows, &parties, &ballot_rows::blocks(&turnout), true)
    } else {
        suppression::shown(rows, &parties)
    };
    as_json(&rules::results(&whole.shape(), rows, shown, &parties, objections))
}

/// The constituencies of which too many are away and have not answered. Who speaks for none is missed by none.
async fn missing_voters(ctx: &Ctx, change: &mut RoomTx, poll: &Poll) -> Result<Vec<rules::MissingVoters>> {
    let here: HashSet<Uuid> =
        change.here_lately(ctx).await?.into_iter().map(|present| present.member).collect();
    let voters = ballot_rows::voters(change.db(), poll.id).await?;
    let missing = voters
        .iter()
        .filter(|voter| voter.confirmed)
        .map(|voter| (voter.constituency.as_str(), !voter.voted && !here.contains(&voter.member_id)));
    Ok(rules::missing(missing, poll.quorum_share))
}

/// Closes the polls that are open when their session ends: nobody would close them afterwards.
pub(super) async fn close_all(change: &mut RoomTx, session: Uuid) -> Result<()> {
    let open = polls::lock_open(change.db(), session).await?;
    for whole in polls::with_options(change.db(), open).await? {
        finish(change, whole, "", None, true).await?;
    }
    Ok(())
}

/// Ends an open poll without a result. Nothing that was answered is shown.
///
/// # Errors
/// Not found, not permitted, `poll_not_open`, invalid.
pub async fn cancel(ctx: &Ctx, actor: &Actor, id: Uuid, reason: &str) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.poll(actor, id, Action::EndPolls).await?;
    let reason = text::block("reason", reason, REASON_MAX)?;
    ctx.change(actor, room.room.id, Action::EndPolls, async |change| {
        let mut whole = locked(change.db(), id, PollState::Open).await?;
        let cancelled = PollChange {
            state: Some(PollState::Cancelled),
            closed_at: Some(change.at),
            reason: Some(reason.clone()),
            results: Some(None),
            ..PollChange::default()
        };
        if whole.poll.is_secret {
            secret::forget(change.db(), id).await?;
        }
        whole.poll = polls::update(change.db(), id, &cancelled).await?;
        log(change, EntryKind::PollCancelled, &whole, &[reason.as_bytes()])?;
        Ok(whole)
    })
    .await
}
