//! Who is in a room, summed over the nodes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Nodes;
use crate::support::nats::Nats;
use crate::support::rooms::{Person, until};
use crate::support::socket::Socket;

async fn counted(socket: &mut Socket, hall: u64, online: u64, by: Value) {
    loop {
        let line = socket.line_of("presence").await;
        if line["hall"] == hall && line["online"] == online && line["by_constituency"] == by {
            return;
        }
    }
}

/// Name → site, as a node says it.
async fn names(person: &Person, room: &str) -> BTreeMap<String, String> {
    let present = person.read(&format!("/rooms/{room}/presence")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let members = present["members"].as_array().unwrap();
    members.iter().map(|one| (text(&one["display_name"]), text(&one["site"]))).collect()
}

fn are(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected.iter().map(|(name, site)| ((*name).into(), (*site).into())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_on_all_nodes_are_counted_once() {
    let nats = Nats::start();
    let nodes = Nodes::new(3, Some(&nats), json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let mut chair = Socket::of(nodes.node(0), &stage.chair).await;
    chair.subscribe(room, None).await;
    let mut phone = Socket::of(nodes.node(1), &ana).await;
    let mut laptop = Socket::of(nodes.node(2), &ana).await;
    let mut other = Socket::of(nodes.node(2), &ben).await;
    for socket in [&mut phone, &mut laptop, &mut other] {
        socket.subscribe(room, None).await;
    }
    let all = json!({ "un": 1, "workers": 1, "employers": 1 });
    counted(&mut chair, 0, 3, all.clone()).await;
    // One device in the hall, at whatever node, and the person is in the hall.
    phone.send(json!({ "type": "here", "room": room, "site": "hall" })).await;
    counted(&mut chair, 1, 2, all.clone()).await;
    counted(&mut other, 1, 2, all).await;

    let everyone = are(&[("Ana", "hall"), ("Ben", "online"), ("Clara", "online")]);
    for server in nodes.all() {
        let chair = stage.chair.at(server);
        until("every node knows all", async || names(&chair, room).await == everyone).await;
        // What quorums are counted from.
        assert_eq!(server.state.ctx.publisher.present(room.parse().unwrap()).len(), 3);
    }

    phone.vanish();
    counted(&mut chair, 0, 3, json!({ "un": 1, "workers": 1, "employers": 1 })).await;
    // The last one of a node leaves.
    other.vanish();
    laptop.send(json!({ "type": "unsubscribe", "room": room })).await;
    counted(&mut chair, 0, 1, json!({ "un": 1 })).await;
    for server in nodes.all() {
        let chair = stage.chair.at(server);
        let only = are(&[("Clara", "online")]);
        until("every node knows who left", async || names(&chair, room).await == only).await;
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_counts_nobody_and_one_that_comes_learns_of_all() {
    let nats = Nats::start();
    let mut nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let room = nodes.stage.room.clone();
    let ana = nodes.stage.server.person("Ana", "workers").await;
    let mut chair = Socket::of(nodes.node(0), &nodes.stage.chair).await;
    chair.subscribe(&room, None).await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    there.subscribe(&room, None).await;
    counted(&mut chair, 0, 2, json!({ "un": 1, "workers": 1 })).await;

    let url = nats.url();
    let newcomer = nodes.stage.server.another(|config| config.nats_url = Some(url)).await;
    let asks = nodes.stage.chair.at(&newcomer);
    let both = are(&[("Ana", "online"), ("Clara", "online")]);
    until("the newcomer knows all", async || names(&asks, &room).await == both).await;

    nodes.others.pop().unwrap().stop().await;
    counted(&mut chair, 0, 1, json!({ "un": 1 })).await;
    assert_eq!(names(&asks, &room).await, are(&[("Clara", "online")]));
    newcomer.stop().await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_nats_each_node_counts_its_own() {
    let nodes = Nodes::new(2, None, json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let ana = stage.server.person("Ana", "workers").await;
    let mut here = Socket::of(nodes.node(0), &stage.chair).await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    here.subscribe(room, None).await;
    there.subscribe(room, None).await;
    counted(&mut here, 0, 1, json!({ "un": 1 })).await;
    counted(&mut there, 0, 1, json!({ "workers": 1 })).await;
    nodes.stop().await;
}
