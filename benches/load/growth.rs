//! Growth: the same reads with few posts in the database and with very many. One request at a time, so that the
//! times are those of the reads and not of a queue.

use std::time::{Duration, Instant};

use clap::Args;

use crate::Common;
use crate::client::Client;
use crate::fill::{Amount, fill};
use crate::report::{Report, Times};
use crate::server::{Server, members};
use crate::workshop::{Size, Workshop};

#[derive(Args)]
pub struct Options {
    /// Posts of the small database.
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    few: u64,
    /// Posts of the large one.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    many: u64,
    /// Rooms of both.
    #[arg(long, default_value_t = 100, value_name = "N")]
    rooms: u64,
    /// Members who read, each in a room of their own; as many more open the home page.
    #[arg(long, default_value_t = 40, value_name = "N")]
    members: usize,
    /// How often each reads again what it has read.
    #[arg(long, default_value_t = 5, value_name = "N")]
    again: usize,
}

/// The calls of a member in a room; home is three calls in a row.
const CALLS: [&str; 10] =
    ["home", "rooms", "room", "threads", "thread", "posts", "agenda", "floor", "questions", "polls"];

/// The times of each call: the first of a member, and later ones.
#[derive(Default)]
struct Figures {
    cold: [Times; CALLS.len()],
    warm: [Times; CALLS.len()],
    /// Answers that were not 200.
    failed: u64,
    filling: Duration,
}

pub async fn run(common: &Common, options: &Options) -> Result<Report, String> {
    if common.url.is_some() {
        return Err("Only a database of ours can be filled: leave out --url.".into());
    }
    let rooms = options.rooms.max(1);
    let mut few = measure(common, options, Amount { posts: options.few, rooms }).await?;
    let mut many = measure(common, options, Amount { posts: options.many, rooms }).await?;
    let mut report = Report {
        scenario: "growth",
        setting: format!(
            "{} posts and {} posts in {rooms} rooms, {} members, one request at a time",
            options.few, options.many, options.members
        ),
        columns: vec!["few p50 ms", "few p95 ms", "many p50 ms", "many p95 ms", "p50 ratio", "p95 ratio"],
        ..Report::default()
    };
    for (state, few, many) in
        [("first", &mut few.cold, &mut many.cold), ("again", &mut few.warm, &mut many.warm)]
    {
        for (name, (few, many)) in CALLS.iter().zip(few.iter_mut().zip(many.iter_mut())) {
            let [few, many] = [few, many].map(|times| times.shares([0.5, 0.95]));
            let ratios = [many[0] / few[0], many[1] / few[1]];
            report.row(format!("{name}, {state}"), few.into_iter().chain(many).chain(ratios));
        }
    }
    report.note("first: the first read of a member after the server started; again: later ones of the same");
    report.note("home: installation, me and the list of rooms, one after the other");
    report.note(format!(
        "filled in {:.0} s and {:.0} s",
        few.filling.as_secs_f64(),
        many.filling.as_secs_f64()
    ));
    report.none_of("answers that are not 200", few.failed + many.failed);
    Ok(report)
}

/// Sets up a database and reads from it.
async fn measure(common: &Common, options: &Options, amount: Amount) -> Result<Figures, String> {
    let mut server = Server::start(&common.binary, common.workers).await?;
    let count = options.members.max(1);
    let mut people = members(server.at(), 2 * count).await?;
    let mut steward = server.steward().await?;
    let mut rooms = Vec::new();
    for number in 0..amount.rooms {
        let title = format!("Room {number}");
        rooms.push(Workshop::open(&mut steward, &mut people, &title, Size::SMALL).await?);
    }
    let start = Instant::now();
    fill(&server, amount).await?;
    let filling = start.elapsed();
    // What the server remembers is from before the filling.
    server.restart().await?;
    let homes = people.split_off(count);
    let mut readers = Vec::new();
    for (number, member) in people.iter().enumerate() {
        let workshop = &rooms[number % rooms.len()];
        readers.push((member.again(), paths(&mut steward, workshop).await?));
    }
    server.restart().await?;

    let mut figures = Figures { filling, ..Figures::default() };
    for (mut member, own) in homes.iter().map(Client::again).zip(std::iter::repeat(home())) {
        figures.visit(&mut member, &own, options.again).await;
    }
    for (member, own) in &mut readers {
        figures.visit(member, own, options.again).await;
    }
    Ok(figures)
}

/// A call by its place in `CALLS`, and the paths that it is made of.
type Call = (usize, Vec<String>);

fn home() -> Vec<Call> {
    let paths = ["/api/v1/installation", "/api/v1/me", "/api/v1/rooms?limit=100"];
    vec![(0, paths.map(str::to_owned).to_vec())]
}

/// The calls of a member in a room.
async fn paths(steward: &mut Client, workshop: &Workshop) -> Result<Vec<Call>, String> {
    let (room, session) = (&workshop.room, &workshop.session);
    let threads = format!("/api/v1/rooms/{room}/threads?sort=activity&limit=50");
    let list = steward.call("GET", &threads, None).await.map_err(|error| format!("The threads: {error}"))?;
    let items = list["items"].as_array().ok_or("a list of threads without items")?;
    let discussion = items.iter().find(|thread| thread["kind"] == "discussion");
    let thread = discussion.and_then(|thread| thread["id"].as_str()).ok_or("no thread was filled")?;
    let paths = [
        "/api/v1/rooms?limit=100".to_owned(),
        format!("/api/v1/rooms/{room}"),
        threads,
        format!("/api/v1/threads/{thread}"),
        format!("/api/v1/threads/{thread}/posts?limit=50"),
        format!("/api/v1/rooms/{room}/sessions?limit=100"),
        format!("/api/v1/sessions/{session}/floor"),
        format!("/api/v1/sessions/{session}/questions"),
        format!("/api/v1/sessions/{session}/polls"),
    ];
    Ok((1..).zip(paths.map(|path| vec![path])).collect())
}

impl Figures {
    /// A member makes each call, then all of them again and again.
    async fn visit(&mut self, member: &mut Client, calls: &[Call], again: usize) {
        for round in 0..=again {
            for (call, paths) in calls {
                let start = Instant::now();
                for path in paths {
                    let request = member.request("GET", path, None);
                    let answer = member.send(&request).await;
                    self.failed += u64::from(!answer.is_ok_and(|answer| answer.status == 200));
                }
                let times = if round == 0 { &mut self.cold } else { &mut self.warm };
                times[*call].add(start.elapsed().as_micros() as u64);
            }
        }
    }
}
