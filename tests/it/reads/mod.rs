//! Reads from memory: never older than what their reader did or saw, and the same in every form.

mod unread;

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use serde_json::{Value, json};

use crate::support::rooms::{Person, Stage, text};

/// An answer as a browser asks for it, unpacked.
async fn in_gzip(person: &Person, path: &str) -> (bool, Value) {
    let url = format!("{}/api/v1{path}", person.browser.origin);
    let answer = person.browser.http.get(url).header(ACCEPT_ENCODING, "gzip").send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let packed = answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    let mut bytes = answer.bytes().await.unwrap().to_vec();
    if packed {
        let mut plain = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    (packed, serde_json::from_slice(&bytes).unwrap())
}

async fn session(stage: &Stage) -> (String, String) {
    let fields =
        json!({ "title": "Item", "starts_at": "2027-03-01T08:00:00Z", "ends_at": "2027-03-01T09:00:00Z" });
    let session = stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), fields).await;
    for state in ["lobby", "live"] {
        let path = format!("/sessions/{}/state", text(&session["id"]));
        stage.chair.done("POST", &path, json!({ "state": state })).await;
    }
    (text(&session["id"]), text(&session["thread"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gzip_and_plain_are_the_same() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let (session, chat) = session(&stage).await;
    let thread = stage.thread(&ana).await;
    for n in 0..12 {
        ana.say(&thread, &format!("公正转型 {n} {}", "a word ".repeat(20))).await;
        ana.say(&chat, &format!("chat {n}")).await;
    }
    for path in [
        format!("/threads/{thread}/posts"),
        format!("/threads/{thread}/posts?order=tree&limit=3"),
        format!("/threads/{chat}/posts?at=end"),
        format!("/rooms/{}/threads", stage.room),
        format!("/rooms/{}", stage.room),
        "/rooms".into(),
        format!("/sessions/{session}/snapshot"),
    ] {
        let plain = ana.read(&path).await;
        // Twice: as it is made, and as it is kept.
        for _ in 0..2 {
            let (packed, answer) = in_gzip(&ana, &path).await;
            assert_eq!(answer, plain, "{path}");
            assert!(packed, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_has_each_part_as_its_own_call_answers_it() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.with_role("Ana", "workers", "participant").await;
    let (session, chat) = session(&stage).await;
    ana.say(&chat, "Good morning").await;
    let client_id = uuid::Uuid::now_v7();
    let question = json!({ "body": "Who pays?", "client_id": client_id });
    ana.done("POST", &format!("/sessions/{session}/questions"), question).await;
    let ask = json!({ "kind": "contribution", "client_id": uuid::Uuid::now_v7() });
    stage.chair.done("PATCH", &format!("/sessions/{session}/floor"), json!({ "open": true })).await;
    ana.done("POST", &format!("/sessions/{session}/floor/requests"), ask).await;
    let poll = json!({ "kind": "single", "question": { "en": "Q", "zh": "问" },
        "options": [{ "en": "A", "zh": "甲" }, { "en": "B", "zh": "乙" }], "eligible_rule": "roles" });
    let poll = stage.chair.done("POST", &format!("/sessions/{session}/polls"), poll).await;
    stage.chair.done("POST", &format!("/polls/{}/open", text(&poll["id"])), Value::Null).await;
    ana.done("PUT", &format!("/polls/{}/ballot", text(&poll["id"])), json!({ "options": [1] })).await;

    for reader in [&ana, &stage.chair, &stage.server.person("Ben", "employers").await] {
        let snapshot = reader.read(&format!("/sessions/{session}/snapshot")).await;
        for (part, path) in [
            ("room", format!("/rooms/{}", stage.room)),
            ("agenda", format!("/rooms/{}/sessions", stage.room)),
            ("thread", format!("/threads/{chat}")),
            ("posts", format!("/threads/{chat}/posts?at=end")),
            ("floor", format!("/sessions/{session}/floor")),
            ("polls", format!("/sessions/{session}/polls")),
            ("questions", format!("/sessions/{session}/questions")),
            ("transcript", format!("/sessions/{session}/transcript")),
        ] {
            assert_eq!(snapshot[part], reader.read(&path).await, "{part}");
        }
        assert_eq!(snapshot["session"], snapshot["agenda"]["items"][0]);
        assert_eq!(snapshot["head_seq"], snapshot["room"]["head_seq"]);
    }
    let own = ana.read(&format!("/sessions/{session}/snapshot")).await;
    assert_eq!(own["polls"]["items"][0]["yours"]["voted"], true);
    assert_eq!(own["questions"]["mine"]["asked"].as_array().unwrap().len(), 1);
    assert_eq!(own["floor"]["yours"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_older_than_what_they_wrote_or_saw() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let paths = [
        format!("/rooms/{}", stage.room),
        format!("/threads/{thread}"),
        format!("/threads/{thread}/posts?at=end"),
    ];
    let number = |answer: &Value| {
        ["head_seq", "last_post_seq"].iter().find_map(|field| answer[*field].as_i64()).unwrap()
    };
    // Readers who never stop, each with their own memory of the newest number.
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut readers = Vec::new();
    for n in 0..4 {
        let reader = stage.server.person(&format!("Reader{n}"), "workers").await;
        let (paths, stop) = (paths.clone(), stop.clone());
        readers.push(tokio::spawn(async move {
            let mut newest = [0; 3];
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for (path, newest) in paths.iter().zip(&mut newest) {
                    let seen = number(&reader.read(path).await);
                    assert!(seen >= *newest, "{path}: {seen} after {newest}");
                    *newest = seen;
                }
            }
        }));
    }
    for n in 0..11 {
        let post = ana.say(&thread, &format!("{n}")).await;
        for path in &paths {
            assert!(number(&ana.read(path).await) >= post["seq"].as_i64().unwrap(), "{path}");
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}
