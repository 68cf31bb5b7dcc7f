//! Fan-out: many sockets follow one room while members post at a steady rate.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::sync::watch;

use crate::peer::{self, Load, Peer};
use crate::report::{Report, Times};
use crate::scene::{Scene, Sent};
use crate::swarm::{Swarm, Tally, check};
use crate::{Host, Meter};

#[derive(Args)]
pub struct Options {
    /// Open sockets.
    #[arg(long, default_value_t = 5000, value_name = "N")]
    sockets: usize,
    /// Members who share them.
    #[arg(long, default_value_t = 50, value_name = "N")]
    members: usize,
    /// Posts a second.
    #[arg(long, default_value_t = 20.0, value_name = "N", value_parser = rate)]
    rate: f64,
    /// How long they post.
    #[arg(long, default_value_t = 30, value_name = "S")]
    seconds: u64,
    /// Threads of the driver that read the sockets.
    #[arg(long, default_value_t = 1, value_name = "N")]
    threads: usize,
    /// Then put the same load on a plain broadcast server of the npm package ws (`npm ci` in web/).
    #[arg(long)]
    peer: bool,
    /// Messages a second for that server, where not the same.
    #[arg(long, value_name = "N", requires = "peer", value_parser = rate)]
    peer_rate: Option<f64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate > 0.0 && rate <= 100_000.0 { Ok(rate) } else { Err("above 0, at most 100000".into()) }
}

/// How long the opening of all sockets may take.
pub const OPENING: Duration = Duration::from_secs(180);

/// Posts at a steady rate and what became of them. Moments are microseconds on the clock of the sockets.
pub struct Course {
    pub sent: Sent,
    pub tally: Tally,
    pub missing: u64,
    /// When posting began and ended.
    pub start: u64,
    pub end: u64,
}

/// How long deliveries took.
#[derive(Default)]
struct Delays {
    from_sent: Times,
    to_last: Times,
    from_ack: Times,
}

impl Course {
    fn delays(&self) -> Delays {
        let posts = self.sent.posts.iter().map(|(seq, before, after)| (*seq, (*before, *after)));
        let posts: HashMap<u64, (u64, u64)> = posts.collect();
        let (mut delays, mut last) = (Delays::default(), HashMap::new());
        for (seq, seen) in &self.tally.seen {
            let Some((before, after)) = posts.get(&u64::from(*seq)) else { continue };
            let seen = u64::from(*seen);
            delays.from_ack.add(seen.saturating_sub(*after));
            if *before < u64::MAX {
                let took = seen.saturating_sub(*before);
                delays.from_sent.add(took);
                let longest = last.entry(*seq).or_insert(took);
                *longest = took.max(*longest);
            }
        }
        last.into_values().for_each(|took| delays.to_last.add(took));
        delays
    }

    /// Deliveries a second from the first post until posting ended and the last delivery was there.
    fn pace(&self) -> f64 {
        let last = self.tally.seen.iter().map(|(_, seen)| u64::from(*seen)).max();
        let end = last.unwrap_or(0).max(self.end);
        self.tally.deliveries as f64 / (end.saturating_sub(self.start).max(1) as f64 / 1e6)
    }

    /// Never arrived, or were skipped.
    fn lacking(&self) -> u64 {
        self.missing + self.tally.gaps
    }

    /// The row of the report that Plenary and its peer share.
    fn row(&self, from_sent: &mut Times) -> impl Iterator<Item = f64> + use<> {
        let shares = from_sent.shares(SHARES);
        shares.into_iter().chain([self.pace().round(), self.lacking() as f64])
    }

    /// Bytes of an event.
    fn size(&self) -> usize {
        (self.tally.bytes / self.tally.deliveries.max(1)) as usize
    }
}

const SHARES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

pub async fn run(host: Host, options: &Options) -> Result<Report, String> {
    if options.peer {
        // Where there is no node or no ws, that is said before the long part.
        Peer::start().await?;
    }
    let (mut report, size) = plenary(host, options).await?;
    if options.peer {
        let load = Load {
            sockets: options.sockets,
            threads: options.threads,
            rate: options.peer_rate.unwrap_or(options.rate),
            seconds: options.seconds,
            size,
        };
        match peer::measure(&load).await {
            Ok((course, used)) => compare(&mut report, &load, &course, used),
            // What was found out about Plenary is shown all the same.
            Err(line) => report.failures.push(line),
        }
    }
    Ok(report)
}

/// The load on Plenary; gives the size of its events too. The server is gone afterwards.
async fn plenary(host: Host, options: &Options) -> Result<(Report, usize), String> {
    let mut scene = Scene::set(host, options.members).await?;
    let memory_before = settled(&scene.host).await;
    let start = Instant::now();
    let swarm = Swarm::start(scene.place(), options.sockets, options.threads);
    swarm.all_complete(OPENING).await?;
    let opening = start.elapsed();
    let memory_open = settled(&scene.host).await;

    let (end, ended) = watch::channel(false);
    let posting = scene.posting(options.rate, ended);
    let cpu = || scene.host.cpu();
    let meter = Meter::start(&cpu);
    let start = scene.zero.elapsed();
    let timer = async {
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        let _ = end.send(true);
    };
    let (sent, ()) = tokio::join!(posting, timer);
    let end = scene.zero.elapsed();
    let used = meter.read().map(|used| used / (end - start).as_secs_f64());
    let memory_loaded = memory(&scene.host);
    let head = scene.head().await?;
    let (tally, missing) = swarm.end(head).await;
    let [start, end] = [start, end].map(|moment| moment.as_micros() as u64);
    let course = Course { sent, tally, missing, start, end };

    let mut report = Report {
        scenario: "fan-out",
        setting: format!(
            "{} sockets of {} members in one room, {} posts/s for {} s",
            options.sockets, options.members, options.rate, options.seconds
        ),
        columns: vec!["p50 ms", "p90 ms", "p99 ms", "max ms", "deliveries/s", "missing"],
        ..Report::default()
    };
    show(&mut report, &course, used, opening);
    note_memory(&mut report, options.sockets, [memory_before, memory_open, memory_loaded]);
    report.none_of("answers of 500 and more", course.sent.errors);
    check(&mut report, &course.sent, &course.tally, course.missing);
    Ok((report, course.size()))
}

fn show(report: &mut Report, course: &Course, used: [f64; 3], opening: Duration) {
    let mut delays = course.delays();
    let mut acks = Times::default();
    let timed = course.sent.posts.iter().filter(|post| post.1 < u64::MAX);
    timed.for_each(|post| acks.add(post.2 - post.1));
    report.row("sent to received", course.row(&mut delays.from_sent));
    for (name, times) in [
        ("sent to the last socket", &mut delays.to_last),
        ("acknowledged to received", &mut delays.from_ack),
        ("sent to acknowledged", &mut acks),
    ] {
        report.row(name, times.shares(SHARES));
    }
    report.note(format!(
        "{} posts, {} deliveries of {} bytes: {:.0} deliveries/s",
        course.sent.posts.len(),
        course.tally.deliveries,
        course.size(),
        course.pace()
    ));
    let [server, postgres, driver] = used;
    report.note(format!("CPU in cores: server {server:.2}, PostgreSQL {postgres:.2}, driver {driver:.2}"));
    report.note(format!(
        "all sockets open after {:.1} s, {} attempts refused",
        opening.as_secs_f64(),
        course.tally.refused
    ));
}

/// Memory of the server before the sockets, with them, and after the load.
fn note_memory(report: &mut Report, sockets: usize, [before, open, loaded]: [u64; 3]) {
    if before == 0 {
        return;
    }
    let each = open.saturating_sub(before) as f64 / sockets as f64 / 1024.0;
    let [before, open, loaded] = [before, open, loaded].map(|bytes| bytes as f64 / f64::from(1 << 20));
    report.note(format!(
        "server memory {before:.1} MiB, with idle sockets {open:.1} MiB: {each:.1} KiB each; after the load \
         {loaded:.1} MiB"
    ));
}

/// Sets the peer beside Plenary. What the peer loses is shown and is no failure of the run.
fn compare(report: &mut Report, load: &Load, course: &Course, [peer, driver]: [f64; 2]) {
    let mut delays = course.delays();
    report.row("ws: sent to received", course.row(&mut delays.from_sent));
    report.row("ws: sent to the last socket", delays.to_last.shares(SHARES));
    report.note(format!(
        "ws: {} messages at {}/s, {} deliveries of {} bytes; CPU in cores: node {peer:.2}, driver {driver:.2}",
        course.sent.posts.len(),
        load.rate,
        course.tally.deliveries,
        course.size(),
    ));
    if course.sent.lost > 0 || !course.tally.closes.is_empty() {
        report.note(format!("ws: connections that ended, by code (0: cut): {:?}", course.tally.closes));
    }
}

fn memory(host: &Host) -> u64 {
    match host {
        Host::Own(server) => server.memory(),
        Host::Other { .. } => 0,
    }
}

/// Memory of the server once it no longer changes.
async fn settled(host: &Host) -> u64 {
    let mut before = memory(host);
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = memory(host);
        if now.abs_diff(before) * 200 <= now {
            return now;
        }
        before = now;
    }
    before
}
