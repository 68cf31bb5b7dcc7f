//! From COMMIT to the listeners: what was committed here, and what has to be read from the log.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytestring::ByteString;
use futures_util::{StreamExt, stream};
use uuid::Uuid;

use super::{Hub, REPLAYS, Shared, lock};
use crate::error::{Error, Result};
use crate::kernel::live::bus::wire::News;
use crate::kernel::live::limit::in_time;
use crate::kernel::live::room::FollowUp;
use crate::kernel::log::event::{Audience, Committed, Present, Publisher, To};
use crate::kernel::log::frame::Frame;
use crate::kernel::models::rooms;
use crate::kernel::views::events::{self, Line};

/// How long a missing number is waited for before it is read from the log.
const GAP_WAIT: Duration = Duration::from_millis(50);

impl Hub {
    /// Plans what a room needs after lines were taken in: a flush, a look at the log for missing numbers.
    pub(super) fn flush_and_catch_up(self: &Arc<Self>, id: Uuid, room: &Shared, todo: FollowUp) {
        if let Some(window) = todo.flush_in {
            let room = room.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(window).await;
                lock(&room).flush();
            });
        }
        if todo.gap && lock(room).plan_catch_up() {
            let (hub, room) = (self.clone(), room.clone());
            self.runtime.spawn(async move {
                // Commits of two nodes, or of two tasks, may be told out of order.
                tokio::time::sleep(GAP_WAIT).await;
                let missing = lock(&room).catch_up_is_due();
                if missing {
                    hub.catch_up(id).await;
                }
            });
        }
    }

    /// Reads what a room lacks from the log.
    pub(super) async fn catch_up(self: &Arc<Self>, id: Uuid) {
        let Some(room) = self.room(id) else { return };
        let Some(last) = lock(&room).last() else { return };
        let lines = async {
            let head = rooms::head(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
            self.read_all(id, last, head).await
        };
        match in_time(lines).await {
            Ok((lines, rules)) => {
                self.caught_up.fetch_add(lines.len() as u64, Ordering::Relaxed);
                if let Some(newest) = lines.last() {
                    self.access.room_changed(id, newest.seq, rules);
                }
                self.deliver(id, &room, lines, rules).await;
            }
            Err(error) => tracing::warn!(%error, "a live room could not catch up; it will be tried again"),
        }
    }

    /// Lines that another node committed go to the listeners. Whoever may not hear them any more is
    /// gone before that.
    pub(super) async fn deliver(self: &Arc<Self>, id: Uuid, room: &Shared, lines: Vec<Line>, rules: bool) {
        if rules {
            self.recheck_now(id).await;
        }
        let todo = lock(room).take_in(lines);
        self.flush_and_catch_up(id, room, todo);
    }

    /// Once a second: finds entries that never came, whoever wrote them.
    pub async fn sweep(self: &Arc<Self>) {
        let ids: Vec<Uuid> =
            self.rooms.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        for chunk in ids.chunks(500) {
            let heads = async { Ok::<_, Error>(rooms::heads(&mut *self.pool.get().await?, chunk).await?) };
            let Ok(heads) = in_time(heads).await else { return };
            let behind = heads.into_iter().filter(|(id, head)| {
                self.room(*id).is_some_and(|room| lock(&room).last().is_some_and(|last| last < *head))
            });
            stream::iter(behind).for_each_concurrent(REPLAYS, |(id, _)| self.catch_up(id)).await;
        }
    }

    async fn read_lines(&self, committed: &Committed) -> Result<Vec<Line>> {
        events::lines(&mut *self.pool.get().await?, &self.events, committed.room, &committed.entries).await
    }

    /// Delivers committed lines to the other nodes and to the listeners here.
    fn deliver_committed(self: &Arc<Self>, id: Uuid, (head, rules): (i64, bool), lines: Vec<Line>) {
        let room = self.room(id);
        let news = News::Committed { head, rules, lines };
        self.bus.tell(id, &news);
        if let (Some(room), News::Committed { lines, .. }) = (room, news) {
            let todo = lock(&room).take_in(lines);
            self.flush_and_catch_up(id, &room, todo);
        }
    }

    /// Sends a frame that may be lost to the listeners here.
    pub(super) fn send_frame_here(&self, room: Uuid, to: &To, frame: &ByteString) {
        let Some(room) = self.room(room) else { return };
        lock(&room).tell(frame, |audience, member| match to {
            To::All => true,
            To::Desk => audience == Audience::Desk,
            To::Members(ids) => member.is_some_and(|id| ids.contains(&id)),
            To::Others(id) => member != Some(*id),
        });
    }

    /// Sends a frame that may be lost to the listeners on all nodes.
    pub(super) fn tell(&self, room: Uuid, to: To, frame: ByteString) {
        self.send_frame_here(room, &to, &frame);
        self.bus.tell(room, &News::Frame { to, frame });
    }
}

/// The hub as the log knows it.
pub struct HubPublisher(pub Arc<Hub>);

impl Publisher for HubPublisher {
    fn publish(&self, committed: Committed) {
        let hub = &self.0;
        let (id, Some(newest)) = (committed.room, committed.entries.last()) else { return };
        let room = hub.room(id);
        let listened_to = room.is_some();
        if !listened_to && !hub.bus.is_up() {
            return;
        }
        // Before the answer: who connects from now on must not be told what is gone.
        let withdrawing = committed.entries.iter().rev().find(|entry| entry.kind.withdraws());
        if let (Some(room), Some(entry)) = (room, withdrawing) {
            lock(&room).expire(entry.seq);
        }
        let rules = committed.entries.iter().any(|entry| entry.kind.changes_rules());
        let about = (newest.seq, rules);
        match events::of_new_posts(&committed) {
            Ok(Some(lines)) => hub.deliver_committed(id, about, lines),
            // Nobody here needs the lines: other nodes read them where somebody does.
            _ if !listened_to => hub.deliver_committed(id, about, Vec::new()),
            _ => {
                let inner = hub.clone();
                hub.runtime.spawn(async move {
                    let lines = in_time(inner.read_lines(&committed)).await.unwrap_or_else(|error| {
                        // The sweep brings it within a second.
                        tracing::warn!(%error, "an event could not be read back");
                        Vec::new()
                    });
                    inner.deliver_committed(id, about, lines);
                });
            }
        }
        if rules {
            hub.recheck(id);
        }
    }

    fn tell(&self, room: Uuid, to: To, frame: &Frame<'_>) {
        self.0.tell(room, to, frame.text());
    }

    fn present(&self, room: Uuid) -> Vec<Present> {
        self.0.present(room).1
    }

    fn present_lately(&self, room: Uuid) -> Vec<Present> {
        self.0.present_lately(room)
    }

    fn node(&self) -> Uuid {
        self.0.bus.node
    }
}
