//! What moderators do with questions, with reasons.

use serde_json::json;

use super::Hall;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_taken_answered_parked_and_returned() {
    let hall = Hall::new().await;
    let (a, b) = (hall.ask(&hall.ana, "A?").await, hall.ask(&hall.eli, "B?").await);
    let path = format!("/questions/{a}/state");
    let refused = hall.ana.call("POST", &path, json!({ "state": "taken" })).await;
    assert_eq!(refused.code(), (403, "not_permitted"));
    assert_eq!(hall.pass(&a, "taken").await["order"], json!([b]));
    let twice = hall.moderator.call("POST", &path, json!({ "state": "taken" })).await;
    assert_eq!(twice.code(), (409, "not_possible_now"), "two moderators do not take the same one");
    hall.pass(&a, "answered").await;
    let parked = hall.moderator.call("POST", &path, json!({ "state": "parked" })).await;
    assert_eq!(parked.field("reason"), "required");
    hall.pass(&a, "parked").await;
    let back = hall.moderator.done("POST", &path, json!({ "state": "waiting" })).await;
    assert_eq!(back["order"], json!([a, b]), "its place is kept");
    let question = hall.eli.read(&format!("/questions/{a}")).await;
    let steps: Vec<_> = question["history"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    let expected =
        ["question.asked", "question.taken", "question.answered", "question.parked", "question.returned"];
    assert_eq!(kinds, expected);
    assert_eq!(steps[3]["reason"], "Time is short");
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_question_keeps_its_place_and_shows_why() {
    let hall = Hall::new().await;
    let a = hall.ask(&hall.ana, "Where does Otto live?").await;
    let b = hall.ask(&hall.ana, "B?").await;
    let path = format!("/questions/{a}/hidden");
    let why = json!({ "reason": "personal_data", "note": "An address" });
    assert_eq!(hall.eli.call("PUT", &path, why.clone()).await.code(), (403, "not_permitted"));
    let unknown = hall.moderator.call("PUT", &path, json!({ "reason": "rude" })).await;
    assert_eq!(unknown.field("reason"), "unknown");
    let hidden = hall.moderator.done("PUT", &path, why).await;
    assert_eq!(hidden["question"]["body_md"], "Where does Otto live?");
    assert_eq!(hidden["order"], json!([b]));
    for person in [&hall.ana, &hall.eli, &hall.stage.steward] {
        let list = hall.list(person).await;
        assert!(!list.to_string().contains("Otto"), "{list}");
        let shown = hall.one(person, &a).await;
        assert_eq!(
            (&shown["hidden"]["reason"], &shown["hidden"]["note"]),
            (&json!("personal_data"), &json!("An address"))
        );
        // Live and replayed alike.
        let log = json!(person.log(&hall.stage.room, 0).await).to_string();
        assert!(!log.contains("Otto"), "{log}");
    }
    assert!(json!(hall.moderator.log(&hall.stage.room, 0).await).to_string().contains("Otto"));
    let log = hall.eli.read(&format!("/rooms/{}/moderation-log", hall.stage.room)).await;
    let act = &log["items"][0];
    assert_eq!((&act["action"], &act["question"]), (&json!("question.hidden"), &json!(a)));
    assert_eq!(act["note"], "An address");
    let merge =
        hall.moderator.call("PUT", &format!("/questions/{b}/merged_into"), json!({ "question": a })).await;
    assert_eq!(merge.code(), (409, "question_hidden"));
    let restored = hall.moderator.done("DELETE", &path, json!({ "reason": "other" })).await;
    assert_eq!(restored["order"], json!([a, b]));
    assert!(hall.one(&hall.eli, &a).await.get("hidden").is_none());
    hall.stage.server.stop().await;
}
