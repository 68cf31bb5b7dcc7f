//! The transcript of a session.

use plenary::kernel::log::chain::Fault;
use plenary::kernel::log::replay;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Booth;
use crate::support::record;
use crate::support::rooms::text;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_is_written_down_live_and_read_in_pages() {
    let booth = Booth::new().await;
    let hall = &booth.hall;
    let path = format!("/sessions/{}/transcript", hall.session);
    let line = |body: &str, lang: &str| {
        json!({ "body": body, "lang": lang, "original_lang": "en",
        "client_id": Uuid::now_v7() })
    };
    let refused = hall.ana.call("POST", &path, line("Hello", "en")).await;
    assert_eq!(refused.code(), (403, "not_permitted"));
    let mut reader = Socket::of(&hall.stage.server, &hall.ana).await;
    reader.subscribe(&hall.stage.room, None).await;
    let first = line("大家好", "zh");
    let added = booth.ines.done("POST", &path, first.clone()).await;
    let event = reader.line_of("event").await;
    assert_eq!((&event["kind"], &event["data"]), (&json!("transcript.added"), &added));
    let again = booth.ines.call("POST", &path, first.clone()).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &added));
    let mut other = first;
    other["body"] = "再见".into();
    assert_eq!(booth.ines.call("POST", &path, other).await.code(), (409, "client_id_reused"));
    for n in 0..6 {
        let lang = if n % 2 == 0 { "en" } else { "zh" };
        booth.ines.done("POST", &path, line(&format!("Line {n}"), lang)).await;
    }
    let (mut all, mut query) = (Vec::new(), format!("{path}?limit=3"));
    loop {
        let page = hall.eli.read(&query).await;
        all.extend(page["items"].as_array().unwrap().iter().map(|line| text(&line["body"])));
        match page["next"].as_str() {
            Some(next) => query = format!("{path}?limit=3&after={next}"),
            None => break,
        }
    }
    assert_eq!(all, ["Line 5", "Line 4", "Line 3", "Line 2", "Line 1", "Line 0", "大家好"]);
    let english = hall.eli.read(&format!("{path}?lang=en")).await;
    assert_eq!(english["items"].as_array().unwrap().len(), 3);
    assert_eq!(hall.eli.get(&format!("{path}?lang=fr")).await.code(), (400, "malformed"));

    booth.ines.done("DELETE", &format!("/transcript/{}", text(&added["id"])), Value::Null).await;
    let log = json!(hall.ana.log(&hall.stage.room, 0).await).to_string();
    assert!(!log.contains("大家好"), "gone from the replay too");
    let long = line(&"转".repeat(2_001), "zh");
    assert_eq!(booth.ines.call("POST", &path, long).await.field("body"), "too_long");
    hall.to("live").await;
    hall.to("ended").await;
    let late = booth.ines.call("POST", &path, line("Late", "en")).await;
    assert_eq!(late.code(), (409, "session_not_open"));
    booth.hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_text_is_checked_against_the_record() {
    let booth = Booth::new().await;
    let server = &booth.hall.stage.server;
    let room: Uuid = booth.hall.stage.room.parse().unwrap();
    let verify =
        async || replay::verify(&mut server.state.db.get().await.unwrap(), &record(), room).await.unwrap();
    booth.hall.ask(&booth.hall.ana, "Why?").await;
    booth.put("我们", "interpreter").await;
    let line = json!({ "body": "大家好", "lang": "zh", "original_lang": "en", "client_id": Uuid::now_v7() });
    let path = format!("/sessions/{}/transcript", booth.hall.session);
    let line = booth.ines.done("POST", &path, line).await;
    let whole = verify().await;
    assert!(whole.is_ok(), "{whole:?}");
    for (table, column) in
        [("questions", "body_md"), ("translations", "body_md"), ("transcript_lines", "body")]
    {
        server.sql(&format!("UPDATE {table} SET {column} = {column} || '!'")).await;
        assert!(matches!(verify().await, Err(Fault::Text(_))), "{table}");
        server.sql(&format!("UPDATE {table} SET {column} = left({column}, -1)")).await;
        assert_eq!(verify().await, whole);
    }
    // What was taken back on purpose is no fault.
    booth.ines.done("DELETE", &booth.path(), Value::Null).await;
    booth.ines.done("DELETE", &format!("/transcript/{}", text(&line["id"])), Value::Null).await;
    assert_eq!(verify().await, whole.map(|entries| entries + 2));
    booth.hall.stage.server.stop().await;
}
