//! A browser that opens the live page of a session: a few connections, calls that wait for others, one socket.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use rand::RngExt;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::client::{Answer, Client};
use crate::page::Page;
use crate::socket::{Frame, Message, Refused, Socket};

/// How long a call may be asked again.
const RECOVERY: Duration = Duration::from_secs(10);
/// How long a socket may take to follow the room.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every member does.
pub struct Visitor<'a> {
    pub page: &'a Page,
    /// The paths of the page's calls.
    pub paths: Vec<String>,
    /// What is loaded before: the HTML, then what it names.
    pub files: &'a [String],
    pub room: &'a str,
    pub connections: usize,
    /// Ask again after a 503 with Retry-After.
    pub allow_busy: bool,
}

/// An answer to one of the calls.
pub struct Taken {
    /// The place of the call, see `Visitor::route`.
    pub call: usize,
    /// 0 where nothing came.
    pub status: u16,
    pub took: Duration,
}

/// What became of one member's visit.
#[derive(Default)]
pub struct Visit {
    pub answers: Vec<Taken>,
    /// Calls that were asked again.
    pub again: u64,
    /// Calls, the socket among them, that did not end well.
    pub failed: u64,
    /// When everything was there.
    pub complete: Duration,
    /// They stay open until all have come.
    _connections: Vec<Client>,
    _socket: Option<Socket>,
}

impl Visit {
    fn take(&mut self, answers: Vec<Taken>) {
        let well = answers.last().is_some_and(|last| matches!(last.status, 101 | 200..300));
        self.failed += u64::from(!well);
        self.again += answers.len().saturating_sub(1) as u64;
        self.answers.extend(answers);
    }
}

impl Visitor<'_> {
    /// What a call is for, as a route; files come after the calls, then the socket.
    pub fn route(&self, call: usize) -> &str {
        let calls = self.page.calls.len();
        match self.page.calls.get(call) {
            Some(call) => call.path,
            None if call < calls + self.files.len() => "a file",
            None if call == calls + self.files.len() => "/live",
            None => "the socket's subscription",
        }
    }

    /// Opens the page; `number` counts the members.
    pub async fn visit(&self, member: &Client, number: usize, start: Instant) -> Visit {
        let mut visit = Visit::default();
        let mut idle = (0..self.connections).map(|_| member.again()).collect();
        let files = self.files.len();
        let html_first = |begun: &[bool], done: &[bool]| {
            let next = begun.iter().position(|begun| !begun)?;
            (next == 0 || done[0]).then_some(next)
        };
        let (done, _) = watch::channel(vec![false; files]);
        let first = self.page.calls.len();
        self.load(&mut visit, &mut idle, self.files, first, &done, html_first).await;
        let (done, ended) = watch::channel(vec![false; self.page.calls.len()]);
        let in_order = |begun: &[bool], done: &[bool]| self.page.next(begun, done);
        let socket = self.socket(member.at(), member.cookie(), number, ended);
        let calls = self.load(&mut visit, &mut idle, &self.paths, 0, &done, in_order);
        let ((socket, steps), ()) = tokio::join!(socket, calls);
        steps.into_iter().for_each(|answers| visit.take(answers));
        visit.complete = start.elapsed();
        visit._connections = idle.into();
        visit._socket = socket;
        visit
    }

    /// Makes calls as connections are free, each when `next` says that it may begin.
    async fn load(
        &self,
        visit: &mut Visit,
        idle: &mut VecDeque<Client>,
        paths: &[String],
        first: usize,
        done: &watch::Sender<Vec<bool>>,
        next: impl Fn(&[bool], &[bool]) -> Option<usize>,
    ) {
        let mut begun = vec![false; paths.len()];
        let mut running = FuturesUnordered::new();
        loop {
            while !idle.is_empty()
                && let Some(call) = next(&begun, &done.borrow())
                && let Some(mut client) = idle.pop_front()
            {
                begun[call] = true;
                let path = &paths[call];
                running.push(async move {
                    let answers = self.ask(&mut client, path, first + call).await;
                    (client, call, answers)
                });
            }
            let Some((client, call, answers)) = running.next().await else { return };
            visit.take(answers);
            // As browsers do, the connection that was used last goes first.
            idle.push_front(client);
            done.send_modify(|done| done[call] = true);
        }
    }

    async fn ask(&self, client: &mut Client, path: &str, call: usize) -> Vec<Taken> {
        let request = client.request_gzip(path);
        let start = Instant::now();
        let mut answers = Vec::new();
        loop {
            let asked = Instant::now();
            let answer = client.send(&request).await;
            let status = answer.as_ref().map_or(0, |answer| answer.status);
            answers.push(Taken { call, status, took: asked.elapsed() });
            match answer.ok().as_ref().and_then(wait_of) {
                Some(wait) if self.allow_busy && start.elapsed() + wait < RECOVERY => sleep(wait).await,
                _ => return answers,
            }
        }
    }

    /// Opens the socket and follows the room, each when the page does.
    async fn socket(
        &self,
        at: SocketAddr,
        cookie: &str,
        number: usize,
        mut ended: watch::Receiver<Vec<bool>>,
    ) -> (Option<Socket>, Vec<Vec<Taken>>) {
        let call = self.page.calls.len() + self.files.len();
        let (opens, follows) =
            (self.page.place(self.page.socket_after), self.page.place(self.page.subscribe_after));
        let _ = ended.wait_for(|done| done[opens]).await;
        let start = Instant::now();
        let mut answers = Vec::new();
        let mut socket = loop {
            let asked = Instant::now();
            let opened = timeout(PATIENCE, Socket::open(at, cookie, number)).await;
            let opened = opened.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()));
            let status = opened.as_ref().map_or_else(status_of, |_| 101);
            answers.push(Taken { call, status, took: asked.elapsed() });
            match opened {
                Ok(socket) => break socket,
                Err(_) if self.allow_busy && status == 503 && start.elapsed() < RECOVERY => {
                    // The wait of the web client: half a second, doubled, with full jitter.
                    let longest = 500 << answers.len().saturating_sub(1).min(5);
                    sleep(Duration::from_millis(rand::rng().random_range(0..=longest))).await;
                }
                Err(_) => return (None, vec![answers]),
            }
        };
        let _ = ended.wait_for(|done| done[follows]).await;
        let asked = Instant::now();
        let followed = timeout(PATIENCE, follow(&mut socket, self.room)).await;
        let followed = followed.is_ok_and(|followed| followed.is_ok_and(|followed| followed));
        let status = if followed { 101 } else { 0 };
        let followed = Taken { call: call + 1, status, took: asked.elapsed() };
        (Some(socket), vec![answers, vec![followed]])
    }
}

/// Subscribes and reads until the server says that it did, or that it does not.
async fn follow(socket: &mut Socket, room: &str) -> std::io::Result<bool> {
    socket.subscribe(room, None, None).await?;
    let mut followed = None;
    while followed.is_none() {
        socket
            .read(|message| match message {
                Message::Line(line) => {
                    if let Frame::Other(value) = Frame::read(line) {
                        match value["type"].as_str() {
                            Some("subscribed") => followed = Some(true),
                            Some("error" | "unsubscribed") => followed = Some(false),
                            _ => {}
                        }
                    }
                }
                Message::Close(..) => followed = Some(false),
            })
            .await?;
    }
    Ok(followed == Some(true))
}

/// When a server that is busy wants to be asked again.
fn wait_of(answer: &Answer) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.parse().ok()?;
    (answer.status == 503).then(|| Duration::from_secs(seconds))
}

fn status_of(error: &std::io::Error) -> u16 {
    error.get_ref().and_then(|error| error.downcast_ref::<Refused>()).map_or(0, Refused::status)
}
