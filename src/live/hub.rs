//! The rooms that somebody on this node listens to. Nothing is kept for a room with nobody in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytestring::ByteString;
use chrono::Utc;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::outbox::{Close, Outbox};
use super::room::{Joined, Room, Ticket, Todo, frames};
use crate::access::{Access, Actor};
use crate::db::Pool;
use crate::domain::REPLAY_MAX;
use crate::domain::kinds::Site;
use crate::domain::permissions::Action;
use crate::error::{Error, Result};
use crate::log::event::{Audience, Committed, Publisher};
use crate::log::replay;
use crate::models::rooms;
use crate::views::events::{self, Line};

/// A replay of more bytes than this is a reset: the queue of a socket could not hold it.
const REPLAY_BYTES_MAX: usize = 512 * 1024;
/// How long a missing number is waited for before it is read from the log.
const GAP_WAIT: Duration = Duration::from_millis(50);
/// Longest time that a subscription may take, its replay included.
const SUBSCRIBE_TIME: Duration = Duration::from_secs(10);
/// Replays that are read from the database at the same time.
const REPLAYS: usize = 4;
/// Subscriptions of one socket.
const SUBSCRIPTIONS_MAX: usize = 64;

type Shared = Arc<Mutex<Room>>;
/// A socket and the rooms that it is subscribed to.
type Subscriber = (Arc<Outbox>, Vec<Uuid>);

/// The live side of this node.
pub struct Hub {
    pool: Pool,
    access: Arc<Access>,
    /// Changes when a database is restored; numbers of another epoch mean nothing.
    pub epoch: Uuid,
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    rooms: RwLock<HashMap<Uuid, Shared>>,
    sockets: Mutex<HashMap<u64, Subscriber>>,
    guests: AtomicUsize,
    /// Replays that may be read at the same time.
    replays: Semaphore,
    next_id: AtomicU64,
    stopping: AtomicBool,
    runtime: tokio::runtime::Handle,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(value: &Value) -> ByteString {
    value.to_string().into()
}

impl Hub {
    /// An empty hub; must be called inside a Tokio runtime, which then runs its small tasks.
    pub fn new(pool: Pool, access: Arc<Access>, epoch: Uuid, heartbeat: Duration) -> Arc<Self> {
        Arc::new(Self {
            pool,
            access,
            epoch,
            heartbeat,
            rooms: RwLock::default(),
            sockets: Mutex::default(),
            guests: AtomicUsize::new(0),
            replays: Semaphore::new(REPLAYS),
            next_id: AtomicU64::new(1),
            stopping: AtomicBool::new(false),
            runtime: tokio::runtime::Handle::current(),
        })
    }

    fn room(&self, id: Uuid) -> Option<Shared> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Runs something inside a room, which is made when it is not there.
    fn enter<T>(&self, id: Uuid, run: impl FnOnce(&mut Room) -> T) -> T {
        // Held throughout, so that the room is not forgotten between finding and entering it.
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        let room = rooms.entry(id).or_insert_with(|| Arc::new(Mutex::new(Room::new(id))));
        run(&mut lock(room))
    }

    fn forget_if_empty(&self, id: Uuid) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        if rooms.get(&id).is_some_and(|room| lock(room).is_empty()) {
            rooms.remove(&id);
        }
    }

    /// How many rooms and sockets this node serves.
    pub fn sizes(&self) -> (usize, usize) {
        (self.rooms.read().unwrap_or_else(PoisonError::into_inner).len(), lock(&self.sockets).len())
    }

    /// A connection on which nothing moves for this long is gone.
    pub fn silence(&self) -> Duration {
        self.heartbeat * 12 / 5
    }

    /// How many sockets belong to nobody who is signed in.
    pub fn guests(&self) -> usize {
        self.guests.load(Ordering::Relaxed)
    }

    /// A socket connects; it is greeted.
    pub fn connect(&self, actor: Actor, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Outbox> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        if actor.id().is_none() {
            self.guests.fetch_add(1, Ordering::Relaxed);
        }
        let outbox = Arc::new(Outbox::new(id, actor, wake));
        lock(&self.sockets).insert(id, (outbox.clone(), Vec::new()));
        outbox.push(
            None,
            text(&json!({
                "type": "hello", "version": 1, "epoch": self.epoch,
                "heartbeat_s": self.heartbeat.as_secs(), "time": Utc::now(),
            })),
        );
        if self.stopping.load(Ordering::Acquire) {
            outbox.close(Close::shutting_down(rand::random_range(0..10_000)));
        }
        outbox
    }

    /// A socket is gone.
    pub fn disconnect(self: &Arc<Self>, socket: u64) {
        let Some((outbox, subscribed)) = lock(&self.sockets).remove(&socket) else { return };
        if outbox.actor.id().is_none() {
            self.guests.fetch_sub(1, Ordering::Relaxed);
        }
        for room in subscribed {
            self.leave(room, socket);
        }
    }

    fn leave(self: &Arc<Self>, id: Uuid, socket: u64) {
        let Some(room) = self.room(id) else { return };
        let empty = {
            let mut room = lock(&room);
            room.leave(socket);
            room.is_empty()
        };
        if empty {
            self.forget_if_empty(id);
        } else {
            self.plan_presence(id, &room);
        }
    }

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
        let Err(error) = outcome.unwrap_or(Err(Error::Busy("busy", SUBSCRIBE_TIME))) else { return };
        self.drop_subscription(outbox.id, id);
        // The client resumes from its number on a new connection, as after any cut.
        match error {
            Error::Internal(text) => {
                tracing::error!(error = %text, "a subscription failed");
                outbox.close(Close::unavailable());
            }
            Error::Busy(..) => outbox.close(Close::unavailable()),
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
                return Err(Error::Conflict("too_many_rooms", "Too many rooms on one connection.".into()));
            }
            Some((_, subscribed)) => subscribed.push(id),
        }
        let ticket = self.enter(id, |room| room.join(outbox.clone(), audience));
        // Known after joining: whatever commits later comes through the room. It may be a second
        // old, and then the room brings what is between; where something was missed it is read anew.
        let mut head = self.access.head(id).await?;
        if since.is_some_and(|since| since != head) {
            head = rooms::head(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        }
        let other_history = epoch.is_some_and(|epoch| epoch != self.epoch);
        let missed = match since {
            None => Some(Vec::new()),
            Some(since) if other_history || since > head || since < 0 || head - since > REPLAY_MAX => None,
            Some(since) if since == head => Some(Vec::new()),
            Some(since) => {
                let lines = self.read(id, since, head).await?;
                let bytes: usize = lines.iter().map(|line| line.text(audience).len()).sum();
                (bytes <= REPLAY_BYTES_MAX).then_some(lines)
            }
        };
        let recovered = missed.is_some();
        let mut out = vec![text(
            &json!({"type": "subscribed", "room": id, "head": head, "recovered": recovered, "epoch": self.epoch}),
        )];
        match &missed {
            None => out.push(text(&json!({"type": "reset", "room": id, "head": head}))),
            Some(lines) if since.is_some() => {
                out.extend(frames(&lines.iter().collect::<Vec<_>>(), audience));
                out.push(text(&json!({"type": "replayed", "room": id, "seq": head})));
            }
            Some(_) => {}
        }
        let Some(room) = self.room(id) else { return Ok(()) };
        if !self.go_live(&room, ticket, audience, (head, out)).await? {
            return Ok(());
        }
        // The rules may have changed between the check and now.
        self.check_listener(id, outbox, audience).await;
        self.plan_presence(id, &room);
        Ok(())
    }

    /// The lines of a room after a number, up to another.
    async fn read(&self, id: Uuid, after: i64, until: i64) -> Result<Vec<Line>> {
        // In turn: when a whole hall comes back at once, requests need connections too.
        let _turn = self.replays.acquire().await;
        let mut db = self.pool.get().await?;
        let entries = replay::between(&mut db, id, after, until).await?;
        events::lines(&mut db, id, &entries).await
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
                    self.see_to(id, room, todo);
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

    fn drop_subscription(self: &Arc<Self>, socket: u64, room: Uuid) {
        if let Some((_, subscribed)) = lock(&self.sockets).get_mut(&socket) {
            subscribed.retain(|id| *id != room);
        }
        self.leave(room, socket);
    }

    /// The client wants no more of a room.
    pub fn unsubscribe(self: &Arc<Self>, outbox: &Outbox, room: Uuid) {
        self.drop_subscription(outbox.id, room);
        outbox.purge(room);
        outbox.push(None, text(&json!({"type": "unsubscribed", "room": room, "code": "left"})));
    }

    /// The member says where the session is followed from.
    pub fn set_site(self: &Arc<Self>, outbox: &Outbox, id: Uuid, site: Site) {
        let Some(room) = self.room(id) else { return };
        let changed = lock(&room).set_site(outbox.id, site);
        if changed {
            self.plan_presence(id, &room);
        }
    }

    /// The member types in a thread; that is told only of those who may post.
    pub async fn typing(&self, outbox: &Outbox, id: Uuid, thread: Uuid) {
        let Some(room) = self.room(id) else { return };
        let Ok(member) = outbox.actor.member() else { return };
        if self.access.room(&outbox.actor, id, Action::CreatePost).await.is_err() {
            return;
        }
        let mut room = lock(&room);
        if room.may_tell_typing(outbox.id, Instant::now()) {
            room.tell(&text(&json!({
                "type": "typing", "room": id, "thread": thread,
                "name": member.display_name, "constituency": member.constituency,
            })));
        }
    }

    /// The regular sign of life: the time, and how far each room of the socket is.
    pub fn beat(&self, outbox: &Outbox) {
        let subscribed =
            lock(&self.sockets).get(&outbox.id).map(|(_, rooms)| rooms.clone()).unwrap_or_default();
        let heads: HashMap<Uuid, i64> =
            subscribed.into_iter().filter_map(|id| Some((id, lock(&*self.room(id)?).last()?))).collect();
        outbox.push(None, text(&json!({"type": "heartbeat", "time": Utc::now(), "heads": heads})));
    }

    /// Ends a socket whose sign-in has ended, wherever that happened.
    pub async fn check_sign_in(&self, outbox: &Outbox, token_hash: [u8; 32]) {
        if let Ok(actor) = self.access.actor_by_hash(token_hash).await
            && actor.sign_in.is_none()
        {
            outbox.close(Close::signed_out());
        }
    }

    /// Who is in a room on this node: member and site.
    pub fn present(&self, id: Uuid) -> (super::presence::Counts, HashMap<Uuid, Site>) {
        let Some(room) = self.room(id) else { return Default::default() };
        let room = lock(&room);
        let mut members = HashMap::new();
        for (member, _, site) in room.present() {
            let place = members.entry(member).or_insert(site);
            if site == Site::Hall {
                *place = Site::Hall;
            }
        }
        (room.presence(), members)
    }

    fn plan_presence(self: &Arc<Self>, id: Uuid, room: &Shared) {
        if !lock(room).plan_presence() {
            return;
        }
        let (hub, room) = (self.clone(), room.clone());
        self.runtime.spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let mut room = lock(&room);
            let counts = room.take_presence();
            room.tell(&text(&json!({
                "type": "presence", "room": id, "hall": counts.hall, "online": counts.online,
                "by_constituency": counts.by_constituency,
            })));
            drop(room);
            drop(hub);
        });
    }

    fn see_to(self: &Arc<Self>, id: Uuid, room: &Shared, todo: Todo) {
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

    /// Ends what a listener may not see any more.
    async fn check_listener(self: &Arc<Self>, id: Uuid, outbox: &Arc<Outbox>, audience: Audience) {
        let code = match self.access.room(&outbox.actor, id, Action::Read).await {
            Err(Error::Busy(..) | Error::Internal(_)) => return,
            Err(_) => "removed",
            Ok(state) => {
                let desk = state.may(&outbox.actor, Action::ReadDesk).is_ok();
                if desk == (audience == Audience::Desk) {
                    return;
                }
                "role_changed"
            }
        };
        self.drop_subscription(outbox.id, id);
        outbox.purge(id);
        outbox.push(None, text(&json!({"type": "unsubscribed", "room": id, "code": code})));
    }

    /// The rules of a room changed: everyone in it is checked again.
    fn recheck(self: &Arc<Self>, id: Uuid) {
        let Some(room) = self.room(id) else { return };
        let hub = self.clone();
        self.runtime.spawn(async move {
            let listeners = lock(&room).audiences();
            for (outbox, audience) in listeners {
                hub.check_listener(id, &outbox, audience).await;
            }
        });
    }

    fn close_where(&self, close: &Close, whose: impl Fn(&Actor) -> bool) {
        let sockets: Vec<Arc<Outbox>> = lock(&self.sockets)
            .values()
            .map(|(outbox, _)| outbox.clone())
            .filter(|o| whose(&o.actor))
            .collect();
        for outbox in sockets {
            outbox.close(close.clone());
        }
    }

    /// Closes the sockets of a sign-in that has ended.
    pub fn signed_out(&self, sign_in: Uuid) {
        self.close_where(&Close::signed_out(), |actor| {
            actor.sign_in.as_deref().is_some_and(|s| s.id == sign_in)
        });
    }

    /// Closes the sockets of a banned member.
    pub fn banned(&self, member: Uuid) {
        self.close_where(&Close::banned(), |actor| actor.id() == Some(member));
    }

    /// A member's rights changed: the sockets connect again and are checked anew.
    pub fn member_changed(&self, member: Uuid) {
        let close = Close { code: 4010, reason: "member_changed".into() };
        self.close_where(&close, |actor| actor.id() == Some(member));
    }

    /// Closes every socket, each with its own wait, and greets no new ones.
    pub fn shut_down(&self) {
        self.stopping.store(true, Ordering::Release);
        let sockets: Vec<Arc<Outbox>> =
            lock(&self.sockets).values().map(|(outbox, _)| outbox.clone()).collect();
        for outbox in sockets {
            outbox.close(Close::shutting_down(rand::random_range(0..10_000)));
        }
    }
}

/// An error frame.
pub fn text_error(code: &str, message: &str, room: Option<Uuid>) -> ByteString {
    let mut frame = json!({"type": "error", "code": code, "message": message});
    if let Some(room) = room {
        frame["room"] = json!(room);
    }
    text(&frame)
}

/// The hub as the log knows it.
pub struct HubPublisher(pub Arc<Hub>);

impl Publisher for HubPublisher {
    fn publish(&self, committed: Committed) {
        let hub = &self.0;
        let id = committed.room;
        let Some(room) = hub.room(id) else { return };
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
}

impl Hub {
    async fn read_lines(&self, committed: &Committed) -> Result<Vec<Line>> {
        events::lines(&mut *self.pool.get().await?, committed.room, &committed.entries).await
    }
}
