//! How long an event takes from the writer's call to listeners at all servers, while nothing is struck.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::client::{Client, Failure};
use crate::server::members;
use crate::socket::{Message, Socket};

const WRITERS: usize = 5;
const POSTS: usize = 40;
const PACE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);

/// What was measured.
pub struct Delivery {
    times: Vec<Duration>,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            |share: f64| self.times[((self.times.len() - 1) as f64 * share).round() as usize].as_secs_f64();
        write!(
            f,
            "{} deliveries from call to listener: p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms",
            self.times.len(),
            at(0.5) * 1e3,
            at(0.99) * 1e3,
            at(1.0) * 1e3
        )
    }
}

type Begun = Arc<Mutex<HashMap<String, Instant>>>;

/// Some members post at all servers, about fifty times a second, and one listens at each.
pub async fn measure(ats: &[SocketAddr], steward: &mut Client) -> Result<Delivery, String> {
    let failed = |error: Failure| format!("A room cannot be opened: {error}");
    let room = steward.open_room("How fast").await.map_err(failed)?;
    let thread = steward.open_thread(&room, "How fast").await.map_err(failed)?;
    // Where NATS was just killed, a server may learn of the room a second later.
    sleep(Duration::from_millis(1_500)).await;
    let people = members(ats[0], WRITERS).await?;
    let begun = Begun::default();
    let listeners = ats.iter().map(|at| listen(*at, &people[0], &room, &begun));
    let writers = people.iter().zip(ats.iter().cycle()).map(|(member, at)| {
        let mut member = member.again();
        member.move_to(*at);
        write(member, &thread, &begun)
    });
    let work = async {
        futures_util::try_join!(
            futures_util::future::try_join_all(listeners),
            futures_util::future::try_join_all(writers)
        )
    };
    let (heard, _) =
        timeout(PATIENCE, work).await.map_err(|_| "Not all posts are delivered.".to_owned())??;
    let mut times: Vec<Duration> = heard.into_iter().flatten().collect();
    times.sort_unstable();
    Ok(Delivery { times })
}

async fn write(mut member: Client, thread: &str, begun: &Begun) -> Result<(), String> {
    // The listeners come first.
    sleep(Duration::from_millis(500)).await;
    for _ in 0..POSTS {
        sleep(PACE.mul_f64(rand::random_range(0.5..1.5))).await;
        let client_id = Uuid::new_v4().to_string();
        begun.lock().expect("nobody panics").insert(client_id.clone(), Instant::now());
        let body = json!({"body": client_id, "lang": "en", "client_id": client_id});
        let path = format!("/api/v1/threads/{thread}/posts");
        member.call("POST", &path, Some(body)).await.map_err(|error| format!("A post: {error}"))?;
    }
    Ok(())
}

async fn listen(at: SocketAddr, member: &Client, room: &str, begun: &Begun) -> Result<Vec<Duration>, String> {
    let failed = |error: std::io::Error| format!("A listener: {error}");
    let mut socket = Socket::open(at, member.cookie(), 0).await.map_err(failed)?;
    socket.subscribe(room, None, None).await.map_err(failed)?;
    let mut times = Vec::new();
    while times.len() < WRITERS * POSTS {
        let take = |message: Message<'_>| {
            let now = Instant::now();
            let Message::Line(line) = message else { return };
            let Ok(frame) = serde_json::from_slice::<Value>(line) else { return };
            let text = frame["data"]["body_md"].as_str().unwrap_or_default();
            if let Some(begun) = begun.lock().expect("nobody panics").get(text) {
                times.push(now - *begun);
            }
        };
        socket.read(take).await.map_err(failed)?;
    }
    Ok(times)
}
