//! The agenda under control: delays, materials, calendar feeds.

mod calendar;
mod delay;
mod editing;
pub mod rows;

use serde_json::{Value, json};

use crate::support::rooms::{Person, Stage, text};

/// Nine in the morning, some minutes later.
pub fn at(minutes: i64) -> String {
    format!("2027-03-01T{:02}:{:02}:00Z", 9 + minutes / 60, minutes % 60)
}

/// Minutes after nine of the times of a session: now and as planned.
pub fn times(session: &Value) -> [i64; 4] {
    ["starts_at", "ends_at", "planned_start", "planned_end"].map(|name| {
        let text = session[name].as_str().unwrap();
        assert!(text.starts_with("2027-03-01T"), "{text}");
        let number = |from: usize| text[from..from + 2].parse::<i64>().unwrap();
        (number(11) - 9) * 60 + number(14)
    })
}

/// Adds a session; its id.
pub async fn session(stage: &Stage, title: &str, kind: &str, from: i64, to: i64) -> String {
    let body = json!({ "title": title, "title_zh": format!("{title}（中文）"), "organisation": "Tin Federation",
        "time_kind": kind, "starts_at": at(from), "ends_at": at(to) });
    text(&stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), body).await["id"])
}

pub async fn to_state(by: &Person, session: &str, state: &str) {
    by.done("POST", &format!("/sessions/{session}/state"), json!({ "state": state })).await;
}

/// The agenda as a member reads it.
pub async fn agenda(by: &Person, room: &str) -> Vec<Value> {
    by.read(&format!("/rooms/{room}/sessions")).await["items"].as_array().unwrap().clone()
}
