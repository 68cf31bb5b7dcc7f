//! What keeps a discussion from being flooded: locks, slow mode, mutes, closing, rate limits.

use std::time::Duration;

use plenary::config::Switch;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text, until};
use crate::support::{Answer, Server};

async fn try_to_say(person: &Person, thread: &str) -> Answer {
    let body = json!({ "body": "Hear me", "client_id": Uuid::now_v7() });
    person.call("POST", &format!("/threads/{thread}/posts"), body).await
}

async fn try_to_open(person: &Person, room: &str) -> Answer {
    let body = json!({ "kind": "question", "title": "Q", "body": "Q", "client_id": Uuid::now_v7() });
    person.call("POST", &format!("/rooms/{room}/threads"), body).await
}

/// The wait that a refusal names, in its header and in its body.
fn wait_of(answer: &Answer) -> u64 {
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(answer.body["error"]["retry_after_s"], wait);
    wait
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_thread_takes_posts_of_moderators_only() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let moderator = stage.with_role("Mona", "government", "moderator").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Before").await["id"]);
    let lock = format!("/threads/{thread}/lock");
    assert_eq!(moderator.done("PUT", &lock, json!({ "reason": "off_topic" })).await["locked"], true);
    assert_eq!(try_to_say(&ana, &thread).await.code(), (409, "thread_locked"));
    assert_eq!(try_to_say(&stage.steward, &thread).await.code(), (409, "thread_locked"));
    assert_eq!(try_to_say(&moderator, &thread).await.status, 201);
    assert_eq!(try_to_say(&stage.chair, &thread).await.status, 201);
    // Short answers go on, and so do other threads.
    ana.done("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
    assert_eq!(try_to_open(&ana, &stage.room).await.status, 201);
    moderator.done("DELETE", &lock, json!({ "reason": "other" })).await;
    assert_eq!(try_to_say(&ana, &thread).await.status, 201);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_mode_tells_how_long_to_wait_and_the_wait_is_enough() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&stage.chair).await;
    let slow = |seconds: i64| {
        let (chair, path) = (stage.chair.clone(), format!("/rooms/{}/slow-mode", stage.room));
        async move { chair.call("PUT", &path, json!({ "seconds": seconds, "reason": "abuse" })).await }
    };
    assert_eq!(slow(2).await.body["slow_mode_s"], 2);
    for out_of_range in [-1, 3_601] {
        assert_eq!(slow(out_of_range).await.field("seconds"), "out_of_range");
    }
    let said = json!({ "body": "First", "client_id": Uuid::now_v7() });
    let path = format!("/threads/{thread}/posts");
    assert_eq!(ana.call("POST", &path, said.clone()).await.status, 201);
    let refused = try_to_say(&ana, &thread).await;
    assert_eq!(refused.code(), (429, "slow_mode"));
    let wait = wait_of(&refused);
    assert!((1..=2).contains(&wait), "{wait}");
    // A thread is a post too; a repeat is none; others and moderators are not concerned.
    assert_eq!(try_to_open(&ana, &stage.room).await.code(), (429, "slow_mode"));
    assert_eq!(ana.call("POST", &path, said).await.status, 200);
    assert_eq!(try_to_say(&ben, &thread).await.status, 201);
    for _ in 0..3 {
        assert_eq!(try_to_say(&stage.chair, &thread).await.status, 201);
    }
    // The wait passes, in that what she said moves into the past.
    let earlier = format!("UPDATE posts SET created_at = created_at - interval '{wait} seconds'");
    stage.server.sql(&earlier).await;
    assert_eq!(try_to_open(&ana, &stage.room).await.status, 201);
    assert_eq!(try_to_say(&ana, &thread).await.code(), (429, "slow_mode"));
    assert_eq!(slow(0).await.body["slow_mode_s"], 0);
    assert_eq!(try_to_say(&ana, &thread).await.status, 201);
    // Of many at once in slow mode one goes through.
    slow(3_600).await;
    let gus = stage.server.person("Gus", "government").await;
    let answers = futures_util::future::join_all((0..10).map(|_| try_to_say(&gus, &thread))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == (429, "slow_mode")));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_muted_member_reads_on_and_knows_why_and_until_when() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let moderator = stage.with_role("Mona", "government", "moderator").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Before").await["id"]);
    let fields = json!({ "title": "Elsewhere", "kind": "forum", "visibility": "members" });
    let other_room = text(&stage.steward.done("POST", "/rooms", fields).await["id"]);
    let mutes = format!("/rooms/{}/mutes", stage.room);
    let path = format!("{mutes}/{}", ana.id);
    let room = format!("/rooms/{}", stage.room);
    let body = json!({ "minutes": 10, "reason": "abuse", "note": "Twice warned" });
    let muted = moderator.done("PUT", &path, body.clone()).await;
    assert_eq!(
        (&muted["member"], &muted["reason"], &muted["note"]),
        (&json!(ana.id), &json!("abuse"), &body["note"])
    );
    let yours = ana.read(&room).await["your_mute"].clone();
    assert_eq!(yours, json!({ "until": muted["until"], "reason": "abuse", "note": "Twice warned" }));
    assert_eq!(ana.read(&room).await["may"], json!(["read"]));
    assert!(moderator.read(&room).await.get("your_mute").is_none());

    assert_eq!(try_to_say(&ana, &thread).await.code(), (403, "muted"));
    assert_eq!(try_to_open(&ana, &stage.room).await.code(), (403, "muted"));
    let react = ana.call("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
    assert_eq!(react.code(), (403, "muted"));
    let rename = ana.call("PATCH", &format!("/threads/{thread}"), json!({ "title": "T" })).await;
    assert_eq!(rename.code(), (403, "muted"));
    assert_eq!(ana.get(&format!("/threads/{thread}/posts")).await.status, 200);
    assert_eq!(try_to_open(&ana, &other_room).await.status, 201);

    // The desk knows whom it hits; the member may not look there.
    let list = moderator.read(&mutes).await["items"].clone();
    assert_eq!((&list[0]["member"]["id"], &list[0]["until"]), (&json!(ana.id), &muted["until"]));
    assert_eq!(ana.get(&mutes).await.code(), (403, "not_permitted"));
    // Nobody mutes a moderator or a chair, nor someone who is not there.
    for (member, status) in [(moderator.id, 403), (stage.chair.id, 403), (Uuid::now_v7(), 404)] {
        let answer = stage.chair.call("PUT", &format!("{mutes}/{member}"), body.clone()).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    for minutes in [0, -1, 43_201, i64::MAX] {
        let body = json!({ "minutes": minutes, "reason": "abuse" });
        assert_eq!(moderator.call("PUT", &path, body).await.field("minutes"), "out_of_range");
    }
    // A second mute takes the place of the first; one that is lifted is gone.
    let longer = moderator.done("PUT", &path, json!({ "minutes": 60, "reason": "spam" })).await;
    assert!(longer["until"].as_str() > muted["until"].as_str());
    assert_eq!(ana.read(&room).await["your_mute"]["reason"], "spam");
    assert_eq!(moderator.call("DELETE", &path, json!({ "reason": "other" })).await.status, 204);
    assert_eq!(moderator.call("DELETE", &path, json!({ "reason": "other" })).await.status, 404);
    assert_eq!(try_to_say(&ana, &thread).await.status, 201);
    assert!(ana.read(&room).await.get("your_mute").is_none());
    // A mute ends by itself.
    moderator.done("PUT", &path, body).await;
    stage.server.sql("UPDATE mutes SET until = now()").await;
    until("the mute ends", async || try_to_say(&ana, &thread).await.status == 201).await;
    assert!(ana.read(&room).await.get("your_mute").is_none());
    assert_eq!(moderator.read(&mutes).await["items"], json!([]));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_room_is_read_and_nothing_more() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Before").await["id"]);
    let room = format!("/rooms/{}", stage.room);
    let why = json!({ "reason": "other", "note": "The workshop is over" });
    let closed = stage.chair.done("PUT", &format!("{room}/closed"), why.clone()).await;
    assert_eq!(closed["closed"], true);
    for person in [&ana, &stage.chair] {
        assert_eq!(try_to_say(person, &thread).await.code(), (409, "room_closed"));
        assert_eq!(try_to_open(person, &stage.room).await.code(), (409, "room_closed"));
        let react = person.call("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
        assert_eq!(react.code(), (409, "room_closed"));
        assert_eq!(person.get(&format!("/threads/{thread}/posts")).await.status, 200);
    }
    let rename = stage.chair.call("PATCH", &room, json!({ "title": "T" })).await;
    assert_eq!(rename.code(), (409, "room_closed"));
    assert_eq!(ana.read(&room).await["may"], json!(["read"]));
    // What must not stay can still be hidden, and closing be undone.
    assert_eq!(stage.chair.call("PUT", &format!("/posts/{post}/hidden"), why.clone()).await.status, 200);
    assert_eq!(stage.chair.done("DELETE", &format!("{room}/closed"), why).await["closed"], false);
    assert_eq!(try_to_say(&ana, &thread).await.status, 201);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_posts_and_changes_are_delayed_and_told_when() {
    let server = Server::start(|config| config.rate_limits = Switch::On).await;
    let stage = Stage::on(server, json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&stage.chair).await;
    let mut answers = Vec::new();
    for _ in 0..14 {
        answers.push(try_to_say(&ana, &thread).await);
    }
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert!((12..=13).contains(&taken), "{taken} posts at once");
    let refused = answers.last().unwrap();
    assert_eq!(refused.code(), (429, "rate_limited"));
    let wait = wait_of(refused);
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(try_to_open(&ana, &stage.room).await.code(), (429, "rate_limited"));
    // Others, reading, and other things are not concerned.
    assert_eq!(try_to_say(&ben, &thread).await.status, 201);
    assert_eq!(ana.get(&format!("/threads/{thread}/posts")).await.status, 200);
    let post = text(&answers[0].body["id"]);
    let react = format!("/posts/{post}/reactions/agree");
    assert_eq!(ana.call("PUT", &react, Value::Null).await.status, 200);
    stage.server.state.limits.clock.advance(Duration::from_secs(wait));
    assert_eq!(try_to_say(&ana, &thread).await.status, 201);

    let mut refused = None;
    for n in 0..90 {
        let answer = ana.call(if n % 2 == 0 { "DELETE" } else { "PUT" }, &react, Value::Null).await;
        if answer.status == 429 {
            refused = Some((n, answer));
            break;
        }
    }
    let (n, refused) = refused.expect("changes have a limit");
    assert!(n >= 58, "only {n} changes");
    assert_eq!(refused.code(), (429, "rate_limited"));
    assert!(wait_of(&refused) >= 1);
    let mut previews = 0;
    while ana.call("POST", "/preview", json!({ "body": "B" })).await.status == 200 {
        previews += 1;
        assert!(previews < 60, "previews have no limit");
    }
    assert!(previews >= 30);
    stage.server.stop().await;
}
