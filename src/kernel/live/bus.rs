//! The way to the other nodes: NATS, or nothing.
//!
//! What is sent has been committed before, is sent at most once, and nobody waits for it: PostgreSQL
//! alone is the truth, and a node that misses something finds it there within a second. Every node
//! hears every room of its installation (one subscription with a wildcard): a node needs to know
//! of every change anyway, to let its memory of the room go, and subscribing room by room would
//! lose what is said between a listener's coming and NATS' knowing. The room is in the subject, so
//! what nobody here listens to costs reading one short line.

pub mod wire;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_nats::connection::State as Connection;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use tokio::sync::mpsc;
use uuid::Uuid;

use wire::{News, Notice};

/// Messages that may wait to be sent, and their bytes together.
const WAITING_MAX: usize = 4_096;
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What has waited for longer is not sent any more: by now the others have found it by themselves.
const STALE: Duration = Duration::from_secs(3);
/// Messages that were received and wait to be read.
const UNREAD_MAX: usize = 8_192;
/// NATS is asked for a sign of life this often; after three without an answer it counts as gone.
const PING: Duration = Duration::from_secs(1);
/// How long one attempt to connect may take.
const CONNECT_TIME: Duration = Duration::from_secs(2);
/// Longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How long the last messages may take when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How much went over the bus since the start.
#[derive(Debug, Default)]
pub struct Counters {
    pub sent: AtomicU64,
    /// Not sent: NATS was away, or the queue was full.
    pub dropped: AtomicU64,
    pub received: AtomicU64,
    /// Received and not understood.
    pub refused: AtomicU64,
    /// Events that other nodes handed on with their text.
    pub lines: AtomicU64,
}

/// Whether other nodes can be told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusState {
    /// There is no NATS in the settings.
    Off,
    /// NATS cannot be reached now.
    Down,
    Up,
}

struct Outgoing {
    subject: String,
    payload: Bytes,
    since: Instant,
}

struct Link {
    client: Client,
    prefix: String,
    queue: mpsc::Sender<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
}

/// This node's end of the bus.
pub struct Bus {
    /// Another one at each start.
    pub node: Uuid,
    pub counters: Arc<Counters>,
    link: Option<Link>,
    stopping: AtomicBool,
}

/// Messages of other nodes.
pub type Incoming = Subscriber;

/// What comes in, and what goes out, each to be run as a task.
pub struct BusEnds {
    pub incoming: Incoming,
    pub outgoing: OutgoingQueue,
}

/// The task that sends what waits.
pub struct OutgoingQueue {
    client: Client,
    queue: mpsc::Receiver<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
    counters: Arc<Counters>,
}

impl Bus {
    /// A bus without other nodes.
    pub fn none() -> Self {
        Self { node: Uuid::new_v4(), counters: Arc::default(), link: None, stopping: AtomicBool::new(false) }
    }

    /// The bus of an installation over the NATS at these addresses (several with commas between
    /// them, of one cluster). Does not wait for a connection, and tries for ever to have one.
    ///
    /// # Errors
    /// One line for the operator: an address is not one.
    pub async fn connect(urls: &str, installation: &str) -> Result<(Self, BusEnds), String> {
        let wrong = |error: &dyn std::fmt::Display| format!("NATS_URL cannot be used: {error}");
        let servers = urls.split(',').map(|url| url.trim().parse::<ServerAddr>());
        let servers = servers.collect::<Result<Vec<_>, _>>().map_err(|error| wrong(&error))?;
        let options = options(servers.first()).client_capacity(64);
        let client = options.connect(servers).await.map_err(|error| wrong(&error))?;
        let prefix = format!("plenary.{installation}");
        let incoming = client.subscribe(format!("{prefix}.>")).await.map_err(|error| wrong(&error))?;
        let (queue, receiver) = mpsc::channel(WAITING_MAX);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let mut bus = Self::none();
        let outgoing = OutgoingQueue {
            client: client.clone(),
            queue: receiver,
            waiting_bytes: waiting_bytes.clone(),
            counters: bus.counters.clone(),
        };
        bus.link = Some(Link { client, prefix, queue, waiting_bytes });
        Ok((bus, BusEnds { incoming, outgoing }))
    }

    /// Whether other nodes can be told something now.
    pub fn state(&self) -> BusState {
        match &self.link {
            None => BusState::Off,
            Some(link) if link.client.connection_state() == Connection::Connected => BusState::Up,
            Some(_) => BusState::Down,
        }
    }

    /// True when what is sent now may reach somebody.
    pub fn is_up(&self) -> bool {
        self.state() == BusState::Up
    }

    /// Tells the other nodes what is new in a room. Never waits.
    pub fn tell(&self, room: Uuid, news: &News) {
        if self.is_up() {
            self.send(format_args!("room.{room}"), wire::write(self.node, news));
        }
    }

    /// Tells the other nodes something that is about no room. Never waits.
    pub fn notify(&self, notice: &Notice) {
        if self.is_up() {
            self.send(format_args!("nodes"), wire::write_notice(self.node, notice));
        }
    }

    fn send(&self, subject: std::fmt::Arguments<'_>, payload: Option<Bytes>) {
        let Some(link) = &self.link else { return };
        let sent = payload.is_some_and(|payload| {
            let bytes = payload.len();
            if link.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes <= WAITING_BYTES_MAX {
                let subject = format!("{}.{subject}", link.prefix);
                if link.queue.try_send(Outgoing { subject, payload, since: Instant::now() }).is_ok() {
                    return true;
                }
            }
            link.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            false
        });
        if !sent {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What a message says, and about which room; None when it is our own or not understood.
    pub fn read(&self, subject: &str, payload: &Bytes) -> Option<Received> {
        self.counters.received.fetch_add(1, Ordering::Relaxed);
        let read = subject.rsplit_once("room.").map_or_else(
            || wire::read_notice(payload).map(|(node, notice)| (node, Received::Notice(node, notice))),
            |(_, room)| {
                let room = Uuid::try_parse(room).ok()?;
                wire::read(room, payload).map(|(node, news)| (node, Received::News(node, room, news)))
            },
        );
        if read.is_none() {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
        }
        read.filter(|(node, _)| *node != self.node).map(|(_, received)| received)
    }

    /// Says that this node stops; nothing about presence is told after that.
    pub fn announce_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.notify(&Notice::Gone);
    }

    /// True once the node stops.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Waits, shortly, until what waits has been sent.
    pub async fn finish(&self) {
        let Some(link) = &self.link else { return };
        let last = async {
            while link.waiting_bytes.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let _ = link.client.flush().await;
        };
        if self.is_up() {
            let _ = tokio::time::timeout(LAST_WORDS, last).await;
        }
    }
}

/// What another node said.
#[derive(Debug)]
pub enum Received {
    News(Uuid, Uuid, News),
    Notice(Uuid, Notice),
}

impl OutgoingQueue {
    /// Sends what waits, as long as there is a server.
    pub async fn run(mut self) {
        while let Some(outgoing) = self.queue.recv().await {
            let bytes = outgoing.payload.len();
            let is_up = self.client.connection_state() == Connection::Connected;
            let sent = is_up
                && outgoing.since.elapsed() < STALE
                && self.client.publish(outgoing.subject, outgoing.payload).await.is_ok();
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            let counter = if sent { &self.counters.sent } else { &self.counters.dropped };
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The address' own user and password, or token; the library leaves them aside.
fn options(server: Option<&ServerAddr>) -> ConnectOptions {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = server.and_then(ServerAddr::username).map(decoded);
    let password = server.and_then(ServerAddr::password).map(decoded);
    let options = match (user, password) {
        (Some(user), Some(password)) => ConnectOptions::with_user_and_password(user, password),
        (Some(token), None) => ConnectOptions::with_token(token),
        (None, _) => ConnectOptions::new(),
    };
    let told = Arc::new(Mutex::new(Told::default()));
    options
        .name("plenary")
        .no_echo()
        .retry_on_initial_connect()
        .ping_interval(PING)
        .connection_timeout(CONNECT_TIME)
        .subscription_capacity(UNREAD_MAX)
        .reconnect_delay_callback(|attempts| {
            let steps = u32::try_from(attempts.min(8)).unwrap_or(8);
            // Spread, so that all nodes do not come back at the same moment.
            (Duration::from_millis(20) * 2u32.pow(steps)).min(PAUSE_MAX).mul_f64(rand::random_range(0.5..1.0))
        })
        .event_callback(move |event| {
            say(&mut told.lock().unwrap_or_else(PoisonError::into_inner), &event);
            std::future::ready(())
        })
}

/// What was logged last: an outage is told once, not at each attempt.
#[derive(Default)]
struct Told {
    is_up: Option<bool>,
    refused: bool,
}

fn say(told: &mut Told, event: &Event) {
    let is_up = match event {
        Event::Connected => true,
        Event::Disconnected | Event::ClientError(_) => false,
        Event::ServerError(error) => {
            if !std::mem::replace(&mut told.refused, true) {
                tracing::warn!(%error, "NATS refuses something");
            }
            return;
        }
        _ => return,
    };
    if told.is_up.replace(is_up) == Some(is_up) {
        return;
    }
    if is_up {
        tracing::info!("NATS is there: nodes hear of each other's events at once");
    } else {
        tracing::warn!(%event, "NATS is away: nodes hear of each other's events within a second, from PostgreSQL");
    }
}
