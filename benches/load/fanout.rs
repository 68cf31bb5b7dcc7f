//! Fan-out: many sockets follow one room while members post at a steady rate.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use clap::Args;
use tokio::sync::watch;

use crate::report::{Report, Times};
use crate::swarm::{Scene, Swarm, check};
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
    #[arg(long, default_value_t = 20.0, value_name = "N")]
    rate: f64,
    /// How long they post.
    #[arg(long, default_value_t = 30, value_name = "S")]
    seconds: u64,
    /// Threads of the driver that read the sockets.
    #[arg(long, default_value_t = 1, value_name = "N")]
    threads: usize,
}

const OPENING: Duration = Duration::from_secs(180);

pub async fn run(host: Host, options: &Options) -> Result<Report, String> {
    let mut scene = Scene::set(host, options.members).await?;
    let memory_before = settled(&scene.host).await;
    let start = Instant::now();
    let swarm = Swarm::start(&scene, options.sockets, options.threads);
    swarm.all_complete(OPENING).await?;
    let opening = start.elapsed();
    let memory_open = settled(&scene.host).await;

    let (end, ended) = watch::channel(false);
    let posting = scene.posting(options.rate, ended);
    let cpu = || scene.host.cpu();
    let meter = Meter::start(&cpu);
    let start = Instant::now();
    let timer = async {
        tokio::time::sleep(Duration::from_secs(options.seconds)).await;
        let _ = end.send(true);
    };
    let (sent, ()) = tokio::join!(posting, timer);
    let seconds = start.elapsed().as_secs_f64();
    let used = meter.read();
    let memory_loaded = memory(&scene.host);
    let head = scene.head().await?;
    let (tally, missing) = swarm.end(head).await;

    let mut report = Report {
        scenario: "fan-out",
        setting: format!(
            "{} sockets of {} members in one room, {} posts/s for {} s",
            options.sockets, options.members, options.rate, options.seconds
        ),
        columns: vec!["p50 ms", "p90 ms", "p99 ms", "max ms"],
        ..Report::default()
    };
    let posts: HashMap<u64, (u64, u64)> =
        sent.posts.iter().map(|(seq, before, after)| (*seq, (*before, *after))).collect();
    let (mut from_sent, mut from_ack, mut last) = (Times::default(), Times::default(), HashMap::new());
    for (seq, seen) in &tally.seen {
        let Some((before, after)) = posts.get(&u64::from(*seq)) else { continue };
        let seen = u64::from(*seen);
        from_ack.add(seen.saturating_sub(*after));
        if *before < u64::MAX {
            let took = seen.saturating_sub(*before);
            from_sent.add(took);
            let longest = last.entry(*seq).or_insert(took);
            *longest = took.max(*longest);
        }
    }
    let mut to_last = Times::default();
    last.into_values().for_each(|took| to_last.add(took));
    let mut acks = Times::default();
    sent.posts.iter().filter(|post| post.1 < u64::MAX).for_each(|post| acks.add(post.2 - post.1));
    for (name, times) in [
        ("sent to received", &mut from_sent),
        ("sent to the last socket", &mut to_last),
        ("acknowledged to received", &mut from_ack),
        ("sent to acknowledged", &mut acks),
    ] {
        report.row(name, times.shares([0.5, 0.9, 0.99, 1.0]));
    }
    report.note(format!(
        "{} posts, {} deliveries: {:.0} deliveries/s",
        sent.posts.len(),
        tally.deliveries,
        tally.deliveries as f64 / seconds
    ));
    let [server, postgres, driver] = used.map(|used| used / seconds);
    report.note(format!("CPU in cores: server {server:.2}, PostgreSQL {postgres:.2}, driver {driver:.2}"));
    report.note(format!(
        "all sockets open after {:.1} s, {} attempts refused",
        opening.as_secs_f64(),
        tally.refused
    ));
    if memory_before > 0 {
        let each = memory_open.saturating_sub(memory_before) as f64 / options.sockets as f64 / 1024.0;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        report.note(format!(
            "server memory {:.1} MiB, with idle sockets {:.1} MiB: {each:.1} KiB each; after the load {:.1} MiB",
            mib(memory_before),
            mib(memory_open),
            mib(memory_loaded)
        ));
    }
    report.none_of("answers of 500 and more", sent.errors);
    check(&mut report, &sent, &tally, missing);
    Ok(report)
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
