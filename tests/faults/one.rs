//! One server with its private PostgreSQL.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use tokio::time::sleep;

use crate::round::{DEADLINE, PAUSE, World};
use crate::server::Server;
use crate::{binary, round, setting};

/// What strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Nemesis {
    /// kill -9 of the server; it is started again.
    Server,
    /// kill -9 of PostgreSQL; the server has to bring it back by itself.
    Postgres,
    /// Both at once, as when the machine dies; the server is started again.
    Both,
}

struct One {
    server: Server,
    nemesis: Nemesis,
}

impl World for One {
    fn ats(&self) -> Vec<SocketAddr> {
        vec![self.server.at()]
    }

    fn data(&self) -> PathBuf {
        self.server.data()
    }

    fn pace(&self) -> Duration {
        Duration::ZERO
    }

    async fn strike(&mut self, _: &mut SmallRng) -> Result<(), String> {
        let start = Instant::now();
        if self.nemesis != Nemesis::Server {
            let killed = self.server.kill_postmaster();
            killed.ok_or("PostgreSQL does not run, so it cannot be killed.")?;
            if self.nemesis == Nemesis::Postgres {
                while self.server.postmaster().is_none_or(|pid| Some(pid) == killed) {
                    if start.elapsed() > DEADLINE {
                        return Err("The server does not bring PostgreSQL back.".into());
                    }
                    sleep(PAUSE).await;
                }
            }
        }
        if self.nemesis != Nemesis::Postgres {
            self.server.kill().and_then(|()| self.server.spawn()).map_err(|error| error.to_string())?;
        }
        self.server.ready().await
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_whatever_is_killed() {
    let (rounds, seed) = (setting("PLENARY_FAULT_ROUNDS", 2), setting("PLENARY_FAULT_SEED", 1));
    let server = Server::start(binary(), 2).await.expect("the server starts");
    let mut steward = server.steward().await.expect("a steward");
    let mut world = One { server, nemesis: Nemesis::Server };
    let kinds = [Nemesis::Server, Nemesis::Postgres, Nemesis::Both];
    for (number, seed) in (seed..).take(rounds as usize * kinds.len()).enumerate() {
        world.nemesis = kinds[number % kinds.len()];
        let what = format!("{:?} killed", world.nemesis);
        let outcome = round(&mut world, &mut steward, &what, seed).await;
        outcome.unwrap_or_else(|line| panic!("{line}\n{}", world.server.log()));
    }
    assert!(world.server.stop(), "the server stops well:\n{}", world.server.log());
    let log = world.server.log();
    assert!(!log.contains("panicked"), "no part of the server panics:\n{log}");
}
