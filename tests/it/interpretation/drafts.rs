//! Drafts are for those who translate; what is published is for all; what is hidden is hidden in every language.

use serde_json::{Value, json};

use super::Booth;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_seen_by_interpreters_and_the_desk_only() {
    let booth = Booth::new().await;
    let (hall, room) = (&booth.hall, &booth.hall.stage.room);
    let head = hall.ana.head(room).await;
    let mut reader = Socket::of(&hall.stage.server, &hall.ana).await;
    reader.subscribe(room, None).await;
    let draft = booth.put("我们付钱", "draft").await;
    assert_eq!((&draft["state"], &draft["version"]), (&json!("draft"), &json!(1)));
    assert_eq!(hall.ana.head(room).await, head, "a draft takes no number");
    let list = format!("/posts/{}/translations", booth.post);
    for person in [&hall.ana, &hall.eli, &hall.stage.steward] {
        assert_eq!(booth.seen(person).await, json!([]));
        assert_eq!(person.read(&list).await["items"], json!([]));
        let log = json!(person.log(room, 0).await).to_string();
        assert!(!log.contains("付钱"), "{log}");
    }
    for person in [&booth.ines, &hall.moderator, &hall.stage.chair] {
        assert_eq!(booth.seen(person).await, json!([]), "not with the post");
        assert_eq!(person.read(&list).await["items"][0]["body_md"], "我们付钱");
    }

    let published = booth.put("我们付钱", "interpreter").await;
    assert_eq!(published["state"], "interpreter");
    let event = reader.line_of("event").await;
    assert_eq!((&event["kind"], &event["seq"]), (&json!("translation.published"), &json!(head + 1)));
    assert_eq!(event["data"]["post"]["translations"][0], published);
    assert_eq!(booth.seen(&hall.eli).await, json!([published]));
    // The draft became it; the next draft leaves it standing.
    assert_eq!(booth.ines.read(&list).await["items"].as_array().unwrap().len(), 1);
    booth.put("我们出钱", "draft").await;
    assert_eq!(booth.seen(&hall.eli).await, json!([published]));
    assert_eq!(booth.ines.read(&list).await["items"].as_array().unwrap().len(), 2);
    // Publishing the same again tells nothing.
    booth.put("我们付钱", "interpreter").await;
    assert_eq!(hall.ana.head(room).await, head + 1);
    booth.ines.done("DELETE", &booth.path(), Value::Null).await;
    assert_eq!(booth.seen(&hall.eli).await, json!([]));
    assert_eq!(booth.ines.read(&list).await["items"], json!([]));
    assert!(!json!(hall.ana.log(room, 0).await).to_string().contains("钱"), "gone from the replay too");
    let nothing = booth.ines.call("DELETE", &booth.path(), Value::Null).await;
    assert_eq!(nothing.code(), (404, "not_found"));
    assert_eq!(booth.put("我们付", "interpreter").await["version"], 3);
    booth.hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_text_is_hidden_in_every_language() {
    let booth = Booth::new().await;
    let (hall, room) = (&booth.hall, &booth.hall.stage.room);
    let question = hall.ask(&hall.ana, "Who pays?").await;
    let of_question = format!("/questions/{question}/translations/zh");
    booth.put("我们付钱", "interpreter").await;
    let new = json!({ "body": "谁付钱?", "state": "interpreter" });
    booth.ines.done("PUT", &of_question, new.clone()).await;
    assert_eq!(hall.one(&hall.eli, &question).await["translations"][0]["body_md"], "谁付钱?");
    for (path, code) in [
        (format!("/posts/{}", booth.post), "post_hidden"),
        (format!("/questions/{question}"), "question_hidden"),
    ] {
        hall.moderator.done("PUT", &format!("{path}/hidden"), json!({ "reason": "spam" })).await;
        let answer = booth.ines.call("PUT", &format!("{path}/translations/zh"), new.clone()).await;
        assert_eq!(answer.code(), (409, code));
        for person in [&hall.ana, &hall.eli, &booth.ines, &hall.stage.steward] {
            assert_eq!(person.read(&format!("{path}/translations")).await["items"], json!([]));
        }
        let desk = hall.moderator.read(&format!("{path}/translations")).await;
        assert_eq!(desk["items"].as_array().unwrap().len(), 1);
    }
    for person in [&hall.ana, &booth.ines] {
        assert_eq!(booth.seen(person).await, json!([]));
        let all = json!([person.log(room, 0).await, hall.list(person).await]).to_string();
        assert!(!all.contains('钱'), "{all}");
    }
    assert_eq!(booth.seen(&hall.moderator).await.as_array().unwrap().len(), 1);
    assert!(json!(hall.moderator.log(room, 0).await).to_string().contains("付钱"));
    hall.moderator
        .done("DELETE", &format!("/posts/{}/hidden", booth.post), json!({ "reason": "other" }))
        .await;
    assert_eq!(booth.seen(&hall.eli).await[0]["body_md"], "我们付钱");
    booth.hall.stage.server.stop().await;
}
