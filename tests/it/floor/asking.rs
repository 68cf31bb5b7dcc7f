//! Asking for the floor: who may, when, how often, and how they are shown.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Hall, asking, queue, share};
use crate::support::rooms::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_asks_from_the_lobby_to_the_end() {
    let hall = Hall::new("scheduled").await;
    let worker = &hall.worker;
    assert_eq!(hall.try_ask(worker, json!({})).await.code(), (409, "not_possible_now"));
    hall.to("lobby").await;
    let asked = hall.try_ask(worker, json!({ "note": "On wages" })).await;
    assert_eq!(asked.status.as_u16(), 201);
    assert_eq!(asked.body["yours"], json!([asked.body["request"]]));
    assert_eq!(asked.body["queue"][0]["note"], "On wages");
    // In the lobby nobody speaks yet.
    assert_eq!(hall.try_next(json!({})).await.code(), (409, "not_possible_now"));
    hall.to("live").await;
    hall.to("paused").await;
    hall.ask(&hall.employer, json!({})).await;
    assert_eq!(hall.try_next(json!({})).await.code(), (409, "not_possible_now"));
    hall.to("ended").await;
    for kind in ["contribution", "point_of_order"] {
        let answer = hall.try_ask(&hall.minister, json!({ "kind": kind })).await;
        assert_eq!(answer.code(), (409, "not_possible_now"));
    }
    // The end closes the floor; who was not heard stays in the record.
    let floor = hall.floor().await;
    assert_eq!((&floor["open"], queue(&floor).len()), (&json!(false), 2));
    let open = hall.chair().call("PATCH", &hall.path(""), json!({ "open": true })).await;
    assert_eq!(open.code(), (409, "not_possible_now"));
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_floor_takes_points_of_order_only() {
    let hall = Hall::new("live").await;
    hall.ask(&hall.worker, json!({})).await;
    let floor = hall.configure(json!({ "open": false })).await;
    // Who waits goes on waiting.
    assert_eq!((&floor["open"], queue(&floor).len()), (&json!(false), 1));
    for kind in ["contribution", "question", "reply"] {
        let answer = hall.try_ask(&hall.employer, json!({ "kind": kind })).await;
        assert_eq!(answer.code(), (409, "floor_closed"));
    }
    hall.ask(&hall.employer, json!({ "kind": "point_of_order" })).await;
    hall.configure(json!({ "open": true })).await;
    hall.ask(&hall.employer, json!({})).await;
    // What changes nothing leaves no trace.
    let head = hall.worker.head(&hall.stage.room).await;
    hall.configure(json!({ "open": true })).await;
    hall.configure(json!({})).await;
    assert_eq!(hall.worker.head(&hall.stage.room).await, head);
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_one_request_and_a_second_of_a_kind_is_refused() {
    let hall = Hall::new("live").await;
    let worker = &hall.worker;
    let body = asking(json!({ "note": "Once" }));
    let first = worker.call("POST", &hall.path("/requests"), body.clone()).await;
    let again = worker.call("POST", &hall.path("/requests"), body.clone()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.body["request"], again.body["request"]);
    let mut other = body.clone();
    other["note"] = "Twice".into();
    let reused = worker.call("POST", &hall.path("/requests"), other).await;
    assert_eq!(reused.code(), (409, "client_id_reused"));

    assert_eq!(hall.try_ask(worker, json!({})).await.code(), (409, "already_asked"));
    hall.ask(worker, json!({ "kind": "question" })).await;
    hall.ask(worker, json!({ "kind": "reply" })).await;
    assert_eq!(hall.floor().await["queue"].as_array().unwrap().len(), 3);

    // Taken back, it is gone for all, and may be asked again; the old client id is still the old one.
    let path = format!("/floor-requests/{}", text(&first.body["request"]));
    assert_eq!(hall.employer.call("DELETE", &path, Value::Null).await.code(), (403, "not_permitted"));
    assert_eq!(hall.chair().call("DELETE", &path, Value::Null).await.code(), (403, "not_permitted"));
    worker.done("DELETE", &path, Value::Null).await;
    assert_eq!(worker.call("DELETE", &path, Value::Null).await.code(), (409, "not_possible_now"));
    let again = worker.call("POST", &hall.path("/requests"), body).await;
    assert_eq!((again.status.as_u16(), queue(&again.body).len()), (200, 2));
    hall.ask(worker, json!({})).await;

    // Twenty at once of one member leave one.
    let asks = (0..20).map(|_| hall.try_ask(&hall.employer, json!({})));
    let mut codes: Vec<u16> =
        futures_util::future::join_all(asks).await.iter().map(|answer| answer.status.as_u16()).collect();
    codes.sort_unstable();
    assert_eq!((codes[0], codes[1], codes[19]), (201, 409, 409));
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_speaker_is_shown_as_they_chose() {
    let hall = Hall::new("live").await;
    let request = hall.ask(&hall.worker, json!({ "attribution": "constituency" })).await;
    hall.ask(&hall.employer, json!({ "attribution": "organisation" })).await;
    for person in [hall.chair(), &hall.minister] {
        let floor = person.read(&hall.path("")).await;
        assert_eq!(floor["queue"][0]["speaker"], json!({ "constituency": "workers", "confirmed": true }));
        assert_eq!(floor["queue"][1]["speaker"]["organisation"], "Federation limE");
        let all = floor.to_string();
        assert!(!all.contains("Wanda") && !all.contains("Emil"), "{all}");
        assert!(!all.contains(&hall.worker.id.to_string()), "{all}");
        assert_eq!(floor["yours"], json!([]));
    }
    assert_eq!(hall.worker.read(&hall.path("")).await["yours"], json!([request]));
    // Not when they speak either, and not in the log.
    hall.next(json!({})).await;
    assert_eq!(hall.worker.read(&hall.path("")).await["yours"], json!([request]));
    let log = format!("{:?}", hall.minister.log(&hall.stage.room, 0).await);
    assert!(!log.contains("Wanda") && !log.contains(&hall.worker.id.to_string()), "{log}");
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_enters_who_has_no_device() {
    let hall = Hall::new("live").await;
    let person = json!({ "name": "Li Na 李娜", "organisation": "Shoe Union", "constituency": "workers" });
    let body = json!({ "on_behalf": person });
    assert_eq!(hall.try_ask(&hall.employer, body.clone()).await.code(), (403, "not_permitted"));
    let request = hall.ask(hall.chair(), body.clone()).await;
    let floor = hall.floor().await;
    let shown = json!({ "name": "Li Na 李娜", "organisation": "Shoe Union", "constituency": "workers",
        "confirmed": false });
    assert_eq!((&floor["queue"][0]["speaker"], &floor["queue"][0]["by_desk"]), (&shown, &json!(true)));
    // It is not the desk's own.
    assert_eq!(floor["yours"], json!([]));
    assert_eq!(hall.try_ask(hall.chair(), body).await.code(), (409, "already_asked"));
    let other = json!({ "name": "Bo", "constituency": "workers" });
    let second = hall.ask(hall.chair(), json!({ "on_behalf": other })).await;
    hall.ask(hall.chair(), json!({})).await;
    for (field, wrong, code) in [
        ("constituency", "nobody", "unknown"),
        ("constituency", "", "required"),
        ("name", " ", "required"),
        ("name", &"x".repeat(81), "too_long"),
        ("organisation", &"x".repeat(121), "too_long"),
    ] {
        let mut person = json!({ "name": "Cy", "constituency": "workers" });
        person[field] = wrong.into();
        let answer = hall.try_ask(hall.chair(), json!({ "on_behalf": person })).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{answer:?}");
    }
    // What the desk entered the desk may take back.
    hall.chair().done("DELETE", &format!("/floor-requests/{second}"), Value::Null).await;
    // Their time counts like everyone's.
    let speech = hall.next(json!({ "request": request, "reason": "Has to leave" })).await;
    hall.pass_time(60).await;
    let floor = hall.step(&speech, "end").await;
    assert!(share(&floor, "workers")["spoken_ms"].as_i64().unwrap() >= 60_000);
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_talk_may_not_ask_and_waits_no_longer() {
    let hall = Hall::new("live").await;
    let observer = hall.stage.with_role("Olaf", "un", "observer").await;
    assert_eq!(hall.try_ask(&observer, json!({})).await.code(), (403, "not_permitted"));
    let anonymous =
        hall.stage.server.browser().call("POST", &hall.path("/requests"), asking(json!({}))).await;
    assert_eq!(anonymous.code(), (401, "not_signed_in"));

    hall.ask(&hall.worker, json!({})).await;
    hall.ask(&hall.worker, json!({ "kind": "question" })).await;
    let (room, id) = (&hall.stage.room, hall.worker.id);
    hall.ask(&hall.minister, json!({})).await;
    let ban = json!({ "status": "banned" });
    hall.stage.steward.done("PATCH", &format!("/members/{}", hall.minister.id), ban).await;
    assert_eq!(queue(&hall.floor().await), ["Wanda", "Wanda"]);
    let mute = json!({ "minutes": 5, "reason": "abuse" });
    hall.chair().done("PUT", &format!("/rooms/{room}/mutes/{id}"), mute).await;
    assert_eq!(queue(&hall.floor().await), [] as [&str; 0]);
    assert_eq!(hall.try_ask(&hall.worker, json!({})).await.code(), (403, "muted"));
    hall.chair().done("PUT", &format!("/rooms/{room}/closed"), json!({ "reason": "other" })).await;
    assert_eq!(hall.try_ask(&hall.employer, json!({})).await.code(), (409, "room_closed"));
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_leaves_nothing() {
    let hall = Hall::new("live").await;
    let worker = &hall.worker;
    let long = "字".repeat(281);
    for (more, field, code) in [
        (json!({ "note": long }), "note", "too_long"),
        (json!({ "interposed": true }), "interposed", "questions_only"),
    ] {
        let answer = hall.try_ask(worker, more).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{answer:?}");
    }
    for more in [json!({ "kind": "speech" }), json!({ "kind": null }), json!({ "client_id": "x" })] {
        assert_eq!(hall.try_ask(worker, more).await.code(), (400, "malformed"));
    }
    // There is nobody to interrupt.
    let question = json!({ "kind": "question", "interposed": true });
    assert_eq!(hall.try_ask(worker, question).await.code(), (409, "not_possible_now"));
    let edits = [
        (json!({ "limit_s": 29 }), "limit_s", "out_of_range"),
        (json!({ "limit_s": 3_601 }), "limit_s", "out_of_range"),
        (json!({ "weights": { "workers": -1 }, "reason": "x" }), "weights", "out_of_range"),
        (json!({ "weights": { "workers": 1_001 }, "reason": "x" }), "weights", "out_of_range"),
        (json!({ "weights": { "nobody": 1 }, "reason": "x" }), "weights", "unknown"),
        (json!({ "weights": { "workers": 0 }, "reason": "x" }), "weights", "required"),
        (json!({ "weights": {}, "reason": "x" }), "weights", "required"),
        (json!({ "reason": "x".repeat(281) }), "reason", "too_long"),
    ];
    for (edit, field, code) in edits {
        let answer = hall.chair().call("PATCH", &hall.path(""), edit).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{answer:?}");
    }
    let nowhere = Uuid::now_v7();
    for (method, path) in [
        ("DELETE", format!("/floor-requests/{nowhere}")),
        ("POST", format!("/speeches/{nowhere}/end")),
        ("GET", format!("/sessions/{nowhere}/floor")),
    ] {
        assert_eq!(worker.call(method, &path, Value::Null).await.code(), (404, "not_found"));
    }
    assert_eq!(hall.stage.server.count("floor_requests").await, 0);
    assert_eq!(hall.stage.server.count("floors").await, 0);
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_wait_at_most() {
    let hall = Hall::new("live").await;
    let first = hall.ask(&hall.worker, json!({})).await;
    let copies = format!(
        "INSERT INTO floor_requests SELECT gen_random_uuid(), room_id, session_id, seq, kind, state, NULL,
            'desk ' || n, author_id, attribution, 'Person ' || n, '', constituency, false, '', NULL,
            gen_random_uuid(), request_hash, created_at, NULL
         FROM floor_requests, generate_series(2, 200) n WHERE id = '{first}'"
    );
    hall.stage.server.sql(&copies).await;
    assert_eq!(queue(&hall.floor().await).len(), 200);
    assert_eq!(hall.try_ask(&hall.employer, json!({})).await.code(), (409, "floor_full"));
    hall.worker.done("DELETE", &format!("/floor-requests/{first}"), Value::Null).await;
    hall.ask(&hall.employer, json!({})).await;
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_floor_was_used_stays_in_the_record() {
    let hall = Hall::new("lobby").await;
    hall.ask(&hall.worker, json!({})).await;
    hall.to("scheduled").await;
    let path = format!("/sessions/{}", hall.session);
    assert_eq!(hall.chair().call("DELETE", &path, Value::Null).await.code(), (409, "session_in_use"));
    let other = super::new_session(&hall.stage).await;
    hall.chair().done("DELETE", &format!("/sessions/{other}"), Value::Null).await;
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_waits_once_however_the_desk_writes_the_name() {
    let hall = Hall::new("live").await;
    let at_desk = |name: &str, organisation: &str| {
        let person = json!({ "name": name, "organisation": organisation, "constituency": "workers" });
        json!({ "on_behalf": person })
    };
    hall.ask(hall.chair(), at_desk("WORKER 1", "Tin")).await;
    for again in ["WORKER  1", "worker\u{A0}1", "ＷＯＲＫＥＲ １", "Worker\u{200B} 1"] {
        let answer = hall.try_ask(hall.chair(), at_desk(again, "tin")).await;
        assert_eq!(answer.code(), (409, "already_asked"), "{again:?}");
    }
    hall.ask(hall.chair(), at_desk("Worker 2", "Tin")).await;
    // Through the desk and by phone, in either order.
    hall.ask(&hall.worker, json!({})).await;
    assert_eq!(hall.try_ask(hall.chair(), at_desk("wanda", "")).await.code(), (409, "already_asked"));
    let person = json!({ "name": "Emil", "organisation": "", "constituency": "employers" });
    hall.ask(hall.chair(), json!({ "on_behalf": person })).await;
    assert_eq!(hall.try_ask(&hall.employer, json!({})).await.code(), (409, "already_asked"));
    assert_eq!(queue(&hall.floor().await).len(), 4);
    hall.stop().await;
}
