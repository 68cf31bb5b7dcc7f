//! The peer of `fanout`: a plain broadcast server of the npm package ws, in a process of its own. It numbers and
//! stores nothing, so the number and the moment are in the messages, which look like events of Plenary.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::time::{sleep_until, timeout};
use uuid::Uuid;

use crate::Meter;
use crate::fanout::{Course, OPENING};
use crate::scene::Sent;
use crate::server::times;
use crate::socket::Socket;
use crate::swarm::{Place, Swarm};

/// How long node may take to start.
const START: Duration = Duration::from_secs(20);
/// How long the connection that sends may be stuck.
const STUCK: Duration = Duration::from_secs(30);

/// What the peer has to carry.
pub struct Load {
    pub sockets: usize,
    pub threads: usize,
    /// Messages a second.
    pub rate: f64,
    pub seconds: u64,
    /// Bytes of a message.
    pub size: usize,
}

/// The other process; ends with this value.
pub struct Peer {
    child: Child,
    at: SocketAddr,
}

impl Peer {
    pub async fn start() -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("The peer cannot be started: {error}");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/peer.mjs");
        let child = Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.map_err(|error| failed(&format!("node: {error}")))?;
        // From here on the process ends with the value, whatever happens.
        let mut peer = Self { child, at: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) };
        let stdout = peer.child.stdout.take().ok_or("no standard output")?;
        let stdout = ChildStdout::from_std(stdout).map_err(|error| failed(&error))?;
        let mut line = String::new();
        match timeout(START, BufReader::new(stdout).read_line(&mut line)).await {
            Err(_) => return Err(failed(&format!("no port after {START:?}"))),
            Ok(read) => read.map_err(|error| failed(&error))?,
        };
        match line.trim() {
            "" => Err(failed(&"node ended without a port")),
            line => {
                peer.at.set_port(line.parse().map_err(|_| failed(&line))?);
                Ok(peer)
            }
        }
    }

    fn cpu(&self) -> (f64, f64) {
        (times(self.child.id()).0, 0.0)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts the load on a peer; gives what became of it, and the cores that peer and driver used.
pub async fn measure(load: &Load) -> Result<(Course, [f64; 2]), String> {
    let peer = Peer::start().await?;
    let zero = Instant::now();
    let place = Place { at: peer.at, room: None, cookies: Vec::new(), zero };
    let swarm = Swarm::start(place, load.sockets, load.threads);
    let opened = swarm.all_complete(OPENING).await;
    opened.map_err(|line| format!("The peer: {line}"))?;
    // The connection that sends is one more than the sockets.
    let socket = Socket::open(peer.at, "", load.sockets).await;
    let socket = socket.map_err(|error| format!("The peer: {error}"))?;

    let cpu = || peer.cpu();
    let meter = Meter::start(&cpu);
    let start = zero.elapsed();
    let (sent, sender) = send(socket, load, zero).await;
    let end = zero.elapsed();
    let [used, _, driver] = meter.read().map(|used| used / (end - start).as_secs_f64());
    // The peer sends to the sender too; it is read until all have everything, as any client would.
    let reading = tokio::task::spawn(drain(sender));
    let (tally, missing) = swarm.end(sent.posts.len() as u64).await;
    reading.abort();
    let [start, end] = [start, end].map(|moment| moment.as_micros() as u64);
    Ok((Course { sent, tally, missing, start, end }, [used, driver]))
}

/// Sends at the rate for the seconds, and reads meanwhile. Gives the connection back unless it broke.
async fn send(mut socket: Socket, load: &Load, zero: Instant) -> (Sent, Option<Socket>) {
    let start = tokio::time::Instant::now();
    let end = Duration::from_secs(load.seconds);
    let mut sent = Sent::default();
    for number in 1.. {
        let due = Duration::from_secs_f64((number - 1) as f64 / load.rate).min(end);
        loop {
            tokio::select! {
                biased;
                () = sleep_until(start + due) => break,
                read = socket.read(|_| ()) => if let Err(error) = read {
                    return broken(sent, &error);
                },
            }
        }
        if start.elapsed() >= end {
            break;
        }
        let before = zero.elapsed().as_micros() as u64;
        match timeout(STUCK, socket.text(&message(number, before, load.size))).await {
            Ok(Ok(())) => sent.posts.push((number, before, zero.elapsed().as_micros() as u64)),
            Ok(Err(error)) => return broken(sent, &error),
            Err(stuck) => return broken(sent, &stuck),
        }
    }
    (sent, Some(socket))
}

fn broken(mut sent: Sent, error: &dyn std::fmt::Display) -> (Sent, Option<Socket>) {
    eprintln!("The connection that sends to the peer: {error}");
    sent.lost += 1;
    (sent, None)
}

async fn drain(socket: Option<Socket>) {
    let Some(mut socket) = socket else { return };
    while socket.read(|_| ()).await.is_ok() {}
}

/// A message of this size with its number and the moment it is sent.
fn message(number: u64, moment: u64, size: usize) -> String {
    const END: &str = r#""}"#;
    let room = Uuid::nil();
    let mut text = format!(r#"{{"type":"event","room":"{room}","seq":{number},"sent":{moment},"body":""#);
    let rest = size.saturating_sub(text.len() + END.len());
    let _ = write!(text, "{:x<rest$}{END}", "");
    text
}
