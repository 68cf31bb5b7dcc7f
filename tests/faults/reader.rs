//! A reader of a room, who comes back whatever happens.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::history::{Run, Seen};
use crate::round::{DEADLINE, Heads, PAUSE, Place};
use crate::socket::{Message, Socket};

/// A post as it was served.
pub fn seen(post: &Value) -> Seen {
    Seen {
        id: post["id"].as_str().unwrap_or_default().to_owned(),
        seq: post["seq"].as_u64().unwrap_or(0),
        body: post["body_md"].as_str().unwrap_or_default().to_owned(),
    }
}

/// A client that follows a room over a WebSocket, whatever happens to its connection.
pub struct Reader {
    name: String,
    room: String,
    random: SmallRng,
    /// Where it began; known with the first subscription where that is "from now".
    since: Option<u64>,
    epoch: Option<String>,
    seqs: Vec<u64>,
    view: BTreeMap<String, Seen>,
    pub resumes: usize,
    pub broken: Vec<String>,
    closed: bool,
}

impl Reader {
    pub fn new(name: String, place: &Place, since: Option<u64>, random: SmallRng) -> Self {
        Self {
            name,
            room: place.room.clone(),
            random,
            since,
            epoch: None,
            seqs: Vec::new(),
            view: BTreeMap::new(),
            resumes: 0,
            broken: Vec::new(),
            closed: false,
        }
    }

    fn last(&self) -> Option<u64> {
        self.seqs.last().copied().or(self.since)
    }

    /// Follows from the moment `start` posts are acknowledged until the head of the room.
    pub async fn follow(
        mut self,
        member: Client,
        ats: Vec<SocketAddr>,
        start: usize,
        mut counted: watch::Receiver<usize>,
        mut stop: watch::Receiver<Option<Heads>>,
    ) -> Self {
        let _ = counted.wait_for(|count| *count >= start).await;
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE * 2 {
            // Leaves by itself after some messages, as people on trains do.
            let patience = self.random.random_range(5..60);
            match self.connect(&member, &ats).await {
                Ok(mut socket) => {
                    if self.stay(&mut socket, patience, &mut stop).await {
                        return self;
                    }
                    socket.cut();
                    self.resumes += 1;
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
        self.broken.push(format!("{} did not get to the head of the room: {:?}", self.name, self.last()));
        self
    }

    async fn connect(&mut self, member: &Client, ats: &[SocketAddr]) -> std::io::Result<Socket> {
        self.closed = false;
        // Whichever server a proxy would choose.
        let at = *ats.choose(&mut self.random).expect("there are servers");
        let mut socket = Socket::open(at, member.cookie(), 0).await?;
        let since = self.last();
        socket.subscribe(&self.room, since, self.epoch.as_deref().filter(|_| since.is_some())).await?;
        Ok(socket)
    }

    /// Reads until the connection ends or patience does; true at the head of the room.
    async fn stay(
        &mut self,
        socket: &mut Socket,
        patience: usize,
        stop: &mut watch::Receiver<Option<Heads>>,
    ) -> bool {
        let before = self.seqs.len();
        loop {
            let end = stop.borrow().as_ref().map(|heads| heads[&self.room]);
            if let Some(end) = end
                && self.last().is_some_and(|last| last >= end)
            {
                // What comes twice comes late: listens a little longer.
                let listen = async { while socket.read(|message| self.take(message)).await.is_ok() {} };
                let _ = timeout(Duration::from_millis(150), listen).await;
                return true;
            }
            if self.closed || (end.is_none() && self.seqs.len() - before > patience) {
                return false;
            }
            tokio::select! {
                read = socket.read(|message| self.take(message)) => if read.is_err() {
                    return false;
                },
                _ = stop.changed(), if end.is_none() => {}
                // The contract: who hears nothing for 35 s reconnects.
                () = sleep(Duration::from_secs(35)) => return false,
            }
        }
    }

    fn take(&mut self, message: Message<'_>) {
        let Message::Line(line) = message else {
            self.closed = true;
            return;
        };
        let Ok(frame) = serde_json::from_slice::<Value>(line) else {
            return self.broken.push(format!("{} was sent {}", self.name, String::from_utf8_lossy(line)));
        };
        match frame["type"].as_str().unwrap_or_default() {
            "hello" => {
                let epoch = frame["epoch"].as_str().unwrap_or_default().to_owned();
                if self.epoch.as_ref().is_some_and(|before| *before != epoch) {
                    self.broken.push(format!("{}: the epoch changed without a restore", self.name));
                }
                self.epoch = Some(epoch);
            }
            "subscribed" => self.since = self.since.or(frame["head"].as_u64()),
            "event" => {
                self.seqs.push(frame["seq"].as_u64().unwrap_or(0));
                let data = &frame["data"];
                let post = match frame["kind"].as_str().unwrap_or_default() {
                    kind if kind.starts_with("post.") => seen(data),
                    _ => return,
                };
                self.view.insert(post.id.clone(), post);
            }
            "reset" | "error" | "unsubscribed" => self.broken.push(format!("{} was sent {frame}", self.name)),
            _ => {}
        }
    }

    /// What it was given; nothing where it never got a subscription.
    pub fn run(&self) -> Option<Run> {
        Some(Run {
            reader: self.name.clone(),
            room: self.room.clone(),
            since: self.since?,
            seqs: self.seqs.clone(),
            view: self.view.values().cloned().collect(),
        })
    }
}
