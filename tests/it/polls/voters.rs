//! Everybody who is there counts: whoever follows without a socket, comes back, sits at another node, or is let in.

use serde_json::{Value, json};

use super::{Hall, choose, try_vote, vote};
use crate::support::rooms::{As, Person, until};
use crate::support::socket::Socket;

/// A hall in which only who is present is asked.
const PRESENT: &str = "present";

async fn present(hall: &Hall, online: u64) {
    let path = format!("/rooms/{}/presence", hall.stage.room);
    until("the presence is known", async || hall.stage.chair.read(&path).await["online"] == online).await;
}

/// Follows the room by asking for its log, as a client does where no socket gets through.
async fn ask(person: &Person, room: &str) {
    let head = person.head(room).await;
    person.read(&format!("/rooms/{room}/log?after={head}&wait=0")).await;
}

async fn open_to_present(hall: &Hall, more: Value) -> String {
    let mut fields = json!({ "eligible_rule": PRESENT });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    hall.open(fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_by_asking_is_present_and_may_answer() {
    let hall = Hall::new(&[("workers", 2)]).await;
    let (room, worker, other) = (&hall.stage.room, hall.of("workers")[0], hall.of("workers")[1]);
    let mut chair = Socket::of(&hall.stage.server, &hall.stage.chair).await;
    chair.subscribe(room, None).await;
    present(&hall, 1).await;
    // Reading the log without waiting is reading.
    other.read(&format!("/rooms/{room}/log?after=0")).await;
    ask(worker, room).await;
    present(&hall, 2).await;
    while chair.line_of("presence").await["by_constituency"] != json!({ "un": 1, "workers": 1 }) {}
    let poll = open_to_present(&hall, json!({})).await;
    vote(worker, &poll, choose(&[1])).await;
    assert_eq!(try_vote(other, &poll, choose(&[1])).await.code(), (403, "not_eligible"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reconnects_at_the_moment_when_a_poll_opens_may_answer() {
    let hall = Hall::new(&[("workers", 1), ("employers", 1)]).await;
    let (stage, worker, employer) = (&hall.stage, hall.of("workers")[0], hall.of("employers")[0]);
    let mut phone = Socket::of(&stage.server, worker).await;
    phone.subscribe(&stage.room, None).await;
    present(&hall, 1).await;
    phone.vanish();
    present(&hall, 0).await;
    let poll = open_to_present(&hall, json!({})).await;
    assert_eq!(stage.chair.read(&format!("/polls/{poll}")).await["eligible"], 1);
    vote(worker, &poll, choose(&[0])).await;
    assert_eq!(try_vote(employer, &poll, choose(&[0])).await.code(), (403, "not_eligible"));
    // And is not missed at the end.
    let poll = open_to_present(&hall, json!({ "quorum_share": 0 })).await;
    assert_eq!(hall.act(&poll, "close", json!({})).await.status, 200);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_at_another_node_counts_without_a_bus_and_after_a_start_too() {
    let hall = Hall::new(&[("workers", 1)]).await;
    let (stage, worker) = (&hall.stage, hall.of("workers")[0]);
    let second = stage.server.another(|_| {}).await;
    let mut phone = Socket::of(&second, worker).await;
    phone.subscribe(&stage.room, None).await;
    let noted = format!("room_presence WHERE member_id = '{}'", worker.id);
    until("the node notes who is there", async || stage.server.count(&noted).await == 1).await;
    let poll = open_to_present(&hall, json!({})).await;
    vote(worker, &poll, choose(&[0])).await;
    // The node is gone, and another one starts: nobody is there yet, and everybody was a moment ago.
    drop(phone);
    second.stop().await;
    let poll = open_to_present(&hall, json!({})).await;
    vote(worker, &poll, choose(&[0])).await;
    // What is older than a minute does not count.
    stage.server.sql("UPDATE room_presence SET seen_at = seen_at - interval '81 seconds'").await;
    let late = hall.draft(json!({ "eligible_rule": PRESENT })).await;
    assert_eq!(hall.act(&late, "open", Value::Null).await.code(), (409, "nobody_eligible"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_chair_lets_somebody_in_and_everybody_is_told_why() {
    let hall = Hall::new(&[("workers", 2)]).await;
    let stage = &hall.stage;
    let late = stage.server.person("Lina", "employers").await;
    let mut hers = Socket::of(&stage.server, &late).await;
    hers.subscribe(&stage.room, None).await;
    let poll = hall.open(json!({ "eligible_rule": "roles" })).await;
    hers.line_of("event").await;
    assert_eq!(try_vote(&late, &poll, choose(&[0])).await.code(), (403, "not_eligible"));

    let path = format!("/polls/{poll}/voters");
    let who = json!({ "member": late.id, "note": "Her phone was off" });
    assert_eq!(hall.of("workers")[0].call("POST", &path, who.clone()).await.code(), (403, "not_permitted"));
    for (body, field) in [
        (json!({ "member": late.id, "note": " " }), "note"),
        (json!({ "member": uuid::Uuid::now_v7(), "note": "Who?" }), "member"),
    ] {
        let refused = stage.chair.call("POST", &path, body).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        refused.field(field);
    }
    let observer = stage.with_role("Olaf", "government", "observer").await;
    let refused = stage.chair.call("POST", &path, json!({ "member": observer.id, "note": "Please" })).await;
    assert_eq!((refused.status.as_u16(), refused.field("member")), (422, "unknown"));

    let added = stage.chair.done("POST", &path, who.clone()).await;
    assert_eq!(added["eligible"], 4);
    // A frame and an event, in whatever order.
    let (mut told, mut frame) = (Value::Null, Value::Null);
    while told.is_null() || frame.is_null() {
        let line = hers.line().await;
        if line["kind"] == "poll.voter_added" {
            told = line;
        } else if line["type"] == "poll" {
            frame = line;
        }
    }
    assert_eq!(told["data"]["added"][0]["note"], "Her phone was off");
    assert_eq!(told["data"]["added"][0]["name"], "Lina");
    assert_eq!((&frame["poll"], &frame["eligible"]), (&json!(poll), &json!(true)));
    vote(&late, &poll, choose(&[0])).await;
    // Twice is once.
    let head = late.head(&stage.room).await;
    assert_eq!(stage.chair.done("POST", &path, who).await["eligible"], 4);
    assert_eq!(late.head(&stage.room).await, head);
    let names = stage.chair.read(&path).await;
    assert_eq!(names["items"].as_array().unwrap().len(), 4);
    assert_eq!(late.get(&path).await.code(), (403, "not_permitted"));
    let closed = hall.close(&poll).await;
    assert_eq!((&closed["eligible"], &closed["ballots"]), (&json!(4), &json!(1)));
    let again = stage.chair.call("POST", &path, json!({ "member": late.id, "note": "Too late" })).await;
    assert_eq!(again.code(), (409, "poll_not_open"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_let_into_a_secret_or_visible_poll_is_counted() {
    for more in [json!({ "secret": true }), json!({ "visible": true })] {
        let hall = Hall::new(&[("workers", 5), ("employers", 5)]).await;
        let mut fields = json!({ "eligible_rule": "roles" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let poll = hall.open(fields).await;
        let (chair, server) = (&hall.stage.chair, &hall.stage.server);
        let late = [server.person("Lea", "workers").await, server.person("Gil", "government").await];
        for person in &late {
            let who = json!({ "member": person.id, "note": "Late train" });
            chair.done("POST", &format!("/polls/{poll}/voters"), who).await;
        }
        for (at, person) in
            hall.of("workers").into_iter().chain(hall.of("employers")).chain(&late).enumerate()
        {
            vote(person, &poll, choose(&[at as u32 % 2])).await;
        }
        let closed = hall.close(&poll).await;
        assert_eq!((&closed["eligible"], &closed["ballots"]), (&json!(13), &json!(12)));
        // One of the government stands with the smallest other party.
        let results = &closed["results"];
        assert_eq!(results["rows"][0]["constituency"], "workers", "{results}");
        assert_eq!((&results["rows"][0]["eligible"], &results["rows"][0]["ballots"]), (&json!(6), &json!(6)));
        // So does the chair, who is of the UN and did not answer.
        assert_eq!(results["others"]["constituencies"], json!(["employers", "government", "un"]));
        assert_eq!(results["total"], json!({ "ballots": 12, "counts": [6, 6, 0] }));
        hall.stage.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_confirmed_decides_no_position() {
    let hall = Hall::new(&[("workers", 5), ("employers", 5), ("government", 5)]).await;
    let stage = &hall.stage;
    let mut sockets = Vec::new();
    let mut strangers = Vec::new();
    for n in 0..8 {
        let who = As { constituency: "employers", confirmed: false, ..As::default() };
        let stranger = stage.server.person_as(&format!("Stranger{n}"), who).await;
        let mut socket = Socket::of(&stage.server, &stranger).await;
        socket.subscribe(&stage.room, None).await;
        sockets.push(socket);
        strangers.push(stranger);
    }
    present(&hall, 8).await;
    let presence = stage.chair.read(&format!("/rooms/{}/presence", stage.room)).await;
    assert_eq!(presence["by_constituency"], json!({}), "they speak for no constituency");

    let poll = hall.open(json!({ "kind": "sense_check" })).await;
    for stranger in &strangers {
        vote(stranger, &poll, json!({ "stance": "object", "reason": "No" })).await;
    }
    for constituency in ["workers", "employers", "government"] {
        hall.answer(&poll, constituency, &super::times(5, json!({ "stance": "agree" }))).await;
    }
    let results = &hall.close(&poll).await["results"];
    assert_eq!(results["consensus"]["state"], "convergent", "{results}");
    assert_eq!(results["total"], json!({ "ballots": 15, "counts": [15, 0, 0] }));
    let apart = json!({ "eligible": 8, "ballots": 8, "counts": [0, 0, 8] });
    assert_eq!(results["unconfirmed"], apart);
    assert!(results["objections"].as_array().unwrap().iter().all(|one| one["unconfirmed"] == true));

    // Nor the order of questions.
    let session = &hall.session;
    stage.chair.done("POST", &format!("/sessions/{session}/state"), json!({ "state": "lobby" })).await;
    let ask =
        json!({ "body": "When?", "lang": "en", "attribution": "named", "client_id": uuid::Uuid::now_v7() });
    let asked = hall.of("workers")[0].done("POST", &format!("/sessions/{session}/questions"), ask).await;
    let question = asked["question"]["id"].as_str().unwrap();
    let support = format!("/questions/{question}/support");
    let answer = strangers[0].done("PUT", &support, json!({})).await;
    assert_eq!((&answer["question"]["support"], &answer["supported_by_me"]), (&json!({}), &json!(true)));
    let answer = hall.of("employers")[0].done("PUT", &support, json!({})).await;
    assert_eq!(answer["question"]["support"], json!({ "employers": 1 }));
    assert_eq!(answer["present"], json!({ "employers": 1 }), "no stranger among those present");
    // Once somebody is confirmed, what they support counts.
    stage.steward.done("POST", &format!("/members/{}/confirm", strangers[0].id), json!({})).await;
    let answer = hall.of("government")[0].done("PUT", &support, json!({})).await;
    assert_eq!(answer["question"]["support"], json!({ "employers": 2, "government": 1 }));
    hall.stage.server.stop().await;
}
