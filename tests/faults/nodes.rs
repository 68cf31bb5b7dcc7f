//! Three servers on one PostgreSQL, with a NATS between them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use plenary::db;
use plenary::db::private::{PrivatePostgres, Role};
use rand::RngExt;
use rand::rngs::SmallRng;
use tokio::time::sleep;

use crate::delivery;
use crate::folder::Folder;
use crate::nats::Nats;
use crate::round::{DEADLINE, PAUSE, World};
use crate::server::Server;
use crate::{binary, round, setting};

const NODES: usize = 3;

/// What strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Nemesis {
    /// kill -9 of one server; it is started again after a while.
    Node,
    /// kill -9 of NATS; it is started again after a while.
    Nats,
    /// SIGSTOP of NATS, for so short a time that nobody notices or so long that all give it up.
    Pause,
    /// SIGTERM of each server in turn, as when a new version is installed.
    Rolling,
}

/// Dropped in this order: the servers before their database.
pub struct Nodes {
    pub servers: Vec<Server>,
    pub nats: Nats,
    nemesis: Nemesis,
    postgres: PrivatePostgres,
    folder: Folder,
}

impl Nodes {
    async fn start() -> Result<Self, String> {
        let (folder, nats) = (Folder::new(), Nats::start());
        let postgres = PrivatePostgres::start(&folder.path().join("data"), Role::Tool).await?;
        db::migrate(postgres.url()).await?;
        let mut servers = Vec::new();
        for _ in 0..NODES {
            let settings = vec![
                ("DATABASE_URL", postgres.url().to_owned()),
                ("NATS_URL", nats.url()),
                ("PLENARY_DB_CONNECTIONS", "10".to_owned()),
            ];
            servers.push(Server::start_with(binary(), 2, settings).await?);
        }
        Ok(Self { servers, nats, nemesis: Nemesis::Node, postgres, folder })
    }

    fn logs(&self) -> String {
        self.servers.iter().map(Server::log).collect::<Vec<_>>().join("\n---\n")
    }

    /// Asks a server to stop, and starts it again once it has.
    async fn restart(&mut self, number: usize) -> Result<(), String> {
        let (server, start) = (&mut self.servers[number], Instant::now());
        server.terminate();
        loop {
            match server.ended() {
                Some(true) => break,
                Some(false) => return Err("A server did not stop well.".into()),
                None if start.elapsed() > DEADLINE => return Err("A server does not stop.".into()),
                None => sleep(PAUSE).await,
            }
        }
        server.spawn().map_err(|error| error.to_string())?;
        server.ready().await
    }
}

impl World for Nodes {
    fn ats(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(Server::at).collect()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pace(&self) -> Duration {
        Duration::from_millis(40)
    }

    async fn strike(&mut self, random: &mut SmallRng) -> Result<(), String> {
        let mut a_while = |most: u64| Duration::from_millis(random.random_range(0..most));
        match self.nemesis {
            Nemesis::Node => {
                let rest = a_while(1_000);
                let server = &mut self.servers[random.random_range(0..NODES)];
                server.kill().map_err(|error| error.to_string())?;
                sleep(rest).await;
                server.spawn().map_err(|error| error.to_string())?;
                server.ready().await?;
            }
            Nemesis::Nats => {
                self.nats.kill();
                sleep(a_while(2_000)).await;
                self.nats.run();
            }
            Nemesis::Pause => {
                self.nats.pause();
                sleep(a_while(5_000)).await;
                self.nats.resume();
            }
            Nemesis::Rolling => {
                for number in 0..NODES {
                    self.restart(number).await?;
                }
            }
        }
        Ok(())
    }
}

// Migrations run in the place of an asynchronous worker, which needs another one beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_lose_nothing_whatever_is_killed() {
    let (rounds, seed) = (setting("PLENARY_FAULT_ROUNDS", 2).max(4), setting("PLENARY_FAULT_SEED", 1));
    let mut nodes = Nodes::start().await.expect("the servers start");
    let mut steward = nodes.servers[0].steward().await.expect("a steward");
    let kinds = [Nemesis::Node, Nemesis::Nats, Nemesis::Pause, Nemesis::Rolling];
    for (number, seed) in (seed..).take(rounds as usize).enumerate() {
        nodes.nemesis = kinds[number % kinds.len()];
        let what = format!("three nodes, {:?}", nodes.nemesis);
        let outcome = round(&mut nodes, &mut steward, &what, seed).await;
        outcome.unwrap_or_else(|line| panic!("{line}\n{}", nodes.logs()));
    }
    for way in ["with NATS", "without NATS"] {
        let delivery = delivery::measure(&nodes.ats(), &mut steward).await.expect("posts are delivered");
        println!("three nodes, {way}: {delivery}");
        nodes.nats.kill();
    }
    for server in &mut nodes.servers {
        assert!(server.stop(), "a server stops well:\n{}", server.log());
    }
    assert!(!nodes.logs().contains("panicked"), "no part of a server panics:\n{}", nodes.logs());
    nodes.postgres.stop().await;
}
