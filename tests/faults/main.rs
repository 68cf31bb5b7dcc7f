//! Crashes under load: the server, its PostgreSQL, or both are killed while members write and read. Afterwards a
//! checker reads the history of the round: nothing acknowledged is lost, nothing is doubled, numbers have no gap,
//! every reader saw every event once and in order.
//!
//! The same with three servers on one PostgreSQL and a NATS between them, where servers and NATS are struck.
//!
//! `PLENARY_FAULT_ROUNDS` sets the rounds of each kind with one server (2), and of all kinds together with three
//! (at least 4). `PLENARY_FAULT_SEED` is the first seed, which decides who writes where, when readers leave and
//! when the nemesis strikes.

#[allow(dead_code)]
#[path = "../../benches/load/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "../../benches/load/server.rs"]
mod server;
#[allow(dead_code)]
#[path = "../../benches/load/socket.rs"]
mod socket;

#[allow(dead_code)]
#[path = "../it/support/folder.rs"]
mod folder;
#[path = "../it/support/nats.rs"]
mod nats;

mod database;
mod delivery;
mod history;
mod nodes;
mod one;
mod reader;
mod round;
mod wire;

use std::path::Path;
use std::time::Instant;

use client::Client;
use round::World;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The program under test.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_plenary"))
}

/// Runs a round and checks its history.
async fn round(world: &mut impl World, steward: &mut Client, what: &str, seed: u64) -> Result<(), String> {
    let start = Instant::now();
    let outcome =
        round::run(world, steward, seed).await.map_err(|line| format!("seed {seed}, {what}: {line}"))?;
    println!("seed {seed}, {what}: {outcome}; {:.1} s in all", start.elapsed().as_secs_f64());
    let mut broken = outcome.broken;
    broken.extend(history::check(&outcome.history));
    broken.truncate(20);
    if broken.is_empty() { Ok(()) } else { Err(format!("seed {seed}, {what}:\n{}", broken.join("\n"))) }
}
