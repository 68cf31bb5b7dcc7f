//! Who speaks for an organisation or a constituency is named nowhere.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_is_in_no_answer_and_no_event() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let author = stage.server.person("Zoltan", "workers").await;
    let reader = stage.server.person("Ben", "employers").await;
    let moderator = stage.with_role("Mona", "government", "moderator").await;
    let organisation = text(&author.read("/me").await["organisation"]);
    for attribution in ["organisation", "constituency"] {
        let mut told: Vec<(String, Value)> = Vec::new();
        let mut hearing = Vec::new();
        for person in [Some(&reader), Some(&moderator), Some(&stage.chair), Some(&stage.steward), None] {
            let mut socket = match person {
                Some(person) => Socket::of(&stage.server, person).await,
                None => Socket::of_nobody(&stage.server).await,
            };
            socket.subscribe(&stage.room, None).await;
            hearing.push(socket);
        }
        // Everything that can happen to what was said. The answers to the author count too: they may
        // be on a screen in the hall.
        let fields = json!({ "kind": "proposal", "title": "Text", "body": "Thread", "attribution": attribution,
            "client_id": Uuid::now_v7() });
        let path = format!("/rooms/{}/threads", stage.room);
        let opened = author.done("POST", &path, fields).await;
        let thread = text(&opened["id"]);
        let posts = format!("/threads/{thread}/posts");
        let fields = json!({ "body": "Post", "attribution": attribution, "client_id": Uuid::now_v7() });
        let post = author.done("POST", &posts, fields.clone()).await;
        let of = format!("/posts/{}", text(&post["id"]));
        told.push(("opened".into(), opened));
        told.push(("posted".into(), post));
        told.push(("posted again".into(), author.done("POST", &posts, fields).await));
        let edit = json!({ "body": "Post, better", "revision": 1 });
        told.push(("edited".into(), author.done("PATCH", &of, edit).await));
        let renamed = author.done("PATCH", &format!("/threads/{thread}"), json!({ "title": "Title" })).await;
        told.push(("renamed".into(), renamed));
        told.push((
            "own reaction".into(),
            author.done("PUT", &format!("{of}/reactions/thanks"), Value::Null).await,
        ));
        told.push((
            "reaction".into(),
            reader.done("PUT", &format!("{of}/reactions/agree"), Value::Null).await,
        ));
        let why = json!({ "reason": "off_topic", "note": "Not here" });
        for (method, path) in [
            ("PUT", format!("{of}/hidden")),
            ("DELETE", format!("{of}/hidden")),
            ("PUT", format!("/threads/{thread}/lock")),
            ("DELETE", format!("/threads/{thread}/lock")),
            ("PUT", format!("/threads/{thread}/pin")),
        ] {
            told.push((path.clone(), moderator.done(method, &path, why.clone()).await));
        }
        let reply = json!({ "body": "Reply", "parent_id": told[1].1["id"], "client_id": Uuid::now_v7() });
        told.push(("reply".into(), reader.done("POST", &posts, reply).await));

        let head = reader.head(&stage.room).await;
        let nobody = stage.server.browser();
        let browsers =
            [&reader, &moderator, &stage.chair, &stage.steward, &author].map(|person| &person.browser);
        for browser in browsers.into_iter().chain([&nobody]) {
            for path in [
                "/rooms".to_owned(),
                format!("/rooms/{}", stage.room),
                path.clone(),
                format!("{path}?sort=new"),
                format!("/threads/{thread}"),
                posts.clone(),
                format!("{posts}?order=tree"),
                of.clone(),
                format!("{of}/revisions"),
                format!("/rooms/{}/log", stage.room),
                format!("/rooms/{}/moderation-log", stage.room),
                format!("/rooms/{}/sessions", stage.room),
                format!("/rooms/{}/roles", stage.room),
            ] {
                told.push((path.clone(), browser.get(&path).await.body));
            }
        }
        for socket in &mut hearing {
            told.push(("live".into(), socket.events_to(head).await.into()));
        }
        assert!(told.len() > 90);
        let id = author.id.to_string();
        for (what, body) in &told {
            let body = body.to_string();
            for hint in [author.name.as_str(), &id, "zoltan@"] {
                assert!(!body.contains(hint), "{attribution}: {hint} is in {what}: {body}");
            }
            if attribution == "constituency" && !what.starts_with("/rooms") {
                assert!(!body.contains(&organisation), "{attribution}: {organisation} is in {what}: {body}");
            }
        }
        let shown = &told[1].1["author"];
        let expected = if attribution == "organisation" {
            json!({ "organisation": organisation, "constituency": "workers", "confirmed": true })
        } else {
            json!({ "constituency": "workers", "confirmed": true })
        };
        assert_eq!(*shown, expected);
        // The author knows which are theirs.
        let mine = author.read(&posts).await["mine"]["posts"].as_array().unwrap().len();
        assert_eq!((mine, &author.read(&format!("/threads/{thread}")).await["yours"]), (2, &json!(true)));
        // The next round must not find what this one said for the organisation.
        stage.server.sql("DELETE FROM moderation_acts").await;
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_shows_its_author_as_when_it_was_written() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let before = ana.say(&thread, "Before").await;
    assert_eq!(before["author"]["name"], "Ana");
    assert_eq!(before["author"]["id"], json!(ana.id));
    ana.done("PATCH", "/me", json!({ "display_name": "Ana L." })).await;
    let path = format!("/members/{}", ana.id);
    let agreed = json!({ "display_name": "Ana L.", "organisation": "New Guild" });
    stage.steward.done("PATCH", &path, agreed).await;
    let after = ana.say(&thread, "After").await;
    assert_eq!(
        (&after["author"]["name"], &after["author"]["organisation"]),
        (&json!("Ana L."), &json!("New Guild"))
    );
    let kept = stage.chair.read(&format!("/posts/{}", text(&before["id"]))).await;
    assert_eq!(kept["author"], before["author"]);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_confirmed_is_shown_so() {
    use crate::support::rooms::As;
    let stage = Stage::new(json!({})).await;
    let uma: Person = stage.server.person_as("Uma", As { confirmed: false, ..As::default() }).await;
    let thread = stage.thread(&uma).await;
    assert_eq!(uma.say(&thread, "Before").await["author"]["confirmed"], false);
    stage.steward.done("POST", &format!("/members/{}/confirm", uma.id), json!({})).await;
    assert_eq!(uma.say(&thread, "After").await["author"]["confirmed"], true);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_author_alone_is_told_on_all_devices_that_it_is_their_own() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let author = stage.server.person("Zoltan", "workers").await;
    let thread = stage.thread(&stage.chair).await;
    let mut own = Socket::of(&stage.server, &author).await;
    let mut other = Socket::of(&stage.server, &stage.chair).await;
    own.subscribe(&stage.room, None).await;
    other.subscribe(&stage.room, None).await;
    for attribution in ["organisation", "constituency"] {
        let fields = json!({ "body": "Post", "attribution": attribution, "client_id": Uuid::now_v7() });
        let post = author.done("POST", &format!("/threads/{thread}/posts"), fields).await;
        assert_eq!(own.line_of("yours").await["post"], post["id"]);
        let fields = json!({ "kind": "discussion", "title": "Text", "body": "Thread",
            "attribution": attribution, "client_id": Uuid::now_v7() });
        let opened = author.done("POST", &format!("/rooms/{}/threads", stage.room), fields).await;
        assert_eq!(own.line_of("yours").await["post"], opened["first_post"]["id"]);
    }
    // Where the event has the name, it says all.
    author.say(&thread, "Named").await;
    assert!(own.settled().await.iter().all(|line| line["type"] != "yours"));
    assert!(other.settled().await.iter().all(|line| line["type"] != "yours"), "nobody else is told");
    stage.server.stop().await;
}
