//! Unread counts and read marks.

use serde_json::{Value, json};

use crate::support::rooms::{Stage, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unread_counts_the_posts_of_others_above_the_mark() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let room = format!("/rooms/{}", stage.room);
    let path = format!("/threads/{thread}");
    let figures = async |expected: [i64; 3]| {
        let (thread, room) = (ben.read(&path).await, ben.read(&room).await);
        let found = [&thread["read_seq"], &thread["unread"], &room["unread"]].map(|n| n.as_i64().unwrap());
        assert_eq!(found, expected);
        let unread = ben.read(&format!("{}/threads?filter=unread", room_path(&stage))).await;
        assert_eq!(unread["items"].as_array().unwrap().len(), usize::from(expected[1] > 0));
    };
    figures([0, 1, 1]).await;
    ben.say(&thread, "My own").await;
    let two = ana.say(&thread, "Two").await["seq"].as_i64().unwrap();
    let three = ana.say(&thread, "Three").await;
    let last = three["seq"].as_i64().unwrap();
    figures([0, 3, 3]).await;
    let mark = async |seq: i64| {
        let answer = ben.call("PUT", &format!("{path}/read"), json!({ "seq": seq })).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (204, &json!("")));
    };
    mark(two).await;
    figures([two, 1, 1]).await;
    // Never back, and not beyond what there is.
    mark(1).await;
    mark(-9).await;
    figures([two, 1, 1]).await;
    // What is hidden is not waited for.
    let hidden = format!("/posts/{}/hidden", text(&three["id"]));
    stage.chair.done("PUT", &hidden, json!({ "reason": "spam" })).await;
    figures([two, 0, 0]).await;
    stage.chair.done("DELETE", &hidden, json!({ "reason": "other" })).await;
    figures([two, 1, 1]).await;
    mark(i64::MAX).await;
    let head = ben.head(&stage.room).await;
    assert!(head > last);
    figures([head, 0, 0]).await;
    ana.say(&thread, "Four").await;
    figures([head, 1, 1]).await;
    // Nobody else's marks moved, and none is in the record.
    assert_eq!(stage.chair.read(&path).await["read_seq"], 0);
    assert_eq!(ana.read(&path).await["unread"], 1);
    assert_eq!(ben.head(&stage.room).await, head + 1);

    // Without an account nothing is unread, and a chat is not waited for.
    let nobody = stage.server.browser();
    assert_eq!(nobody.get(&format!("{room}/threads?filter=unread")).await.code(), (404, "not_found"));
    let fields =
        json!({ "title": "Item", "starts_at": "2027-01-01T08:00:00Z", "ends_at": "2027-01-01T09:00:00Z" });
    let session = stage.chair.done("POST", &format!("{room}/sessions"), fields).await;
    ana.say(&text(&session["thread"]), "Chat").await;
    figures([head, 1, 1]).await;
    stage.server.stop().await;
}

fn room_path(stage: &Stage) -> String {
    format!("/rooms/{}", stage.room)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personal_parts_are_the_callers_own() {
    let stage = Stage::new(json!({ "visibility": "public" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let ben = stage.server.person("Ben", "employers").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Mine").await["id"]);
    ana.done("PUT", &format!("/posts/{post}/reactions/thanks"), Value::Null).await;
    ben.done("PUT", &format!("/posts/{post}/reactions/agree"), Value::Null).await;
    let path = format!("/threads/{thread}/posts");
    let anyone = stage.server.browser();
    // In turns, so that what is kept in memory for one would show for another.
    for _ in 0..2 {
        let page = ana.read(&path).await;
        assert_eq!(page["mine"]["posts"].as_array().unwrap().len(), 2);
        assert_eq!(page["mine"]["reactions"], json!({ &post: ["thanks"] }));
        let page = ben.read(&path).await;
        assert_eq!(
            (&page["mine"]["posts"], &page["mine"]["reactions"]),
            (&json!([]), &json!({ &post: ["agree"] }))
        );
        let page = anyone.get(&path).await.body;
        assert_eq!(page["mine"], json!({ "posts": [], "reactions": {} }));
    }
    let of = |browser: &crate::support::Browser| {
        let (browser, path) = (browser.clone(), format!("/threads/{thread}"));
        async move { browser.get(&path).await.body["yours"].clone() }
    };
    assert_eq!((of(&ana.browser).await, of(&ben.browser).await), (json!(true), json!(false)));
    assert_eq!(of(&anyone).await, false);
    let room = anyone.get(&room_path(&stage)).await.body;
    assert_eq!((&room["may"], &room["your_role"]), (&json!(["read"]), &json!("observer")));
    assert_eq!(ben.read(&room_path(&stage)).await["your_role"], "participant");
    assert_eq!(stage.chair.read(&room_path(&stage)).await["your_role"], "chair");
    stage.server.stop().await;
}
