//! Duplicates: their supporters are united, and a merge is taken back exactly.

use serde_json::{Value, json};

use super::Hall;
use crate::snapshots::client::Snapshot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_unites_supporters_and_is_taken_back_exactly() {
    let hall = Hall::new().await;
    let una = hall.stage.server.person("Una", "un").await;
    let (a, b, c) = (hall.ask_for("A?").await, hall.ask_for("B?").await, hall.ask_for("C?").await);
    for (person, question) in
        [(&hall.ana, &a), (&hall.ana, &b), (&hall.eli, &a), (&una, &b), (&una, &c), (&hall.eli, &c)]
    {
        hall.support(person, question).await;
    }
    let before = hall.list(&hall.ana).await;
    hall.merge(&a, &b).await;
    let merged = hall.one(&hall.ana, &b).await;
    assert_eq!(merged["support"], json!({ "workers": 1, "employers": 1, "un": 1 }), "Ana counts once");
    assert_eq!(hall.one(&hall.ana, &a).await["merged_into"], json!(b));
    let order = hall.list(&hall.ana).await["order"].clone();
    assert_eq!(order, json!([b, c]), "a part of another question is not taken by itself");
    // Twice is once, and parts cannot be used for themselves.
    let head = hall.ana.head(&hall.stage.room).await;
    hall.merge(&a, &b).await;
    assert_eq!(hall.ana.head(&hall.stage.room).await, head);
    let support = format!("/questions/{a}/support");
    assert_eq!(hall.ana.call("PUT", &support, Value::Null).await.code(), (409, "question_merged"));
    for (question, into, code) in
        [(&c, &a, "merged"), (&c, &c, "itself"), (&c, &hall.session, "not_in_session")]
    {
        let path = format!("/questions/{question}/merged_into");
        let answer = hall.moderator.call("PUT", &path, json!({ "question": into })).await;
        assert_eq!((answer.status.as_u16(), answer.field("question")), (422, code), "{answer:?}");
    }
    // And a merge of the merged.
    hall.merge(&b, &c).await;
    assert_eq!(hall.one(&hall.ana, &c).await["support"], json!({ "workers": 1, "employers": 1, "un": 1 }));
    // Whoever supports a part supports the whole: nothing more to give.
    let answer = hall.support(&hall.ana, &c).await;
    assert_eq!((&answer["supported_by_me"], hall.ana.head(&hall.stage.room).await), (&json!(true), head + 1));
    for question in [&b, &a] {
        hall.moderator.done("DELETE", &format!("/questions/{question}/merged_into"), Value::Null).await;
    }
    let mut after = hall.list(&hall.ana).await;
    after["head_seq"] = before["head_seq"].clone();
    assert_eq!(after, before, "exactly as it was");
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_support_back_takes_it_from_all_parts() {
    let hall = Hall::new().await;
    let (a, b) = (hall.ask_for("A?").await, hall.ask_for("B?").await);
    hall.support(&hall.ana, &a).await;
    hall.support(&hall.eli, &a).await;
    hall.merge(&a, &b).await;
    let answer = hall.ana.done("DELETE", &format!("/questions/{b}/support"), Value::Null).await;
    assert_eq!(
        (&answer["supported_by_me"], &answer["question"]["support"]),
        (&json!(false), &json!({ "employers": 1 }))
    );
    hall.moderator.done("DELETE", &format!("/questions/{a}/merged_into"), Value::Null).await;
    assert_eq!(hall.one(&hall.ana, &a).await["support"], json!({ "employers": 1 }));
    assert_eq!(hall.one(&hall.ana, &b).await["support"], json!({}));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_merges_bring_both_questions() {
    let hall = Hall::new().await;
    let (a, b) = (hall.ask_for("A?").await, hall.ask_for("B?").await);
    hall.support(&hall.ana, &a).await;
    let head = hall.ana.head(&hall.stage.room).await;
    let before = Snapshot::load(&hall.ana.browser, &hall.stage.room).await;
    hall.merge(&a, &b).await;
    hall.moderator.done("DELETE", &format!("/questions/{a}/merged_into"), Value::Null).await;
    let log = hall.ana.log(&hall.stage.room, head).await;
    let kinds: Vec<&Value> = log.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["question.merged", "question.unmerged"]);
    // As it is now: not merged any more, and both are there.
    assert_eq!(log[1]["data"]["others"][0]["id"], json!(b));
    assert_eq!(log[1]["data"]["question"]["support"], json!({ "workers": 1 }));
    let after = Snapshot::load(&hall.ana.browser, &hall.stage.room).await;
    assert!(after.is_as(&before));
    // What became of it is in its history.
    let history = hall.ana.read(&format!("/questions/{a}")).await["history"].clone();
    let steps: Vec<(&Value, &Value)> =
        history.as_array().unwrap().iter().map(|step| (&step["kind"], &step["other"])).collect();
    assert_eq!(
        steps,
        [
            (&json!("question.asked"), &Value::Null),
            (&json!("question.merged"), &json!(b)),
            (&json!("question.unmerged"), &json!(b))
        ]
    );
    hall.stage.server.stop().await;
}
