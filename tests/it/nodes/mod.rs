//! Several servers on one PostgreSQL, with NATS between them and without.

mod away;
mod events;
mod forged;
mod presence;
mod revocation;
mod starting;
mod writing;

use std::sync::atomic::{AtomicU64, Ordering};

use plenary::config::Config;
use plenary::kernel::live::bus::BusState;
use serde_json::Value;

use crate::support::nats::Nats;
use crate::support::rooms::{Person, Stage, until};
use crate::support::{Browser, Server};

/// A workshop on the first of several servers.
struct Nodes {
    stage: Stage,
    others: Vec<Server>,
}

impl Nodes {
    /// So many servers; with NATS they are connected.
    async fn new(count: usize, nats: Option<&Nats>, room: Value) -> Self {
        let nodes = Self::starting(count, nats, room).await;
        if nats.is_some() {
            nodes.connected().await;
        }
        nodes
    }

    /// The same, whether or not NATS is there.
    async fn starting(count: usize, nats: Option<&Nats>, room: Value) -> Self {
        Self::changed(count, nats, room, |_| {}).await
    }

    /// The same, with other settings.
    async fn changed(count: usize, nats: Option<&Nats>, room: Value, change: fn(&mut Config)) -> Self {
        let url = nats.map(Nats::url);
        let set = |config: &mut Config| {
            config.nats_url = url.clone();
            change(config);
        };
        let first = Server::start(set).await;
        let mut others = Vec::new();
        for _ in 1..count {
            others.push(first.another(set).await);
        }
        Self { stage: Stage::on(first, room).await, others }
    }

    /// A server by number.
    fn node(&self, number: usize) -> &Server {
        number.checked_sub(1).map_or(&self.stage.server, |number| &self.others[number])
    }

    fn all(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.stage.server).chain(&self.others)
    }

    /// Every server can tell the others something.
    async fn connected(&self) {
        for server in self.all() {
            until("NATS is connected", async || server.state.hub.bus.state() == BusState::Up).await;
        }
    }

    async fn stop(self) {
        for server in self.others {
            server.stop().await;
        }
        self.stage.server.stop().await;
    }
}

impl Person {
    /// The same sign-in at another server.
    fn at(&self, server: &Server) -> Self {
        let browser = Browser { origin: server.origin.clone(), ..self.browser.clone() };
        Self { browser, ..self.clone() }
    }
}

fn value(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// Events that came to a server over NATS, and those that it had to read from the log.
fn ways(server: &Server) -> (u64, u64) {
    let hub = &server.state.hub;
    (value(&hub.bus.counters.lines), value(&hub.caught_up))
}
