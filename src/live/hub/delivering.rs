//! From COMMIT to the listeners: what was committed here, and what has to be read from the log.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Hub, Shared, lock, text};
use crate::domain::kinds::Site;
use crate::error::{Error, Result};
use crate::live::presence::Counts;
use crate::live::room::Todo;
use crate::log::event::{Audience, Committed, Present, Publisher, To};
use crate::models::rooms;
use crate::views::events::{self, Line};

/// How long a missing number is waited for before it is read from the log.
const GAP_WAIT: Duration = Duration::from_millis(50);

impl Hub {
    /// Who is in a room on this node: counted, and each member once.
    pub fn present(&self, id: Uuid) -> (Counts, Vec<Present>) {
        let Some(room) = self.room(id) else { return Default::default() };
        let room = lock(&room);
        let mut members: HashMap<Uuid, Present> = HashMap::new();
        for (member, constituency, site) in room.present() {
            let present = members.entry(member).or_insert_with(|| Present {
                member,
                constituency: constituency.to_owned(),
                site,
            });
            if site == Site::Hall {
                present.site = Site::Hall;
            }
        }
        (room.presence(), members.into_values().collect())
    }

    pub(super) fn plan_presence(self: &Arc<Self>, id: Uuid, room: &Shared) {
        if !lock(room).plan_presence() {
            return;
        }
        let (hub, room) = (self.clone(), room.clone());
        self.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let mut room = lock(&room);
            let counts = room.take_presence();
            let frame = json!({
                "type": "presence", "room": id, "hall": counts.hall, "online": counts.online,
                "by_constituency": counts.by_constituency,
            });
            room.tell(&text(&frame), |_, _| true);
            drop(room);
            drop(hub);
        });
    }

    pub(super) fn see_to(self: &Arc<Self>, id: Uuid, room: &Shared, todo: Todo) {
        if let Some(window) = todo.flush_in {
            let room = room.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(window).await;
                lock(&room).flush();
            });
        }
        if todo.gap {
            let hub = self.clone();
            self.runtime.spawn(async move {
                tokio::time::sleep(GAP_WAIT).await;
                hub.catch_up(id).await;
            });
        }
    }

    /// Reads what a room lacks from the log.
    async fn catch_up(self: &Arc<Self>, id: Uuid) {
        let Some(room) = self.room(id) else { return };
        let Some(last) = lock(&room).last() else { return };
        let lines = async {
            let head = rooms::head(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
            self.read(id, last, head).await
        };
        match lines.await {
            Ok(lines) => {
                let todo = lock(&room).take_in(lines);
                self.see_to(id, &room, todo);
            }
            Err(error) => tracing::warn!(%error, "a live room could not catch up; it will be tried again"),
        }
    }

    /// Once a second: finds entries that never came, whoever wrote them.
    pub async fn sweep(self: &Arc<Self>) {
        let ids: Vec<Uuid> =
            self.rooms.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        for chunk in ids.chunks(500) {
            let heads = async { Ok::<_, Error>(rooms::heads(&mut *self.pool.get().await?, chunk).await?) };
            let Ok(heads) = heads.await else { return };
            for (id, head) in heads {
                let behind =
                    self.room(id).is_some_and(|room| lock(&room).last().is_some_and(|last| last < head));
                if behind {
                    self.catch_up(id).await;
                }
            }
        }
    }

    async fn read_lines(&self, committed: &Committed) -> Result<Vec<Line>> {
        events::lines(&mut *self.pool.get().await?, committed.room, &committed.entries).await
    }
}

/// The hub as the log knows it.
pub struct HubPublisher(pub Arc<Hub>);

impl Publisher for HubPublisher {
    fn publish(&self, committed: Committed) {
        let hub = &self.0;
        let id = committed.room;
        let Some(room) = hub.room(id) else { return };
        // Before the answer: who connects from now on must not be told what is gone.
        if let Some(entry) = committed.entries.iter().rev().find(|entry| entry.kind.withdraws()) {
            lock(&room).expire(entry.seq);
        }
        let rules = committed.entries.iter().any(|entry| entry.kind.changes_rules());
        match events::of_new_posts(&committed) {
            Ok(Some(lines)) => {
                let todo = lock(&room).take_in(lines);
                hub.see_to(id, &room, todo);
            }
            _ => {
                let inner = hub.clone();
                hub.runtime.spawn(async move {
                    match inner.read_lines(&committed).await {
                        Ok(lines) => {
                            let todo = lock(&room).take_in(lines);
                            inner.see_to(id, &room, todo);
                        }
                        // The sweep brings it within a second.
                        Err(error) => tracing::warn!(%error, "an event could not be read back"),
                    }
                });
            }
        }
        if rules {
            hub.recheck(id);
        }
    }

    fn tell(&self, room: Uuid, to: To, frame: Value) {
        let Some(room) = self.0.room(room) else { return };
        lock(&room).tell(&text(&frame), |audience, member| match &to {
            To::All => true,
            To::Desk => audience == Audience::Desk,
            To::Members(ids) => member.is_some_and(|id| ids.contains(&id)),
        });
    }

    fn present(&self, room: Uuid) -> Vec<Present> {
        self.0.present(room).1
    }
}
