//! What a client missed: all of it, or a reset.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Server;
use crate::support::rooms::{Person, Stage, text};
use crate::support::socket::{Socket, seqs};

/// Adds entries to a room's log behind the server's back; they say nothing to anyone.
async fn lengthen(server: &Server, room: &str, by: i64) {
    let sql = format!(
        "INSERT INTO room_log (room_id, seq, kind, subject_id, at, digest, prev)
         SELECT id, head_seq + n, 'member.muted', id, now(), decode(repeat('00', 32), 'hex'),
             decode(repeat('00', 32), 'hex') FROM rooms, generate_series(1, {by}) n WHERE id = '{room}';
         UPDATE rooms SET head_seq = head_seq + {by} WHERE id = '{room}'"
    );
    server.sql(&sql).await;
    // As for what another node writes, the number in memory may be half a second old.
    let room: uuid::Uuid = room.parse().unwrap();
    let query = format!("rooms WHERE id = '{room}' AND head_seq = ");
    while server.count(&format!("{query}{}", server.state.access.head(room).await.unwrap())).await == 0 {
        tokio::task::yield_now().await;
    }
}

/// What comes after `subscribed`, up to the end of the replay or the reset.
async fn replay(socket: &mut Socket) -> Vec<Value> {
    let mut lines = Vec::new();
    loop {
        let line = socket.line().await;
        let last = line["type"] == "replayed" || line["type"] == "reset";
        if line["type"] != "presence" {
            lines.push(line);
        }
        if last {
            return lines;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_entries_are_replayed_and_one_more_is_a_reset() {
    let stage = Stage::new(json!({})).await;
    lengthen(&stage.server, &stage.room, 1_500).await;
    let head = stage.chair.head(&stage.room).await;
    let mut socket = Socket::of(&stage.server, &stage.chair).await;

    let subscribed = socket.subscribe(&stage.room, Some(head - 1_000)).await;
    assert_eq!((&subscribed["head"], &subscribed["recovered"]), (&json!(head), &json!(true)));
    let lines = replay(&mut socket).await;
    assert_eq!(lines.len(), 1_001);
    assert_eq!(lines[1_000], json!({ "type": "replayed", "room": stage.room, "seq": head }));
    assert_eq!(seqs(&lines), (head - 999..=head).chain([head]).collect::<Vec<_>>());

    for since in [head - 1_001, 0, -1, head + 1, i64::MAX, i64::MIN] {
        let subscribed = socket.subscribe(&stage.room, Some(since)).await;
        assert_eq!(subscribed["recovered"], false, "since {since}");
        let reset = json!({ "type": "reset", "room": stage.room, "head": head });
        assert_eq!(replay(&mut socket).await, [reset], "since {since}");
    }
    // After a reset the new ones come.
    let post = stage.chair.open(&stage.room, "After the reset").await;
    let events = socket.events_to(head + 2).await;
    assert_eq!(seqs(&events), [head + 1, head + 2]);
    assert_eq!(events[1]["data"]["id"], post["first_post"]["id"]);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_epoch_is_a_reset_and_nothing_missed_is_no_reset() {
    let stage = Stage::new(json!({})).await;
    let head = stage.chair.head(&stage.room).await;
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    let epoch = socket.hello["epoch"].clone();
    assert_eq!(epoch, stage.chair.read("/installation").await["epoch"]);
    for (epoch, since, recovered) in [
        (json!(Uuid::now_v7()), head, false),
        (json!(Uuid::now_v7()), 0, false),
        (epoch.clone(), head, true),
        (epoch.clone(), 0, true),
        (Value::Null, head, true),
    ] {
        socket.send(json!({ "type": "subscribe", "room": stage.room, "since": since, "epoch": epoch })).await;
        let subscribed = socket.line_of("subscribed").await;
        assert_eq!(subscribed["recovered"], recovered, "{epoch} since {since}");
        let lines = replay(&mut socket).await;
        let last = if recovered { "replayed" } else { "reset" };
        assert_eq!(lines.last().unwrap()["type"], last);
        assert_eq!(lines.len() as i64 - 1, if recovered { head - since } else { 0 });
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_text_is_replayed_whole_or_not_at_all() {
    let stage = Stage::new(json!({})).await;
    let thread = stage.thread(&stage.chair).await;
    let start = stage.chair.head(&stage.room).await;
    let long = "转型".repeat(9_000);
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        stage.chair.say(&thread, &long).await;
        let head = stage.chair.head(&stage.room).await;
        let subscribed = socket.subscribe(&stage.room, Some(start)).await;
        let lines = replay(&mut socket).await;
        let whole: Vec<i64> = (start + 1..=head).chain([head]).collect();
        if subscribed["recovered"] == true {
            assert_eq!(seqs(&lines), whole);
        } else {
            assert_eq!(lines, [json!({ "type": "reset", "room": stage.room, "head": head })]);
        }
        outcomes.push(subscribed["recovered"].as_bool().unwrap());
    }
    assert!(outcomes[0] && !outcomes[7], "{outcomes:?}");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hidden_text_is_in_no_replay_but_the_moderators() {
    const SECRET: &str = "Otto lives at number nine";
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let author = stage.server.person("Ana", "workers").await;
    let observer = stage.with_role("Olaf", "government", "observer").await;
    let moderator = stage.with_role("Mona", "employers", "moderator").await;
    let thread = stage.thread(&author).await;
    let post = text(&author.say(&thread, SECRET).await["id"]);
    let edit = json!({ "body": format!("{SECRET}, I hear"), "revision": 1 });
    author.done("PATCH", &format!("/posts/{post}"), edit).await;
    author.done("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
    let hide = json!({ "reason": "personal_data", "note": "An address" });
    moderator.done("PUT", &format!("/posts/{post}/hidden"), hide).await;
    let head = stage.chair.head(&stage.room).await;

    let readers: [(Option<&Person>, bool); 6] = [
        (None, false),
        (Some(&author), false),
        (Some(&observer), false),
        (Some(&stage.steward), false),
        (Some(&moderator), true),
        (Some(&stage.chair), true),
    ];
    for (reader, at_the_desk) in readers {
        let (mut socket, browser) = match reader {
            Some(person) => (Socket::of(&stage.server, person).await, person.browser.clone()),
            None => (Socket::of_nobody(&stage.server).await, stage.server.browser()),
        };
        socket.subscribe(&stage.room, Some(0)).await;
        let events = replay(&mut socket).await;
        assert_eq!(seqs(&events).last(), Some(&head));
        let log = browser.get(&format!("/rooms/{}/log", stage.room)).await.body;
        for told in [json!(events).to_string(), log.to_string()] {
            // Created, edited, reacted to, hidden: each shows the post as it is now.
            assert_eq!(told.matches(&post).count(), 4, "{reader:?}", reader = reader.map(|p| &p.name));
            assert_eq!(told.contains("Otto"), at_the_desk, "{reader:?}", reader = reader.map(|p| &p.name));
            assert!(told.contains("personal_data"));
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_one_connection_are_done_in_order() {
    let stage = Stage::new(json!({})).await;
    lengthen(&stage.server, &stage.room, 40).await;
    let head = stage.chair.head(&stage.room).await;
    let subscribe =
        |since: i64| json!({ "type": "subscribe", "room": stage.room, "since": since }).to_string();
    let unsubscribe = json!({ "type": "unsubscribe", "room": stage.room }).to_string();
    let run = |since: i64| {
        let events = (since + 1..=head).map(|seq| format!("event {seq}"));
        let begin = ["subscribed".to_owned()].into_iter();
        begin.chain(events).chain([format!("replayed to {head}")]).collect::<Vec<_>>()
    };
    for _ in 0..10 {
        let mut socket = Socket::of(&stage.server, &stage.chair).await;
        // Several commands may share a frame.
        let frame = [subscribe(0), unsubscribe.clone(), subscribe(head - 5), subscribe(head - 3)].join("\n");
        socket.frame(frame.into()).await;
        let order: Vec<String> = socket
            .settled()
            .await
            .iter()
            .filter_map(|line| match line["type"].as_str().unwrap() {
                "event" => Some(format!("event {}", line["seq"])),
                "replayed" => Some(format!("replayed to {}", line["seq"])),
                "presence" => None,
                other => Some(other.to_owned()),
            })
            .collect();
        // What had not left when the client wanted no more is left out; the rest is whole.
        let left = order.iter().position(|line| line == "unsubscribed").unwrap();
        assert_eq!(order[..left], run(0)[..left]);
        assert_eq!(order[left + 1..], [run(head - 5), run(head - 3)].concat());
    }
    stage.server.stop().await;
}
