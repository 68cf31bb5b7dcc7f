//! Clients that do not keep up, and a server that stops.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::rooms::{Stage, until};
use crate::support::socket::{Got, Socket, request, seqs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_is_let_go_and_resumes_without_loss() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&stage.chair).await;
    let start = stage.chair.head(&stage.room).await;
    let asked = request(&stage.server, &ana.token, &stage.server.origin);
    let mut slow = Socket::connect(&stage.server, asked, Some(4_096)).await.unwrap();
    slow.subscribe(&stage.room, None).await;
    let mut quick = Socket::of(&stage.server, &stage.chair).await;
    quick.subscribe(&stage.room, None).await;

    // Some 120 kB each: more than all buffers on the way hold.
    let long = "转型".repeat(9_000);
    let mut posted = 0;
    let present = async || {
        let path = format!("/rooms/{}/presence", stage.room);
        stage.chair.read(&path).await["members"].as_array().unwrap().len()
    };
    while present().await == 2 {
        stage.chair.say(&thread, &long).await;
        posted += 1;
        assert!(posted < 120, "the queue of a client that does not read has no bound");
    }
    let end = stage.chair.head(&stage.room).await;
    assert_eq!(seqs(&quick.events_to(end).await), (start + 1..=end).collect::<Vec<_>>());

    // It reads again: what was on its way, then the end.
    let mut got = Vec::new();
    let code = loop {
        match slow.next().await {
            Got::Line(line) if line["type"] == "event" => got.push(line),
            Got::Line(_) => {}
            Got::Closed(code, reason) => break (code, reason),
        }
    };
    assert_eq!(code, (4008, "too_slow".to_owned()));
    let last = start + got.len() as i64;
    assert_eq!(seqs(&got), (start + 1..=last).collect::<Vec<_>>());
    assert!(last < end, "everything had arrived");

    // The rest, over HTTP where it is too much for a replay.
    let mut again = Socket::of(&stage.server, &ana).await;
    let subscribed = again.subscribe(&stage.room, Some(last)).await;
    let rest = if subscribed["recovered"] == true {
        again.events_to(end).await
    } else {
        again.line_of("reset").await;
        ana.log(&stage.room, last).await
    };
    assert_eq!(seqs(&rest), (last + 1..=end).collect::<Vec<_>>());
    until("only the readers are left", async || stage.server.state.hub.sizes() == (1, 2)).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_loses_its_connection() {
    let server = Server::start(|config| config.heartbeat = Duration::from_millis(500)).await;
    let stage = Stage::on(server, json!({})).await;
    let thread = stage.thread(&stage.chair).await;
    let asked = || request(&stage.server, &stage.chair.token, &stage.server.origin);
    // One to whom nothing is said, and one to whom more is said than it takes.
    let idle = Socket::connect(&stage.server, asked(), None).await.unwrap();
    let mut full = Socket::connect(&stage.server, asked(), Some(4_096)).await.unwrap();
    full.subscribe(&stage.room, None).await;
    assert_eq!(stage.server.state.hub.sizes(), (1, 2));
    let long = "转型".repeat(9_000);
    for _ in 0..60 {
        stage.chair.say(&thread, &long).await;
    }
    until("both are gone", async || stage.server.state.hub.sizes() == (0, 0)).await;
    drop((idle, full));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_tells_each_client_when_to_come_again() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let mut socket = Socket::of_nobody(&stage.server).await;
        socket.subscribe(&stage.room, None).await;
        sockets.push(socket);
    }
    let (chair, path) = (stage.chair.clone(), format!("/rooms/{}/log?after=1000000&wait=20", stage.room));
    let waiting = tokio::spawn(async move { chair.get(&path).await });
    until("the reader waits", async || stage.server.state.connections.busy() == 1).await;
    let reading = tokio::spawn(async move {
        let mut waits = Vec::new();
        for socket in &mut sockets {
            let (code, reason) = socket.close().await;
            assert_eq!(code, 4012);
            waits.push(reason.strip_prefix("wait=").unwrap().parse::<u32>().unwrap());
        }
        waits
    });
    stage.server.stop().await;
    let mut waits = reading.await.unwrap();
    assert!(waits.iter().all(|wait| *wait < 10_000), "{waits:?}");
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 10, "not spread: {waits:?}");
    // Whoever waited for an entry was answered.
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body["items"]), (200, &json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_does_not_hold_others_up() {
    let stage = Stage::new(json!({})).await;
    let thread = stage.thread(&stage.chair).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        let asked = request(&stage.server, &stage.chair.token, &stage.server.origin);
        let mut socket = Socket::connect(&stage.server, asked, Some(4_096)).await.unwrap();
        socket.subscribe(&stage.room, None).await;
        silent.push(socket);
    }
    let mut quick = Socket::of(&stage.server, &stage.chair).await;
    quick.subscribe(&stage.room, None).await;
    let long = "转型".repeat(9_000);
    for _ in 0..10 {
        let post: Value = stage.chair.say(&thread, &long).await;
        let event = quick.line_of("event").await;
        assert_eq!(event["data"]["id"], post["id"]);
    }
    drop(silent);
    stage.server.stop().await;
}
