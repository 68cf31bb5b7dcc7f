//! Who is present: with a socket, by asking for the log again and again, on this node and on others; and who was here a
//! moment ago.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Hub, Shared, lock};
use crate::kernel::access::Actor;
use crate::kernel::domain::kinds::Site;
use crate::kernel::live::bus::wire::News;
use crate::kernel::live::limit::in_time;
use crate::kernel::live::presence::{self, Counts};
use crate::kernel::log::event::Present;
use crate::kernel::log::frame::Frame;
use crate::kernel::models::presence as record;

/// Presence is told again this often where nothing changes.
const PRESENCE_AGAIN: Duration = Duration::from_secs(3);
/// It is noted in the database this often where nothing changes.
const NOTED_AGAIN: Duration = Duration::from_secs(record::SAID_EVERY_S);

/// Room and member → when the database was told.
pub(super) type Noted = HashMap<(Uuid, Uuid), Instant>;

impl Hub {
    /// Who is in a room on any node: counted, and each member once.
    pub fn present(&self, id: Uuid) -> (Counts, Vec<Present>) {
        let mut everyone = self.here(id);
        everyone.extend(lock(&self.elsewhere).present(id));
        let everyone = presence::merged(everyone.into_iter());
        (presence::count(everyone.iter()), everyone)
    }

    /// The same, and who left this node within the last minute.
    pub(super) fn present_lately(&self, id: Uuid) -> Vec<Present> {
        let (_, mut everyone) = self.present(id);
        let known: HashSet<Uuid> = everyone.iter().map(|present| present.member).collect();
        let lately = lock(&self.lately);
        everyone.extend(lately.all(id, Instant::now()).filter(|present| !known.contains(&present.member)));
        everyone
    }

    /// Who is in a room on this node, once for each connection.
    fn here(&self, id: Uuid) -> Vec<Present> {
        let mut here: Vec<Present> = lock(&self.lately).asking(id, Instant::now()).collect();
        if let Some(room) = self.room(id) {
            here.extend(lock(&room).present());
        }
        here
    }

    /// A member follows a room by asking for its log, and waits for the answer until a moment.
    pub fn asks(self: &Arc<Self>, actor: &Actor, id: Uuid, until: Instant) {
        let Ok(member) = actor.member() else { return };
        let present = Present::of(member, Site::Online);
        if lock(&self.lately).asks(id, present, until, Instant::now()) {
            self.presence_changed(id);
        }
    }

    fn presence_changed(self: &Arc<Self>, id: Uuid) {
        match self.room(id) {
            Some(room) => self.plan_presence(id, &room),
            None => self.tell_who_is_here(id),
        }
    }

    /// Who is present on this node changed: its listeners and the other nodes are told within a second.
    pub(super) fn plan_presence(self: &Arc<Self>, id: Uuid, room: &Shared) {
        lock(room).presence_changed();
        self.plan_counts(id, room);
    }

    /// The counts changed, here or elsewhere: the listeners here are told within a second.
    pub(super) fn plan_counts(self: &Arc<Self>, id: Uuid, room: &Shared) {
        if !lock(room).plan_presence() {
            return;
        }
        let (hub, room) = (self.clone(), room.clone());
        self.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let untold = lock(&room).presence_is_due();
            if untold {
                hub.tell_who_is_here(id);
            }
            let (counts, _) = hub.present(id);
            let Counts { hall, online, by_constituency } = &counts;
            let frame = Frame::Presence { room: id, hall: *hall, online: *online, by_constituency };
            lock(&room).tell(&frame.text(), |_, _| true);
        });
    }

    /// Tells the other nodes who is in a room here.
    pub(super) fn tell_who_is_here(&self, id: Uuid) {
        if self.bus.is_up() && !self.bus.is_stopping() {
            self.bus.tell(id, &News::Present(presence::merged(self.here(id).into_iter())));
        }
    }

    /// The rooms in which somebody is, on this node.
    fn occupied(&self) -> HashSet<Uuid> {
        let mut rooms: HashSet<Uuid> =
            self.rooms.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        rooms.extend(lock(&self.lately).rooms());
        rooms
    }

    /// Every second: forgets who is gone, and notes in the database who came; every few seconds says again who is here.
    pub async fn keep_presence(self: Arc<Self>) {
        let mut told = Instant::now();
        let mut noted = Noted::new();
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.expire_presence(None);
            let left = lock(&self.lately).expire(Instant::now());
            left.into_iter().for_each(|id| self.presence_changed(id));
            if told.elapsed() >= PRESENCE_AGAIN {
                told = Instant::now();
                self.occupied().into_iter().for_each(|id| self.tell_who_is_here(id));
            }
            self.note_presence(&mut noted).await;
        }
    }

    async fn note_presence(&self, noted: &mut Noted) {
        let now = Instant::now();
        noted.retain(|_, at| now.duration_since(*at) < NOTED_AGAIN);
        let rooms = self.occupied().into_iter();
        let here = rooms.flat_map(|id| self.here(id).into_iter().map(move |present| (id, present.member)));
        let new: HashSet<(Uuid, Uuid)> = here.filter(|one| !noted.contains_key(one)).collect();
        if new.is_empty() {
            return;
        }
        let new: Vec<(Uuid, Uuid)> = new.into_iter().collect();
        let writing = async {
            let mut db = self.pool.get().await?;
            Ok(record::note(&mut db, self.bus.node, &new).await?)
        };
        match in_time(writing).await {
            Ok(()) => noted.extend(new.into_iter().map(|one| (one, now))),
            Err(error) => tracing::debug!(%error, "who is present was not noted; it will be tried again"),
        }
    }

    /// Forgets in the database who was present long ago; any node may.
    pub async fn forget_presence(&self) {
        if let Ok(mut db) = self.pool.get().await
            && let Err(error) = record::forget(&mut db).await
        {
            tracing::debug!(%error, "who was present long ago stays for now");
        }
    }

    pub(super) fn expire_presence(self: &Arc<Self>, gone: Option<Uuid>) {
        let changed = lock(&self.elsewhere).expire(Instant::now(), gone);
        for id in changed {
            if let Some(room) = self.room(id) {
                self.plan_counts(id, &room);
            }
        }
    }
}
