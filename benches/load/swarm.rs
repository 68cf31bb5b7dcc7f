//! Many sockets in one room, and what they see of the posts there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::AddAssign;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::RngExt;
use tokio::sync::{Semaphore, watch};
use tokio::task::{LocalSet, spawn_local};

use crate::report::Report;
use crate::scene::Sent;
use crate::socket::{Frame, Message, Refused, Socket};

/// How many sockets of a thread are being opened at the same time, at first.
const OPENING: usize = 64;
/// How long everything may take to arrive in the end.
pub const ARRIVAL: Duration = Duration::from_secs(60);

/// What the sockets are told.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Stay,
    Cut,
    End,
}

/// What the sockets saw.
#[derive(Default)]
pub struct Tally {
    /// Number and moment of each live event at each socket; microseconds.
    pub seen: Vec<(u32, u32)>,
    pub deliveries: u64,
    /// Bytes of all events, without what WebSocket adds.
    pub bytes: u64,
    pub repeats: u64,
    pub gaps: u64,
    pub resets: u64,
    pub refused: u64,
    pub errors: u64,
    /// Ends of connections that nobody here asked for, by close code; 0 is none.
    pub closes: BTreeMap<u16, u64>,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.seen.extend(other.seen);
        self.deliveries += other.deliveries;
        self.bytes += other.bytes;
        self.repeats += other.repeats;
        self.gaps += other.gaps;
        self.resets += other.resets;
        self.refused += other.refused;
        self.errors += other.errors;
        other.closes.into_iter().for_each(|(code, count)| *self.closes.entry(code).or_default() += count);
    }
}

/// Where sockets go.
pub struct Place {
    pub at: SocketAddr,
    /// The room they ask for; a server without rooms sends everything to everyone from number 1 on.
    pub room: Option<String>,
    /// The members who share the sockets.
    pub cookies: Vec<String>,
    /// The clock that all share.
    pub zero: Instant,
}

struct Shared {
    place: Place,
    /// The number each socket saw last.
    last: Vec<AtomicU64>,
    /// When each socket was complete again, milliseconds; 0 while it is not.
    complete: Vec<AtomicU32>,
}

/// The sockets, on threads of their own.
pub struct Swarm {
    shared: Arc<Shared>,
    orders: watch::Sender<Order>,
    threads: Vec<JoinHandle<Tally>>,
}

impl Swarm {
    /// Starts to open the sockets.
    pub fn start(place: Place, sockets: usize, threads: usize) -> Self {
        let shared = Arc::new(Shared {
            place,
            last: (0..sockets).map(|_| AtomicU64::new(0)).collect(),
            complete: (0..sockets).map(|_| AtomicU32::new(0)).collect(),
        });
        let (orders, listen) = watch::channel(Order::Stay);
        let threads = (0..threads.max(1)).map(|thread| {
            let (shared, listen) = (shared.clone(), listen.clone());
            let numbers = (thread..sockets).step_by(threads.max(1));
            std::thread::spawn(move || attend(&shared, numbers, &listen))
        });
        Self { threads: threads.collect(), shared, orders }
    }

    /// How many sockets are open and have all there is.
    pub fn complete(&self) -> usize {
        self.shared.complete.iter().filter(|moment| moment.load(Relaxed) > 0).count()
    }

    /// Waits until all sockets are open and complete; gives the moment of each, in milliseconds.
    pub async fn all_complete(&self, patience: Duration) -> Result<Vec<u32>, String> {
        let start = Instant::now();
        while self.complete() < self.shared.complete.len() {
            if start.elapsed() > patience {
                return Err(format!(
                    "{} of {} sockets are open",
                    self.complete(),
                    self.shared.complete.len()
                ));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(self.shared.complete.iter().map(|moment| moment.load(Relaxed)).collect())
    }

    /// Forgets who was complete: from now on it counts anew.
    pub fn forget(&self) {
        self.shared.complete.iter().for_each(|moment| moment.store(0, Relaxed));
    }

    /// Cuts all connections at once.
    pub fn cut(&self) {
        let _ = self.orders.send(Order::Cut);
    }

    /// Waits until all sockets saw `head`, then ends them. Says how many events are missing.
    pub async fn end(self, head: u64) -> (Tally, u64) {
        let missing =
            || self.shared.last.iter().map(|last| head.saturating_sub(last.load(Relaxed))).sum::<u64>();
        let start = Instant::now();
        while missing() > 0 && start.elapsed() < ARRIVAL {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // What comes twice comes late: give it a moment.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let missing = missing();
        let _ = self.orders.send(Order::End);
        let mut tally = Tally::default();
        for thread in self.threads {
            tally += thread.join().expect("a socket thread does not panic");
        }
        (tally, missing)
    }
}

/// Notes what makes a run fail.
pub fn check(report: &mut Report, sent: &Sent, tally: &Tally, missing: u64) {
    report.none_of("posts given up", sent.lost);
    report.none_of("events that never arrived", missing);
    report.none_of("events that were skipped", tally.gaps);
    report.none_of("events that came twice", tally.repeats);
    report.none_of("resets", tally.resets);
    report.none_of("error frames", tally.errors);
    if !tally.closes.is_empty() {
        report.note(format!("closed by the server, by code (0: cut): {:?}", tally.closes));
    }
}

fn attend(
    shared: &Arc<Shared>,
    numbers: impl Iterator<Item = usize>,
    orders: &watch::Receiver<Order>,
) -> Tally {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tally = Rc::new(RefCell::new(Tally::default()));
    let gate = Rc::new(Semaphore::new(OPENING));
    LocalSet::new().block_on(&runtime, async {
        let seats = numbers.map(|number| {
            let seat = Seat::new(shared.clone(), tally.clone(), number);
            spawn_local(seat.attend(orders.clone(), gate.clone()))
        });
        for seat in seats.collect::<Vec<_>>() {
            seat.await.expect("a socket does not panic");
        }
    });
    tally.take()
}

/// One socket, however often it is opened anew.
struct Seat {
    shared: Arc<Shared>,
    tally: Rc<RefCell<Tally>>,
    number: usize,
    last: Option<u64>,
    /// The head of the room when the present subscription began, until it is reached.
    target: Option<u64>,
    epoch: Option<Box<str>>,
    /// What the server asked to wait before the next attempt.
    wait: Option<Duration>,
    closed: u16,
}

impl Seat {
    fn new(shared: Arc<Shared>, tally: Rc<RefCell<Tally>>, number: usize) -> Self {
        Self { shared, tally, number, last: None, target: None, epoch: None, wait: None, closed: 0 }
    }

    async fn attend(mut self, mut orders: watch::Receiver<Order>, gate: Rc<Semaphore>) {
        orders.mark_unchanged();
        let mut tries = 0;
        loop {
            tokio::select! {
                () = self.pause(tries) => {}
                _ = orders.wait_for(|order| *order == Order::End) => return,
            }
            let permit = if tries == 0 { gate.acquire().await.ok() } else { None };
            let opened = self.open().await;
            tries += 1;
            let mut socket = match opened {
                Ok(socket) => socket,
                Err(error) => {
                    self.tally.borrow_mut().refused += 1;
                    let refused = error.get_ref().and_then(|error| error.downcast_ref::<Refused>());
                    self.wait = refused.and_then(|refused| refused.retry_after);
                    continue;
                }
            };
            drop(permit);
            tries = 1;
            self.closed = 0;
            loop {
                tokio::select! {
                    read = socket.read(|message| self.take(message)) => if read.is_err() || self.closed > 0 {
                        *self.tally.borrow_mut().closes.entry(self.closed).or_default() += 1;
                        break;
                    },
                    _ = orders.changed() => {
                        let order = *orders.borrow_and_update();
                        match order {
                            Order::Stay => {}
                            Order::Cut => {
                                socket.cut();
                                break;
                            }
                            Order::End => return,
                        }
                    }
                }
            }
            self.target = Some(u64::MAX);
        }
    }

    /// The wait of the web client: half a second, doubled to twenty, with full jitter.
    async fn pause(&mut self, tries: u32) {
        let longest = if tries == 0 { 0 } else { (500 << (tries - 1).min(6)).min(20_000) };
        let drawn = Duration::from_millis(rand::rng().random_range(0..=longest));
        tokio::time::sleep(self.wait.take().unwrap_or(drawn)).await;
    }

    async fn open(&mut self) -> std::io::Result<Socket> {
        let place = &self.shared.place;
        let cookie = place.cookies.get(self.number % place.cookies.len().max(1)).map_or("", String::as_str);
        let mut socket = Socket::open(place.at, cookie, self.number).await?;
        match &place.room {
            Some(room) => {
                let epoch = self.epoch.as_deref().filter(|_| self.last.is_some());
                socket.subscribe(room, self.last, epoch).await?;
            }
            None => {
                self.last = self.last.or(Some(0));
                self.complete();
            }
        }
        Ok(socket)
    }

    /// Nothing of what was there before is to come any more.
    fn complete(&mut self) {
        self.target = None;
        let millis = self.shared.place.zero.elapsed().as_millis() as u32;
        self.shared.complete[self.number].store(millis.max(1), Relaxed);
    }

    fn take(&mut self, message: Message<'_>) {
        let now = self.shared.place.zero.elapsed().as_micros() as u64;
        let mut tally = self.tally.borrow_mut();
        match message {
            Message::Line(line) => match Frame::read(line) {
                Frame::Event { seq } => {
                    tally.deliveries += 1;
                    tally.bytes += line.len() as u64;
                    match self.last {
                        Some(last) if seq <= last => tally.repeats += 1,
                        Some(last) => tally.gaps += seq - last - 1,
                        None => {}
                    }
                    if self.target.is_none() {
                        tally.seen.push((seq as u32, now as u32));
                    }
                    self.last = self.last.max(Some(seq));
                }
                Frame::Other(value) => match value["type"].as_str().unwrap_or_default() {
                    "hello" => self.epoch = value["epoch"].as_str().map(Into::into),
                    "subscribed" => {
                        self.target = value["head"].as_u64();
                        self.last = self.last.or(self.target);
                    }
                    "reset" => {
                        tally.resets += 1;
                        self.last = value["head"].as_u64();
                        self.target = self.last;
                    }
                    "error" | "unsubscribed" => {
                        tally.errors += 1;
                        if tally.errors == 1 {
                            eprintln!("The server says: {value}");
                        }
                    }
                    _ => {}
                },
            },
            Message::Close(code, reason) => {
                self.closed = code;
                let wait = reason.strip_prefix("wait=").and_then(|millis| millis.parse().ok());
                self.wait = wait.map(Duration::from_millis);
            }
        }
        let last = self.last.unwrap_or(0);
        self.shared.last[self.number].store(last, Relaxed);
        if self.target.is_some_and(|target| last >= target) {
            drop(tally);
            self.complete();
        }
    }
}
