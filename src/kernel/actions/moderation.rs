//! Acts of moderation. Each has a reason from the list and a note, an entry in the room's public
//! moderation log, and an act that undoes it exactly.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::change::{Ctx, RoomTx};
use super::tx::or_constraint;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::RoomRole;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, NOTE_MAX};
use crate::kernel::models::moderation::{self, Act};
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::rooms::{self, Room};
use crate::kernel::models::threads::{self, Thread, ThreadChange};
use crate::kernel::models::unread;

/// Longest mute.
pub const MUTE_MAX_MINUTES: i64 = 43_200;
/// Longest interval of slow mode.
pub const SLOW_MAX_S: i32 = 3_600;

/// The reason of an act of moderation, as it was sent.
#[derive(Debug, Clone)]
pub struct ActReasonInput {
    pub reason: String,
    pub note: String,
}

impl ActReasonInput {
    /// Checks the note; the reason is checked against the list when the act is written.
    ///
    /// # Errors
    /// Invalid.
    pub(crate) fn check(&self) -> Result<ActReason> {
        let reason = text::line("reason", &self.reason, 32)?;
        Ok(ActReason { reason, note: text::optional_block("note", &self.note, NOTE_MAX)? })
    }
}

/// The reason of an act of moderation, checked. Only an action makes one, after it has decided whether its actor may know of
/// what it is about.
#[derive(Debug, Clone)]
pub struct ActReason {
    /// From the installation's list.
    pub reason: String,
    pub note: String,
}

/// The target of an act of moderation, beside its room.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target {
    pub thread: Option<Uuid>,
    pub post: Option<Uuid>,
    pub member: Option<Uuid>,
    pub question: Option<Uuid>,
}

impl RoomTx {
    /// Writes the act into the public moderation log and the room log.
    pub(crate) async fn act(
        &mut self,
        kind: EntryKind,
        target: Target,
        why: &ActReason,
        detail: String,
        until: Option<DateTime<Utc>>,
    ) -> Result<Uuid> {
        let room = self.state.room.id;
        let subject = target.question.or(target.post).or(target.thread).or(target.member).unwrap_or(room);
        let seq =
            self.log(kind, subject, &[why.reason.as_bytes(), why.note.as_bytes(), detail.as_bytes()])?;
        let role = self
            .state
            .roles
            .get(&self.member.id)
            .map_or(self.member.platform_role.as_str(), |role| role.as_str());
        let act = Act {
            id: Uuid::now_v7(),
            room_id: room,
            seq,
            action: kind.as_str().into(),
            thread_id: target.thread,
            post_id: target.post,
            member_id: target.member,
            reason: why.reason.clone(),
            note: why.note.clone(),
            detail,
            until,
            actor_id: self.member.id,
            actor_role: role.into(),
            at: self.at,
            question_id: target.question,
        };
        or_constraint(moderation::insert(self.db(), &act).await, "moderation_acts_reason_fkey", || {
            Error::invalid("reason", FieldCode::Unknown)
        })?;
        Ok(act.id)
    }
}

/// Hides a post from everyone but the room's moderators, or restores it. Doing what is done
/// already changes nothing.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn set_hidden(
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    hidden: bool,
    why: &ActReasonInput,
) -> Result<Post> {
    let (room, _) = ctx.access.post(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::HidePost, async |change| {
        let why = why.check()?;
        let post = posts::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        if post.hidden_at.is_some() == hidden {
            return Ok(post);
        }
        let kind = if hidden { EntryKind::PostHidden } else { EntryKind::PostRestored };
        let target = Target { post: Some(id), thread: Some(post.thread_id), ..Target::default() };
        change.act(kind, target, &why, String::new(), None).await?;
        let (at, by) = (change.at, change.member.id);
        let state = hidden.then_some((why.reason.as_str(), why.note.as_str(), by));
        if !hidden {
            unread::lower_floors(change.db(), post.room_id, post.seq).await?;
        }
        Ok(posts::set_hidden(change.db(), id, state, at).await?)
    })
    .await
}

/// Which switch of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Only moderators may post.
    Lock,
    /// Stands first in the list.
    Pin,
    /// Posts wait for a moderator.
    Review,
}

impl Switch {
    /// The right that it takes.
    pub const fn action(self) -> Action {
        match self {
            Self::Lock => Action::LockThread,
            Self::Pin => Action::PinThread,
            Self::Review => Action::ReviewPosts,
        }
    }
}

/// Locks or unlocks a thread, pins or unpins it, begins or ends the review of its posts.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn set_thread(
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    switch: Switch,
    on: bool,
    why: &ActReasonInput,
) -> Result<Thread> {
    let (room, _) = ctx.access.thread(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, switch.action(), async |change| {
        let why = why.check()?;
        let thread = threads::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        let (is_on, kind, new) = match switch {
            Switch::Lock => (
                thread.locked,
                if on { EntryKind::ThreadLocked } else { EntryKind::ThreadUnlocked },
                ThreadChange { locked: Some(on), ..ThreadChange::default() },
            ),
            Switch::Pin => (
                thread.pinned,
                if on { EntryKind::ThreadPinned } else { EntryKind::ThreadUnpinned },
                ThreadChange { pinned: Some(on), ..ThreadChange::default() },
            ),
            Switch::Review => (
                thread.review_first,
                if on { EntryKind::ThreadReviewRequired } else { EntryKind::ThreadReviewLifted },
                ThreadChange { review_first: Some(on), ..ThreadChange::default() },
            ),
        };
        if is_on == on {
            return Ok(thread);
        }
        change.act(kind, Target { thread: Some(id), ..Target::default() }, &why, String::new(), None).await?;
        Ok(threads::update(change.db(), id, &new).await?)
    })
    .await
}

/// Sets the least time between two posts of one participant; 0 ends slow mode.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn set_slow_mode(
    ctx: &Ctx,
    actor: &Actor,
    room: Uuid,
    seconds: i32,
    why: &ActReasonInput,
) -> Result<Room> {
    ctx.change(actor, room, Action::SetSlowMode, async |change| {
        if !(0..=SLOW_MAX_S).contains(&seconds) {
            return Err(Error::invalid("seconds", FieldCode::OutOfRange));
        }
        let why = why.check()?;
        if change.state.room.slow_mode_s == seconds {
            return Ok(change.state.room.clone());
        }
        change.act(EntryKind::RoomSlowed, Target::default(), &why, seconds.to_string(), None).await?;
        let new = rooms::RoomPatch { slow_mode_s: Some(seconds), ..rooms::RoomPatch::default() };
        Ok(rooms::update(change.db(), room, &new).await?)
    })
    .await
}

/// Closes a room for talk, or opens it again.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn set_closed(
    ctx: &Ctx,
    actor: &Actor,
    room: Uuid,
    closed: bool,
    why: &ActReasonInput,
) -> Result<Room> {
    ctx.change(actor, room, Action::CloseRoom, async |change| {
        let why = why.check()?;
        if change.state.room.closed_at.is_some() == closed {
            return Ok(change.state.room.clone());
        }
        let kind = if closed { EntryKind::RoomClosed } else { EntryKind::RoomReopened };
        change.act(kind, Target::default(), &why, String::new(), None).await?;
        let at = closed.then_some(change.at);
        let new = rooms::RoomPatch { closed_at: Some(at), ..rooms::RoomPatch::default() };
        Ok(rooms::update(change.db(), room, &new).await?)
    })
    .await
}

/// Mutes a member in a room for a time. Returns when it ends, and why.
///
/// # Errors
/// Not found, not permitted (nobody mutes a moderator or chair), invalid.
pub async fn mute(
    ctx: &Ctx,
    actor: &Actor,
    room: Uuid,
    member: Uuid,
    minutes: i64,
    why: &ActReasonInput,
) -> Result<(DateTime<Utc>, ActReason)> {
    ctx.change(actor, room, Action::MuteMember, async |change| {
        let why = why.check()?;
        if !(1..=MUTE_MAX_MINUTES).contains(&minutes) {
            return Err(Error::invalid("minutes", FieldCode::OutOfRange));
        }
        let target =
            crate::kernel::models::members::by_id(change.db(), member).await?.ok_or(Error::NotFound)?;
        let person = crate::kernel::domain::permissions::Actor { member: Some(change.state.person(&target)) };
        match crate::kernel::domain::permissions::effective_role(person, change.state.rules()) {
            None => return Err(Error::NotFound),
            Some(RoomRole::Moderator | RoomRole::Chair) => return Err(Code::NotPermitted.into()),
            Some(_) => {}
        }
        let until = change.at + TimeDelta::minutes(minutes);
        let target = Target { member: Some(member), ..Target::default() };
        let act = change.act(EntryKind::MemberMuted, target, &why, minutes.to_string(), Some(until)).await?;
        moderation::set_mute(change.db(), room, member, until, act).await?;
        for hook in ctx.hooks.iter() {
            hook.silenced(change, member).await?;
        }
        Ok((until, why))
    })
    .await
}

/// Lifts a mute.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn unmute(ctx: &Ctx, actor: &Actor, room: Uuid, member: Uuid, why: &ActReasonInput) -> Result<()> {
    ctx.change(actor, room, Action::MuteMember, async |change| {
        let why = why.check()?;
        if !moderation::remove_mute(change.db(), room, member).await? {
            return Err(Error::NotFound);
        }
        let target = Target { member: Some(member), ..Target::default() };
        change.act(EntryKind::MemberUnmuted, target, &why, String::new(), None).await?;
        Ok(())
    })
    .await
}
