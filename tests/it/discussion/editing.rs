//! Editing one's own posts, and reactions.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::rooms::{Stage, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_keeps_what_was_said_before() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let post = ana.say(&thread, "We ask for 8 hours").await;
    let path = format!("/posts/{}", text(&post["id"]));
    let edit = |body: &str, revision: i64| {
        let (ana, path, body) = (ana.clone(), path.clone(), json!({ "body": body, "revision": revision }));
        async move { ana.call("PATCH", &path, body).await }
    };
    let two = edit("We ask for 7 hours", 1).await.body;
    assert_eq!((&two["revision"], &two["body_md"]), (&json!(2), &json!("We ask for 7 hours")));
    assert!(two["edited_at"].is_string() && post.get("edited_at").is_none());
    assert_eq!((&two["seq"], &two["created_at"]), (&post["seq"], &post["created_at"]));
    // Somebody edited meanwhile, on another device.
    assert_eq!(edit("We ask for 6 hours", 1).await.code(), (409, "conflict"));
    assert_eq!(edit("We ask for 6 hours", 3).await.code(), (409, "conflict"));
    // Nothing changed: nothing is recorded.
    let head = ana.head(&stage.room).await;
    assert_eq!(edit("We ask for 7 hours", 2).await.body, two);
    assert_eq!(ana.head(&stage.room).await, head);
    let three = edit("We ask for 7 hours\nand a pause", 2).await.body;

    let history = ben.read(&format!("{path}/revisions")).await["items"].as_array().unwrap().clone();
    let texts: Vec<&str> = history.iter().map(|version| version["body_md"].as_str().unwrap()).collect();
    assert_eq!(texts, ["We ask for 8 hours", "We ask for 7 hours", "We ask for 7 hours\nand a pause"]);
    assert_eq!(history.iter().map(|v| v["revision"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(
        history.iter().map(|version| &version["at"]).collect::<Vec<_>>(),
        [&post["created_at"], &two["edited_at"], &three["edited_at"]]
    );
    assert_eq!(history[0]["diff"], json!([{ "op": "insert", "text": "We ask for 8 hours" }]));
    assert_eq!(
        history[1]["diff"],
        json!([
            { "op": "equal", "text": "We ask for " },
            { "op": "delete", "text": "8" },
            { "op": "insert", "text": "7" },
            { "op": "equal", "text": " hours" },
        ])
    );
    // Of many edits of one version one wins.
    let answers = join_all((0..10).map(|n| edit(if n % 2 == 0 { "Even" } else { "Odd" }, 3))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.code() == (409, "conflict")).count(), 9);

    // Nobody else's, not while locked, hidden, muted or closed.
    let by_ben = json!({ "body": "Nonsense", "revision": 4 });
    assert_eq!(ben.call("PATCH", &path, by_ben).await.code(), (403, "not_permitted"));
    let why = json!({ "reason": "other" });
    let mute = json!({ "reason": "other", "minutes": 5 });
    for (at, body, code) in [
        (format!("/threads/{thread}/lock"), &why, (409, "thread_locked")),
        (format!("{path}/hidden"), &why, (409, "post_hidden")),
        (format!("/rooms/{}/mutes/{}", stage.room, ana.id), &mute, (403, "muted")),
        (format!("/rooms/{}/closed", stage.room), &why, (409, "room_closed")),
    ] {
        stage.chair.done("PUT", &at, body.clone()).await;
        assert_eq!(edit("Later", 4).await.code(), code);
        stage.chair.done("DELETE", &at, why.clone()).await;
    }
    assert_eq!(edit("Later", 4).await.status, 200);
    assert_eq!(stage.server.count("post_revisions").await, 4);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_of_a_hidden_post_is_for_the_desk() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let path = format!("/posts/{}", text(&ana.say(&thread, "A secret").await["id"]));
    ana.done("PATCH", &path, json!({ "body": "No secret", "revision": 1 })).await;
    let revisions = format!("{path}/revisions");
    let nobody = stage.server.browser();
    assert_eq!(nobody.get(&revisions).await.body["items"].as_array().unwrap().len(), 2);
    stage.chair.done("PUT", &format!("{path}/hidden"), json!({ "reason": "abuse" })).await;
    assert_eq!(nobody.get(&revisions).await.status, 404);
    assert_eq!(ana.get(&revisions).await.status, 404);
    assert_eq!(stage.chair.read(&revisions).await["items"].as_array().unwrap().len(), 2);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_holds_one_stance_at_most() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Shall we?").await["id"]);
    let react = async |by: &crate::support::rooms::Person, method: &str, name: &str| {
        by.done(method, &format!("/posts/{post}/reactions/{name}"), Value::Null).await["reactions"].clone()
    };
    assert_eq!(react(&ana, "PUT", "agree").await, json!({ "agree": { "workers": 1 } }));
    let head = ana.head(&stage.room).await;
    assert_eq!(react(&ana, "PUT", "agree").await, json!({ "agree": { "workers": 1 } }));
    assert_eq!(react(&ana, "DELETE", "unsure").await, json!({ "agree": { "workers": 1 } }));
    assert_eq!(ana.head(&stage.room).await, head, "nothing changed, nothing is recorded");
    react(&ana, "PUT", "thanks").await;
    react(&ben, "PUT", "agree").await;
    assert_eq!(
        react(&ana, "PUT", "disagree").await,
        json!({ "agree": { "employers": 1 }, "disagree": { "workers": 1 }, "thanks": { "workers": 1 } })
    );
    assert_eq!(react(&ana, "DELETE", "disagree").await["disagree"], Value::Null);
    // Many at once: one stance is left, and the counts are right.
    let names = ["agree", "unsure", "disagree"];
    join_all((0..30).map(|n| react(&ana, "PUT", names[n % 3]))).await;
    let stances = format!("reactions WHERE member_id = '{}' AND name <> 'thanks'", ana.id);
    assert_eq!(stage.server.count(&stances).await, 1);
    let mine = ana.read(&format!("/threads/{thread}/posts")).await["mine"]["reactions"][&post].clone();
    assert_eq!(mine.as_array().unwrap().len(), 2, "{mine}");
    assert_eq!(ana.call("PUT", &format!("/posts/{post}/reactions/love"), Value::Null).await.status, 404);

    stage.chair.done("PUT", &format!("/posts/{post}/hidden"), json!({ "reason": "spam" })).await;
    let refused = ben.call("PUT", &format!("/posts/{post}/reactions/thanks"), Value::Null).await;
    assert_eq!(refused.code(), (409, "post_hidden"));
    // What was said before can be taken back.
    assert_eq!(react(&ben, "DELETE", "agree").await["agree"]["employers"], Value::Null);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_renamed_by_its_author_or_a_moderator() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let path = format!("/threads/{thread}");
    let rename = async |by: &crate::support::rooms::Person, title: &str| {
        by.call("PATCH", &path, json!({ "title": title })).await
    };
    assert_eq!(rename(&ana, " Better ").await.body["title"], "Better");
    let head = ana.head(&stage.room).await;
    assert_eq!(rename(&ana, "Better").await.status, 200);
    assert_eq!(ana.head(&stage.room).await, head);
    assert_eq!(rename(&ben, "Mine").await.code(), (403, "not_permitted"));
    assert_eq!(rename(&stage.chair, "Best").await.body["yours"], false);
    stage.chair.done("PUT", &format!("{path}/lock"), json!({})).await;
    assert_eq!(rename(&ana, "Again").await.code(), (409, "thread_locked"));
    assert_eq!(rename(&stage.chair, "Again").await.status, 200);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_locked_thread_a_moderator_changes_what_is_the_own_post() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let of_ana = text(&ana.say(&thread, "A word").await["id"]);
    stage.chair.done("PUT", &format!("/threads/{thread}/lock"), json!({})).await;
    let of_chair = text(&stage.chair.say(&thread, "This is locked").await["id"]);
    let edit = json!({ "body": "This is locked until Monday", "revision": 1 });
    let path = |post: &str| format!("/posts/{post}");
    let edited = stage.chair.done("PATCH", &path(&of_chair), edit.clone()).await;
    assert_eq!(edited["body_md"], "This is locked until Monday");
    // Not what somebody else said; and who does not moderate changes nothing.
    assert_eq!(stage.chair.call("PATCH", &path(&of_ana), edit.clone()).await.code(), (403, "not_permitted"));
    assert_eq!(ana.call("PATCH", &path(&of_ana), edit).await.code(), (409, "thread_locked"));
    stage.server.stop().await;
}
