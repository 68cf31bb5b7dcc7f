//! Drafts, opening, closing and cancelling.

use plenary::kernel::log::replay::verify_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Hall, choose, times, vote, words};
use crate::support::record;
use crate::support::rooms::{text, until};
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_for_the_desk_and_leaves_nothing_in_the_log() {
    let hall = Hall::new(&[("workers", 2)]).await;
    let (stage, worker) = (&hall.stage, hall.of("workers")[0]);
    let moderator = stage.with_role("Mona", "employers", "moderator").await;
    let before = worker.head(&stage.room).await;
    let poll = hall.draft(json!({ "question": { "en": "Draft?" } })).await;
    let path = format!("/polls/{poll}");
    let edited =
        moderator.done("PATCH", &path, json!({ "question": words("Better?"), "quorum_share": 50 })).await;
    assert_eq!((&edited["question"]["zh"], &edited["quorum_share"]), (&json!("Better?（中）"), &json!(50)));
    assert_eq!(edited["options"].as_array().unwrap().len(), 3, "what is not named stays");
    // Of another kind it has no options any more.
    let sense = moderator.done("PATCH", &path, json!({ "kind": "sense_check" })).await;
    assert_eq!((&sense["kind"], &sense["options"]), (&json!("sense_check"), &json!([])));

    let list = format!("/sessions/{}/polls", hall.session);
    assert_eq!(moderator.read(&list).await["items"].as_array().unwrap().len(), 1);
    assert_eq!(worker.read(&list).await["items"], json!([]));
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({})),
        ("DELETE", path.clone(), Value::Null),
        ("POST", format!("{path}/open"), Value::Null),
        ("POST", format!("{path}/close"), json!({})),
        ("POST", format!("{path}/cancel"), json!({ "reason": "No" })),
        ("PUT", format!("{path}/ballot"), json!({ "stance": "agree" })),
    ] {
        assert_eq!(worker.call(method, &path, body).await.code(), (404, "not_found"), "{method} {path}");
    }
    assert_eq!(worker.head(&stage.room).await, before);

    // An opened one is neither changed nor removed, and keeps its session in the record.
    hall.act(&poll, "open", Value::Null).await;
    for (method, body) in [("PATCH", json!({ "question": words("Other?") })), ("DELETE", Value::Null)] {
        assert_eq!(moderator.call(method, &path, body).await.code(), (409, "poll_not_draft"));
    }
    assert_eq!(hall.act(&poll, "open", Value::Null).await.code(), (409, "poll_not_draft"));
    let session = format!("/sessions/{}", hall.session);
    assert_eq!(stage.chair.call("DELETE", &session, Value::Null).await.code(), (409, "session_in_use"));
    let second = hall.draft(json!({})).await;
    stage.chair.done("DELETE", &format!("/polls/{second}"), Value::Null).await;
    assert_eq!(stage.server.count("polls").await, 1);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_opens_only_when_every_language_is_there() {
    let hall = Hall::new(&[("workers", 1)]).await;
    let half = json!([{ "en": "A" }, { "en": "B", "zh": "乙" }]);
    let poll = hall.draft(json!({ "question": { "zh": "哪个？" }, "options": half })).await;
    let refused = hall.act(&poll, "open", Value::Null).await;
    assert_eq!(refused.code(), (409, "language_missing"));
    let missing =
        json!([{ "lang": "en", "field": "question" }, { "lang": "zh", "field": "option", "option": 0 }]);
    assert_eq!(refused.body["error"]["missing"], missing);
    assert_eq!(hall.stage.server.count("poll_voters").await, 0);
    // In one language, where the poll needs no more.
    let path = format!("/polls/{poll}");
    let fields = json!({ "languages": ["zh"], "options": [{ "zh": "甲" }, { "zh": "乙" }] });
    hall.stage.chair.done("PATCH", &path, fields).await;
    assert_eq!(hall.act(&poll, "open", Value::Null).await.status, 200);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_warns_when_many_of_a_constituency_are_away() {
    let hall = Hall::new(&[("workers", 5), ("employers", 5)]).await;
    let stage = &hall.stage;
    // Two of the workers never came: who leaves counts for a minute more.
    let mut sockets = Vec::new();
    let came = hall.of("workers").into_iter().skip(2);
    for person in came.chain(hall.of("employers")).chain([&stage.chair]) {
        let mut socket = Socket::of(&stage.server, person).await;
        socket.subscribe(&stage.room, None).await;
        sockets.push(socket);
    }
    let present = async |n: u64| {
        let path = format!("/rooms/{}/presence", stage.room);
        until("the presence is known", async || stage.chair.read(&path).await["online"] == n).await;
    };
    present(9).await;
    let poll = hall.open(json!({})).await;
    let warning = hall.act(&poll, "close", json!({})).await;
    assert_eq!(warning.code(), (409, "many_disconnected"));
    let away = json!([{ "constituency": "workers", "eligible": 5, "missing": 2 }]);
    assert_eq!(warning.body["error"]["constituencies"], away);
    assert_eq!(hall.act(&poll, "close", json!({ "anyway": true })).await.field("reason"), "required");
    assert_eq!(stage.chair.read(&format!("/polls/{poll}")).await["state"], "open");
    // Who has answered loses nothing.
    let patient = hall.open(json!({})).await;
    vote(hall.of("workers")[0], &patient, choose(&[0])).await;
    assert_eq!(hall.act(&patient, "close", json!({})).await.status, 200);
    let lenient = hall.open(json!({ "quorum_share": 40 })).await;
    assert_eq!(hall.act(&lenient, "close", json!({})).await.status, 200);

    let closed =
        hall.act(&poll, "close", json!({ "anyway": true, "reason": "They left for the train" })).await;
    assert_eq!(
        (&closed.body["state"], &closed.body["reason"]),
        (&json!("closed"), &json!("They left for the train"))
    );
    assert_eq!(hall.act(&poll, "close", json!({})).await.code(), (409, "poll_not_open"));
    // One of five is a fifth, and not more than that.
    let mut late = Socket::of(&stage.server, hall.of("workers")[1]).await;
    late.subscribe(&stage.room, None).await;
    present(10).await;
    let last = hall.open(json!({})).await;
    assert_eq!(hall.act(&last, "close", json!({})).await.status, 200);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_poll_has_a_reason_and_no_result() {
    let hall = Hall::new(&[("workers", 12)]).await;
    let poll = hall.open(json!({ "visible": true })).await;
    let mut socket = Socket::of(&hall.stage.server, hall.of("workers")[0]).await;
    socket.subscribe(&hall.stage.room, None).await;
    hall.answer(&poll, "workers", &times(12, choose(&[0]))).await;
    hall.told(&poll, 12).await;
    for (reason, code) in [("", "required"), (&*"x".repeat(501), "too_long")] {
        let answer = hall.act(&poll, "cancel", json!({ "reason": reason })).await;
        assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, code));
    }
    hall.act(&poll, "cancel", json!({ "reason": "The wording was wrong" })).await;
    let seen = hall.of("workers")[0].read(&format!("/polls/{poll}")).await;
    assert_eq!((&seen["state"], &seen["reason"]), (&json!("cancelled"), &json!("The wording was wrong")));
    assert_eq!(seen.get("results"), None);
    loop {
        let event = socket.line_of("event").await;
        if event["kind"] == "poll.cancelled" {
            assert_eq!(event["data"]["state"], "cancelled");
            break;
        }
    }
    assert_eq!(hall.act(&poll, "close", json!({})).await.code(), (409, "poll_not_open"));
    assert_eq!(hall.act(&poll, "cancel", json!({ "reason": "Again" })).await.code(), (409, "poll_not_open"));
    // The record holds, also with entries that nobody made.
    for room in verify_all(&mut hall.stage.server.connection().await, &record()).await.unwrap() {
        assert!(room.outcome.is_ok(), "{room:?}");
    }
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_make_a_poll_is_refused() {
    let hall = Hall::new(&[]).await;
    let path = format!("/sessions/{}/polls", hall.session);
    let two = json!([words("A"), words("B")]);
    let with = |more: Value| {
        let mut fields = json!({ "kind": "single", "question": words("Q"), "options": two });
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        fields
    };
    let sense = |more: Value| {
        let mut fields = with(more);
        fields["kind"] = "sense_check".into();
        fields["options"] = json!([]);
        fields
    };
    for (fields, field, code) in [
        (json!({}), "kind", "required"),
        (json!({ "kind": "sense_check" }), "question", "required"),
        (with(json!({ "question": { "en": " " } })), "question", "required"),
        (with(json!({ "question": { "en": "x".repeat(501) } })), "question", "too_long"),
        (with(json!({ "question": { "zh": "长".repeat(501) } })), "question", "too_long"),
        (with(json!({ "options": [words("A")] })), "options", "out_of_range"),
        (with(json!({ "options": vec![words("A"); 13] })), "options", "out_of_range"),
        (with(json!({ "options": [words("A"), {}] })), "options", "required"),
        (with(json!({ "options": [words("A"), { "en": "x".repeat(201) }] })), "options", "too_long"),
        (with(json!({ "options": [words("A"), { "en": "\u{200B}" }] })), "options", "shows_nothing"),
        (with(json!({ "options": [words("Yes  A"), words("ＹＥＳ a")] })), "options", "twice"),
        (with(json!({ "kind": "scale", "options": [], "scale_max": 11 })), "scale_max", "out_of_range"),
        (with(json!({ "kind": "scale", "options": [], "scale_max": null })), "scale_max", "required"),
        (with(json!({ "scale_max": 5 })), "scale_max", "out_of_range"),
        (with(json!({ "max_choices": 1 })), "max_choices", "out_of_range"),
        (with(json!({ "kind": "multiple", "max_choices": 3 })), "max_choices", "out_of_range"),
        (with(json!({ "secret": true, "visible": true })), "visible", "not_with_secret"),
        (with(json!({ "positions_public": true })), "positions_public", "sense_check_only"),
        (sense(json!({ "positions_public": true, "secret": true })), "positions_public", "not_with_secret"),
        (sense(json!({ "options": two, "quorum_share": 101 })), "quorum_share", "out_of_range"),
        (with(json!({ "quorum_share": -1 })), "quorum_share", "out_of_range"),
        (with(json!({ "languages": [] })), "languages", "required"),
    ] {
        let answer = hall.stage.chair.call("POST", &path, fields.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{fields}: {answer:?}");
    }
    for fields in [
        with(json!({ "kind": "lottery" })),
        with(json!({ "languages": ["fr"] })),
        with(json!({ "options": "A" })),
    ] {
        assert_eq!(hall.stage.chair.call("POST", &path, fields).await.code(), (400, "malformed"));
    }
    assert_eq!(hall.stage.server.count("polls").await, 0);

    for _ in 0..50 {
        hall.stage.chair.done("POST", &path, with(json!({}))).await;
    }
    assert_eq!(hall.stage.chair.call("POST", &path, with(json!({}))).await.code(), (409, "too_many_polls"));
    // Nobody to ask.
    let first = text(&hall.stage.chair.read(&path).await["items"][0]["id"]);
    hall.stage.chair.done("PATCH", &format!("/polls/{first}"), json!({ "eligible_rule": "present" })).await;
    assert_eq!(hall.act(&first, "open", Value::Null).await.code(), (409, "nobody_eligible"));
    // After the end of the session nothing opens.
    for state in ["live", "ended"] {
        hall.stage
            .chair
            .done("POST", &format!("/sessions/{}/state", hall.session), json!({ "state": state }))
            .await;
    }
    assert_eq!(hall.act(&first, "open", Value::Null).await.code(), (409, "not_possible_now"));
    assert_eq!(hall.act(&Uuid::now_v7().to_string(), "open", Value::Null).await.code(), (404, "not_found"));
    hall.stage.server.stop().await;
}
