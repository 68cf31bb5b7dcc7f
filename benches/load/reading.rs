//! Reading: how many pages of a long thread a second, beside a server that only sends the same bytes.

use std::time::{Duration, Instant};

use clap::Args;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Answer, Client};
use crate::fixed::FixedServer;
use crate::report::{Report, Times};
use crate::server::members;
use crate::{Host, Meter};

#[derive(Args)]
pub struct Options {
    /// Connections that read at the same time.
    #[arg(long, default_value_t = 32, value_name = "N")]
    connections: usize,
    /// Length of each round.
    #[arg(long, default_value_t = 3, value_name = "S")]
    seconds: u64,
    /// Rounds of each side, in turn.
    #[arg(long, default_value_t = 4, value_name = "N")]
    rounds: usize,
    /// Members who read.
    #[arg(long, default_value_t = 16, value_name = "N")]
    members: usize,
    /// Posts in the thread.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    posts: usize,
}

const PAGE: usize = 50;
const COLUMNS: [&str; 8] =
    ["requests/s", "MB/s", "p50 ms", "p99 ms", "max ms", "CPU server", "CPU PostgreSQL", "CPU driver"];

/// A side of the comparison: who asks, and the requests each may send.
struct Side {
    readers: Vec<(Client, Vec<Vec<u8>>)>,
    rates: Vec<f64>,
    bytes: u64,
    seconds: f64,
    times: Times,
    errors: u64,
    cpu: [f64; 3],
}

impl Side {
    fn new(readers: Vec<(Client, Vec<Vec<u8>>)>) -> Self {
        let (times, cpu) = (Times::default(), [0.0; 3]);
        Self { readers, rates: Vec::new(), bytes: 0, seconds: 0.0, times, errors: 0, cpu }
    }

    /// One round: every connection asks for one page after the other.
    async fn round(&mut self, cpu: &dyn Fn() -> (f64, f64), length: Duration) {
        let meter = Meter::start(cpu);
        let start = Instant::now();
        let lanes = self.readers.drain(..).enumerate().map(async |(lane, (mut client, requests))| {
            let (mut times, mut bytes, mut errors) = (Times::default(), 0, 0);
            let mut scrap = vec![0; 256 * 1024];
            let mut next = lane * 7;
            while start.elapsed() < length {
                let sent = Instant::now();
                match client.skim(&requests[next % requests.len()], &mut scrap).await {
                    Ok((200, length)) => {
                        times.add(sent.elapsed().as_micros() as u64);
                        bytes += length as u64;
                    }
                    _ => errors += 1,
                }
                next += 1;
            }
            (client, requests, times, bytes, errors)
        });
        let lanes = futures_util::future::join_all(lanes).await;
        let seconds = start.elapsed().as_secs_f64();
        let done: usize = lanes.iter().map(|lane| lane.2.len()).sum();
        self.rates.push(done as f64 / seconds);
        self.seconds += seconds;
        for (client, requests, times, bytes, errors) in lanes {
            self.readers.push((client, requests));
            self.times.join(times);
            self.bytes += bytes;
            self.errors += errors;
        }
        self.cpu.iter_mut().zip(meter.read()).for_each(|(sum, used)| *sum += used);
    }

    fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        let middle = rates.len() / 2;
        if rates.len() % 2 == 1 { rates[middle] } else { (rates[middle - 1] + rates[middle]) / 2.0 }
    }

    fn show(&mut self, name: &str, report: &mut Report) {
        let [p50, p99, max] = self.times.shares([0.5, 0.99, 1.0]);
        let [server, postgres, driver] = self.cpu.map(|used| used / self.seconds);
        let rate = self.rate();
        let megabytes = self.bytes as f64 / 1e6 / self.seconds;
        report.row(name, [rate, megabytes, p50, p99, max, server, postgres, driver]);
        report.none_of(&format!("{name}: requests without a 200"), self.errors);
    }
}

/// Fills a thread and gives the readers of its pages, and one of the pages.
async fn prepare(host: &Host, options: &Options) -> Result<(Side, Answer), String> {
    let mut steward = host.steward().await?;
    let failed = |error: crate::client::Failure| format!("The thread cannot be filled: {error}");
    let room = steward.open_room("Reading").await.map_err(failed)?;
    let thread = steward.open_thread(&room, "A thread to read").await.map_err(failed)?;
    let mut people = members(host.at(), options.members.max(1)).await?;
    let path = format!("/api/v1/threads/{thread}/posts");
    let writers = people.iter_mut().enumerate().map(async |(number, member)| {
        let mut random = SmallRng::seed_from_u64(number as u64);
        for _ in (number..options.posts.saturating_sub(1)).step_by(options.members.max(1)) {
            let body = json!({"body": text(&mut random, 400), "lang": "en", "client_id": Uuid::new_v4()});
            member.call("POST", &path, Some(body)).await?;
        }
        Ok(())
    });
    futures_util::future::try_join_all(writers).await.map_err(failed)?;

    // The pages, as a reader finds them.
    let mut pages = Vec::new();
    let mut page = format!("{path}?limit={PAGE}");
    let mut seen = 0;
    loop {
        let request = people[0].request("GET", &page, None);
        let answer = people[0].send(&request).await.map_err(|error| format!("A page: {error}"))?;
        let value: Value =
            serde_json::from_slice(&answer.body).map_err(|error| format!("A page: {error}"))?;
        seen += value["items"].as_array().map_or(0, Vec::len);
        pages.push((page, answer));
        match value["next"].as_str() {
            Some(next) => page = format!("{path}?limit={PAGE}&after={next}"),
            None => break,
        }
    }
    if seen != options.posts {
        return Err(format!("The pages hold {seen} posts, not {}.", options.posts));
    }
    let readers = (0..options.connections).map(|number| {
        let client = people[number % people.len()].again();
        let requests = pages.iter().map(|(page, _)| client.request("GET", page, None)).collect();
        (client, requests)
    });
    let readers = readers.collect();
    pages.sort_by_key(|(_, answer)| answer.body.len());
    let middle = pages.swap_remove(pages.len() / 2).1;
    Ok((Side::new(readers), middle))
}

pub async fn run(host: Host, options: &Options, workers: usize) -> Result<Report, String> {
    let (mut plenary, page) = prepare(&host, options).await?;
    let fixed_server = FixedServer::start(&page, workers)?;
    let readers =
        plenary.readers.iter().map(|(_, requests)| (Client::new(fixed_server.at), requests.clone()));
    let mut fixed = Side::new(readers.collect());
    let length = Duration::from_secs(options.seconds);
    for _ in 0..options.rounds {
        plenary.round(&|| host.cpu(), length).await;
        fixed.round(&|| fixed_server.cpu(), length).await;
    }
    let mut report = Report {
        scenario: "reading",
        setting: format!(
            "{} posts, pages of {PAGE} ({:.1} kB), {} connections, {} rounds of {} s each",
            options.posts,
            page.body.len() as f64 / 1000.0,
            options.connections,
            options.rounds,
            options.seconds
        ),
        columns: COLUMNS.to_vec(),
        ..Report::default()
    };
    plenary.show("plenary", &mut report);
    fixed.show("fixed body", &mut report);
    report.note(format!("plenary / fixed body = {:.2}", plenary.rate() / fixed.rate()));
    report.note("CPU in cores; the driver shares them with the server");
    Ok(report)
}

pub async fn compare(hosts: [Host; 2], options: &Options) -> Result<Report, String> {
    let mut sides = [prepare(&hosts[0], options).await?.0, prepare(&hosts[1], options).await?.0];
    for _ in 0..options.rounds {
        for (side, host) in sides.iter_mut().zip(&hosts) {
            side.round(&|| host.cpu(), Duration::from_secs(options.seconds)).await;
        }
    }
    let mut report = Report {
        scenario: "reading",
        setting: format!("{} posts, {} connections", options.posts, options.connections),
        columns: COLUMNS.to_vec(),
        ..Report::default()
    };
    let [a, b] = &mut sides;
    a.show("a", &mut report);
    b.show("b", &mut report);
    report.note(format!("a / b = {:.2}", a.rate() / b.rate()));
    Ok(report)
}

/// Some Markdown of about this many characters.
fn text(random: &mut SmallRng, length: usize) -> String {
    const WORDS: [&str; 24] = [
        "wages",
        "overtime",
        "the",
        "and",
        "parties",
        "agree",
        "that",
        "a",
        "sectoral",
        "agreement",
        "covers",
        "platform",
        "workers",
        "**minimum**",
        "*hours*",
        "social",
        "protection",
        "for",
        "employers",
        "we",
        "集体谈判",
        "劳动监察",
        "[the draft](https://example.org/draft)",
        "`article 4`",
    ];
    let mut text = String::new();
    while text.len() < length {
        text += WORDS.choose(random).copied().unwrap_or_default();
        text += match random.random_range(0..30) {
            0 => ".\n\n",
            1 => ".\n\n- ",
            2..5 => ", ",
            _ => " ",
        };
    }
    text.trim().to_owned()
}
