//! Posting: a post is created once, however often it is sent.

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::record;
use crate::support::rooms::{Stage, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_sent_again_is_the_same_post() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let other = text(&ana.open(&stage.room, "Another").await["id"]);
    let path = format!("/threads/{thread}/posts");
    let first = text(&ana.say(&thread, "First").await["id"]);
    let good = json!({ "body": "Once", "lang": "en", "attribution": "named", "parent_id": first,
        "client_id": Uuid::now_v7() });
    let made = ana.call("POST", &path, good.clone()).await;
    assert_eq!(made.status, 201);
    for _ in 0..2 {
        let again = ana.call("POST", &path, good.clone()).await;
        assert_eq!((again.status.as_u16(), &again.body), (200, &made.body));
    }
    for (field, value) in [
        ("body", json!("Twice")),
        ("lang", json!("zh")),
        ("attribution", json!("organisation")),
        ("parent_id", json!(null)),
    ] {
        let mut changed = good.clone();
        changed[field] = value;
        assert_eq!(ana.call("POST", &path, changed).await.code(), (409, "client_id_reused"), "{field}");
    }
    let elsewhere = ana.call("POST", &format!("/threads/{other}/posts"), good.clone()).await;
    assert_eq!(elsewhere.code(), (409, "client_id_reused"));
    // Another author may have had the same idea.
    assert_eq!(ben.call("POST", &path, good.clone()).await.status, 201);

    // The first answer stands when the room was closed, the thread locked or the author muted meanwhile.
    let why = json!({ "reason": "other" });
    let mute = json!({ "reason": "other", "minutes": 5 });
    for (undo, path, body) in [
        ("DELETE", format!("/threads/{thread}/lock"), why.clone()),
        ("DELETE", format!("/rooms/{}/mutes/{}", stage.room, ana.id), mute),
        ("DELETE", format!("/rooms/{}/closed", stage.room), why.clone()),
    ] {
        stage.chair.done("PUT", &path, body).await;
        let again = ana.call("POST", &format!("/threads/{thread}/posts"), good.clone()).await;
        assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &made.body["id"]), "{path}");
        stage.chair.done(undo, &path, why.clone()).await;
    }
    // As it is now, not as it was.
    let edit = json!({ "body": "Once, better", "revision": 1 });
    ana.done("PATCH", &format!("/posts/{}", text(&made.body["id"])), edit).await;
    let again = ana.call("POST", &path, good).await;
    assert_eq!((again.status.as_u16(), &again.body["body_md"]), (200, &json!("Once, better")));
    assert_eq!(stage.server.count("posts WHERE body_md LIKE 'Once%'").await, 2);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_sendings_at_once_make_one_post_and_one_thread() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let before = ana.head(&stage.room).await;
    let post = json!({ "body": "Once", "client_id": Uuid::now_v7() });
    let open = json!({ "kind": "proposal", "title": "Once", "body": "Once", "client_id": Uuid::now_v7() });
    let posts = format!("/threads/{thread}/posts");
    let threads = format!("/rooms/{}/threads", stage.room);
    for (path, body, entries) in [(&posts, &post, 1), (&threads, &open, 2)] {
        let head = ana.head(&stage.room).await;
        let answers = join_all((0..20).map(|_| ana.call("POST", path, body.clone()))).await;
        let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(201), count(200)), (1, 19), "{answers:?}");
        assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]));
        assert_eq!(ana.head(&stage.room).await, head + entries);
    }
    // Of many contents under one id, one wins and the others are told.
    let client_id = Uuid::now_v7();
    let tries =
        (0..20).map(|n| ana.call("POST", &posts, json!({ "body": format!("{n}"), "client_id": client_id })));
    let codes: Vec<(u16, String)> = join_all(tries)
        .await
        .iter()
        .map(|answer| (answer.status.as_u16(), answer.code().1.to_owned()))
        .collect();
    assert_eq!(codes.iter().filter(|(status, _)| *status == 201).count(), 1, "{codes:?}");
    let reused = codes.iter().filter(|(status, code)| *status == 409 && code == "client_id_reused");
    assert_eq!(reused.count(), 19, "{codes:?}");
    assert_eq!(ana.head(&stage.room).await, before + 4);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_that_is_opened_again_is_the_same_thread() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let fields = json!({ "title": "Another room", "kind": "forum", "visibility": "members" });
    let other_room = text(&stage.steward.done("POST", "/rooms", fields).await["id"]);
    let path = format!("/rooms/{}/threads", stage.room);
    let good = json!({ "kind": "question", "title": "Why?", "body": "Because?", "lang": "en",
        "attribution": "constituency", "client_id": Uuid::now_v7() });
    let made = ana.call("POST", &path, good.clone()).await;
    assert_eq!(made.status, 201);
    let post = &made.body["first_post"];
    assert_eq!(
        (&post["seq"], &post["thread"]),
        (&json!(made.body["seq"].as_i64().unwrap() + 1), &made.body["id"])
    );
    assert_eq!(
        (&made.body["post_count"], &made.body["last_post_seq"], &made.body["counts"], &made.body["yours"]),
        (&json!(1), &post["seq"], &json!({ "workers": 1 }), &json!(true))
    );
    let again = ana.call("POST", &path, good.clone()).await;
    assert_eq!((again.status.as_u16(), &again.body["id"]), (200, &made.body["id"]));
    assert_eq!(&again.body["first_post"], post);
    for (field, value) in
        [("kind", "proposal"), ("title", "What?"), ("body", "So"), ("lang", "zh"), ("attribution", "named")]
    {
        let mut changed = good.clone();
        changed[field] = value.into();
        assert_eq!(ana.call("POST", &path, changed).await.code(), (409, "client_id_reused"), "{field}");
    }
    let elsewhere = ana.call("POST", &format!("/rooms/{other_room}/threads"), good.clone()).await;
    assert_eq!(elsewhere.code(), (409, "client_id_reused"));
    // An id of a thread is taken for posts too, and the other way round.
    let posts = format!("/threads/{}/posts", text(&made.body["id"]));
    let reply = json!({ "body": "Because?", "client_id": good["client_id"] });
    assert_eq!(ana.call("POST", &posts, reply).await.code(), (409, "client_id_reused"));
    let reply = json!({ "body": "A reply", "client_id": Uuid::now_v7() });
    ana.done("POST", &posts, reply.clone()).await;
    let mut thread = good.clone();
    thread["client_id"] = reply["client_id"].clone();
    assert_eq!(ana.call("POST", &path, thread).await.code(), (409, "client_id_reused"));
    assert_eq!(stage.server.count("threads").await, 1);
    // A session's chat is made with the session, never by hand.
    let chat = json!({ "kind": "chat", "title": "C", "body": "B", "client_id": Uuid::now_v7() });
    assert_eq!(ana.call("POST", &path, chat).await.field("kind"), "not_offered");
    assert_eq!(stage.server.count("threads").await, 1);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_leave_numbers_counts_and_record_whole() {
    let stage = Stage::new(json!({})).await;
    let mut people = Vec::new();
    for (name, constituency) in [("Ana", "workers"), ("Ben", "employers"), ("Gus", "government")] {
        people.push(stage.server.person(name, constituency).await);
    }
    let threads = [stage.thread(&people[0]).await, stage.thread(&people[1]).await];
    let start = people[0].head(&stage.room).await;
    let posting = people.iter().enumerate().flat_map(|(at, person)| {
        let threads = &threads;
        (0..30).map(move |n| person.say(&threads[(n + at) % 2], "Me too"))
    });
    let posts = join_all(posting).await;
    let mut seqs: Vec<i64> = posts.iter().map(|post| post["seq"].as_i64().unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (start + 1..=start + 90).collect::<Vec<_>>());
    let room = people[0].read(&format!("/rooms/{}", stage.room)).await;
    assert_eq!((&room["head_seq"], &room["post_count"]), (&json!(start + 90), &json!(92)));
    assert_eq!(room["counts"], json!({ "workers": 31, "employers": 31, "government": 30 }));
    for thread in &threads {
        let thread: Value = people[0].read(&format!("/threads/{thread}")).await;
        assert_eq!(thread["post_count"], 46);
        let last = posts.iter().filter(|post| post["thread"] == thread["id"]).map(|post| &post["seq"]);
        assert_eq!(last.max_by_key(|seq| seq.as_i64()), Some(&thread["last_post_seq"]));
    }
    let room: Uuid = stage.room.parse().unwrap();
    let mut db = stage.server.state.db.get().await.unwrap();
    let verified = plenary::kernel::log::replay::verify(&mut db, &record(), room).await.unwrap();
    assert_eq!(verified, Ok(start + 90));
    drop(db);
    stage.server.stop().await;
}
