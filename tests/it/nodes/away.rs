//! NATS away: at the start, killed, paused and back, while members post.

use std::time::Duration;

use plenary::kernel::live::bus::BusState;
use serde_json::json;

use super::{Nodes, ways};
use crate::support::Server;
use crate::support::nats::Nats;
use crate::support::rooms::until;
use crate::support::socket::{Socket, seqs};

async fn page(server: &Server, path: &str) -> (u16, String) {
    let answer = server.browser().http.get(format!("{}{path}", server.origin)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn ready_and_bus(server: &Server, up: u8) {
    assert_eq!(page(server, "/health/ready").await.0, 200);
    let metrics = page(server, "/metrics").await.1;
    assert!(metrics.contains(&format!("plenary_bus_up {up}\n")), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_starts_without_nats_and_takes_it_when_it_comes() {
    let mut nats = Nats::at_rest();
    let nodes = Nodes::starting(2, Some(&nats), json!({})).await;
    ready_and_bus(nodes.node(0), 0).await;
    let room = &nodes.stage.room;
    let ana = nodes.stage.server.person("Ana", "workers").await;
    let thread = nodes.stage.thread(&ana).await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    there.subscribe(room, Some(ana.head(room).await)).await;
    for round in 0..3 {
        let last = ana.say(&thread, "Without").await["seq"].as_i64().unwrap();
        there.events_to(last).await;
        nats.run();
        nodes.connected().await;
        ready_and_bus(nodes.node(0), 1).await;
        let (before, caught_up) = ways(nodes.node(1));
        let last = ana.say(&thread, "With").await["seq"].as_i64().unwrap();
        there.events_to(last).await;
        assert!(ways(nodes.node(1)).0 > before, "over NATS again");
        // The subscription is there when the connection is: at most the first message is lost.
        assert!(ways(nodes.node(1)).1 <= caught_up + 1, "round {round}");
        nats.kill();
        for server in nodes.all() {
            until("it is known to be away", async || server.state.hub.bus.state() == BusState::Down).await;
        }
        ready_and_bus(nodes.node(0), 0).await;
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_disordered_when_nats_is_killed_and_paused() {
    let mut nats = Nats::start();
    let nodes = Nodes::new(3, Some(&nats), json!({})).await;
    let room = &nodes.stage.room;
    let chair = &nodes.stage.chair;
    let thread = nodes.stage.thread(chair).await;
    let head = chair.head(room).await;
    let (mut people, mut sockets) = (Vec::new(), Vec::new());
    for (number, name) in ["Ana", "Ben", "Carl"].into_iter().enumerate() {
        let person = nodes.stage.server.person(name, "workers").await;
        let mut socket = Socket::of(nodes.node(number), &person).await;
        socket.subscribe(room, Some(head)).await;
        sockets.push(socket);
        people.push(person.at(nodes.node(number)));
    }
    let (over, is_over) = tokio::sync::watch::channel(false);
    let posting = people.into_iter().map(|person| {
        let (thread, is_over) = (thread.clone(), is_over.clone());
        tokio::spawn(async move {
            let mut posted = 0;
            while !*is_over.borrow() {
                person.say(&thread, &format!("{} {posted}", person.name)).await;
                posted += 1;
                // The pace of three who write much.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            posted
        })
    });
    let posting: Vec<_> = posting.collect();
    // While this happens, the members go on.
    let some_time = async || {
        let goal = chair.head(room).await + 30;
        until("thirty more posts", async || chair.head(room).await >= goal).await;
    };
    some_time().await;
    nats.kill();
    some_time().await;
    nats.run();
    some_time().await;
    nats.pause();
    some_time().await;
    nats.resume();
    // Paused for so long that the connections are given up.
    nats.pause();
    for server in nodes.all() {
        until("it is known to be away", async || server.state.hub.bus.state() == BusState::Down).await;
    }
    nats.resume();
    nodes.connected().await;
    some_time().await;
    over.send(true).unwrap();
    let mut posted = 0;
    for task in posting {
        posted += task.await.unwrap();
    }
    let last = head + posted;
    assert_eq!(chair.head(room).await, last);
    for socket in &mut sockets {
        assert_eq!(seqs(&socket.events_to(last).await), (head + 1..=last).collect::<Vec<_>>());
        assert!(socket.settled().await.iter().all(|line| line["type"] != "event"), "nothing twice");
    }
    for server in nodes.all() {
        let (by_nats, from_the_log) = ways(server);
        println!("{posted} posts: {by_nats} events over NATS, {from_the_log} from the log");
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_address_is_said_at_the_start() {
    let database = crate::support::postgres::Database::new().await;
    let mut config = plenary::config::Config::for_test(database.url().to_owned());
    config.nats_url = Some("http://127.0.0.1".into());
    let outcome = plenary::app::App::build(config, database.url()).await;
    let line = outcome.err().unwrap();
    assert!(line.starts_with("NATS_URL cannot be used"), "{line}");
}
