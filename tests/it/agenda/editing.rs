//! The plan, the kinds of time, and materials.

use serde_json::{Value, json};

use super::{agenda, at, session, times};
use crate::support::rooms::{Stage, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_times_are_the_new_plan_and_other_edits_leave_it() {
    let stage = Stage::new(json!({})).await;
    let (chair, room) = (&stage.chair, &stage.room);
    let id = session(&stage, "Talk", "compressible", 0, 60).await;
    chair.done("POST", &format!("/rooms/{room}/delay"), json!({ "minutes": 10 })).await;
    // As a form sends it: all fields, with the times as they are now.
    let same =
        json!({ "title": "Another", "time_kind": "hard_stop", "starts_at": at(10), "ends_at": at(60) });
    let after = chair.done("PATCH", &format!("/sessions/{id}"), same).await;
    assert_eq!(times(&after), [10, 60, 0, 60]);
    assert_eq!(after["time_kind"], "hard_stop");
    let after = chair.done("PATCH", &format!("/sessions/{id}"), json!({ "starts_at": at(20) })).await;
    assert_eq!(times(&after), [20, 60, 20, 60]);
    assert_eq!(chair.read(&format!("/rooms/{room}")).await["late_minutes"], 0);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn materials_are_links() {
    let stage = Stage::new(json!({})).await;
    let (chair, room) = (&stage.chair, &stage.room);
    let member = stage.server.person("Ana", "workers").await;
    let link = |title: &str, url: &str| json!({ "title": title, "url": url });
    let paper = link("Background paper", "https://example.org/paper.pdf");
    let body = json!({ "title": "Talk", "starts_at": at(0), "ends_at": at(60), "materials": [paper] });
    let made = chair.done("POST", &format!("/rooms/{room}/sessions"), body).await;
    assert_eq!((&made["materials"], &made["time_kind"]), (&json!([paper]), &json!("compressible")));
    let path = format!("/sessions/{}", text(&made["id"]));
    let head = member.head(room).await;
    for (materials, code) in [
        (json!([link("Evil", "javascript:alert(1)")]), "not_a_link"),
        (json!([link("Evil", "https://good.example@evil.example")]), "not_a_link"),
        (json!([link("-", "https://example.org")]), "no_letter"),
        (json!([link("", " ")]), "required"),
        (json!([link("Long", &format!("https://example.org/{}", "x".repeat(2_000)))]), "too_long"),
        (json!(vec![paper.clone(); 21]), "too_many"),
    ] {
        let answer = chair.call("PATCH", &path, json!({ "materials": materials })).await;
        assert_eq!((answer.status.as_u16(), answer.field("materials")), (422, code), "{materials}");
    }
    for materials in [json!("https://example.org"), json!([1]), json!([{ "title": "No address" }])] {
        let answer = chair.call("PATCH", &path, json!({ "materials": materials })).await;
        assert_eq!(answer.code(), (400, "malformed"), "{materials}");
    }
    assert_eq!(member.head(room).await, head);
    // In place of what was there; everyone is told.
    let new = json!([link("资料", "http://example.org/资料"), paper]);
    chair.done("PATCH", &path, json!({ "materials": new })).await;
    let log = member.log(room, head).await;
    assert_eq!((&log[0]["kind"], &log[0]["data"]["materials"]), (&json!("session.edited"), &new));
    assert_eq!(agenda(&member, room).await[0]["materials"], new);
    chair.done("PATCH", &path, json!({ "materials": [] })).await;
    assert_eq!(member.read(&path).await["materials"], Value::Array(Vec::new()));
    stage.server.stop().await;
}
