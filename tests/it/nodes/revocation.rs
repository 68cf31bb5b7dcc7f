//! The end of a right at one node ends what was live by it at every other.

use std::time::Duration;

use serde_json::{Value, json};

use super::Nodes;
use crate::support::PASSWORD;
use crate::support::nats::Nats;
use crate::support::rooms::{Person, Stage, until};
use crate::support::socket::{Got, Socket};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3_600);

/// Runs an act; returns how the subscription or connection ended.
async fn ended(socket: &mut Socket, act: impl Future<Output = ()>) -> String {
    act.await;
    loop {
        match socket.next().await {
            Got::Closed(code, reason) => return format!("{code} {reason}"),
            Got::Line(line) if line["type"] == "unsubscribed" => {
                return line["code"].as_str().unwrap().to_owned();
            }
            Got::Line(_) => {}
        }
    }
}

async fn listening(nodes: &Nodes, person: &Person) -> Socket {
    // Without NATS a node learns of a new right within a second, too.
    let room = format!("/rooms/{}", nodes.stage.room);
    until("the room is open", async || person.at(nodes.node(1)).get(&room).await.status == 200).await;
    let mut socket = Socket::of(nodes.node(1), person).await;
    socket.subscribe(&nodes.stage.room, None).await;
    socket
}

async fn everything_ends(nodes: &Nodes) {
    let stage: &Stage = &nodes.stage;
    let done = async |person: &Person, method: &str, path: &str, body: Value| {
        person.done(method, path, body).await;
    };
    let ana = stage.with_role("Ana", "workers", "participant").await;
    let mut socket = listening(nodes, &ana).await;
    let act = done(&ana, "POST", "/sign-out", Value::Null);
    assert_eq!(ended(&mut socket, act).await, "4501 signed_out");
    until("signed out there, too", async || ana.at(nodes.node(1)).get("/me").await.status == 401).await;

    let ben = stage.with_role("Ben", "workers", "participant").await;
    let (token, browser) = stage.server.sign_in_again(ben.id).await;
    let phone = Person { token, browser, ..ben.clone() };
    let mut socket = listening(nodes, &phone).await;
    let change = json!({ "current": PASSWORD, "new": "seven grey herons stand" });
    let act = done(&ben, "PUT", "/me/password", change);
    assert_eq!(ended(&mut socket, act).await, "4501 signed_out");
    until("signed out there, too", async || phone.at(nodes.node(1)).get("/me").await.status == 401).await;
    // A new password renews the token in use.
    let (token, browser) = stage.server.sign_in_again(ben.id).await;
    let ben = Person { token, browser, ..ben };

    let mut socket = listening(nodes, &ben).await;
    let path = format!("/members/{}", ben.id);
    let act = done(&stage.steward, "PATCH", &path, json!({ "constituency": "employers" }));
    assert_eq!(ended(&mut socket, act).await, "4010 member_changed");

    let mut socket = listening(nodes, &ben).await;
    let act = done(&stage.steward, "PATCH", &path, json!({ "status": "banned" }));
    assert_eq!(ended(&mut socket, act).await, "4503 banned");
    until("signed out there, too", async || ben.at(nodes.node(1)).get("/me").await.status == 401).await;

    let dora = stage.with_role("Dora", "workers", "moderator").await;
    let mut socket = listening(nodes, &dora).await;
    let role = format!("/rooms/{}/roles/{}", stage.room, dora.id);
    let act = done(&stage.chair, "PUT", &role, json!({ "role": "participant" }));
    assert_eq!(ended(&mut socket, act).await, "role_changed");
    socket.subscribe(&stage.room, None).await;
    let act = done(&stage.chair, "DELETE", &role, Value::Null);
    assert_eq!(ended(&mut socket, act).await, "removed");
    assert_eq!(dora.at(nodes.node(1)).get(&format!("/rooms/{}", stage.room)).await.status, 404);

    // The chair is not concerned by any of this, and hears what is said then.
    let mut chair = listening(nodes, &stage.chair).await;
    stage.thread(&stage.chair).await;
    chair.line_of("event").await;
    assert!(socket.settled().await.iter().all(|line| line["type"] != "event"), "who is gone hears nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_nats_without_a_look_at_the_database() {
    let nats = Nats::start();
    let room = json!({ "visibility": "invited" });
    // What NATS brings is not waited for by a sweep.
    let nodes = Nodes::changed(2, Some(&nats), room, |config| config.waits.sweep = NEVER).await;
    nodes.connected().await;
    everything_ends(&nodes).await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_a_look_at_the_database_without_it() {
    let nodes = Nodes::new(2, None, json!({ "visibility": "invited" })).await;
    everything_ends(&nodes).await;
    // Somebody changes the database by hand.
    let mut chair = listening(&nodes, &nodes.stage.chair).await;
    nodes.stage.server.sql("DELETE FROM sign_ins").await;
    assert_eq!(ended(&mut chair, async {}).await, "4501 signed_out");
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_late_ends_nothing_that_stands() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let ana = nodes.stage.server.person("Ana", "workers").await;
    let mut socket = listening(&nodes, &ana).await;
    // As if a message had been long on its way, and the ban taken back meanwhile.
    let hub = &nodes.stage.server.state.hub;
    hub.banned(ana.id);
    hub.member_changed(ana.id);
    let received = || super::value(&nodes.node(1).state.hub.bus.counters.received);
    until("both were heard", async || received() >= 2).await;
    socket.send(json!({ "type": "here", "room": nodes.stage.room, "site": "hall" })).await;
    while socket.line_of("presence").await["hall"] != 1 {}
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_said_after_the_revocation_is_heard_at_another_node() {
    let nodes = Nodes::new(2, None, json!({ "visibility": "invited" })).await;
    let stage = &nodes.stage;
    let thread = stage.thread(&stage.chair).await;
    let ana = stage.with_role("Ana", "workers", "participant").await;
    let mut socket = listening(&nodes, &ana).await;
    // All of this reaches the other node in one look at the log.
    let role = format!("/rooms/{}/roles/{}", stage.room, ana.id);
    stage.chair.done("DELETE", &role, Value::Null).await;
    let secret = stage.chair.say(&thread, "Now that Ana is gone").await;
    loop {
        let line = socket.line().await;
        assert_ne!(line["data"]["id"], secret["id"]);
        if line["type"] == "unsubscribed" {
            break;
        }
    }
    for line in socket.settled().await {
        assert_ne!(line["data"]["id"], secret["id"]);
    }
    nodes.stop().await;
}
