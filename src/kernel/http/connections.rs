//! The connections of this node: how many a network may have, and an end for those on which nothing
//! goes on.
//!
//! The HTTP server limits the head of the first request and the pause between two. What lies between
//! has no limit there: half a head after the first request, a body of chunks that nobody reads. Here
//! every connection without a request in work is ended after a while, whatever it sends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::rt::net::TcpStream;
use socket2::SockRef;

use super::limits::network_of;

/// Connections above the limit: they are answered what is asked for health, and nothing else.
pub const SPARE: usize = 32;
/// Of all connections, how many quarters one network may have. A hall of 1,000 people behind one
/// address opens 7,000.
const SHARE_OF_FOUR: usize = 3;
/// How long a client may take to read a last answer.
const CLOSING: Duration = Duration::from_secs(1);
/// How often refusals are logged.
const LOGGED: Duration = Duration::from_secs(10);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
    content-length: 0\r\n\r\n";

/// All connections of this node.
pub struct Connections {
    max: usize,
    /// None behind a proxy, which is one address for all.
    max_network: Option<usize>,
    idle: Duration,
    began: Instant,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    next: u64,
    all: HashMap<u64, Arc<OpenConnection>>,
    networks: HashMap<(bool, u64), usize>,
    refused: u64,
    logged: Option<Instant>,
}

struct OpenConnection {
    socket: RawFd,
    network: (bool, u64),
    /// Requests in work.
    busy: AtomicU32,
    /// When it is ended, unless a request is in work: milliseconds since this node began.
    until: AtomicU64,
    /// A WebSocket has limits of its own.
    upgraded: AtomicBool,
}

/// A connection that was let in. It leaves when this is dropped.
pub struct Connection {
    id: u64,
    /// Beyond the limit.
    pub spare: bool,
    one: Arc<OpenConnection>,
    all: Arc<Connections>,
}

/// A request in work on a connection.
pub struct RequestInWork {
    one: Arc<OpenConnection>,
    all: Arc<Connections>,
    closing: bool,
}

impl Connections {
    /// `max` connections at once; behind a proxy any number of them from one network.
    pub fn new(max: usize, behind_proxy: bool, idle: Duration) -> Self {
        let max_network = (!behind_proxy).then_some((max / 4 * SHARE_OF_FOUR).max(1));
        Self { max, max_network, idle, began: Instant::now(), open: Mutex::default() }
    }

    /// How many there may be.
    pub fn max(&self) -> usize {
        self.max
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there are, and how many were refused so far.
    pub fn figures(&self) -> (usize, u64) {
        let open = self.open();
        (open.all.len(), open.refused)
    }

    /// How many connections have a request in work; WebSockets have none.
    pub fn busy(&self) -> usize {
        let is_busy = |one: &&Arc<OpenConnection>| one.busy.load(Acquire) > 0 && !one.upgraded.load(Acquire);
        self.open().all.values().filter(is_busy).count()
    }

    /// Lets a connection in, or ends it at once.
    pub fn enter(self: &Arc<Self>, stream: &TcpStream) -> Option<Connection> {
        let peer = stream.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        let network = network_of(peer);
        let mut open = self.open();
        let of_network = open.networks.get(&network).copied().unwrap_or(0);
        let too_many = self.max_network.is_some_and(|max| of_network >= max);
        if too_many || open.all.len() >= self.max + SPARE {
            open.refused += 1;
            if open.logged.is_none_or(|logged| logged.elapsed() > LOGGED) {
                open.logged = Some(Instant::now());
                tracing::warn!(
                    of_network,
                    all = open.all.len(),
                    "too many connections; new ones are refused"
                );
            }
            drop(open);
            // Past the runtime, which does not know yet that it can be written to.
            let _ = SockRef::from(stream).send(REFUSAL);
            shut(stream.as_raw_fd());
            return None;
        }
        let (id, spare) = (open.next, open.all.len() >= self.max);
        open.next += 1;
        *open.networks.entry(network).or_default() += 1;
        let one = Arc::new(OpenConnection {
            socket: stream.as_raw_fd(),
            network,
            busy: AtomicU32::new(0),
            until: AtomicU64::new(self.in_ms(self.idle)),
            upgraded: AtomicBool::new(false),
        });
        open.all.insert(id, one.clone());
        drop(open);
        Some(Connection { id, spare, one, all: self.clone() })
    }

    /// Ends connections on which nothing goes on. To be called about once a second.
    pub fn end_idle(&self) {
        let now = self.in_ms(Duration::ZERO);
        // Under the lock: a connection leaves before its socket is closed, so the number is its own.
        for one in self.open().all.values() {
            let is_idle = one.busy.load(Acquire) == 0 && !one.upgraded.load(Acquire);
            if is_idle && one.until.load(Acquire) <= now {
                shut(one.socket);
            }
        }
    }

    fn in_ms(&self, wait: Duration) -> u64 {
        u64::try_from((self.began.elapsed() + wait).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Connection {
    /// A request begins.
    pub fn work(&self) -> RequestInWork {
        self.one.busy.fetch_add(1, AcqRel);
        RequestInWork { one: self.one.clone(), all: self.all.clone(), closing: false }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.all.open();
        open.all.remove(&self.id);
        if let Some(count) = open.networks.get_mut(&self.one.network) {
            *count -= 1;
            if *count == 0 {
                open.networks.remove(&self.one.network);
            }
        }
    }
}

impl RequestInWork {
    /// The connection is a WebSocket from now on.
    pub fn upgraded(&self) {
        self.one.upgraded.store(true, Release);
    }

    /// The connection ends soon after the answer, whatever else the client sends.
    pub fn close(&mut self) {
        self.closing = true;
    }
}

impl Drop for RequestInWork {
    fn drop(&mut self) {
        let wait = if self.closing { CLOSING.min(self.all.idle) } else { self.all.idle };
        self.one.until.store(self.all.in_ms(wait), Release);
        self.one.busy.fetch_sub(1, AcqRel);
    }
}

/// Both directions end; the server then closes the socket.
fn shut(socket: RawFd) {
    // SAFETY: a number of an open socket; a wrong one would be an error and nothing else.
    unsafe { libc::shutdown(socket, libc::SHUT_RDWR) };
}
