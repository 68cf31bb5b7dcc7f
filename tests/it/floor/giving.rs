//! Giving the floor: the first in the order, another for a reason, and one of many who press at once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Hall, queue};
use crate::support::rooms::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_needs_no_reason_and_another_does() {
    let hall = Hall::new("live").await;
    assert_eq!(hall.try_next(json!({})).await.code(), (409, "floor_empty"));
    hall.ask(&hall.worker, json!({})).await;
    let second = hall.ask(&hall.employer, json!({ "attribution": "organisation" })).await;
    let third = hall.ask(&hall.minister, json!({})).await;
    for reason in [Value::Null, json!(""), json!("  ")] {
        let answer = hall.try_next(json!({ "request": second, "reason": reason })).await;
        assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, "required"), "{answer:?}");
    }
    let body = json!({ "request": second, "reason": "The minister's train leaves at noon" });
    let given = hall.try_next(body).await.body;
    assert_eq!(given["current"]["speaker"]["organisation"], "Federation limE");
    let act = &given["acts"][0];
    assert_eq!(
        (&act["kind"], &act["reason"]),
        (&json!("override"), &json!("The minister's train leaves at noon"))
    );
    assert_eq!((&act["instead_of"]["name"], act["speaker"].get("name")), (&json!("Wanda"), None));
    // All are told, and the others keep their order.
    let floor = hall.minister.read(&hall.path("")).await;
    assert_eq!(
        (&floor["acts"], queue(&floor)),
        (&given["acts"], vec!["Wanda".to_owned(), "Greta".to_owned()])
    );

    // The first, named or not, needs none.
    hall.next(json!({})).await;
    hall.next(json!({ "request": third })).await;
    let floor = hall.floor().await;
    assert_eq!(
        (&floor["current"]["speaker"]["name"], floor["acts"].as_array().unwrap().len()),
        (&json!("Greta"), 1)
    );

    // Who does not wait does not get it.
    let current = &floor["current"]["id"];
    for request in [json!(second), json!(Uuid::now_v7())] {
        let body = json!({ "request": request, "current": current, "reason": "Again" });
        let answer = hall.try_next(body).await;
        assert_eq!((answer.status.as_u16(), answer.field("request")), (422, "not_waiting"), "{answer:?}");
    }
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_give_the_floor_at_once_one_wins() {
    let hall = Hall::new("live").await;
    let moderator = hall.stage.with_role("Mona", "un", "moderator").await;
    for person in [&hall.worker, &hall.employer, &hall.minister] {
        hall.ask(person, json!({})).await;
    }
    let path = hall.path("/next");
    for _ in 0..3 {
        let current = hall.floor().await["current"]["id"].clone();
        let body = json!({ "current": current });
        let presses = (0..12).map(|n| {
            let person = if n % 2 == 0 { hall.chair() } else { &moderator };
            person.call("POST", &path, body.clone())
        });
        let answers = join_all(presses).await;
        let won = answers.iter().filter(|answer| answer.status.as_u16() == 200).count();
        assert_eq!(won, 1, "{answers:?}");
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.code() == (409, "floor_changed")));
    }
    let floor = hall.floor().await;
    assert_eq!((queue(&floor).len(), hall.stage.server.count("speeches").await), (0, 3));
    assert_eq!(hall.stage.server.count("speeches WHERE running_since IS NOT NULL").await, 1);
    // Whoever acts on an old view is told.
    assert_eq!(hall.try_next(json!({})).await.code(), (409, "floor_changed"));
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interposed_question_interrupts_and_the_speech_goes_on() {
    let hall = Hall::new("live").await;
    hall.ask(&hall.worker, json!({})).await;
    hall.ask(&hall.employer, json!({})).await;
    let speech = hall.next(json!({})).await;
    hall.pass_time(60).await;
    let question = json!({ "kind": "question", "interposed": true, "note": "Which year?" });
    let question = hall.ask(&hall.minister, question).await;
    let floor = hall.floor().await;
    assert_eq!((queue(&floor), &floor["interposed"][0]["id"]), (vec!["Emil".to_owned()], &json!(question)));
    assert!(floor["interposed"][0].get("position").is_none());

    // It is the chair's to let in, without a reason; the speech stands meanwhile.
    let interruption = hall.next(json!({ "request": question })).await;
    let floor = hall.floor().await;
    assert_eq!(
        (&floor["current"]["id"], &floor["current"]["kind"]),
        (&json!(interruption), &json!("question"))
    );
    let held = &floor["interrupted"][0];
    assert_eq!(
        (&held["id"], held.get("running_since"), held.get("time_is_up_at")),
        (&json!(speech), None, None)
    );
    let ran = held["ran_ms"].as_i64().unwrap();
    assert!(ran >= 60_000, "{ran}");
    hall.pass_time(500).await;
    for step in ["pause", "resume"] {
        let answer = hall.try_step(hall.chair(), &speech, step).await;
        assert_eq!(answer.code(), (409, "not_possible_now"), "{step}");
    }
    // Nobody else's time ran on while it was interrupted.
    let floor = hall.step(&interruption, "end").await;
    assert_eq!((&floor["current"]["id"], &floor["current"]["ran_ms"]), (&json!(speech), &json!(ran)));
    assert!(floor["current"]["running_since"].is_string());
    assert_eq!(floor["interrupted"], json!([]));

    // A point of order interrupts too; the end of the speech ends what interrupts it.
    hall.ask(&hall.minister, json!({ "kind": "point_of_order" })).await;
    hall.next(json!({})).await;
    let floor = hall.floor().await;
    assert_eq!(
        (&floor["current"]["kind"], &floor["interrupted"][0]["id"]),
        (&json!("point_of_order"), &json!(speech))
    );
    let floor = hall.step(&speech, "end").await;
    assert_eq!((floor.get("current"), &floor["interrupted"]), (None, &json!([])));
    // One that is not let in waits with the others.
    hall.next(json!({})).await;
    hall.ask(&hall.minister, json!({ "kind": "question", "interposed": true })).await;
    let current = text(&hall.floor().await["current"]["id"]);
    let floor = hall.step(&current, "end").await;
    assert_eq!((queue(&floor), &floor["interposed"]), (vec!["Greta".to_owned()], &json!([])));
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_passed_over_with_a_reason() {
    let hall = Hall::new("live").await;
    let request = hall.ask(&hall.worker, json!({})).await;
    let path = format!("/floor-requests/{request}/pass");
    let why = json!({ "reason": "Not in the hall" });
    assert_eq!(hall.worker.call("POST", &path, why.clone()).await.code(), (403, "not_permitted"));
    let answer = hall.chair().call("POST", &path, json!({ "reason": " " })).await;
    assert_eq!((answer.status.as_u16(), answer.field("reason")), (422, "required"));
    let floor = hall.chair().done("POST", &path, why.clone()).await;
    assert_eq!(queue(&floor), [] as [&str; 0]);
    let act = &floor["acts"][0];
    assert_eq!(
        (&act["kind"], &act["reason"], &act["speaker"]["name"]),
        (&json!("pass"), &json!("Not in the hall"), &json!("Wanda"))
    );
    assert_eq!(hall.chair().call("POST", &path, why).await.code(), (409, "not_possible_now"));
    // They may ask again.
    hall.ask(&hall.worker, json!({})).await;
    hall.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_floor_is_the_chairs_and_the_moderators() {
    let hall = Hall::new("live").await;
    let moderator = hall.stage.with_role("Mona", "un", "moderator").await;
    hall.ask(&hall.worker, json!({})).await;
    hall.ask(&hall.employer, json!({})).await;
    for (method, path, body) in
        [("POST", hall.path("/next"), json!({})), ("PATCH", hall.path(""), json!({ "open": false }))]
    {
        let answer = hall.worker.call(method, &path, body).await;
        assert_eq!(answer.code(), (403, "not_permitted"), "{method} {path}");
    }
    let given = moderator.done("POST", &hall.path("/next"), json!({})).await;
    let speech = text(&given["current"]["id"]);
    for step in ["pause", "resume", "end"] {
        let answer = hall.try_step(&hall.employer, &speech, step).await;
        assert_eq!(answer.code(), (403, "not_permitted"), "{step}");
    }
    // Who speaks may end, and no more.
    assert_eq!(hall.try_step(&hall.worker, &speech, "pause").await.code(), (403, "not_permitted"));
    assert_eq!(hall.try_step(&hall.worker, &speech, "end").await.status.as_u16(), 200);
    assert_eq!(hall.try_step(&hall.worker, &speech, "end").await.code(), (409, "not_possible_now"));
    hall.stop().await;
}
