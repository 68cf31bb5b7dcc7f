//! The time of a speech, as the server measures it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Hall, queue, share};
use crate::support::rooms::text;
use crate::support::socket::Socket;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap_or_else(|| panic!("a time: {value}")).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_speech_runs_stands_and_ends_by_the_servers_clock() {
    let hall = Hall::new("live").await;
    hall.configure(json!({ "limit_s": 120 })).await;
    hall.ask(&hall.worker, json!({})).await;
    let mut socket = Socket::of(&hall.stage.server, &hall.minister).await;
    socket.subscribe(&hall.stage.room, None).await;
    let before = Utc::now();
    let speech = hall.next(json!({})).await;
    let event = socket.line_of("event").await;
    assert_eq!(event["kind"], "floor.given");
    let current = &event["data"]["current"];
    let started = time(&current["started_at"]);
    assert!((before - started).num_seconds().abs() < 5);
    assert_eq!(current["running_since"], current["started_at"]);
    let up = time(&current["time_is_up_at"]);
    assert!(((up - started).num_milliseconds() - 120_000).abs() <= 1, "{up} {started}");
    assert_eq!((&current["limit_s"], &current["ran_ms"]), (&json!(120), &json!(0)));

    hall.pass_time(30).await;
    let floor = hall.step(&speech, "pause").await;
    let ran = floor["current"]["ran_ms"].as_i64().unwrap();
    assert!((30_000..60_000).contains(&ran), "{ran}");
    assert_eq!(floor["current"].get("running_since"), None);
    assert_eq!(share(&floor, "workers")["spoken_ms"], ran);
    assert_eq!(hall.try_step(hall.chair(), &speech, "pause").await.code(), (409, "not_possible_now"));
    // A change of the limit is for the next speech.
    hall.configure(json!({ "limit_s": 300 })).await;
    let floor = hall.step(&speech, "resume").await;
    let (since, up) = (time(&floor["current"]["running_since"]), time(&floor["current"]["time_is_up_at"]));
    assert!(((up - since).num_milliseconds() - (120_000 - ran)).abs() <= 1);
    assert_eq!(hall.try_step(hall.chair(), &speech, "resume").await.code(), (409, "not_possible_now"));
    hall.pass_time(200).await;
    let floor = hall.step(&speech, "end").await;
    assert_eq!(floor.get("current"), None);
    let spoken = share(&floor, "workers")["spoken_ms"].as_i64().unwrap();
    assert!((ran + 200_000..ran + 230_000).contains(&spoken), "{spoken}");
    for step in ["pause", "resume", "end"] {
        assert_eq!(
            hall.try_step(hall.chair(), &speech, step).await.code(),
            (409, "not_possible_now"),
            "{step}"
        );
    }
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_floor_follows_its_session() {
    let hall = Hall::new("live").await;
    hall.ask(&hall.worker, json!({})).await;
    hall.ask(&hall.employer, json!({})).await;
    let speech = hall.next(json!({})).await;
    let question = hall.ask(&hall.minister, json!({ "kind": "question", "interposed": true })).await;
    let interruption = hall.next(json!({ "request": question })).await;
    hall.to("paused").await;
    let floor = hall.floor().await;
    assert_eq!(
        (&floor["current"]["id"], floor["current"].get("running_since")),
        (&json!(interruption), None)
    );
    assert_eq!(hall.try_step(hall.chair(), &interruption, "resume").await.code(), (409, "not_possible_now"));
    // What it interrupted does not go on in a session that does not.
    let floor = hall.step(&interruption, "end").await;
    assert_eq!((&floor["current"]["id"], floor["current"].get("running_since")), (&json!(speech), None));
    hall.to("live").await;
    assert_eq!(hall.floor().await["current"].get("running_since"), None);
    hall.step(&speech, "resume").await;
    hall.pass_time(40).await;
    let head = hall.worker.head(&hall.stage.room).await;
    hall.to("ended").await;
    let events = hall.worker.log(&hall.stage.room, head).await;
    let kinds: Vec<String> = events.iter().map(|event| text(&event["kind"])).collect();
    assert_eq!(kinds, ["session.ended", "speech.ended", "floor.configured"]);
    let floor = hall.floor().await;
    assert_eq!((floor.get("current"), &floor["open"]), (None, &json!(false)));
    assert!(share(&floor, "workers")["spoken_ms"].as_i64().unwrap() >= 40_000);
    assert_eq!(queue(&floor), ["Emil"]);
    // Taken up again, the floor is as it was left.
    hall.to("live").await;
    assert_eq!(hall.floor().await["open"], false);
    hall.configure(json!({ "open": true })).await;
    hall.next(json!({})).await;
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_without_a_floor_leaves_no_trace_of_one() {
    let hall = Hall::new("live").await;
    let head = hall.worker.head(&hall.stage.room).await;
    hall.to("paused").await;
    hall.to("ended").await;
    assert_eq!(hall.worker.head(&hall.stage.room).await, head + 2);
    assert_eq!(hall.stage.server.count("floors").await, 0);
    hall.stop().await;
}
