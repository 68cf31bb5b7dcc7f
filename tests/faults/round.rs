//! One round: writers post, readers follow, the nemesis strikes; then everything is gathered into a history.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
use crate::history::{Ack, Entry, History, Room};
use crate::reader::{Reader, seen};
use crate::server::members;

const WRITERS: usize = 8;
const ROOMS: usize = 2;
const POSTS: usize = 40;
/// No wait in a round is longer: what takes longer is a failure.
pub const DEADLINE: Duration = Duration::from_secs(120);
pub const PAUSE: Duration = Duration::from_millis(20);

/// What is struck: a server, or several.
pub trait World {
    /// Where the servers are.
    fn ats(&self) -> Vec<SocketAddr>;
    /// The data folder of PostgreSQL.
    fn data(&self) -> PathBuf;
    /// The pause between two posts of a writer.
    fn pace(&self) -> Duration;
    /// Strikes once, and waits until all is well again.
    async fn strike(&mut self, random: &mut SmallRng) -> Result<(), String>;
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
pub type Heads = BTreeMap<String, u64>;

/// A room, its thread, and its number in this round.
#[derive(Clone)]
pub struct Place {
    pub room: String,
    pub thread: String,
}

/// Runs a round with this seed.
pub async fn run(world: &mut impl World, steward: &mut Client, seed: u64) -> Result<Outcome, String> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut places = Vec::new();
    for number in 0..ROOMS {
        let failed = |error: Failure| format!("A room cannot be opened: {error}");
        let room = steward.open_room(&format!("Round {seed}, room {number}")).await.map_err(failed)?;
        let thread = steward.open_thread(&room, "Under fire").await.map_err(failed)?;
        places.push(Place { room, thread });
    }
    let (ats, pace) = (world.ats(), world.pace());
    let people = members(ats[0], WRITERS).await?;
    let clock = Instant::now();
    let (count, counted) = watch::channel(0usize);
    let (heads, stop) = watch::channel(None::<Heads>);

    let readers = places.iter().enumerate().flat_map(|(number, place)| {
        // One from the first number, one from now on, one from now on that starts somewhere in between.
        [(Some(0), 0), (None, 0), (None, random.random_range(1..WRITERS * POSTS))].map(|(since, start)| {
            let name = format!("reader {number}/{since:?}/{start}");
            let reader = Reader::new(name, place, since, SmallRng::seed_from_u64(random.random()));
            reader.follow(people[number].again(), ats.clone(), start, counted.clone(), stop.clone())
        })
    });
    let readers = futures_util::future::join_all(readers.collect::<Vec<_>>());
    let writers = people.iter().map(|member| {
        let random = SmallRng::seed_from_u64(random.random());
        write(member.again(), &ats, pace, &places, random, clock, &count)
    });
    let writers = futures_util::future::join_all(writers.collect::<Vec<_>>());

    let mut strikes: Vec<usize> =
        (0..random.random_range(1..=2)).map(|_| random.random_range(20..WRITERS * POSTS - 60)).collect();
    strikes.sort_unstable();
    let fate = strike(world, &mut random, &strikes, counted.clone());

    // The writers end by themselves; the readers when they are told where the rooms end.
    let work = async {
        // Where the server does not come back, the writers would go on for long in vain.
        let (written, recovery) = tokio::try_join!(async { Ok::<_, String>(writers.await) }, fate)?;
        let mut ends = Heads::new();
        for place in &places {
            let acks = written.iter().flat_map(|written| &written.acks);
            let last = acks.filter(|ack| ack.room == place.room).map(|ack| ack.seq).max().unwrap_or(0);
            ends.insert(place.room.clone(), head(steward, place, last).await?);
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
    repeat(&people, &ats, &outcome.history.acks, &places, &mut outcome.broken).await;
    for place in &places {
        let room = gather(&world.data(), steward, place, ends[&place.room]).await?;
        outcome.history.rooms.insert(place.room.clone(), room);
    }
    Ok(outcome)
}

/// Strikes each time so many posts have been acknowledged; gives the longest time to recover.
async fn strike(
    world: &mut impl World,
    random: &mut SmallRng,
    strikes: &[usize],
    mut counted: watch::Receiver<usize>,
) -> Result<Duration, String> {
    let mut longest = Duration::ZERO;
    for strike in strikes {
        counted.wait_for(|count| count >= strike).await.map_err(|error| error.to_string())?;
        let start = Instant::now();
        world.strike(random).await?;
        longest = longest.max(start.elapsed());
    }
    Ok(longest)
}

struct Written {
    acks: Vec<Ack>,
    retries: usize,
    broken: Vec<String>,
}

/// Posts, each post again under the same key until it is acknowledged, by whichever server.
async fn write(
    mut member: Client,
    ats: &[SocketAddr],
    pace: Duration,
    places: &[Place],
    mut random: SmallRng,
    clock: Instant,
    count: &watch::Sender<usize>,
) -> Written {
    let mut written = Written { acks: Vec::new(), retries: 0, broken: Vec::new() };
    let author =
        until_answered(&mut member, "/api/v1/me").await["id"].as_str().unwrap_or_default().to_owned();
    for _ in 0..POSTS {
        member.move_to(*ats.choose(&mut random).expect("there are servers"));
        sleep(pace).await;
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
                    member.move_to(*ats.choose(&mut random).expect("there are servers"));
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
async fn repeat(
    people: &[Client],
    ats: &[SocketAddr],
    acks: &[Ack],
    places: &[Place],
    broken: &mut Vec<String>,
) {
    for (mut member, at) in people.iter().map(Client::again).zip(ats.iter().cycle()) {
        member.move_to(*at);
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

/// The head of a room, which is at least `last`: a server may know a head that is a second old when
/// another one wrote what came after it.
async fn head(steward: &mut Client, place: &Place, last: u64) -> Result<u64, String> {
    let start = Instant::now();
    loop {
        let room = until_answered(steward, &format!("/api/v1/rooms/{}", place.room)).await;
        let page = until_answered(steward, &format!("/api/v1/threads/{}/posts?limit=1", place.thread)).await;
        let heads = [&room, &page].map(|value| value["head_seq"].as_u64());
        let [Some(room), Some(page)] = heads else { return Err(format!("Without head_seq: {room} {page}")) };
        if room.min(page) >= last {
            return Ok(room);
        }
        if start.elapsed() > DEADLINE {
            return Err(format!("The head is {room} and {page}, but {last} was acknowledged."));
        }
        sleep(PAUSE).await;
    }
}

/// The room as the log, the API and the database show it.
async fn gather(data: &Path, steward: &mut Client, place: &Place, head: u64) -> Result<Room, String> {
    let failed = |error: Failure| format!("The room cannot be read: {error}");
    let log = steward.log(&place.room, 0).await.map_err(failed)?;
    let log = log.iter().map(|entry| Entry {
        seq: entry["seq"].as_u64().unwrap_or(0),
        kind: entry["kind"].as_str().unwrap_or_default().to_owned(),
        subject: entry["data"]["id"].as_str().unwrap_or_default().to_owned(),
    });
    let log = log.collect();
    let served = steward.posts(&place.thread).await.map_err(failed)?.iter().map(seen).collect();
    let rows = database::posts(data, &place.room).await?;
    Ok(Room { head, log, rows, served })
}
