//! Who may answer a poll: fixed when it opens, and whom the chair lets in afterwards.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{locked, log};
use crate::error::{Error, Result};
use crate::features::polls::rules::{Eligible, PollState, REASON_MAX};
use crate::features::polls::store::ballots::{self as ballot_rows, Voter};
use crate::features::polls::store::{self as polls, Addition, Poll, PollChange, PollWithOptions, secret};
use crate::features::polls::suppression;
use crate::kernel::access::{Actor, RoomState};
use crate::kernel::actions::change::{Ctx, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::domain::text;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::Frame;
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::sessions::Session;

/// All who may talk in the room may be asked. A mute takes no vote away: else a moderator could choose the voters.
fn may_answer(state: &RoomState, member: &Member) -> bool {
    let person = permissions::Person { muted: false, ..state.person(member) };
    let actor = permissions::Actor { member: Some(person) };
    permissions::may(actor, Action::CreatePost, state.rules()).is_ok()
}

/// Who may answer: of those whom the poll asks, all who may talk in the room. Present is also who was here within the
/// last minute: a phone that locks its screen is away for a moment.
pub(super) async fn electorate(
    ctx: &Ctx,
    change: &mut RoomTx,
    poll: &Poll,
    session: &Session,
) -> Result<Vec<Voter>> {
    let mut ids: BTreeSet<Uuid> = BTreeSet::new();
    if poll.eligible_rule != Eligible::Present {
        ids.extend(change.state.roles.keys());
    }
    if poll.eligible_rule != Eligible::Roles {
        ids.extend(change.here_lately(ctx).await?.into_iter().map(|present| present.member));
    }
    if poll.eligible_rule == Eligible::Room {
        ids.extend(polls::writers(change.db(), session.thread_id).await?);
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let candidates = members::by_ids(change.db(), &ids).await?;
    let state = &change.state;
    let voter = |member: Member| Voter {
        poll_id: poll.id,
        member_id: member.id,
        confirmed: member.speaks_for_constituency(),
        constituency: member.constituency,
        voted: false,
        block: 0,
    };
    let mut voters: Vec<Voter> =
        candidates.into_iter().filter(|member| may_answer(state, member)).map(voter).collect();
    if poll.is_secret {
        let parties = polls::parties(change.db()).await?;
        let blocks = suppression::blocks(&ballot_rows::rows_of(&voters), &parties);
        for voter in &mut voters {
            let at = blocks.iter().position(|block| block.iter().any(|group| group == voter.group()));
            voter.block = at.and_then(|at| i16::try_from(at).ok()).unwrap_or_default();
        }
    }
    Ok(voters)
}

/// Somebody to be let into an open poll, and why.
#[derive(Debug, Clone)]
pub struct NewVoter {
    pub member: Uuid,
    pub note: String,
}

/// Lets somebody answer an open poll who was not among those asked when it opened. Everybody is told, with the note.
/// Doing it twice changes nothing.
///
/// # Errors
/// Not found, not permitted, `poll_not_open`, invalid.
pub async fn add(ctx: &Ctx, actor: &Actor, id: Uuid, new: NewVoter) -> Result<PollWithOptions> {
    let (room, _) = ctx.access.poll(actor, id, Action::ManagePolls).await?;
    let note = text::block("note", &new.note, REASON_MAX)?;
    let whole = ctx
        .change(actor, room.room.id, Action::ManagePolls, async |change| {
            let whole = locked(change.db(), id, PollState::Open).await?;
            let member = members::by_id(change.db(), new.member).await?;
            // Of whom the room knows nothing, nothing is said.
            let member = member
                .filter(|member| may_answer(&change.state, member))
                .ok_or(Error::invalid("member", FieldCode::Unknown))?;
            let voters = ballot_rows::voters(change.db(), id).await?;
            if voters.iter().any(|voter| voter.member_id == member.id) {
                return Ok(whole);
            }
            write(change, whole, member, &voters, &note).await
        })
        .await?;
    let frame = Frame::Poll { room: whole.poll.room_id, poll: id, eligible: true };
    ctx.publisher.tell(whole.poll.room_id, To::Members(vec![new.member]), &frame);
    Ok(whole)
}

async fn write(
    change: &mut RoomTx,
    mut whole: PollWithOptions,
    member: Member,
    voters: &[Voter],
    note: &str,
) -> Result<PollWithOptions> {
    let id = whole.poll.id;
    let mut voter = Voter {
        poll_id: id,
        member_id: member.id,
        confirmed: member.speaks_for_constituency(),
        constituency: member.constituency.clone(),
        voted: false,
        block: 0,
    };
    voter.block = block_of(&voter, voters);
    ballot_rows::insert_voters(change.db(), &[voter]).await?;
    if whole.poll.is_secret {
        secret::make(change.db(), id, whole.shape().columns()).await?;
    }
    let added = Addition {
        poll_id: id,
        member_id: member.id,
        name: member.display_name,
        constituency: member.constituency,
        note: note.to_owned(),
        added_by: change.member.id,
        at: change.at,
    };
    polls::insert_addition(change.db(), &added).await?;
    let more = PollChange { eligible: Some(whole.poll.eligible.saturating_add(1)), ..PollChange::default() };
    whole.poll = polls::update(change.db(), id, &more).await?;
    whole.added.push(added);
    log(change, EntryKind::PollVoterAdded, &whole, &[member.id.as_bytes(), note.as_bytes()])?;
    Ok(whole)
}

/// The block of who comes later: that of the own group; else the one in which groups are counted together; else one of
/// its own, which is joined with others at the end.
fn block_of(voter: &Voter, voters: &[Voter]) -> i16 {
    let same = voters.iter().find(|other| other.group() == voter.group());
    let joined = voters.iter().find(|one| {
        let together = |other: &&Voter| other.block == one.block && other.group() != one.group();
        voter.confirmed && one.confirmed && voters.iter().any(|other| together(&other))
    });
    let next = || voters.iter().map(|other| other.block).max().unwrap_or_default().saturating_add(1);
    same.or(joined).map_or_else(next, |other| other.block)
}
