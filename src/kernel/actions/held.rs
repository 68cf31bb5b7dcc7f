//! Posts that wait for a moderator: held, claimed by one moderator at a time, approved or declined.
//!
//! A held post has no number and no entry in the log, so nothing that everybody sees tells that it is
//! there. Approving writes it by the same way as any other post; it gets its number then.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::change::{Ctx, RoomTx};
use super::moderation::ActReasonInput;
use super::posting::Composed;
use super::posting::keep_pace;
use super::tx::{client_id_reused, or_constraint};
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::HeldState;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::writing::{NotWritable, may_write};
use crate::kernel::log::append::now;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::Frame;
use crate::kernel::models::held::{self, HeldDecision, HeldPost};
use crate::kernel::models::{members, posts, rooms, threads};

/// Posts of one author that may wait in a room.
const OWN_MAX: i64 = 20;
/// Posts that may wait in a room.
pub const ROOM_MAX: i64 = 500;
/// How long a claim on a held post lasts. Moderators renew it while they look at the post.
const CLAIM: TimeDelta = TimeDelta::seconds(60);

/// What a moderator decides.
#[derive(Debug, Clone)]
pub enum Decision {
    Approve,
    /// The author is told why.
    Decline(ActReasonInput),
}

/// Keeps a post until a moderator has seen it. None when its thread is not reviewed (any more).
///
/// # Errors
/// Not found, not permitted, `room_closed`, `muted`, `thread_locked`, `slow_mode`, `client_id_reused`,
/// `too_many_held`.
pub(super) async fn hold(ctx: &Ctx, actor: &Actor, composed: &Composed) -> Result<Option<HeldPost>> {
    let held = ctx
        .change(actor, composed.room, Action::CreatePost, async |change| change.hold(composed).await)
        .await?;
    if let Some(held) = &held {
        tell(ctx, held);
    }
    Ok(held)
}

impl RoomTx {
    async fn hold(&mut self, composed: &Composed) -> Result<Option<HeldPost>> {
        let (author, at) = (self.member.id, self.at);
        if let Some(held) = held::by_client_id(self.db(), author, composed.client_id).await? {
            let same = held.request_hash == composed.request_hash && held.thread_id == composed.thread;
            return if same { Ok(Some(held)) } else { Err(client_id_reused()) };
        }
        let thread = threads::by_id(self.db(), composed.thread).await?.ok_or(Error::NotFound)?;
        match may_write(thread.rules(), self.role(), false) {
            Ok(()) => return Ok(None),
            Err(NotWritable::Review) => {}
            Err(not) => return Err(not.into()),
        }
        let (room, slow) = (composed.room, self.state.room.slow_mode_s);
        if slow > 0 {
            let written = rooms::last_post_at(self.db(), room, author).await?;
            keep_pace(slow, written.max(held::last_time(self.db(), room, author).await?), at)?;
        }
        if let Some(parent) = composed.parent {
            let found = posts::by_id(self.db(), parent).await?;
            if found.is_none_or(|found| found.thread_id != composed.thread) {
                return Err(Error::invalid("parent_id", FieldCode::NotInThread));
            }
        }
        let (all, own) = held::count(self.db(), room, author).await?;
        if all >= ROOM_MAX || own >= OWN_MAX {
            return Err(Code::TooManyHeld.into());
        }
        let held = HeldPost {
            id: Uuid::now_v7(),
            room_id: room,
            thread_id: composed.thread,
            parent_id: composed.parent,
            author_id: author,
            attribution: composed.attribution,
            lang: composed.lang,
            body_md: composed.body_md.clone(),
            body_html: composed.body_html.clone(),
            client_id: composed.client_id,
            request_hash: composed.request_hash.to_vec(),
            created_at: at,
            state: HeldState::Waiting,
            claimed_by: None,
            claimed_until: None,
            reason: None,
            note: String::new(),
            decided_by: None,
            decided_at: None,
        };
        held::insert(self.db(), &held).await?;
        Ok(Some(held))
    }

    /// A held post that is undecided and that no other moderator has claimed.
    async fn undecided(&mut self, id: Uuid) -> Result<HeldPost> {
        let (me, at) = (self.member.id, self.at);
        let post = held::by_id(self.db(), id).await?.ok_or(Error::NotFound)?;
        if post.state != HeldState::Waiting {
            return Err(Code::AlreadyDecided.into());
        }
        let Some(other) = post.claimant(at).filter(|other| *other != me) else { return Ok(post) };
        let name = members::by_ids(self.db(), &[other]).await?.pop().map(|other| other.display_name);
        let more = json!({ "by": name, "until": post.claimed_until });
        Err(Code::Claimed.with(more))
    }
}

/// Claims a held post for a moderator: for a minute nobody else may decide. Claiming again prolongs it.
///
/// # Errors
/// Not found, not permitted, `claimed`, `already_decided`.
pub async fn claim(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<HeldPost> {
    let room = room_of(ctx, actor, id).await?;
    let (is_new, claimed) = ctx
        .change(actor, room, Action::ReviewPosts, async |change| {
            let before = change.undecided(id).await?;
            let (me, at) = (change.member.id, change.at);
            let claimed = held::set_claim(change.db(), id, Some((me, at + CLAIM))).await?;
            Ok((before.claimant(at) != Some(me), claimed))
        })
        .await?;
    if is_new {
        tell_desk(ctx, &claimed);
    }
    Ok(claimed)
}

/// Releases a moderator's claim on a held post. Without effect on the claim of another moderator.
///
/// # Errors
/// Not found, not permitted.
pub async fn release(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let room = room_of(ctx, actor, id).await?;
    let released = ctx
        .change(actor, room, Action::ReviewPosts, async |change| {
            let post = held::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
            if post.claimed_by != Some(change.member.id) {
                return Ok(None);
            }
            Ok(Some(held::set_claim(change.db(), id, None).await?))
        })
        .await?;
    if let Some(post) = released {
        tell_desk(ctx, &post);
    }
    Ok(())
}

/// Approves a held post, which is posted in its author's name, or declines it.
///
/// # Errors
/// Not found, not permitted, `claimed`, `already_decided`, `author_may_not_post`, `thread_locked`,
/// `room_closed`, invalid, busy.
pub async fn decide(ctx: &Ctx, actor: &Actor, id: Uuid, decision: Decision) -> Result<HeldPost> {
    if matches!(decision, Decision::Approve) {
        // Claimed first: nobody declines it while it is posted. A crash before the decision is
        // written leaves a post that waits; approving it again finds what was posted.
        let claimed = claim(ctx, actor, id).await?;
        ctx.posting.post(composed(claimed)).await.map_err(|error| match error.status() {
            401 | 403 | 404 => Code::AuthorMayNotPost.into(),
            _ => error,
        })?;
    }
    let room = room_of(ctx, actor, id).await?;
    let held = ctx
        .change(actor, room, Action::ReviewPosts, async |change| change.decide(id, &decision).await)
        .await?;
    tell(ctx, &held);
    Ok(held)
}

/// Its author has read why a post was declined, and is shown it no more. Repeating it changes nothing.
///
/// # Errors
/// Not found when the actor is not its author; `not_possible_now` when it was not declined.
pub async fn dismiss(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let author = actor.member()?.id;
    let mut db = ctx.db.get().await?;
    let held = held::by_id(&mut db, id).await?.filter(|held| held.author_id == author);
    let held = held.ok_or(Error::NotFound)?;
    if held.state != HeldState::Declined {
        return Err(Code::NotPossibleNow.into());
    }
    held::dismiss(&mut db, id, now()).await?;
    drop(db);
    ctx.publisher.tell(held.room_id, To::Members(vec![author]), &frame(&held));
    Ok(())
}

impl RoomTx {
    async fn decide(&mut self, id: Uuid, decision: &Decision) -> Result<HeldPost> {
        let post = self.undecided(id).await?;
        let (state, why) = match decision {
            Decision::Approve => (HeldState::Approved, None),
            Decision::Decline(why) => {
                let why = why.check()?;
                // It may have been posted by another approval that was cut off.
                let posted = posts::by_client_ids(self.db(), &[(post.author_id, post.client_id)]).await?;
                if !posted.is_empty() {
                    return Err(Code::AlreadyDecided.saying("This post was published already."));
                }
                (HeldState::Declined, Some(why))
            }
        };
        let decision = HeldDecision {
            state,
            reason: why.as_ref().map(|why| why.reason.as_str()),
            note: why.as_ref().map_or("", |why| &why.note),
            decided_by: self.member.id,
            decided_at: self.at,
        };
        or_constraint(held::decide(self.db(), id, &decision).await, "held_posts_reason_fkey", || {
            Error::invalid("reason", FieldCode::Unknown)
        })
    }
}

async fn room_of(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<Uuid> {
    let (room, _) = ctx.access.held(actor, id, Action::ReviewPosts).await?;
    Ok(room.room.id)
}

fn composed(held: HeldPost) -> Composed {
    Composed {
        room: held.room_id,
        thread: held.thread_id,
        parent: held.parent_id,
        author: held.author_id,
        attribution: held.attribution,
        lang: held.lang,
        body_md: held.body_md,
        body_html: held.body_html,
        client_id: held.client_id,
        request_hash: held.request_hash.try_into().unwrap_or_default(),
        salt: rand::random(),
        reviewed: true,
    }
}

/// Tells the desk and the author that held posts changed, so that they read again. The frame holds no text and may be lost.
fn tell(ctx: &Ctx, held: &HeldPost) {
    tell_desk(ctx, held);
    ctx.publisher.tell(held.room_id, To::Members(vec![held.author_id]), &frame(held));
}

fn tell_desk(ctx: &Ctx, held: &HeldPost) {
    ctx.publisher.tell(held.room_id, To::Desk, &frame(held));
}

fn frame(held: &HeldPost) -> Frame<'static> {
    Frame::Held { room: held.room_id, thread: held.thread_id }
}
