//! Crashes under load: the server, its PostgreSQL, or both are killed while members write and read. Afterwards a
//! checker reads the history of the round: nothing acknowledged is lost, nothing is doubled, numbers have no gap,
//! every reader saw every event once and in order.
//!
//! `PLENARY_FAULT_ROUNDS` sets the rounds of each kind (2), `PLENARY_FAULT_SEED` the first seed, which decides
//! who writes where, when readers leave and when the nemesis strikes.

#[allow(dead_code)]
#[path = "../../benches/load/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../../benches/load/server.rs"]
mod server;
#[allow(dead_code)]
#[path = "../../benches/load/socket.rs"]
mod socket;

mod database;
mod history;
mod round;
mod wire;

use std::path::Path;
use std::time::Instant;

use round::Nemesis;
use server::Server;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_whatever_is_killed() {
    let (rounds, seed) = (setting("PLENARY_FAULT_ROUNDS", 2), setting("PLENARY_FAULT_SEED", 1));
    let binary = Path::new(env!("CARGO_BIN_EXE_plenary"));
    let mut server = Server::start(binary, 2).await.expect("the server starts");
    let mut steward = server.steward().await.expect("a steward");
    let kinds = [Nemesis::Server, Nemesis::Postgres, Nemesis::Both];
    for (number, seed) in (seed..).take(rounds as usize * kinds.len()).enumerate() {
        let nemesis = kinds[number % kinds.len()];
        let start = Instant::now();
        let outcome = round::run(&mut server, &mut steward, nemesis, seed).await;
        let outcome =
            outcome.unwrap_or_else(|line| panic!("seed {seed}, {nemesis:?}: {line}\n{}", server.log()));
        println!("seed {seed}, {nemesis:?} killed: {outcome}; {:.1} s in all", start.elapsed().as_secs_f64());
        let mut broken = outcome.broken;
        broken.extend(history::check(&outcome.history));
        broken.truncate(20);
        assert!(broken.is_empty(), "seed {seed}, {nemesis:?}:\n{}", broken.join("\n"));
    }
    assert!(server.stop(), "the server stops well:\n{}", server.log());
    let log = server.log();
    assert!(!log.contains("panicked"), "no part of the server panics:\n{log}");
}
