//! The computed order, and the record that it can be told from.

use plenary::features::floor::record;
use plenary::features::floor::rules::{FloorEvent, FloorState, Settings, Targets};
use plenary::features::floor::store as floor;
use plenary::kernel::log::chain::Fault;
use plenary::kernel::log::replay::{between, verify};
use serde_json::json;
use uuid::Uuid;

use super::{Hall, queue, share};
use crate::support::record;
use crate::support::rooms::Person;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_in_the_computed_order_and_says_why() {
    let hall = Hall::new("live").await;
    let server = &hall.stage.server;
    let others: [Person; 3] = [
        server.person("Erna", "employers").await,
        server.person("Egon", "employers").await,
        server.person("Ulla", "un").await,
    ];
    for person in [&hall.employer, &others[0], &others[1], &hall.worker, &others[2], &hall.minister] {
        hall.ask(person, json!({})).await;
    }
    let floor = hall.floor().await;
    assert_eq!(queue(&floor), ["Emil", "Wanda", "Ulla", "Greta", "Erna", "Egon"]);
    let why: Vec<&str> =
        floor["queue"].as_array().unwrap().iter().map(|request| request["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["asked_first", "asked_first", "asked_first", "least_heard", "asked_first", "remaining"]);
    let places: Vec<u64> = floor["queue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| request["position"].as_u64().unwrap())
        .collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
    assert_eq!(
        (&share(&floor, "employers")["waiting"], &share(&floor, "un")["waiting"]),
        (&json!(3), &json!(1))
    );

    // A point of order goes before everything.
    hall.ask(&others[1], json!({ "kind": "point_of_order" })).await;
    let floor = hall.floor().await;
    assert_eq!(queue(&floor)[0], "Egon");
    assert_eq!(floor["queue"][0]["why"], "point_of_order");

    // The same for everyone who may read.
    let seen = hall.minister.read(&hall.path("")).await;
    assert_eq!(seen["queue"], floor["queue"]);
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_that_was_spoken_moves_a_constituency_back() {
    let hall = Hall::new("live").await;
    let (worker, employer) = (&hall.worker, &hall.employer);
    hall.ask(worker, json!({})).await;
    hall.ask(employer, json!({})).await;
    let speech = hall.next(json!({})).await;
    // The order stands while Wanda speaks, however long.
    hall.ask(worker, json!({})).await;
    assert_eq!(queue(&hall.floor().await), ["Emil", "Wanda"]);
    hall.pass_time(100).await;
    let floor = hall.step(&speech, "end").await;
    let spoken = share(&floor, "workers")["spoken_ms"].as_i64().unwrap();
    assert!((100_000..130_000).contains(&spoken), "{spoken}");
    assert_eq!(
        (&share(&floor, "workers")["speeches"], &share(&floor, "employers")["speeches"]),
        (&json!(1), &json!(0))
    );
    // Emil speaks for longer, so the next time Wanda is before him.
    let speech = hall.next(json!({})).await;
    hall.pass_time(500).await;
    hall.step(&speech, "end").await;
    hall.ask(employer, json!({})).await;
    assert_eq!(queue(&hall.floor().await), ["Wanda", "Emil"]);

    // With other targets the employers are behind theirs.
    let weights = json!({ "weights": { "workers": 1, "employers": 20 } });
    let answer = hall.chair().call("PATCH", &hall.path(""), weights.clone()).await;
    assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, "required"));
    let mut edit = weights;
    edit["reason"] = "The item is about employers' duties".into();
    let floor = hall.configure(edit).await;
    assert_eq!(queue(&floor), ["Emil", "Wanda"]);
    assert_eq!(
        (&share(&floor, "employers")["weight"], &share(&floor, "un")["weight"]),
        (&json!(20), &json!(0))
    );
    assert_eq!(
        (&floor["acts"][0]["kind"], &floor["acts"][0]["reason"]),
        (&json!("targets"), &json!("The item is about employers' duties"))
    );
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_alone_tells_the_floor() {
    let hall = Hall::new("live").await;
    let (room, session) = (hall.stage.room.parse().unwrap(), hall.session.parse::<Uuid>().unwrap());
    let mut socket = Socket::of(&hall.stage.server, &hall.minister).await;
    let start = hall.minister.head(&hall.stage.room).await;
    socket.subscribe(&hall.stage.room, None).await;

    let withdrawn = hall.ask(&hall.minister, json!({ "kind": "reply" })).await;
    for person in [&hall.worker, &hall.employer] {
        hall.ask(person, json!({})).await;
    }
    hall.minister.done("DELETE", &format!("/floor-requests/{withdrawn}"), json!(null)).await;
    let speech = hall.next(json!({})).await;
    hall.step(&speech, "pause").await;
    hall.step(&speech, "resume").await;
    let question = hall.ask(&hall.minister, json!({ "kind": "question", "interposed": true })).await;
    let interruption = hall.next(json!({ "request": question })).await;
    hall.step(&interruption, "end").await;
    hall.configure(json!({ "limit_s": 90, "open": false })).await;
    let point = hall.ask(&hall.minister, json!({ "kind": "point_of_order" })).await;
    let pass = json!({ "reason": "Not a point of order" });
    hall.chair().done("POST", &format!("/floor-requests/{point}/pass"), pass).await;

    let kinds = |events: &[serde_json::Value]| -> Vec<String> {
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    };
    let head = hall.minister.head(&hall.stage.room).await;
    let events = socket.events_to(head).await;
    assert_eq!(
        kinds(&events),
        [
            "floor.requested",
            "floor.requested",
            "floor.requested",
            "floor.withdrawn",
            "floor.given",
            "speech.paused",
            "speech.resumed",
            "floor.requested",
            "speech.paused",
            "floor.given",
            "speech.ended",
            "speech.resumed",
            "floor.configured",
            "floor.requested",
            "floor.passed",
        ]
    );
    assert_eq!(kinds(&hall.minister.log(&hall.stage.room, start).await), kinds(&events));
    // Every event carries the whole floor; the last one is what there is.
    let mut now = hall.minister.read(&hall.path("")).await;
    now.as_object_mut().unwrap().remove("yours");
    assert_eq!(events.last().unwrap()["data"], now);

    let mut db = hall.stage.server.state.db.get().await.unwrap();
    let entries = between(&mut db, room, 0, head).await.unwrap();
    let told = record::replay(&mut db, session, &entries).await.unwrap();
    let stored = floor::load(&mut db, session).await.unwrap().state();
    assert_eq!(told, stored);
    assert_eq!((told.speeches.len(), told.waiting.len(), told.open().len()), (2, 1, 1));
    assert_eq!(verify(&mut db, &record(), room).await.unwrap(), Ok(head));
    // Up to the middle of the record the floor is as it was then.
    let middle = between(&mut db, room, 0, start + 5).await.unwrap();
    let then = record::replay(&mut db, session, &middle).await.unwrap();
    assert_eq!((then.speeches.len(), then.waiting.len()), (1, 1));
    drop(db);
    // Nobody adds a second to a speech behind the back of the record.
    hall.stage.server.sql("UPDATE speeches SET ran_ms = ran_ms + 1000").await;
    let mut db = hall.stage.server.state.db.get().await.unwrap();
    assert_eq!(verify(&mut db, &record(), room).await.unwrap(), Err(Fault::Tables("floor", session)));
    drop(db);
    hall.stop().await;
}

#[test]
fn an_event_about_something_unknown_changes_nothing() {
    let settings = Settings { open: true, limit_ms: 60_000, targets: Targets::default() };
    let (speech, request) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let floor = FloorState::replay(
        settings.clone(),
        [
            FloorEvent::Started { speech, request, level: 0, limit_ms: 60_000, at: 0 },
            FloorEvent::Ended { speech, at: 1 },
            FloorEvent::Withdrawn { request },
        ],
    );
    assert_eq!(floor, FloorState::new(settings));
}
