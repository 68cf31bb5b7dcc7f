//! Subscriptions: how a listener gets everything once and in order, and when it ends.

use std::sync::Arc;
use std::time::Duration;

use bytestring::ByteString;
use uuid::Uuid;

use super::{Hub, Shared, lock, text_error};
use crate::error::{Code, Error, Result};
use crate::kernel::domain::REPLAY_MAX;
use crate::kernel::domain::permissions::Action;
use crate::kernel::live::outbox::{Close, Outbox};
use crate::kernel::live::room::{Joined, Ticket, frames};
use crate::kernel::log::event::Audience;
use crate::kernel::log::frame::{Frame, Unsubscribed};
use crate::kernel::log::replay;
use crate::kernel::models::rooms;
use crate::kernel::views::events::{self, Line};

/// A replay of more bytes than this is a reset: the queue of a socket could not hold it.
const REPLAY_BYTES_MAX: usize = 512 * 1024;
/// Longest time that a subscription may take, its replay included.
const SUBSCRIBE_TIME: Duration = Duration::from_secs(10);
/// Subscriptions of one socket.
const SUBSCRIPTIONS_MAX: usize = 64;

impl Hub {
    /// Subscribe, buffer, replay, flush: no gap and no repeat, whatever commits meanwhile.
    pub async fn subscribe(
        self: &Arc<Self>,
        outbox: &Arc<Outbox>,
        id: Uuid,
        since: Option<i64>,
        epoch: Option<Uuid>,
    ) {
        let work = self.try_subscribe(outbox, id, since, epoch);
        let outcome = tokio::time::timeout(SUBSCRIBE_TIME, work).await;
        let Err(error) = outcome.unwrap_or(Err(Code::Busy.after(SUBSCRIBE_TIME))) else { return };
        self.drop_subscription(outbox.id, id, false);
        // The client resumes from its number on a new connection, as after any cut.
        match error {
            Error::Internal(text) => {
                tracing::error!(error = %text, "a subscription failed");
                outbox.close(Close::unavailable());
            }
            error if error.is_busy() => outbox.close(Close::unavailable()),
            error => outbox.push(None, text_error(error.code(), &error.to_string(), Some(id))),
        }
    }

    async fn try_subscribe(
        self: &Arc<Self>,
        outbox: &Arc<Outbox>,
        id: Uuid,
        since: Option<i64>,
        epoch: Option<Uuid>,
    ) -> Result<()> {
        let state = self.access.room(&outbox.actor, id, Action::Read).await?;
        let desk = state.may(&outbox.actor, Action::ReadDesk).is_ok();
        let audience = if desk { Audience::Desk } else { Audience::Participant };
        match lock(&self.sockets).get_mut(&outbox.id) {
            None => return Ok(()),
            Some((_, subscribed)) if subscribed.contains(&id) => {}
            Some((_, subscribed)) if subscribed.len() >= SUBSCRIPTIONS_MAX => {
                return Err(Code::TooManyRooms.into());
            }
            Some((_, subscribed)) => subscribed.push(id),
        }
        let since_here = since.filter(|_| epoch.is_none_or(|epoch| epoch == self.epoch));
        let (ticket, kept) = self.enter(id, |room| {
            let ticket = room.join(outbox.clone(), audience);
            (ticket, since_here.and_then(|since| room.kept_after(since)))
        });
        let (head, missed) = match (kept, since) {
            (Some((head, lines)), _) => (head, Some(lines)),
            // Known after joining: whatever commits later comes through the room. It may be a second
            // old, and then the room brings what is between.
            (None, None) => (self.access.head(id).await?, Some(Vec::new())),
            (None, Some(since)) => self.missed(id, since, since_here.is_none(), audience).await?,
        };
        let recovered = missed.is_some();
        let mut out = vec![Frame::Subscribed { room: id, head, recovered, epoch: self.epoch }.text()];
        match &missed {
            None => out.push(Frame::Reset { room: id, head }.text()),
            Some(lines) if since.is_some() => {
                out.extend(frames(&lines.iter().collect::<Vec<_>>(), audience));
                out.push(Frame::Replayed { room: id, seq: head }.text());
            }
            Some(_) => {}
        }
        let Some(room) = self.room(id) else { return Ok(()) };
        if !self.go_live(&room, ticket, audience, (head, out)).await? {
            return Ok(());
        }
        if let Some(lines) = missed {
            lock(&room).keep(head, &lines);
        }
        // The rules may have changed between the check and now.
        self.check_listener(id, outbox, audience).await;
        self.plan_presence(id, &room);
        Ok(())
    }

    /// The head of a room and what came after `since`; None where that is too much or of another history.
    async fn missed(
        &self,
        id: Uuid,
        since: i64,
        other_history: bool,
        audience: Audience,
    ) -> Result<(i64, Option<Vec<Line>>)> {
        let mut head = self.access.head(id).await?;
        if since != head {
            // What was missed is not told in part: the head in memory may be a second old.
            head = rooms::head(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        }
        if other_history || since > head || since < 0 || head - since > REPLAY_MAX {
            return Ok((head, None));
        }
        if since == head {
            return Ok((head, Some(Vec::new())));
        }
        let lines = self.read(id, since, head).await?;
        let bytes: usize = lines.iter().map(|line| line.text(audience).len()).sum();
        Ok((head, (bytes <= REPLAY_BYTES_MAX).then_some(lines)))
    }

    /// The lines of a room after a number, up to another.
    pub(super) async fn read(&self, id: Uuid, after: i64, until: i64) -> Result<Vec<Line>> {
        Ok(self.read_all(id, after, until).await?.0)
    }

    /// As [`Hub::read`], and whether an entry among them may have changed the rules.
    pub(super) async fn read_all(&self, id: Uuid, after: i64, until: i64) -> Result<(Vec<Line>, bool)> {
        // In turn: when a whole hall comes back at once, requests need connections too.
        let _turn = self.replays.acquire().await;
        let mut db = self.pool.get().await?;
        let entries = replay::between(&mut db, id, after, until).await?;
        let rules = entries.iter().any(|entry| entry.kind.changes_rules());
        Ok((events::lines(&mut db, &self.events, id, &entries).await?, rules))
    }

    /// Makes the subscription live, reading more from the log where the room is ahead of it.
    async fn go_live(
        self: &Arc<Self>,
        room: &Shared,
        ticket: Ticket,
        audience: Audience,
        (mut head, mut out): (i64, Vec<ByteString>),
    ) -> Result<bool> {
        let id = lock(room).id();
        loop {
            let joined = lock(room).go_live(ticket, head, out);
            match joined {
                Joined::Gone => return Ok(false),
                Joined::Live(todo) => {
                    self.flush_and_catch_up(id, room, todo);
                    return Ok(true);
                }
                Joined::Behind(until) => {
                    let lines = self.read(id, head, until).await?;
                    out = frames(&lines.iter().collect::<Vec<_>>(), audience);
                    head = until;
                }
            }
        }
    }

    pub(super) fn drop_subscription(self: &Arc<Self>, socket: u64, room: Uuid, may_return: bool) {
        if let Some((_, subscribed)) = lock(&self.sockets).get_mut(&socket) {
            subscribed.retain(|id| *id != room);
        }
        self.leave(room, socket, may_return);
    }

    /// BusEnds what a listener may not see any more.
    async fn check_listener(self: &Arc<Self>, id: Uuid, outbox: &Arc<Outbox>, audience: Audience) {
        let code = match self.access.room(&outbox.actor, id, Action::Read).await {
            Err(error) if error.status() >= 500 => return,
            Err(_) => Unsubscribed::Removed,
            Ok(state) => {
                let desk = state.may(&outbox.actor, Action::ReadDesk).is_ok();
                if desk == (audience == Audience::Desk) {
                    return;
                }
                Unsubscribed::RoleChanged
            }
        };
        self.drop_subscription(outbox.id, id, matches!(code, Unsubscribed::RoleChanged));
        outbox.purge(id);
        outbox.push(None, Frame::Unsubscribed { room: id, code }.text());
    }

    /// The rules of a room changed: everyone in it is checked again.
    pub(super) fn recheck(self: &Arc<Self>, id: Uuid) {
        let hub = self.clone();
        self.runtime.spawn(async move { hub.recheck_now(id).await });
    }

    /// As [`Hub::recheck`]; nobody who lost the right hears any more when it is done.
    pub(super) async fn recheck_now(self: &Arc<Self>, id: Uuid) {
        let Some(room) = self.room(id) else { return };
        let listeners = lock(&room).audiences();
        for (outbox, audience) in listeners {
            self.check_listener(id, &outbox, audience).await;
        }
    }
}
