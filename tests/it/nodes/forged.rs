//! Somebody who can write to NATS is not yet one of us: nothing of theirs is shown, and no number of theirs is believed.

use std::sync::atomic::Ordering;

use async_nats::Client;
use futures_util::StreamExt;
use plenary::kernel::access::Head;
use serde_json::json;
use uuid::Uuid;

use super::Nodes;
use crate::support::Server;
use crate::support::nats::Nats;
use crate::support::rooms::{text, until};
use crate::support::socket::Socket;

/// A stranger on the bus, who has heard one message about the room.
struct Stranger {
    client: Client,
    subject: String,
    heard: Vec<u8>,
}

impl Stranger {
    async fn new(nats: &Nats, room: &str, cause: impl AsyncFnOnce()) -> Self {
        let url = nats.url();
        let (account, at) = url.trim_start_matches("nats://").split_once('@').unwrap();
        let (user, password) = account.split_once(':').unwrap();
        let password = password.replace("%2F", "/");
        let options = async_nats::ConnectOptions::with_user_and_password(user.into(), password);
        let client = options.connect(at).await.unwrap();
        let mut all = client.subscribe("plenary.>").await.unwrap();
        client.flush().await.unwrap();
        cause().await;
        loop {
            let message = all.next().await.unwrap();
            if message.subject.ends_with(room)
                && String::from_utf8_lossy(&message.payload).contains("\"committed\"")
            {
                return Self {
                    client,
                    subject: message.subject.to_string(),
                    heard: message.payload.to_vec(),
                };
            }
        }
    }

    async fn say(&self, subject: &str, payload: Vec<u8>) {
        self.client.publish(subject.to_owned(), payload.into()).await.unwrap();
        self.client.flush().await.unwrap();
    }
}

fn counted(server: &Server) -> (u64, u64) {
    let counters = &server.state.hub.bus.counters;
    (counters.received.load(Ordering::Relaxed), counters.refused.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_sealed_is_nothing() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let (stage, room) = (&nodes.stage, nodes.stage.room.clone());
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let stranger = Stranger::new(&nats, &room, async || drop(ana.say(&thread, "First").await)).await;
    let there = ana.at(nodes.node(1));
    let mut socket = Socket::of(nodes.node(1), &ana).await;
    let head = ana.head(&room).await;
    socket.subscribe(&room, Some(head)).await;

    let node = Uuid::new_v4();
    let elsewhere = stranger.subject.replace(&room, &Uuid::now_v7().to_string());
    let frozen = json!({ "v": 1, "node": node, "is": { "committed": { "head": i64::MAX, "rules": false, "lines": [] } } });
    let line = format!(
        "{{\"type\":\"event\",\"room\":\"{room}\",\"seq\":{},\"kind\":\"post.created\",\"data\":{{\"body_html\":\"<b>forged</b>\"}}}}",
        head + 1
    );
    let event = format!(
        "{}\n{line}",
        json!({ "v": 1, "node": node, "is": { "committed":
        { "head": head + 1, "rules": false, "lines": [[head + 1, line.len(), null]] } } })
    );
    let mut changed = stranger.heard.clone();
    *changed.last_mut().unwrap() ^= 1;
    let zeros = [vec![0; 32], frozen.to_string().into_bytes()].concat();
    let forged = [
        (stranger.subject.clone(), frozen.to_string().into_bytes()),
        (stranger.subject.clone(), event.into_bytes()),
        (stranger.subject.clone(), changed),
        // Heard somewhere, said elsewhere.
        (elsewhere, stranger.heard.clone()),
        (stranger.subject.clone(), zeros),
        (stranger.subject.clone(), vec![0; 7]),
        (stranger.subject.clone(), Vec::new()),
    ];
    let before: Vec<(u64, u64)> = nodes.all().map(counted).collect();
    for (subject, payload) in &forged {
        stranger.say(subject, payload.clone()).await;
    }
    let count = forged.len() as u64;
    for (server, before) in nodes.all().zip(before) {
        until("it was refused", async || counted(server).1 >= before.1 + count).await;
    }
    // The true entry with that number is heard, and pages follow.
    let post = text(&ana.say(&thread, "Second").await["id"]);
    let heard = socket.events_to(head + 1).await;
    assert_eq!(heard.last().unwrap()["data"]["body_md"], "Second");
    let page = format!("/threads/{thread}/posts");
    until("the page has it", async || there.read(&page).await.to_string().contains("Second")).await;
    // Repeating what was true changes nothing.
    stranger.say(&stranger.subject, stranger.heard.clone()).await;
    let hidden = json!({ "reason": "abuse", "note": "" });
    stage.chair.done("PUT", &format!("/posts/{post}/hidden"), hidden).await;
    until("it is gone from the page", async || !there.read(&page).await.to_string().contains("Second")).await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_from_another_node_is_a_reason_to_look_and_nothing_more() {
    let nodes = Nodes::new(1, None, json!({})).await;
    let (stage, access) = (&nodes.stage, &nodes.stage.server.state.access);
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let room: Uuid = stage.room.parse().unwrap();
    let head = |known: Head| known.seq;
    let before = head(access.known_head(room).await.unwrap());
    access.room_doubted(room, true);
    assert_eq!(head(access.known_head(room).await.unwrap()), before, "there is no more");
    // Behind this node's back: another one wrote, and said so before this node swept.
    let other = stage.server.another(|_| {}).await;
    let post = ana.at(&other).say(&thread, "From there").await;
    access.room_doubted(room, false);
    assert_eq!(json!(head(access.known_head(room).await.unwrap())), post["seq"]);
    let page = ana.read(&format!("/threads/{thread}/posts")).await;
    assert!(page.to_string().contains("From there"), "{page}");
    // Roles that were changed there count at once, when it is said that they were.
    let ben = stage.server.person("Ben", "workers").await;
    let role = format!("/rooms/{room}/roles/{}", ben.id);
    stage.chair.at(&other).done("PUT", &role, json!({ "role": "moderator" })).await;
    access.room_doubted(room, true);
    let state = access.room_state(room).await.unwrap();
    assert!(state.roles.contains_key(&ben.id));
    other.stop().await;
    nodes.stop().await;
}
