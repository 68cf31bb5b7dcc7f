//! The reconnect storm: all sockets lose the server at once and come back while posting goes on.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use tokio::sync::watch;

use crate::Host;
use crate::report::{Report, Times};
use crate::scene::Scene;
use crate::swarm::{Swarm, check};

#[derive(Args)]
pub struct Options {
    /// Open sockets.
    #[arg(long, default_value_t = 5000, value_name = "N")]
    sockets: usize,
    /// Members who share them.
    #[arg(long, default_value_t = 50, value_name = "N")]
    members: usize,
    /// Posts a second.
    #[arg(long, default_value_t = 5.0, value_name = "N")]
    rate: f64,
    /// Storms, one after the other.
    #[arg(long, default_value_t = 2, value_name = "N")]
    rounds: usize,
    /// How the sockets lose the server.
    #[arg(long, value_enum, default_value = "cut")]
    how: How,
    /// Threads of the driver that read the sockets.
    #[arg(long, default_value_t = 1, value_name = "N")]
    threads: usize,
}

#[derive(Clone, Copy, PartialEq, Debug, ValueEnum)]
enum How {
    /// The network resets every connection.
    Cut,
    /// The server is killed and started again.
    Kill,
    /// The server is stopped gracefully and started again.
    Stop,
}

const PATIENCE: Duration = Duration::from_secs(180);

pub async fn run(host: Host, options: &Options) -> Result<Report, String> {
    let mut scene = Scene::set(host, options.members).await?;
    let swarm = Swarm::start(scene.place(), options.sockets, options.threads);
    swarm.all_complete(PATIENCE).await?;
    let mut report = Report {
        scenario: "storm",
        setting: format!(
            "{} sockets of {} members in one room, {} posts/s, {:?}",
            options.sockets, options.members, options.rate, options.how
        ),
        columns: vec!["p50 s", "p90 s", "p99 s", "all s"],
        ..Report::default()
    };
    let (end, ended) = watch::channel(false);
    let posting = scene.posting(options.rate, ended);
    let storms = async {
        for round in 1..=options.rounds {
            tokio::time::sleep(Duration::from_secs(2)).await;
            swarm.forget();
            let start = scene.zero.elapsed().as_millis() as u32;
            lose(&mut scene.host, options.how, &swarm).await?;
            let mut times = Times::default();
            for moment in swarm.all_complete(PATIENCE).await? {
                times.add(u64::from(moment.saturating_sub(start)));
            }
            // Times are kept in thousandths: milliseconds here, so the shares are seconds.
            report.row(format!("storm {round}: back and complete"), times.shares([0.5, 0.9, 0.99, 1.0]));
        }
        let _ = end.send(true);
        Ok::<(), String>(())
    };
    let (sent, storms) = tokio::join!(posting, async {
        let outcome = storms.await;
        let _ = end.send(true);
        outcome
    });
    storms?;
    let head = scene.head().await?;
    let (tally, missing) = swarm.end(head).await;
    let mut acks = Times::default();
    sent.posts.iter().filter(|post| post.1 < u64::MAX).for_each(|post| acks.add(post.2 - post.1));
    let [p50, p99, longest] = acks.shares([0.5, 0.99, 1.0]);
    report.note(format!("posting all the time: p50 {p50:.0} ms, p99 {p99:.0} ms, longest {longest:.0} ms"));
    report.note(format!(
        "{} posts, {} attempts made again; {} deliveries, {} connections refused",
        sent.posts.len(),
        sent.retries,
        tally.deliveries,
        tally.refused
    ));
    if options.how == How::Cut {
        report.none_of("answers of 500 and more", sent.errors);
    }
    check(&mut report, &sent, &tally, missing);
    Ok(report)
}

async fn lose(host: &mut Host, how: How, swarm: &Swarm) -> Result<(), String> {
    let server = match (how, host) {
        (How::Cut, _) => {
            swarm.cut();
            return Ok(());
        }
        (_, Host::Own(server)) => server,
        (_, Host::Other { .. }) => {
            return Err("Only a server of ours can be stopped: leave out --url.".into());
        }
    };
    if how == How::Kill {
        server.kill().map_err(|error| error.to_string())?;
    } else {
        let start = Instant::now();
        server.terminate();
        while server.ended().is_none() {
            if start.elapsed() > PATIENCE {
                return Err("The server does not stop.".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    server.spawn().map_err(|error| error.to_string())
}
