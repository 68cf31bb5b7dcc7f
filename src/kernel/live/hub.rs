//! The rooms that somebody on this node listens to. Nothing is kept for a room with nobody in it.

mod counting;
mod delivering;
mod others;
mod subscribing;

pub use delivering::HubPublisher;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytestring::ByteString;
use chrono::Utc;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::admission::{Admission, Guests};
use super::bus::Bus;
use super::lately::Lately;
use super::outbox::{Close, Outbox};
use super::presence::RemotePresence;
use super::room::Room;
use crate::db::Pool;
use crate::error::Code;
use crate::kernel::access::{Access, Actor};
use crate::kernel::domain::kinds::Site;
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::event::{Present, To};
use crate::kernel::log::frame::{Frame, PROTOCOL, Unsubscribed};
use crate::kernel::views::events::EventHook;

/// Replays that are read from the database at the same time.
const REPLAYS: usize = 4;
/// In rooms of more listeners nobody is told who types.
const TYPING_MAX: usize = 50;

type Shared = Arc<Mutex<Room>>;
/// A socket and the rooms that it is subscribed to.
type Subscriber = (Arc<Outbox>, Vec<Uuid>);

/// The live side of this node.
pub struct Hub {
    pool: Pool,
    access: Arc<Access>,
    /// What features tell of the log.
    pub events: Arc<[&'static dyn EventHook]>,
    /// Changes when a database is restored; numbers of another epoch mean nothing.
    pub epoch: Uuid,
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    rooms: RwLock<HashMap<Uuid, Shared>>,
    sockets: Mutex<HashMap<u64, Subscriber>>,
    /// Lets new sockets in.
    pub admission: Admission,
    /// Those without a sign-in.
    pub guests: Arc<Guests>,
    /// Replays that may be read at the same time.
    replays: Semaphore,
    next_id: AtomicU64,
    /// The way to the other nodes, and who is present there.
    pub bus: Bus,
    elsewhere: Mutex<RemotePresence>,
    /// Who is here without a socket, or was a moment ago.
    lately: Mutex<Lately>,
    /// Events that were read from the log because nobody had brought them.
    pub caught_up: AtomicU64,
    /// From which transaction on changes of rights were not seen yet.
    rights: tokio::sync::Mutex<others::Rights>,
    stopping: AtomicBool,
    runtime: tokio::runtime::Handle,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// An empty hub; must be called inside a Tokio runtime, which then runs its small tasks.
    pub fn new(
        pool: Pool,
        access: Arc<Access>,
        events: Arc<[&'static dyn EventHook]>,
        epoch: Uuid,
        heartbeat: Duration,
        bus: Bus,
    ) -> Arc<Self> {
        Arc::new(Self {
            pool,
            events,
            access,
            epoch,
            heartbeat,
            rooms: RwLock::default(),
            sockets: Mutex::default(),
            admission: Admission::default(),
            guests: Arc::default(),
            replays: Semaphore::new(REPLAYS),
            next_id: AtomicU64::new(1),
            bus,
            elsewhere: Mutex::default(),
            lately: Mutex::default(),
            caught_up: AtomicU64::new(0),
            rights: tokio::sync::Mutex::default(),
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

    /// A socket connects; it is greeted.
    pub fn connect(&self, actor: Actor, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Outbox> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::new(id, actor, wake));
        lock(&self.sockets).insert(id, (outbox.clone(), Vec::new()));
        outbox.push(
            None,
            Frame::Hello {
                version: PROTOCOL,
                epoch: self.epoch,
                heartbeat_s: self.heartbeat.as_secs(),
                time: Utc::now(),
            }
            .text(),
        );
        if self.stopping.load(Ordering::Acquire) {
            outbox.close(Close::shutting_down(rand::random_range(0..10_000)));
        }
        outbox
    }

    /// A socket is gone.
    pub fn disconnect(self: &Arc<Self>, socket: u64) {
        let Some((_, subscribed)) = lock(&self.sockets).remove(&socket) else { return };
        for room in subscribed {
            self.leave(room, socket, true);
        }
    }

    /// A listener leaves a room. For a minute it may count all the same, unless it may not be there any more.
    fn leave(self: &Arc<Self>, id: Uuid, socket: u64, may_return: bool) {
        let Some(room) = self.room(id) else { return };
        let (left, empty) = {
            let mut room = lock(&room);
            (room.leave(socket), room.is_empty())
        };
        if let Some(outbox) = left.filter(|outbox| may_return && !outbox.is_closed_for_good())
            && let Ok(member) = outbox.actor.member()
        {
            lock(&self.lately).left(id, Present::of(member, Site::Online), Instant::now());
        }
        if empty {
            self.forget_if_empty(id);
            self.tell_who_is_here(id);
        } else {
            self.plan_presence(id, &room);
        }
    }

    /// The client wants no more of a room.
    pub fn unsubscribe(self: &Arc<Self>, outbox: &Outbox, room: Uuid) {
        self.drop_subscription(outbox.id, room, true);
        outbox.purge(room);
        outbox.push(None, Frame::Unsubscribed { room, code: Unsubscribed::Left }.text());
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
        let elsewhere = lock(&self.elsewhere).present(id).count();
        let may = {
            let mut room = lock(&room);
            room.len() + elsewhere <= TYPING_MAX && room.may_tell_typing(outbox.id, Instant::now())
        };
        if may {
            let frame = Frame::Typing { room: id, thread, constituency: &member.constituency };
            self.tell(id, To::Others(member.id), frame.text());
        }
    }

    /// The regular sign of life: the time, and how far each room of the socket is.
    pub fn beat(&self, outbox: &Outbox) {
        let subscribed =
            lock(&self.sockets).get(&outbox.id).map(|(_, rooms)| rooms.clone()).unwrap_or_default();
        let heads: HashMap<Uuid, i64> =
            subscribed.into_iter().filter_map(|id| Some((id, lock(&*self.room(id)?).last()?))).collect();
        outbox.push(None, Frame::Heartbeat { time: Utc::now(), heads }.text());
    }

    /// Closes every socket, each with its own wait, and greets no new ones.
    pub fn shut_down(&self) {
        self.stopping.store(true, Ordering::Release);
        self.bus.announce_stop();
        let sockets: Vec<Arc<Outbox>> =
            lock(&self.sockets).values().map(|(outbox, _)| outbox.clone()).collect();
        for outbox in sockets {
            outbox.close(Close::shutting_down(rand::random_range(0..10_000)));
        }
    }
}

/// An error frame.
pub fn text_error(code: Code, message: &str, room: Option<Uuid>) -> ByteString {
    Frame::Error { code, message, room }.text()
}
