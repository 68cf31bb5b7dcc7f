//! What was not answered goes on as a thread.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Hall;
use crate::support::rooms::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unanswered_questions_go_on_as_threads_with_their_history() {
    let hall = Hall::new().await;
    hall.to("live").await;
    let waiting = {
        let new = json!({ "body": "Who *pays*?\n\nAnd when?", "client_id": Uuid::now_v7(), "lang": "en",
            "attribution": "organisation" });
        text(&hall.ana.done("POST", &hall.path(), new).await["question"]["id"])
    };
    let parked = hall.ask_for("谁来付钱?").await;
    hall.pass(&parked, "parked").await;
    let answered = hall.ask(&hall.eli, "Answered?").await;
    hall.pass(&answered, "answered").await;
    let merged = hall.ask(&hall.eli, "Who pays?").await;
    hall.merge(&merged, &waiting).await;
    let hidden = hall.ask(&hall.eli, "Hidden?").await;
    hall.moderator.done("PUT", &format!("/questions/{hidden}/hidden"), json!({ "reason": "spam" })).await;
    hall.support(&hall.eli, &waiting).await;
    hall.to("ended").await;

    let list = hall.list(&hall.ana).await;
    let threads: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|q| &q["continues_in"]).collect();
    assert!(threads[0].is_string() && threads[1].is_string(), "{list}");
    assert!(threads[2..].iter().all(|thread| thread.is_null()), "{list}");
    let thread = hall.ana.read(&format!("/threads/{}", text(threads[0]))).await;
    assert_eq!((&thread["kind"], &thread["title"]), (&json!("question"), &json!("Who *pays*? And when?")));
    assert_eq!((&thread["question"], &thread["yours"]), (&json!(waiting), &json!(true)));
    assert_eq!(thread["author"]["organisation"], "Federation anA");
    assert!(thread["author"].get("name").is_none(), "shown as it was asked");
    let posts = hall.ana.read(&format!("/threads/{}/posts", text(threads[0]))).await;
    assert_eq!(posts["items"][0]["body_md"], "Who *pays*?\n\nAnd when?");
    // A person without a device has no account to be named by.
    let thread = hall.ana.read(&format!("/threads/{}", text(threads[1]))).await;
    assert_eq!(thread["author"], json!({ "constituency": "workers", "confirmed": false }));
    let history = hall.ana.read(&format!("/questions/{parked}")).await["history"].clone();
    let kinds: Vec<&Value> = history.as_array().unwrap().iter().map(|step| &step["kind"]).collect();
    assert_eq!(kinds, ["question.asked", "question.parked", "question.continued"]);
    // The talk goes on there.
    hall.eli.say(&text(threads[0]), "We do").await;

    // Taken up again and ended again, there is still one thread of each.
    hall.to("live").await;
    let late = hall.ask(&hall.ana, "Late?").await;
    hall.to("ended").await;
    let again = hall.list(&hall.ana).await;
    let of = |list: &Value| {
        list["items"].as_array().unwrap()[..2].iter().map(|q| q["continues_in"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(&again), of(&list));
    assert!(hall.one(&hall.ana, &late).await["continues_in"].is_string());
    assert_eq!(hall.stage.server.count("threads WHERE question_id IS NOT NULL").await, 3);
    hall.stage.server.stop().await;
}
