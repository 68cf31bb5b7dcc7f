//! One round: writers post, readers follow, the nemesis strikes; then everything is gathered into a history.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::client::{Client, Failure};
use crate::database;
use crate::history::{Ack, Entry, History, Room, Run, Seen};
use crate::server::{Server, members};
use crate::socket::{Message, Socket};

const WRITERS: usize = 8;
const ROOMS: usize = 2;
const POSTS: usize = 40;
/// No wait in a round is longer: what takes longer is a failure.
const DEADLINE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(20);

/// What strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nemesis {
    /// kill -9 of the server; it is started again.
    Server,
    /// kill -9 of PostgreSQL; the server has to bring it back by itself.
    Postgres,
    /// Both at once, as when the machine dies; the server is started again.
    Both,
}

/// What a round came to.
pub struct Outcome {
    pub history: History,
    /// Promises that showed themselves broken on the way.
    pub broken: Vec<String>,
    pub strikes: usize,
    pub retries: usize,
    pub resumes: usize,
    /// The longest time from a strike until the server was ready again.
    pub recovery: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} acknowledged, {} strikes, {} retries, {} resumes, ready again within {:.1} s",
            self.history.acks.len(),
            self.strikes,
            self.retries,
            self.resumes,
            self.recovery.as_secs_f64()
        )
    }
}

/// Where the readers of a room are to stop.
type Heads = BTreeMap<String, u64>;

/// A room, its thread, and its number in this round.
#[derive(Clone)]
struct Place {
    room: String,
    thread: String,
}

/// Runs a round with this seed.
pub async fn run(
    server: &mut Server,
    steward: &mut Client,
    nemesis: Nemesis,
    seed: u64,
) -> Result<Outcome, String> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut places = Vec::new();
    for number in 0..ROOMS {
        let failed = |error: Failure| format!("A room cannot be opened: {error}");
        let room = steward.open_room(&format!("Round {seed}, room {number}")).await.map_err(failed)?;
        let thread = steward.open_thread(&room, "Under fire").await.map_err(failed)?;
        places.push(Place { room, thread });
    }
    let people = members(server.at(), WRITERS).await?;
    let clock = Instant::now();
    let (count, counted) = watch::channel(0usize);
    let (heads, stop) = watch::channel(None::<Heads>);

    let readers = places.iter().enumerate().flat_map(|(number, place)| {
        // One from the first number, one from now on, one from now on that starts somewhere in between.
        [(Some(0), 0), (None, 0), (None, random.random_range(1..WRITERS * POSTS))].map(|(since, start)| {
            let name = format!("reader {number}/{since:?}/{start}");
            let reader = Reader::new(name, place, since, SmallRng::seed_from_u64(random.random()));
            reader.follow(people[number].again(), start, counted.clone(), stop.clone())
        })
    });
    let readers = futures_util::future::join_all(readers.collect::<Vec<_>>());
    let writers = people.iter().map(|member| {
        write(member.again(), &places, SmallRng::seed_from_u64(random.random()), clock, &count)
    });
    let writers = futures_util::future::join_all(writers.collect::<Vec<_>>());

    let mut strikes: Vec<usize> =
        (0..random.random_range(1..=2)).map(|_| random.random_range(20..WRITERS * POSTS - 60)).collect();
    strikes.sort_unstable();
    let fate = strike(server, nemesis, &strikes, counted.clone());

    // The writers end by themselves; the readers when they are told where the rooms end.
    let work = async {
        // Where the server does not come back, the writers would go on for long in vain.
        let (written, recovery) = tokio::try_join!(async { Ok::<_, String>(writers.await) }, fate)?;
        let mut ends = Heads::new();
        for place in &places {
            ends.insert(place.room.clone(), head(steward, &place.room).await?);
        }
        let _ = heads.send(Some(ends.clone()));
        Ok::<_, String>((written, recovery, ends))
    };
    let (work, read) = timeout(DEADLINE * 3, async { tokio::join!(work, readers) })
        .await
        .map_err(|_| "The round does not come to an end.".to_owned())?;
    let (written, recovery, ends) = work?;

    let mut outcome = Outcome {
        history: History::default(),
        broken: Vec::new(),
        strikes: strikes.len(),
        retries: 0,
        resumes: 0,
        recovery,
    };
    for written in written {
        outcome.history.acks.extend(written.acks);
        outcome.broken.extend(written.broken);
        outcome.retries += written.retries;
    }
    for reader in read {
        outcome.history.runs.extend(reader.run());
        outcome.broken.extend(reader.broken);
        outcome.resumes += reader.resumes;
    }
    repeat(&people, &outcome.history.acks, &places, &mut outcome.broken).await;
    for place in &places {
        let room = gather(server, steward, place, ends[&place.room]).await?;
        outcome.history.rooms.insert(place.room.clone(), room);
    }
    Ok(outcome)
}

/// Strikes each time so many posts have been acknowledged; gives the longest time to recover.
async fn strike(
    server: &mut Server,
    nemesis: Nemesis,
    strikes: &[usize],
    mut counted: watch::Receiver<usize>,
) -> Result<Duration, String> {
    let mut longest = Duration::ZERO;
    for strike in strikes {
        counted.wait_for(|count| count >= strike).await.map_err(|error| error.to_string())?;
        let start = Instant::now();
        if nemesis != Nemesis::Server {
            let killed = server.kill_postmaster();
            killed.ok_or("PostgreSQL does not run, so it cannot be killed.")?;
            if nemesis == Nemesis::Postgres {
                while server.postmaster().is_none_or(|pid| Some(pid) == killed) {
                    if start.elapsed() > DEADLINE {
                        return Err("The server does not bring PostgreSQL back.".into());
                    }
                    sleep(PAUSE).await;
                }
            }
        }
        if nemesis != Nemesis::Postgres {
            server.kill().and_then(|()| server.spawn()).map_err(|error| error.to_string())?;
        }
        server.ready().await?;
        longest = longest.max(start.elapsed());
    }
    Ok(longest)
}

struct Written {
    acks: Vec<Ack>,
    retries: usize,
    broken: Vec<String>,
}

/// Posts, each post again under the same key until it is acknowledged.
async fn write(
    mut member: Client,
    places: &[Place],
    mut random: SmallRng,
    clock: Instant,
    count: &watch::Sender<usize>,
) -> Written {
    let mut written = Written { acks: Vec::new(), retries: 0, broken: Vec::new() };
    let author =
        until_answered(&mut member, "/api/v1/me").await["id"].as_str().unwrap_or_default().to_owned();
    for _ in 0..POSTS {
        let place = places.choose(&mut random).expect("there are rooms");
        let client_id = Uuid::from_u128(random.random()).to_string();
        let body = json!({"body": text(&client_id), "lang": "en", "client_id": client_id});
        let path = format!("/api/v1/threads/{}/posts", place.thread);
        let invoked = clock.elapsed().as_nanos() as u64;
        let first = Instant::now();
        let post = loop {
            match member.call("POST", &path, Some(body.clone())).await {
                Ok(post) => break Some(post),
                Err(error) if error.may_retry() && first.elapsed() < DEADLINE => {
                    written.retries += 1;
                    sleep(PAUSE).await;
                }
                Err(error) => {
                    written.broken.push(format!("A post of {author} with the key {client_id}: {error}"));
                    break None;
                }
            }
        };
        if let Some(post) = post {
            written.acks.push(Ack {
                room: place.room.clone(),
                author: author.clone(),
                client_id,
                post: post["id"].as_str().unwrap_or_default().to_owned(),
                seq: post["seq"].as_u64().unwrap_or(0),
                invoked,
                acknowledged: clock.elapsed().as_nanos() as u64,
            });
        }
        // Counted even where it failed: the nemesis must not wait for ever.
        count.send_modify(|count| *count += 1);
    }
    written
}

/// What a post says; its key is in it, so that a double is seen wherever it shows.
fn text(client_id: &str) -> String {
    format!("We note point {client_id}.")
}

/// Sends some of the posts once more: the answer must be the one that was given.
async fn repeat(people: &[Client], acks: &[Ack], places: &[Place], broken: &mut Vec<String>) {
    for mut member in people.iter().map(Client::again) {
        let me = until_answered(&mut member, "/api/v1/me").await;
        for ack in acks.iter().filter(|ack| me["id"] == ack.author.as_str()).step_by(5) {
            let Some(place) = places.iter().find(|place| place.room == ack.room) else { continue };
            let body = json!({"body": text(&ack.client_id), "lang": "en", "client_id": ack.client_id});
            let path = format!("/api/v1/threads/{}/posts", place.thread);
            match member.call_raw("POST", &path, Some(body)).await {
                Ok(answer) => {
                    let post: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    if answer.status != 200 || post["id"] != ack.post.as_str() || post["seq"] != ack.seq {
                        let answered = String::from_utf8_lossy(&answer.body);
                        broken.push(format!("{ack:?}, sent again: {} {answered}", answer.status));
                    }
                }
                Err(error) => broken.push(format!("{ack:?}, sent again: {error}")),
            }
        }
    }
}

/// Asks until there is an answer.
async fn until_answered(client: &mut Client, path: &str) -> Value {
    let start = Instant::now();
    loop {
        match client.call("GET", path, None).await {
            Ok(value) => return value,
            Err(error) => assert!(error.may_retry() && start.elapsed() < DEADLINE, "{path}: {error}"),
        }
        sleep(PAUSE).await;
    }
}

async fn head(steward: &mut Client, room: &str) -> Result<u64, String> {
    let room = until_answered(steward, &format!("/api/v1/rooms/{room}")).await;
    room["head_seq"].as_u64().ok_or_else(|| format!("A room without head_seq: {room}"))
}

/// The room as the log, the API and the database show it.
async fn gather(server: &Server, steward: &mut Client, place: &Place, head: u64) -> Result<Room, String> {
    let failed = |error: Failure| format!("The room cannot be read: {error}");
    let log = steward.log(&place.room, 0).await.map_err(failed)?;
    let log = log.iter().map(|entry| Entry {
        seq: entry["seq"].as_u64().unwrap_or(0),
        kind: entry["kind"].as_str().unwrap_or_default().to_owned(),
        subject: entry["data"]["id"].as_str().unwrap_or_default().to_owned(),
    });
    let log = log.collect();
    let served = steward.posts(&place.thread).await.map_err(failed)?.iter().map(seen).collect();
    let rows = database::posts(&server.data(), &place.room).await?;
    Ok(Room { head, log, rows, served })
}

fn seen(post: &Value) -> Seen {
    Seen {
        id: post["id"].as_str().unwrap_or_default().to_owned(),
        seq: post["seq"].as_u64().unwrap_or(0),
        body: post["body_md"].as_str().unwrap_or_default().to_owned(),
    }
}

/// A client that follows a room over a WebSocket, whatever happens to its connection.
struct Reader {
    name: String,
    room: String,
    random: SmallRng,
    /// Where it began; known with the first subscription where that is "from now".
    since: Option<u64>,
    epoch: Option<String>,
    seqs: Vec<u64>,
    view: BTreeMap<String, Seen>,
    resumes: usize,
    broken: Vec<String>,
    closed: bool,
}

impl Reader {
    fn new(name: String, place: &Place, since: Option<u64>, random: SmallRng) -> Self {
        Self {
            name,
            room: place.room.clone(),
            random,
            since,
            epoch: None,
            seqs: Vec::new(),
            view: BTreeMap::new(),
            resumes: 0,
            broken: Vec::new(),
            closed: false,
        }
    }

    fn last(&self) -> Option<u64> {
        self.seqs.last().copied().or(self.since)
    }

    /// Follows from the moment `start` posts are acknowledged until the head of the room.
    async fn follow(
        mut self,
        member: Client,
        start: usize,
        mut counted: watch::Receiver<usize>,
        mut stop: watch::Receiver<Option<Heads>>,
    ) -> Self {
        let _ = counted.wait_for(|count| *count >= start).await;
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE * 2 {
            // Leaves by itself after some messages, as people on trains do.
            let patience = self.random.random_range(5..60);
            match self.connect(&member).await {
                Ok(mut socket) => {
                    if self.stay(&mut socket, patience, &mut stop).await {
                        return self;
                    }
                    socket.cut();
                    self.resumes += 1;
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
        self.broken.push(format!("{} did not get to the head of the room: {:?}", self.name, self.last()));
        self
    }

    async fn connect(&mut self, member: &Client) -> std::io::Result<Socket> {
        self.closed = false;
        let mut socket = Socket::open(member.at(), member.cookie(), 0).await?;
        let since = self.last();
        socket.subscribe(&self.room, since, self.epoch.as_deref().filter(|_| since.is_some())).await?;
        Ok(socket)
    }

    /// Reads until the connection ends or patience does; true at the head of the room.
    async fn stay(
        &mut self,
        socket: &mut Socket,
        patience: usize,
        stop: &mut watch::Receiver<Option<Heads>>,
    ) -> bool {
        let before = self.seqs.len();
        loop {
            let end = stop.borrow().as_ref().map(|heads| heads[&self.room]);
            if let Some(end) = end
                && self.last().is_some_and(|last| last >= end)
            {
                // What comes twice comes late: listens a little longer.
                let listen = async { while socket.read(|message| self.take(message)).await.is_ok() {} };
                let _ = timeout(Duration::from_millis(150), listen).await;
                return true;
            }
            if self.closed || (end.is_none() && self.seqs.len() - before > patience) {
                return false;
            }
            tokio::select! {
                read = socket.read(|message| self.take(message)) => if read.is_err() {
                    return false;
                },
                _ = stop.changed(), if end.is_none() => {}
                // The contract: who hears nothing for 35 s reconnects.
                () = sleep(Duration::from_secs(35)) => return false,
            }
        }
    }

    fn take(&mut self, message: Message<'_>) {
        let Message::Line(line) = message else {
            self.closed = true;
            return;
        };
        let Ok(frame) = serde_json::from_slice::<Value>(line) else {
            return self.broken.push(format!("{} was sent {}", self.name, String::from_utf8_lossy(line)));
        };
        match frame["type"].as_str().unwrap_or_default() {
            "hello" => {
                let epoch = frame["epoch"].as_str().unwrap_or_default().to_owned();
                if self.epoch.as_ref().is_some_and(|before| *before != epoch) {
                    self.broken.push(format!("{}: the epoch changed without a restore", self.name));
                }
                self.epoch = Some(epoch);
            }
            "subscribed" => self.since = self.since.or(frame["head"].as_u64()),
            "event" => {
                self.seqs.push(frame["seq"].as_u64().unwrap_or(0));
                let data = &frame["data"];
                let post = match frame["kind"].as_str().unwrap_or_default() {
                    kind if kind.starts_with("post.") => seen(data),
                    _ => return,
                };
                self.view.insert(post.id.clone(), post);
            }
            "reset" | "error" | "unsubscribed" => self.broken.push(format!("{} was sent {frame}", self.name)),
            _ => {}
        }
    }

    /// What it was given; nothing where it never got a subscription.
    fn run(&self) -> Option<Run> {
        Some(Run {
            reader: self.name.clone(),
            room: self.room.clone(),
            since: self.since?,
            seqs: self.seqs.clone(),
            view: self.view.values().cloned().collect(),
        })
    }
}
