//! Who may listen, and that nothing is kept for those who do not.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Server;
use crate::support::rooms::{As, Stage, text, until};
use crate::support::socket::{Socket, request};
use plenary::kernel::domain::kinds::{MemberStatus, PlatformRole};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_needs_our_own_origin() {
    let server = Server::start(|_| {}).await;
    let ana = server.person("Ana", "workers").await;
    for token in [ana.token.as_str(), ""] {
        for origin in [
            "",
            "null",
            "https://evil.example",
            &format!("{}.evil.example", server.origin),
            &server.origin.replace("http", "https"),
            &format!("{}/", server.origin),
        ] {
            let refused =
                Socket::connect(&server, request(&server, token, origin), None).await.err().unwrap();
            assert_eq!(
                (refused.0, &refused.1["error"]["code"]),
                (403, &json!("forbidden_origin")),
                "{origin}"
            );
        }
        Socket::connect(&server, request(&server, token, &server.origin), None).await.unwrap();
    }
    // A sign-in that has ended is not nobody: the page must learn of it.
    let refused = request(&server, "0".repeat(64).as_str(), &server.origin);
    let refused = Socket::connect(&server, refused, None).await.err().unwrap();
    assert_eq!((refused.0, &refused.1["error"]["code"]), (401, &json!("not_signed_in")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_heard_by_those_who_may_read_it_and_unknown_to_all_others() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let server = &stage.server;
    let worker = server.person("Wu", "workers").await;
    let caucus = json!({ "title": "Caucus", "kind": "caucus", "visibility": "members",
        "constituency": "workers", "chair": worker.id });
    let members = json!({ "title": "Members", "kind": "forum", "visibility": "members" });
    let invited = json!({ "title": "Invited", "kind": "forum", "visibility": "invited", "chair": worker.id });
    let mut rooms = vec![stage.room.clone()];
    for fields in [members, invited, caucus] {
        rooms.push(text(&stage.steward.done("POST", "/rooms", fields).await["id"]));
    }
    let pending = As { status: MemberStatus::Pending, confirmed: false, ..As::default() };
    let unconfirmed = As { confirmed: false, ..As::default() };
    let admin = As { platform: PlatformRole::Admin, constituency: "un", ..As::default() };
    // Which of: public, for members, invited, the workers' caucus.
    let listeners = [
        (None, [true, false, false, false]),
        (Some(server.person_as("Pia", pending).await), [true, false, false, false]),
        (Some(server.person_as("Uma", unconfirmed).await), [true, true, false, false]),
        (Some(server.person("Eli", "employers").await), [true, true, false, false]),
        (Some(stage.steward.clone()), [true, true, true, false]),
        (Some(server.person_as("Ada", admin).await), [true, true, true, false]),
        (Some(server.person("Wes", "workers").await), [true, true, false, true]),
        (Some(worker.clone()), [true, true, true, true]),
    ];
    for (person, expected) in listeners {
        let name = person.as_ref().map(|person| person.name.clone());
        let mut socket = match &person {
            Some(person) => Socket::of(server, person).await,
            None => Socket::of_nobody(server).await,
        };
        let nowhere = Uuid::now_v7().to_string();
        socket.send(json!({ "type": "subscribe", "room": nowhere, "since": 0 })).await;
        let unknown = socket.line_of("error").await;
        assert_eq!(unknown["code"], "not_found");
        for (room, heard) in rooms.iter().zip(expected) {
            socket.send(json!({ "type": "subscribe", "room": room, "since": 0 })).await;
            let line = socket.settled().await.into_iter().find(|line| line["type"] != "presence").unwrap();
            if heard {
                assert_eq!(line["type"], "subscribed", "{name:?}");
            } else {
                // Exactly as for a room that does not exist.
                let same = unknown.to_string().replace(&nowhere, room);
                assert_eq!(line, serde_json::from_str::<Value>(&same).unwrap(), "{name:?}");
            }
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_kept_for_a_room_with_nobody_in_it() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let hub = &stage.server.state.hub;
    assert_eq!(hub.sizes(), (0, 0));
    let mut sockets = Vec::new();
    for n in 0..6 {
        let mut socket = if n < 3 {
            Socket::of(&stage.server, &ana).await
        } else {
            Socket::of_nobody(&stage.server).await
        };
        // A room that one may not hear leaves nothing behind either.
        socket.send(json!({ "type": "subscribe", "room": Uuid::now_v7() })).await;
        socket.line_of("error").await;
        socket.subscribe(&stage.room, Some(0)).await;
        sockets.push(socket);
    }
    assert_eq!(hub.sizes(), (1, 6));
    let metrics = ana.browser.http.get(format!("{}/metrics", stage.server.origin)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    assert!(metrics.contains("plenary_live_rooms 1\n") && metrics.contains("plenary_live_sockets 6\n"));

    sockets[0].send(json!({ "type": "unsubscribe", "room": stage.room })).await;
    let left = sockets[0].line_of("unsubscribed").await;
    assert_eq!(left, json!({ "type": "unsubscribed", "room": stage.room, "code": "left" }));
    let mut closing = sockets.pop().unwrap();
    closing.frame(tokio_tungstenite::tungstenite::Message::Close(None)).await;
    closing.close().await;
    for socket in sockets.drain(1..) {
        socket.vanish();
    }
    until("the room is forgotten", async || hub.sizes() == (0, 1)).await;
    // What happens in the empty room makes nothing, and who comes back hears again.
    let thread = stage.thread(&ana).await;
    assert_eq!(hub.sizes(), (0, 1));
    sockets[0].subscribe(&stage.room, None).await;
    ana.say(&thread, "Back again").await;
    sockets[0].line_of("event").await;
    sockets.pop().unwrap().vanish();
    until("the last one is gone", async || hub.sizes() == (0, 0)).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_follows_many_rooms_but_not_any_number() {
    let stage = Stage::new(json!({})).await;
    let mut socket = Socket::of(&stage.server, &stage.steward).await;
    for n in 0..65 {
        let fields = json!({ "title": format!("Room {n}"), "kind": "forum", "visibility": "members" });
        let room = text(&stage.steward.done("POST", "/rooms", fields).await["id"]);
        socket.send(json!({ "type": "subscribe", "room": room })).await;
        let answer = loop {
            let line = socket.line().await;
            if line["type"] != "presence" {
                break line;
            }
        };
        if n < 64 {
            assert_eq!(answer["type"], "subscribed");
        } else {
            assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("too_many_rooms")));
        }
    }
    assert_eq!(stage.server.state.hub.sizes(), (64, 1));
    stage.server.stop().await;
}
