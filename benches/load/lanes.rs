//! Readers, each on a connection of its own, who ask for one answer after the other, and what they find out: how
//! fast it goes, and whether anybody is shown something older than what they saw before.

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;

use crate::Meter;
use crate::client::Client;
use crate::report::{Report, Times};

pub const COLUMNS: [&str; 8] =
    ["requests/s", "MB/s", "p50 ms", "p99 ms", "max ms", "CPU server", "CPU PostgreSQL", "CPU driver"];

/// Of the answers that must be read as a whole to know how new they are, one of so many is.
const SAMPLE: usize = 31;

/// Where an answer says how new it is.
#[derive(Clone)]
pub struct Watch {
    /// The number follows this.
    pub key: &'static str,
    /// The key is looked for behind this, which may stand anywhere; without it, near the end.
    pub behind: Option<String>,
    /// The number is the head of the room, which other calls tell too.
    pub head: bool,
}

/// What is asked for.
#[derive(Clone)]
pub struct Route {
    pub name: &'static str,
    /// Asked for in turn.
    pub paths: Vec<String>,
    pub gzip: bool,
    pub watch: Option<Watch>,
}

impl Route {
    pub fn request(&self, client: &Client, path: &str) -> Vec<u8> {
        if self.gzip { client.request_gzip(path) } else { client.request("GET", path, None) }
    }
}

/// The newest head of the room that a member has seen, by whichever call.
pub type Seen = Rc<Cell<u64>>;

struct Reader {
    client: Client,
    requests: Vec<Vec<u8>>,
    /// The newest state that this reader has seen.
    newest: u64,
    seen: Seen,
}

/// Readers of one route, and what they found.
pub struct Side {
    route: Route,
    readers: Vec<Reader>,
    rates: Vec<f64>,
    bytes: u64,
    seconds: f64,
    times: Times,
    errors: u64,
    cpu: [f64; 3],
    /// Answers that say how new they are; those older than one that the reader has seen; those older than what
    /// another call had told the member.
    told: u64,
    older: u64,
    behind: u64,
}

/// What one reader found in one round.
#[derive(Default)]
struct Found {
    times: Times,
    bytes: u64,
    errors: u64,
    told: u64,
    older: u64,
    behind: u64,
}

impl Side {
    /// Readers of a route: so many connections, shared among the members.
    pub fn new(route: Route, people: &[(Client, Seen)], connections: usize) -> Self {
        let readers = (0..connections).map(|number| {
            let (member, seen) = &people[number % people.len()];
            let client = member.again();
            let requests = route.paths.iter().map(|path| route.request(&client, path)).collect();
            Reader { client, requests, newest: 0, seen: seen.clone() }
        });
        Self {
            readers: readers.collect(),
            route,
            rates: Vec::new(),
            bytes: 0,
            seconds: 0.0,
            times: Times::default(),
            errors: 0,
            cpu: [0.0; 3],
            told: 0,
            older: 0,
            behind: 0,
        }
    }

    /// One round: every connection asks for one answer after the other.
    pub async fn round(&mut self, cpu: &dyn Fn() -> (f64, f64), length: Duration) {
        let meter = Meter::start(cpu);
        let start = Instant::now();
        let route = &self.route;
        let lanes = self.readers.iter_mut().enumerate();
        let lanes = lanes.map(async |(lane, reader)| reader.read(route, lane * 7, start, length).await);
        let found = futures_util::future::join_all(lanes).await;
        let seconds = start.elapsed().as_secs_f64();
        let done: usize = found.iter().map(|found| found.times.len()).sum();
        self.rates.push(done as f64 / seconds);
        self.seconds += seconds;
        for found in found {
            self.times.join(found.times);
            self.bytes += found.bytes;
            self.errors += found.errors;
            self.told += found.told;
            self.older += found.older;
            self.behind += found.behind;
        }
        self.cpu.iter_mut().zip(meter.read()).for_each(|(sum, used)| *sum += used);
    }

    /// The middle of the rounds' rates.
    pub fn rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_by(f64::total_cmp);
        let middle = rates.len() / 2;
        if rates.len() % 2 == 1 { rates[middle] } else { (rates[middle - 1] + rates[middle]) / 2.0 }
    }

    /// Adds a row, with more figures at its end, and says what was wrong.
    pub fn show(&mut self, name: &str, more: &[f64], report: &mut Report) {
        let [p50, p99, max] = self.times.shares([0.5, 0.99, 1.0]);
        let [server, postgres, driver] = self.cpu.map(|used| used / self.seconds);
        let megabytes = self.bytes as f64 / 1e6 / self.seconds;
        let figures = [self.rate(), megabytes, p50, p99, max, server, postgres, driver];
        report.row(name, figures.into_iter().chain(more.iter().copied()));
        self.check(name, report);
    }

    /// Says what was wrong.
    pub fn check(&self, name: &str, report: &mut Report) {
        report.none_of(&format!("{name}: requests without a 200"), self.errors);
        report.none_of(&format!("{name}: answers older than one that the reader has seen"), self.older);
        if self.behind > 0 {
            report.note(format!(
                "{name}: {} of {} answers older than what another call had told the member",
                self.behind, self.told
            ));
        }
        // A watch that never finds its number proves nothing.
        let blind = self.route.watch.is_some() && self.told == 0;
        report.none_of(&format!("{name}: no answer says how new it is"), u64::from(blind));
    }

    pub fn name(&self) -> &'static str {
        self.route.name
    }
}

impl Reader {
    async fn read(&mut self, route: &Route, mut next: usize, start: Instant, length: Duration) -> Found {
        let mut found = Found::default();
        let mut scrap = vec![0; 256 * 1024];
        let costly = route.gzip || route.watch.as_ref().is_some_and(|watch| watch.behind.is_some());
        while start.elapsed() < length {
            let look = route.watch.as_ref().filter(|_| !costly || next.is_multiple_of(SAMPLE));
            let before = self.seen.get();
            let sent = Instant::now();
            let request = &self.requests[next % self.requests.len()];
            match self.client.skim(request, &mut scrap, costly && look.is_some()).await {
                Ok((200, length)) => {
                    found.times.add(sent.elapsed().as_micros() as u64);
                    found.bytes += length as u64;
                    if let Some(watch) = look {
                        self.compare(watch, route.gzip, before, &mut found);
                    }
                }
                _ => found.errors += 1,
            }
            next += 1;
        }
        found
    }

    /// Sets the state that an answer tells of beside what was seen before.
    fn compare(&mut self, watch: &Watch, gzip: bool, before: u64, found: &mut Found) {
        let Some(state) = watch.state(self.client.kept(), gzip) else { return };
        found.told += 1;
        found.older += u64::from(state < self.newest);
        self.newest = self.newest.max(state);
        if watch.head {
            found.behind += u64::from(state < before);
            self.seen.set(self.seen.get().max(state));
        }
    }
}

impl Watch {
    /// The number in a body, or in what was kept of it.
    fn state(&self, body: &[u8], gzip: bool) -> Option<u64> {
        let mut plain = Vec::new();
        let body = if gzip {
            GzDecoder::new(body).read_to_end(&mut plain).ok()?;
            &plain
        } else {
            body
        };
        let key = self.key.as_bytes();
        let at = match &self.behind {
            Some(behind) => {
                let from = find(body, behind.as_bytes())?;
                from + find(&body[from..], key)?
            }
            None => body.windows(key.len()).rposition(|part| part == key)?,
        };
        let digits = body[at + key.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
