//! Events as they happen: every one, once, in order, and the same as in the log.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::rooms::{Stage, text, until};
use crate::support::socket::{Socket, seqs};

/// Half of the longest wait that the tests ask for.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joins_while_many_post_gets_everything_once_and_in_order() {
    let stage = Stage::new(json!({})).await;
    let mut authors = Vec::new();
    for name in ["Ana", "Ben", "Cai", "Dee"] {
        authors.push(stage.server.person(name, "workers").await);
    }
    let thread = stage.thread(&stage.chair).await;
    let start = stage.chair.head(&stage.room).await;
    let end = start + 4 * 40;

    let writers = authors.iter().map(|author| {
        let (author, thread) = (author.clone(), thread.clone());
        tokio::spawn(async move {
            for n in 0..40 {
                author.say(&thread, &format!("{n} by {}", author.name)).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut joined = Vec::new();
    for n in 0..16 {
        let mut socket = Socket::of(&stage.server, &authors[n % 4]).await;
        // From the beginning, from somewhere in between, or from now on.
        let since = [Some(0), Some(start), None, Some(stage.chair.head(&stage.room).await)][n % 4];
        let subscribed = socket.subscribe(&stage.room, since).await;
        let from = since.unwrap_or_else(|| subscribed["head"].as_i64().unwrap());
        joined.push((from, socket));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(stage.chair.head(&stage.room).await, end);
    let log = stage.chair.log(&stage.room, 0).await;
    let mut waited_for = 0;
    for (from, mut socket) in joined {
        let events = if from < end { socket.events_to(end).await } else { Vec::new() };
        assert_eq!(seqs(&events), (from + 1..=end).collect::<Vec<_>>(), "since {from}");
        waited_for += events.len();
        for event in events {
            let logged = &log[event["seq"].as_u64().unwrap() as usize - 1];
            for same in ["type", "room", "seq", "kind", "at"] {
                assert_eq!(event[same], logged[same]);
            }
            assert_eq!(event["data"]["id"], logged["data"]["id"]);
            assert_eq!(event["data"]["body_md"], logged["data"]["body_md"]);
        }
        assert_eq!(socket.settled().await.iter().filter(|line| line["type"] == "event").count(), 0);
    }
    assert!(waited_for > 8 * 160, "the joiners saw only {waited_for} events");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_what_the_log_says_and_reaches_each_audience_as_it_may_see_it() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let mut chair = Socket::of(&stage.server, &stage.chair).await;
    let mut member = Socket::of(&stage.server, &ana).await;
    chair.subscribe(&stage.room, None).await;
    member.subscribe(&stage.room, None).await;

    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "A text to hide").await["id"]);
    let why = json!({ "reason": "spam", "note": "again" });
    let acts: Vec<(&str, String, Value)> = vec![
        ("PUT", format!("/posts/{post}/hidden"), why.clone()),
        ("DELETE", format!("/posts/{post}/hidden"), why.clone()),
        ("PUT", format!("/posts/{post}/reactions/agree"), Value::Null),
        ("PATCH", format!("/threads/{thread}"), json!({ "title": "Another title" })),
        ("PUT", format!("/threads/{thread}/pin"), why.clone()),
        ("PUT", format!("/rooms/{}/slow-mode", stage.room), json!({ "seconds": 5, "reason": "spam" })),
        ("PUT", format!("/rooms/{}/mutes/{}", stage.room, ana.id), json!({ "minutes": 5, "reason": "spam" })),
    ];
    let head = stage.chair.head(&stage.room).await;
    for socket in [&mut chair, &mut member] {
        socket.events_to(head).await;
    }
    for (n, (method, path, body)) in acts.into_iter().enumerate() {
        stage.chair.done(method, &path, body).await;
        let seq = head + 1 + n as i64;
        for (socket, reader) in [(&mut chair, &stage.chair), (&mut member, &ana)] {
            let event = socket.line_of("event").await;
            assert_eq!(vec![event], reader.log(&stage.room, seq - 1).await, "{method} {path}");
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_without_sockets_waits_for_the_next_entry() {
    let stage = Stage::new(json!({ "visibility": "invited" })).await;
    let ana = stage.with_role("Ana", "workers", "participant").await;
    let thread = stage.thread(&ana).await;
    let head = ana.head(&stage.room).await;
    let wait = |seconds: u32| {
        let (ana, path) = (ana.clone(), format!("/rooms/{}/log?after={head}&wait={seconds}", stage.room));
        tokio::spawn(async move {
            let start = Instant::now();
            (ana.get(&path).await, start.elapsed())
        })
    };
    let (answer, took) = wait(1).await.unwrap();
    assert_eq!((&answer.body["items"], &answer.body["head"]), (&json!([]), &json!(head)));
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let (answer, _) = wait(0).await.unwrap();
    assert_eq!(answer.body["items"], json!([]));

    // A post ends the wait, long before it is over.
    let waiting = wait(20);
    until("she waits", async || stage.server.state.connections.busy() == 1).await;
    let post = ana.say(&thread, "Here I am").await;
    let (answer, _) = timeout(PATIENCE, waiting).await.expect("the wait ends").unwrap();
    assert_eq!(answer.body["items"][0]["data"]["id"], post["id"]);
    assert_eq!(answer.body["head"], head + 1);
    assert!(answer.body["epoch"].as_str().unwrap().parse::<Uuid>().is_ok());

    // So does the end of the right to read, without the entry that ended it.
    let path = format!("/rooms/{}/log?after={}&wait=20", stage.room, head + 1);
    let waiting = {
        let ana = ana.clone();
        tokio::spawn(async move { ana.get(&path).await })
    };
    until("she waits", async || stage.server.state.connections.busy() == 1).await;
    stage.chair.done("DELETE", &format!("/rooms/{}/roles/{}", stage.room, ana.id), Value::Null).await;
    let answer = timeout(PATIENCE, waiting).await.expect("the wait ends").unwrap();
    assert_eq!(answer.code(), (404, "not_found"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_frame_does_not_wait_for_the_one_before_it() {
    let stage = Stage::new(json!({})).await;
    let thread = stage.thread(&stage.chair).await;
    let mut waits = Vec::new();
    for _ in 0..10 {
        let mut socket = Socket::of(&stage.server, &stage.chair).await;
        socket.subscribe(&stage.room, None).await;
        stage.chair.say(&thread, "One").await;
        stage.chair.say(&thread, "Two").await;
        let said = Instant::now();
        let first = socket.line_of("event").await["seq"].as_i64().unwrap();
        socket.events_to(first + 1).await;
        waits.push(said.elapsed());
    }
    let best = waits.iter().min().unwrap();
    // A client that has nothing to say acknowledges after 40 ms.
    assert!(*best < Duration::from_millis(15), "{waits:?}");
    stage.server.stop().await;
}
