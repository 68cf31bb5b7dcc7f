//! Signals reach those who run the session, who interprets and who speaks, and nobody else.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Server;
use crate::support::rooms::{Stage, text};
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_reach_desk_speaker_and_interpreters_only_and_are_not_kept() {
    let server = Server::start(|config| config.rate_limits = plenary::config::Switch::On).await;
    let stage = Stage::on(server, json!({})).await;
    let ines = stage.with_role("Ines", "un", "interpreter").await;
    let ana = stage.server.person("Ana", "workers").await;
    let eli = stage.server.person("Eli", "employers").await;
    let observer = stage.with_role("Olaf", "un", "observer").await;
    let fields =
        json!({ "title": "S", "starts_at": "2027-01-01T08:00:00Z", "ends_at": "2027-01-01T09:00:00Z" });
    let path = format!("/rooms/{}/sessions", stage.room);
    let session = text(&stage.chair.done("POST", &path, fields).await["id"]);
    let path = format!("/sessions/{session}/signals");
    let early = ana.call("POST", &path, json!({ "kind": "slower" })).await;
    assert_eq!(early.code(), (409, "session_not_open"));
    stage.chair.done("POST", &format!("/sessions/{session}/state"), json!({ "state": "live" })).await;
    // Who speaks hears what is asked of the speaker.
    let wen = stage.server.person("Wen", "workers").await;
    let floor = format!("/sessions/{session}/floor");
    let ask = json!({ "kind": "contribution", "client_id": Uuid::now_v7() });
    wen.done("POST", &format!("{floor}/requests"), ask).await;
    stage.chair.done("POST", &format!("{floor}/next"), json!({ "current": null })).await;
    let head = ana.head(&stage.room).await;

    let mut hearing = Vec::new();
    for person in [&stage.chair, &ines, &wen] {
        let mut socket = Socket::of(&stage.server, person).await;
        socket.subscribe(&stage.room, None).await;
        hearing.push(socket);
    }
    let mut deaf = Vec::new();
    for person in [&eli, &observer, &stage.steward] {
        let mut socket = Socket::of(&stage.server, person).await;
        socket.subscribe(&stage.room, None).await;
        deaf.push(socket);
    }
    let long = json!({ "kind": "term", "term": "x".repeat(81) });
    assert_eq!(ines.call("POST", &path, long).await.field("term"), "too_long");
    assert_eq!(
        observer.call("POST", &path, json!({ "kind": "repeat" })).await.code(),
        (403, "not_permitted")
    );
    // One in five seconds; the refusal of the early one counted, too.
    let soon = ana.call("POST", &path, json!({ "kind": "slower" })).await;
    assert_eq!(soon.code(), (429, "rate_limited"));
    assert!(soon.headers.contains_key("retry-after"));
    let sent = eli.call("POST", &path, json!({ "kind": "term", "term": "just transition" })).await;
    assert_eq!(sent.status, 204, "{sent:?}");
    for socket in &mut hearing {
        let told = socket.line_of("signal").await;
        let expected = json!({ "type": "signal", "room": stage.room, "session": session, "kind": "term",
            "term": "just transition", "from": "member" });
        assert_eq!(told, expected, "who sent it is not said");
    }
    for socket in &mut deaf {
        assert!(!socket.settled().await.iter().any(|line| line["type"] == "signal"));
    }
    assert_eq!(ana.head(&stage.room).await, head);
    let nowhere = format!("/sessions/{}/signals", Uuid::now_v7());
    let answer = stage.steward.call("POST", &nowhere, json!({ "kind": "slower" })).await;
    assert_eq!((answer.code(), answer.body["error"]["fields"].clone()), ((404, "not_found"), Value::Null));
    stage.server.stop().await;
}
