//! Every act of moderation is told to all, and can be undone exactly.

use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::snapshots::client::Snapshot;
use crate::support::rooms::{Stage, text};

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// All rows that say how the room stands, without its record.
async fn standing(stage: &Stage) -> String {
    let mut all = String::new();
    let mut db = stage.server.connection().await;
    for table in ["posts", "post_revisions", "threads", "reactions", "sessions", "mutes", "room_roles"] {
        let sql = format!(
            "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') AS text FROM {table} t"
        );
        all += &diesel::sql_query(sql).get_result::<Row>(&mut db).await.unwrap().text;
    }
    let room = "SELECT (to_jsonb(r) - 'head_seq' - 'head_hash')::text AS text FROM rooms r";
    all + &diesel::sql_query(room).get_result::<Row>(&mut db).await.unwrap().text
}

struct Act {
    path: String,
    make: (&'static str, Value),
    undo: (&'static str, Value),
    actions: [&'static str; 2],
}

async fn acts(stage: &Stage, thread: &str, post: &str, member: Uuid) -> Vec<Act> {
    let why = json!({ "reason": "off_topic", "note": "Another place is better" });
    let undo = json!({ "reason": "other", "note": "It was not" });
    let with = |of: &Value, name: &str, value: i64| {
        let mut body = of.clone();
        body[name] = value.into();
        body
    };
    let act = |path: String, actions| Act {
        path,
        make: ("PUT", why.clone()),
        undo: ("DELETE", undo.clone()),
        actions,
    };
    let room = &stage.room;
    vec![
        act(format!("/posts/{post}/hidden"), ["post.hidden", "post.restored"]),
        act(format!("/threads/{thread}/lock"), ["thread.locked", "thread.unlocked"]),
        act(format!("/threads/{thread}/pin"), ["thread.pinned", "thread.unpinned"]),
        act(format!("/threads/{thread}/review"), ["thread.review_required", "thread.review_lifted"]),
        act(format!("/rooms/{room}/closed"), ["room.closed", "room.reopened"]),
        Act {
            make: ("PUT", with(&why, "seconds", 30)),
            undo: ("PUT", with(&undo, "seconds", 0)),
            ..act(format!("/rooms/{room}/slow-mode"), ["room.slowed", "room.slowed"])
        },
        Act {
            make: ("PUT", with(&why, "minutes", 30)),
            ..act(format!("/rooms/{room}/mutes/{member}"), ["member.muted", "member.unmuted"])
        },
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_act_is_undone_exactly_and_both_are_in_the_public_log() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let moderator = stage.with_role("Mona", "government", "moderator").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Said *so*").await["id"]);
    ana.done("PATCH", &format!("/posts/{post}"), json!({ "body": "Said *thus*", "revision": 1 })).await;
    ana.done("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
    let nobody = stage.server.browser();
    let log_path = format!("/rooms/{}/moderation-log", stage.room);
    let mut expected = Vec::new();
    for act in acts(&stage, &thread, &post, ana.id).await {
        let path = &act.path;
        let browsers = [&nobody, &ana.browser, &moderator.browser, &stage.chair.browser];
        let mut before = Vec::new();
        for browser in browsers {
            before.push(Snapshot::load(browser, &stage.room).await);
        }
        let stood = standing(&stage).await;
        for (n, (method, body)) in [&act.make, &act.undo].into_iter().enumerate() {
            moderator.done(method, path, body.clone()).await;
            let changed = standing(&stage).await != stood;
            assert_eq!(
                changed,
                n == 0,
                "{path}: {}",
                if n == 0 { "changes nothing" } else { "is not undone" }
            );
            // Doing what is done already changes nothing and tells nothing; a mute moves its end.
            let head = moderator.head(&stage.room).await;
            if !path.contains("/mutes/") {
                moderator.done(method, path, body.clone()).await;
                assert_eq!(moderator.head(&stage.room).await, head, "{path} a second time");
            }
            let detail = match act.actions[n] {
                "room.slowed" => body["seconds"].to_string(),
                "member.muted" => "30".into(),
                _ => String::new(),
            };
            expected.push((act.actions[n], head, body["reason"].clone(), body["note"].clone(), detail));
        }
        for (browser, before) in browsers.into_iter().zip(before) {
            let after = Snapshot::load(browser, &stage.room).await;
            assert_eq!(after.head(), before.head() + 2, "{path}");
            assert!(after.is_as(&before), "{path}: {before:?} became {after:?}");
        }
    }

    // Newest first, in pages, the same for everyone, and nobody is named.
    let mut log = Vec::new();
    let mut query = format!("{log_path}?limit=5");
    loop {
        let page = nobody.get(&query).await.body;
        log.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => query = format!("{log_path}?limit=5&after={next}"),
            None => break,
        }
    }
    expected.reverse();
    assert_eq!(log.len(), expected.len());
    for (entry, (action, seq, reason, note, detail)) in log.iter().zip(&expected) {
        assert_eq!((&entry["action"], &entry["seq"]), (&json!(action), &json!(seq)));
        assert_eq!((&entry["reason"], &entry["note"], &entry["detail"]), (reason, note, &json!(detail)));
        assert_eq!(entry["actor_role"], "moderator");
        assert_eq!(entry["until"].is_string(), *action == "member.muted");
        assert_eq!(entry["post"].is_string(), action.starts_with("post."));
        assert_eq!(entry["thread"].is_string(), action.starts_with("post.") || action.starts_with("thread."));
    }
    let whole = json!(log).to_string();
    for hint in [&ana.name, &moderator.name, &ana.id.to_string(), &moderator.id.to_string()] {
        assert!(!whole.contains(hint.as_str()), "{hint} is in the public log");
    }
    // The member who was muted reads the same; the desk also reads whom it hit.
    assert_eq!(ana.read(&format!("{log_path}?limit=100")).await["items"], json!(log));
    let at_the_desk = moderator.read(&format!("{log_path}?limit=100")).await["items"].clone();
    for (entry, public) in at_the_desk.as_array().unwrap().iter().zip(&log) {
        let mut entry = entry.clone();
        let member = entry.as_object_mut().unwrap().remove("member");
        assert_eq!(entry, *public);
        let hit = public["action"].as_str().unwrap().starts_with("member.");
        assert_eq!(member.is_some_and(|member| member["id"] == json!(ana.id)), hit);
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_post_keeps_its_place_and_shows_why() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let sent = json!({ "body": "Otto lives at number nine", "client_id": Uuid::now_v7() });
    let posts = format!("/threads/{thread}/posts");
    let post = ana.done("POST", &posts, sent.clone()).await;
    let of = format!("/posts/{}", text(&post["id"]));
    let why = json!({ "reason": "personal_data", "note": "An address" });
    let hidden = stage.chair.done("PUT", &format!("{of}/hidden"), why).await;
    assert_eq!(hidden["body_md"], "Otto lives at number nine");
    for person in [&ana, &stage.steward] {
        let seen = person.read(&of).await;
        assert_eq!((&seen["body_md"], &seen["body_html"]), (&json!(""), &json!("")));
        assert_eq!(seen["hidden"]["reason"], "personal_data");
        assert_eq!(seen["hidden"]["note"], "An address");
        assert_eq!((&seen["seq"], &seen["author"]), (&post["seq"], &post["author"]));
        let page = person.read(&format!("/threads/{thread}/posts")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        assert!(!page.to_string().contains("Otto"));
    }
    // Sending it again does not bring it back.
    let again = ana.call("POST", &posts, sent).await;
    assert_eq!((again.status.as_u16(), &again.body["body_md"]), (200, &json!("")));
    let thread_now = ana.read(&format!("/threads/{thread}")).await;
    assert_eq!(thread_now["post_count"], 2);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_one_thread_says_why_it_is_locked() {
    let stage = Stage::new(json!({})).await;
    let (locked, other) = (stage.thread(&stage.chair).await, stage.thread(&stage.chair).await);
    let why = |note: &str| json!({ "reason": "off_topic", "note": note });
    stage.chair.done("PUT", &format!("/threads/{other}/lock"), why("Not this one")).await;
    stage.chair.done("PUT", &format!("/threads/{locked}/lock"), why("It is decided")).await;
    let reader = stage.server.person("Ana", "workers").await;
    let path = format!("/rooms/{}/moderation-log?thread=", stage.room);
    let log = reader.read(&format!("{path}{locked}")).await;
    let acts: Vec<(&Value, &Value)> =
        log["items"].as_array().unwrap().iter().map(|act| (&act["action"], &act["note"])).collect();
    assert_eq!(acts, [(&json!("thread.locked"), &json!("It is decided"))]);
    let nothing = reader.read(&format!("{path}{}", uuid::Uuid::now_v7())).await;
    assert_eq!(nothing["items"], json!([]));
    assert_eq!(reader.get(&format!("{path}x")).await.code(), (400, "malformed"));
    stage.server.stop().await;
}
