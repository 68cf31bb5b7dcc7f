//! A caucus is nowhere for those outside it.

use plenary::kernel::domain::kinds::{MemberStatus, PlatformRole};
use serde_json::{Value, json};

use super::client::Snapshot;
use crate::support::rooms::{As, Stage, text};
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outsiders_see_nothing_of_a_caucus_and_members_see_all() {
    let caucus = json!({ "title": "Quiet room", "kind": "caucus", "visibility": "members", "constituency": "workers" });
    let stage = Stage::new(caucus).await;
    let (server, room) = (&stage.server, &stage.room);
    let insider = server.person("Ana", "workers").await;
    let before = Snapshot::load(&insider.browser, room).await;
    let mut hearing = Socket::of(server, &insider).await;
    hearing.subscribe(room, None).await;

    let admin = As { platform: PlatformRole::Admin, constituency: "un", ..As::default() };
    let pending = As { status: MemberStatus::Pending, ..As::default() };
    let unconfirmed = As { confirmed: false, ..As::default() };
    let outsiders = [
        None,
        Some(server.person("Eli", "employers").await),
        Some(server.person_as("Ada", admin).await),
        Some(server.person_as("Pia", pending).await),
        Some(server.person_as("Uma", unconfirmed).await),
        Some(stage.steward.clone()),
    ];
    let mut sockets = Vec::new();
    for outsider in &outsiders {
        let mut socket = match outsider {
            Some(person) => Socket::of(server, person).await,
            None => Socket::of_nobody(server).await,
        };
        socket.send(json!({ "type": "subscribe", "room": room, "since": 0 })).await;
        assert_eq!(socket.line_of("error").await["code"], "not_found");
        sockets.push(socket);
    }

    let thread = stage.thread(&insider).await;
    let post = text(&insider.say(&thread, "Between us").await["id"]);
    stage.chair.done("PUT", &format!("/posts/{post}/hidden"), json!({ "reason": "other" })).await;
    stage.chair.done("DELETE", &format!("/posts/{post}/hidden"), json!({ "reason": "other" })).await;
    let fresh = Snapshot::load(&insider.browser, room).await;
    let mut after = before.clone();
    for event in hearing.events_to(fresh.head()).await {
        after.apply(&event);
    }
    assert_eq!(after, fresh);
    assert!(fresh.text().contains("Between us"));

    for (outsider, mut socket) in outsiders.iter().zip(sockets) {
        let name = outsider.as_ref().map_or("nobody", |person| &person.name);
        let browser = outsider.as_ref().map_or_else(|| server.browser(), |person| person.browser.clone());
        for path in [
            format!("/rooms/{room}"),
            "/rooms/quiet-room".into(),
            format!("/rooms/{room}/threads"),
            format!("/rooms/{room}/sessions"),
            format!("/rooms/{room}/log"),
            format!("/rooms/{room}/moderation-log"),
            format!("/threads/{thread}"),
            format!("/threads/{thread}/posts"),
            format!("/posts/{post}"),
            format!("/posts/{post}/revisions"),
        ] {
            assert_eq!(browser.get(&path).await.code(), (404, "not_found"), "{name} {path}");
        }
        let rooms = browser.get("/rooms").await.body;
        assert!(!rooms.to_string().contains("Quiet room"), "{name}: {rooms}");
        assert_eq!(socket.settled().await, [] as [Value; 0], "{name}");
    }
    stage.server.stop().await;
}
