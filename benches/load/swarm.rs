//! Many sockets in one room, and the posts they should all see.

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
use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::{LocalSet, spawn_local};
use uuid::Uuid;

use crate::Host;
use crate::client::{Client, Failure};
use crate::report::Report;
use crate::server::members;
use crate::socket::{Frame, Message, Refused, Socket};

/// How many sockets of a thread are being opened at the same time, at first.
const OPENING: usize = 64;
/// How long everything may take to arrive in the end.
const ARRIVAL: Duration = Duration::from_secs(60);

/// What the sockets are told.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Stay,
    Cut,
    End,
}

/// A room with a thread, its members, and the clock that all share.
pub struct Scene {
    pub host: Host,
    pub steward: Client,
    pub room: String,
    pub thread: String,
    pub members: Vec<Client>,
    pub zero: Instant,
}

impl Scene {
    pub async fn set(host: Host, people: usize) -> Result<Self, String> {
        let failed = |error: Failure| format!("The room cannot be set up: {error}");
        let mut steward = host.steward().await?;
        let room = steward.open_room("A full hall").await.map_err(failed)?;
        let thread = steward.open_thread(&room, "Plenary").await.map_err(failed)?;
        let members = members(host.at(), people.max(1)).await?;
        Ok(Self { host, steward, room, thread, members, zero: Instant::now() })
    }

    pub async fn head(&mut self) -> Result<u64, String> {
        let room = self.steward.call("GET", &format!("/api/v1/rooms/{}", self.room), None).await;
        room.map_err(|error| format!("The room: {error}"))?["head_seq"].as_u64().ok_or("no head_seq".into())
    }

    /// The work of posting so many a second until told to end; does not borrow the scene.
    pub fn posting(&self, rate: f64, end: watch::Receiver<bool>) -> impl Future<Output = Sent> + use<> {
        let writers: Vec<Client> = self.members.iter().map(Client::again).take(32).collect();
        post(writers, self.thread.clone(), rate, self.zero, end)
    }
}

/// The posts that were made.
#[derive(Default)]
pub struct Sent {
    /// Number, just before the request was written, when the answer was there; microseconds.
    pub posts: Vec<(u64, u64, u64)>,
    /// Attempts that were refused or cut and made again.
    pub retries: u64,
    /// Answers of 500 and more.
    pub errors: u64,
    /// Posts given up.
    pub lost: u64,
}

async fn post(
    writers: Vec<Client>,
    thread: String,
    rate: f64,
    zero: Instant,
    end: watch::Receiver<bool>,
) -> Sent {
    let start = tokio::time::Instant::now();
    let count = writers.len();
    let path = format!("/api/v1/threads/{thread}/posts");
    let text = "We hear the room: the second paragraph needs one more reading by all. ".repeat(3);
    let lanes = writers.into_iter().enumerate().map(async |(number, mut writer)| {
        let mut sent = Sent::default();
        for step in (number..).step_by(count) {
            tokio::time::sleep_until(start + Duration::from_secs_f64(step as f64 / rate)).await;
            if *end.borrow() {
                break;
            }
            let body = json!({"body": &text[..200], "lang": "en", "client_id": Uuid::new_v4()});
            let first = Instant::now();
            let mut tries = 0;
            loop {
                let before = zero.elapsed().as_micros() as u64;
                match writer.call("POST", &path, Some(body.clone())).await {
                    Ok(post) => {
                        let after = zero.elapsed().as_micros() as u64;
                        // After a retry nobody knows which attempt it was: its time tells nothing.
                        let before = if tries == 0 { before } else { u64::MAX };
                        sent.posts.push((post["seq"].as_u64().unwrap_or(0), before, after));
                        break;
                    }
                    Err(error) => {
                        if let Failure::Refused { status: 500.., .. } = error {
                            sent.errors += 1;
                        }
                        if !error.may_retry() || first.elapsed() > ARRIVAL {
                            eprintln!("A post was given up: {error}");
                            sent.lost += 1;
                            break;
                        }
                    }
                }
                tries += 1;
                sent.retries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        sent
    });
    let mut all = Sent::default();
    for sent in futures_util::future::join_all(lanes).await {
        all.posts.extend(sent.posts);
        all.retries += sent.retries;
        all.errors += sent.errors;
        all.lost += sent.lost;
    }
    all
}

/// What the sockets saw.
#[derive(Default)]
pub struct Tally {
    /// Number and moment of each live event at each socket; microseconds.
    pub seen: Vec<(u32, u32)>,
    pub deliveries: u64,
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
        self.repeats += other.repeats;
        self.gaps += other.gaps;
        self.resets += other.resets;
        self.refused += other.refused;
        self.errors += other.errors;
        other.closes.into_iter().for_each(|(code, count)| *self.closes.entry(code).or_default() += count);
    }
}

struct Shared {
    at: SocketAddr,
    room: String,
    cookies: Vec<String>,
    zero: Instant,
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
    pub fn start(scene: &Scene, sockets: usize, threads: usize) -> Self {
        let shared = Arc::new(Shared {
            at: scene.host.at(),
            room: scene.room.clone(),
            cookies: scene.members.iter().map(|member| member.cookie().to_owned()).collect(),
            zero: scene.zero,
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
        let shared = &self.shared;
        let cookie = &shared.cookies[self.number % shared.cookies.len()];
        let mut socket = Socket::open(shared.at, cookie, self.number).await?;
        socket
            .subscribe(&shared.room, self.last, self.epoch.as_deref().filter(|_| self.last.is_some()))
            .await?;
        Ok(socket)
    }

    fn take(&mut self, message: Message<'_>) {
        let now = self.shared.zero.elapsed().as_micros() as u64;
        let mut tally = self.tally.borrow_mut();
        match message {
            Message::Line(line) => match Frame::read(line) {
                Frame::Event { seq } => {
                    tally.deliveries += 1;
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
            self.target = None;
            self.shared.complete[self.number].store((now / 1000).max(1) as u32, Relaxed);
        }
    }
}
