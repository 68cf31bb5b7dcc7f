//! Who is in a room, who types, and the regular sign of life.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::rooms::{Stage, until};
use crate::support::socket::{Got, Socket};

/// Waits for a presence line with these figures; returns how many came before it.
async fn counted(socket: &mut Socket, hall: u64, online: u64, by: Value) -> usize {
    let mut others = 0;
    loop {
        let line = socket.line_of("presence").await;
        if line["hall"] == hall && line["online"] == online && line["by_constituency"] == by {
            return others;
        }
        others += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_present_are_counted_once_by_constituency_and_site() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let mut chair = Socket::of(&stage.server, &stage.chair).await;
    chair.subscribe(&stage.room, None).await;
    counted(&mut chair, 0, 1, json!({ "un": 1 })).await;

    // Two devices are one person, and one in the hall is in the hall. Nobody is counted without an account.
    let mut phone = Socket::of(&stage.server, &ana).await;
    let mut laptop = Socket::of(&stage.server, &ana).await;
    let mut other = Socket::of(&stage.server, &ben).await;
    let mut guest = Socket::of_nobody(&stage.server).await;
    for socket in [&mut phone, &mut laptop, &mut other, &mut guest] {
        socket.subscribe(&stage.room, None).await;
    }
    phone.send(json!({ "type": "here", "room": stage.room, "site": "hall" })).await;
    counted(&mut chair, 1, 2, json!({ "un": 1, "workers": 1, "employers": 1 })).await;
    counted(&mut guest, 1, 2, json!({ "un": 1, "workers": 1, "employers": 1 })).await;

    let path = format!("/rooms/{}/presence", stage.room);
    let present = stage.chair.read(&path).await;
    assert_eq!((&present["hall"], &present["online"]), (&json!(1), &json!(2)));
    let sites: Vec<(&str, &str)> = present["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["display_name"].as_str().unwrap(), m["site"].as_str().unwrap()))
        .collect();
    assert_eq!(sites, [("Ana", "hall"), ("Ben", "online"), ("Clara", "online")]);
    assert_eq!(ana.get(&path).await.code(), (403, "not_permitted"));

    // Leaving counts however one leaves.
    phone.send(json!({ "type": "unsubscribe", "room": stage.room })).await;
    counted(&mut chair, 0, 3, json!({ "un": 1, "workers": 1, "employers": 1 })).await;
    other.vanish();
    counted(&mut chair, 0, 2, json!({ "un": 1, "workers": 1 })).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_is_told_at_most_once_a_second() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let mut watcher = Socket::of(&stage.server, &stage.chair).await;
    watcher.subscribe(&stage.room, None).await;
    let commotion = tokio::spawn({
        let room = stage.room.clone();
        let mut socket = Socket::of(&stage.server, &ana).await;
        async move {
            socket.subscribe(&room, None).await;
            // Fewer commands than a socket may send between two heartbeats.
            for n in 0..50 {
                let site = if n % 2 == 0 { "online" } else { "hall" };
                socket.send(json!({ "type": "here", "room": room, "site": site })).await;
                socket.settled().await;
            }
            socket
        }
    });
    let start = Instant::now();
    let socket = commotion.await.unwrap();
    let mut last = Socket::of(&stage.server, &ben).await;
    last.subscribe(&stage.room, None).await;
    // However long fifty changes took, each second tells them once, and the last of them is told.
    let by = json!({ "un": 1, "workers": 1, "employers": 1 });
    let told = 1 + counted(&mut watcher, 1, 2, by).await as u64;
    let most = start.elapsed().as_secs() + 2;
    assert!(told <= most, "{told} times in {most} seconds");
    drop((socket, last));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_passed_on_now_and_then_and_only_for_those_who_may_post() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let muted = stage.server.person("Mia", "workers").await;
    let observer = stage.with_role("Olaf", "government", "observer").await;
    let thread = stage.thread(&ana).await;
    let mute = json!({ "minutes": 5, "reason": "abuse" });
    stage.chair.done("PUT", &format!("/rooms/{}/mutes/{}", stage.room, muted.id), mute).await;
    let mut chair = Socket::of(&stage.server, &stage.chair).await;
    chair.subscribe(&stage.room, None).await;
    let typing = json!({ "type": "typing", "room": stage.room, "thread": thread });
    let mut silent = Vec::new();
    for who in [Some(&muted), Some(&observer), None] {
        let mut socket = match who {
            Some(person) => Socket::of(&stage.server, person).await,
            None => Socket::of_nobody(&stage.server).await,
        };
        socket.subscribe(&stage.room, None).await;
        socket.send(typing.clone()).await;
        socket.settled().await;
        silent.push(socket);
    }
    // Not subscribed.
    let mut elsewhere = Socket::of(&stage.server, &ana).await;
    elsewhere.send(typing.clone()).await;
    elsewhere.settled().await;

    let mut socket = Socket::of(&stage.server, &ana).await;
    socket.subscribe(&stage.room, None).await;
    let start = Instant::now();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "never twice: {heard:?}");
        socket.send(typing.clone()).await;
        if let Some(Got::Line(line)) = chair.within(Duration::from_millis(100)).await
            && line["type"] == "typing"
        {
            heard.push(line);
        }
    }
    // No name: Ana may go on to post without it.
    let told = json!({ "type": "typing", "room": stage.room, "thread": thread, "constituency": "workers" });
    assert_eq!(heard, [told.clone(), told], "nobody else is heard");
    assert!(start.elapsed() >= Duration::from_secs(3), "twice in {:?}", start.elapsed());
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_is_not_passed_on_in_a_room_of_more_than_fifty() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let ben = stage.server.person("Ben", "workers").await;
    let mut sockets = Vec::new();
    for number in 0..51 {
        let mut socket = Socket::of(&stage.server, if number == 0 { &ana } else { &ben }).await;
        socket.subscribe(&stage.room, None).await;
        sockets.push(socket);
    }
    let typing = json!({ "type": "typing", "room": stage.room, "thread": thread });
    let heard = |lines: Vec<Value>| lines.iter().filter(|line| line["type"] == "typing").count();
    sockets[0].send(typing.clone()).await;
    sockets[0].settled().await;
    assert_eq!(heard(sockets[1].settled().await), 0);
    // One less, and it is heard.
    sockets.pop().unwrap().vanish();
    until("fifty are left", async || stage.server.state.hub.sizes().1 == 50).await;
    sockets[0].send(typing).await;
    sockets[1].line_of("typing").await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_heartbeat_tells_the_heads_and_finds_ended_sign_ins() {
    let server = Server::start(|config| {
        config.heartbeat = Duration::from_millis(400);
        // The heartbeat finds it, no sweep does.
        config.waits.sweep = Duration::from_secs(3_600);
    })
    .await;
    let stage = Stage::on(server, json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let mut socket = Socket::of(&stage.server, &ana).await;
    let mut guest = Socket::of_nobody(&stage.server).await;
    let beat = socket.line_of("heartbeat").await;
    assert_eq!(beat["heads"], json!({}));
    assert!(beat["time"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok());
    socket.subscribe(&stage.room, None).await;
    guest.subscribe(&stage.room, None).await;
    let head = ana.head(&stage.room).await;
    for behind in 0..2 {
        let beat = socket.line_of("heartbeat").await;
        assert_eq!(beat["heads"], json!({ &stage.room: head + behind }));
        ana.say(&thread, "One more").await;
        socket.line_of("event").await;
    }
    // Another node, or the operator, ended the sign-in.
    stage.server.sql("DELETE FROM sign_ins").await;
    assert_eq!(socket.close().await.0, 4501);
    // Who has none keeps listening.
    guest.line_of("heartbeat").await;
    guest.line_of("heartbeat").await;
    stage.server.stop().await;
}
