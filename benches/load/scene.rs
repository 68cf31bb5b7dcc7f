//! The room in which everything happens, and the posts that are made there.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::Host;
use crate::client::{Client, Failure};
use crate::server::members;
use crate::swarm::{ARRIVAL, Place};

/// A room with a thread, its members, and the clock that all share.
pub struct Scene {
    pub host: Host,
    pub steward: Client,
    pub room: String,
    pub thread: String,
    pub members: Vec<Client>,
    pub zero: Instant,
}

impl Scene {
    pub async fn set(host: Host, people: usize) -> Result<Self, String> {
        let failed = |error: Failure| format!("The room cannot be set up: {error}");
        let mut steward = host.steward().await?;
        let room = steward.open_room("A full hall").await.map_err(failed)?;
        let thread = steward.open_thread(&room, "Plenary").await.map_err(failed)?;
        let members = members(host.at(), people.max(1)).await?;
        Ok(Self { host, steward, room, thread, members, zero: Instant::now() })
    }

    /// Where the sockets go.
    pub fn place(&self) -> Place {
        Place {
            at: self.host.at(),
            room: Some(self.room.clone()),
            cookies: self.members.iter().map(|member| member.cookie().to_owned()).collect(),
            zero: self.zero,
        }
    }

    pub async fn head(&mut self) -> Result<u64, String> {
        let room = self.steward.call("GET", &format!("/api/v1/rooms/{}", self.room), None).await;
        room.map_err(|error| format!("The room: {error}"))?["head_seq"].as_u64().ok_or("no head_seq".into())
    }

    /// The work of posting so many a second until told to end; does not borrow the scene.
    pub fn posting(&self, rate: f64, end: watch::Receiver<bool>) -> impl Future<Output = Sent> + use<> {
        let writers: Vec<Client> = self.members.iter().map(Client::again).take(32).collect();
        post(writers, self.thread.clone(), rate, self.zero, end)
    }
}

/// The posts that were made.
#[derive(Default)]
pub struct Sent {
    /// Number, just before the request was written, when the answer was there; microseconds.
    pub posts: Vec<(u64, u64, u64)>,
    /// Attempts that were refused or cut and made again.
    pub retries: u64,
    /// Answers of 500 and more.
    pub errors: u64,
    /// Posts given up.
    pub lost: u64,
}

impl Sent {
    fn and(mut self, other: Self) -> Self {
        self.posts.extend(other.posts);
        self.retries += other.retries;
        self.errors += other.errors;
        self.lost += other.lost;
        self
    }
}

/// Posts so many a second until told to end; `zero` is the clock of what is noted.
pub async fn post(
    writers: Vec<Client>,
    thread: String,
    rate: f64,
    zero: Instant,
    end: watch::Receiver<bool>,
) -> Sent {
    let start = tokio::time::Instant::now();
    let count = writers.len();
    let path = format!("/api/v1/threads/{thread}/posts");
    let text = "We hear the room: the second paragraph needs one more reading by all. ".repeat(3);
    let lanes = writers.into_iter().enumerate().map(async |(number, mut writer)| {
        let (mut sent, mut end) = (Sent::default(), end.clone());
        for step in (number..).step_by(count) {
            tokio::select! {
                () = tokio::time::sleep_until(start + Duration::from_secs_f64(step as f64 / rate)) => {}
                _ = end.wait_for(|end| *end) => break,
            }
            if *end.borrow() {
                break;
            }
            let body = json!({"body": &text[..200], "lang": "en", "client_id": Uuid::new_v4()});
            let first = Instant::now();
            let mut tries = 0;
            loop {
                let before = zero.elapsed().as_micros() as u64;
                match writer.call("POST", &path, Some(body.clone())).await {
                    Ok(post) => {
                        let after = zero.elapsed().as_micros() as u64;
                        // After a retry nobody knows which attempt it was: its time tells nothing.
                        let before = if tries == 0 { before } else { u64::MAX };
                        sent.posts.push((post["seq"].as_u64().unwrap_or(0), before, after));
                        break;
                    }
                    Err(error) => {
                        if let Failure::Refused { status: 500.., .. } = error {
                            sent.errors += 1;
                        }
                        if !error.may_retry() || first.elapsed() > ARRIVAL {
                            eprintln!("A post was given up: {error}");
                            sent.lost += 1;
                            break;
                        }
                    }
                }
                tries += 1;
                sent.retries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        sent
    });
    futures_util::future::join_all(lanes).await.into_iter().fold(Sent::default(), Sent::and)
}
