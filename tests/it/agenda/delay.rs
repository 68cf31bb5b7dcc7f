//! Delays of an agenda, over HTTP.

use serde_json::{Value, json};

use super::{agenda, session, times, to_state};
use crate::support::rooms::Stage;
use crate::support::socket::Socket;

/// A talk, another, a fixed lunch and a panel that ends on time.
async fn morning() -> (Stage, Vec<String>) {
    let stage = Stage::new(json!({})).await;
    let mut ids = Vec::new();
    for (title, kind, from, to) in [
        ("Talk", "compressible", 0, 60),
        ("Second talk", "compressible", 60, 90),
        ("Lunch", "fixed", 90, 150),
        ("Panel", "hard_stop", 150, 210),
    ] {
        ids.push(session(&stage, title, kind, from, to).await);
    }
    (stage, ids)
}

fn now(agenda: &[Value]) -> Vec<(i64, i64)> {
    agenda.iter().map(times).map(|[start, end, ..]| (start, end)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delay_moves_the_rest_and_everyone_is_told() {
    let (stage, ids) = morning().await;
    let (server, room) = (&stage.server, &stage.room);
    let member = server.person("Ana", "workers").await;
    to_state(&stage.chair, &ids[0], "live").await;
    let mut socket = Socket::of(server, &member).await;
    socket.subscribe(room, None).await;
    let path = format!("/rooms/{room}/delay");
    let head = member.head(room).await;

    // A preview changes nothing and tells nobody.
    let body = json!({ "minutes": 12, "dry_run": true });
    let preview = stage.chair.done("POST", &path, body).await;
    assert_eq!((&preview["applied"], &preview["late_minutes"]), (&json!(false), &json!(12)));
    assert_eq!(preview["slots"][0]["ends_at"], "2027-03-01T10:12:00Z");
    assert_eq!(preview["slots"][0]["before_end"], "2027-03-01T10:00:00Z");
    assert_eq!(member.head(room).await, head);
    assert_eq!(now(&agenda(&member, room).await), [(0, 60), (60, 90), (90, 150), (150, 210)]);

    let body = json!({ "minutes": 12, "reason": " The sound\nfailed ", "late_minutes": 0 });
    let done = stage.chair.done("POST", &path, body).await;
    assert_eq!(done["applied"], true);
    assert_eq!(done["slots"], preview["slots"]);
    let rows = agenda(&member, room).await;
    assert_eq!(now(&rows), [(0, 72), (72, 90), (90, 150), (150, 210)]);
    assert_eq!(times(&rows[1])[2..], [60, 90], "the plan stays");

    // One entry with the whole agenda, on the socket and in the log.
    let event = socket.line_of("event").await;
    assert_eq!((&event["kind"], &event["seq"]), (&json!("agenda.shifted"), &json!(head + 1)));
    let data = &event["data"];
    assert_eq!((&data["late_minutes"], &data["room"]), (&json!(12), &json!(room)));
    assert_eq!(
        (&data["delay"]["minutes"], &data["delay"]["reason"]),
        (&json!(12), &json!("The sound failed"))
    );
    assert_eq!(data["sessions"], json!(rows));
    let log = member.log(room, head).await;
    assert_eq!((log.len(), &log[0]["data"]), (1, data));
    let view = member.read(&format!("/rooms/{room}")).await;
    assert_eq!((&view["late_minutes"], &view["delay"]), (&json!(12), &data["delay"]));

    // More, and caught up: nothing is left but the record.
    stage.chair.done("POST", &path, json!({ "minutes": 28 })).await;
    let rows = agenda(&member, room).await;
    assert_eq!(now(&rows), [(0, 100), (90, 150), (100, 118), (150, 210)]);
    stage.chair.done("POST", &path, json!({ "minutes": -600, "reason": "Short answers" })).await;
    let rows = agenda(&member, room).await;
    assert_eq!(now(&rows), [(0, 60), (60, 90), (90, 150), (150, 210)]);
    let again = stage.chair.done("POST", &path, json!({ "minutes": -1 })).await;
    assert_eq!((&again["applied"], &again["late_minutes"]), (&json!(false), &json!(0)));
    assert_eq!(member.head(room).await, head + 3, "what moves nothing is not told");
    assert_eq!(server.count("agenda_shifts").await, 3);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fixed_session_is_warned_about() {
    let (stage, ids) = morning().await;
    to_state(&stage.chair, &ids[0], "live").await;
    let body = json!({ "minutes": 50, "dry_run": true });
    let preview = stage.chair.done("POST", &format!("/rooms/{}/delay", stage.room), body).await;
    let warning = json!({ "kind": "overlap", "session": ids[2], "before": ids[1], "minutes": 38 });
    assert_eq!(preview["warnings"], json!([warning]));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_and_chairs_announce_delays_and_nobody_else() {
    let (stage, _) = morning().await;
    let path = format!("/rooms/{}/delay", stage.room);
    let moderator = stage.with_role("Mona", "employers", "moderator").await;
    moderator.done("POST", &path, json!({ "minutes": 3 })).await;
    let others = [
        stage.with_role("Rita", "workers", "rapporteur").await,
        stage.with_role("Ian", "un", "interpreter").await,
        stage.with_role("Olaf", "government", "observer").await,
        stage.server.person("Ana", "workers").await,
        stage.steward.clone(),
    ];
    for person in &others {
        for dry_run in [true, false] {
            let answer = person.call("POST", &path, json!({ "minutes": 3, "dry_run": dry_run })).await;
            assert_eq!(answer.code(), (403, "not_permitted"), "{}", person.name);
        }
    }
    let answer = stage.server.browser().call("POST", &path, json!({ "minutes": 3, "dry_run": true })).await;
    assert_eq!(answer.code(), (401, "not_signed_in"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_delay_is_refused() {
    let (stage, ids) = morning().await;
    let path = format!("/rooms/{}/delay", stage.room);
    let head = stage.chair.head(&stage.room).await;
    for minutes in [json!(0), json!(601), json!(-601), json!(i32::MAX), json!(i32::MIN)] {
        let answer = stage.chair.call("POST", &path, json!({ "minutes": minutes })).await;
        assert_eq!((answer.status.as_u16(), answer.field("minutes")), (422, "out_of_range"), "{minutes}");
    }
    for minutes in [json!("5"), json!(1.5), Value::Null, json!(9_999_999_999_i64)] {
        let answer = stage.chair.call("POST", &path, json!({ "minutes": minutes })).await;
        assert_eq!(answer.code(), (400, "malformed"), "{minutes}");
    }
    for dry_run in [true, false] {
        let body = json!({ "minutes": 5, "reason": "x".repeat(201), "dry_run": dry_run });
        let answer = stage.chair.call("POST", &path, body).await;
        assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, "too_long"));
    }
    // Two who say the same at the same time mean one delay.
    let answer = stage.chair.call("POST", &path, json!({ "minutes": 5, "late_minutes": 5 })).await;
    assert_eq!(answer.code(), (409, "conflict"));
    assert_eq!(stage.chair.head(&stage.room).await, head);

    for id in &ids {
        to_state(&stage.chair, id, "live").await;
        to_state(&stage.chair, id, "ended").await;
    }
    let answer = stage.chair.call("POST", &path, json!({ "minutes": 5 })).await;
    assert_eq!(answer.code(), (409, "not_possible_now"));
    let forum = json!({ "title": "F", "kind": "forum", "visibility": "members", "chair": stage.chair.id });
    let forum = stage.steward.done("POST", "/rooms", forum).await["id"].clone();
    let path = format!("/rooms/{}/delay", forum.as_str().unwrap());
    let answer = stage.chair.call("POST", &path, json!({ "minutes": 5 })).await;
    assert_eq!(answer.code(), (409, "not_a_workshop"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_moderators_at_once_make_one_delay() {
    let (stage, _) = morning().await;
    let path = format!("/rooms/{}/delay", stage.room);
    let moderator = stage.with_role("Mona", "employers", "moderator").await;
    let body = json!({ "minutes": 10, "late_minutes": 0 });
    let both = [&stage.chair, &moderator].map(|person| person.call("POST", &path, body.clone()));
    let mut codes: Vec<u16> =
        futures_util::future::join_all(both).await.iter().map(|answer| answer.status.as_u16()).collect();
    codes.sort_unstable();
    assert_eq!(codes, [200, 409]);
    assert_eq!(stage.chair.read(&format!("/rooms/{}", stage.room)).await["late_minutes"], 10);
    stage.server.stop().await;
}
