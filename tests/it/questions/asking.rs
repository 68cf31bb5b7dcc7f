//! Asking: how the author is shown, how much one may ask, and for whom.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Hall;
use crate::support::rooms::text;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_shows_its_author_as_chosen_and_supporters_never() {
    let hall = Hall::new().await;
    for (attribution, shown) in [
        ("named", ["id", "name", "organisation"].as_slice()),
        ("organisation", &["organisation"]),
        ("constituency", &[]),
    ] {
        let body = json!({ "body": "Who *pays*?", "lang": "en", "attribution": attribution,
            "client_id": Uuid::now_v7() });
        let asked = hall.ana.call("POST", &hall.path(), body.clone()).await;
        assert_eq!(asked.status, 201, "{asked:?}");
        let question = &asked.body["question"];
        assert_eq!(question["author"]["constituency"], "workers");
        for part in ["id", "name", "organisation"] {
            assert_eq!(question["author"].get(part).is_some(), shown.contains(&part), "{question}");
        }
        assert_eq!(question["body_html"], "<p>Who <em>pays</em>?</p>");
        assert_eq!((&question["state"], &question["support"]), (&json!("waiting"), &json!({})));
        // The same again is the same question.
        let again = hall.ana.call("POST", &hall.path(), body.clone()).await;
        assert_eq!((again.status.as_u16(), &again.body["question"]["id"]), (200, &question["id"]));
        let mut other = body;
        other["body"] = "Who pays what?".into();
        assert_eq!(hall.ana.call("POST", &hall.path(), other).await.code(), (409, "client_id_reused"));
    }
    let question = hall.ask_for("And then?").await;
    hall.support(&hall.eli, &question).await;
    let list = hall.list(&hall.moderator).await.to_string();
    assert!(!list.contains("Eli") && !list.contains(&hall.eli.id.to_string()), "{list}");
    // One's own are known to oneself alone.
    let mine = hall.list(&hall.ana).await["mine"].clone();
    assert_eq!(mine["asked"].as_array().unwrap().len(), 3);
    assert_eq!(hall.list(&hall.eli).await["mine"], json!({ "asked": [], "supported": [question] }));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_questions_of_a_member_may_wait() {
    let hall = Hall::new().await;
    let mut asked = Vec::new();
    for n in 0..3 {
        asked.push(hall.ask(&hall.ana, &format!("Number {n}?")).await);
    }
    let more = || json!({ "body": "One more?", "client_id": Uuid::now_v7() });
    let refused = hall.ana.call("POST", &hall.path(), more()).await;
    assert_eq!(refused.code(), (409, "too_many_questions"));
    hall.ask(&hall.eli, "Mine?").await;
    hall.pass(&asked[0], "taken").await;
    hall.ana.done("POST", &hall.path(), more()).await;
    assert_eq!(hall.ana.call("POST", &hall.path(), more()).await.code(), (409, "too_many_questions"));
    // Twenty at once do not slip through.
    hall.pass(&asked[1], "parked").await;
    let path = hall.path();
    let answers = futures_util::future::join_all((0..20).map(|_| hall.ana.call("POST", &path, more()))).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 1, "{answers:?}");
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_asked_and_supported_while_the_session_is_open() {
    let hall = Hall::new().await;
    let new = || json!({ "body": "When?", "client_id": Uuid::now_v7() });
    let question = hall.ask(&hall.ana, "Why?").await;
    let support = format!("/questions/{question}/support");
    for (state, open) in [("live", true), ("paused", true), ("live", true), ("ended", false), ("live", true)]
    {
        hall.to(state).await;
        let person = hall.stage.server.person(&format!("P{}", Uuid::now_v7().simple()), "un").await;
        let asked = person.call("POST", &hall.path(), new()).await;
        let supported = person.call("PUT", &support, Value::Null).await;
        if open {
            assert_eq!((asked.status.as_u16(), supported.status.as_u16()), (201, 200), "{state}");
        } else {
            assert_eq!(asked.code(), (409, "session_not_open"), "{state}");
            assert_eq!(supported.code(), (409, "session_not_open"), "{state}");
        }
    }
    // A session in which something was asked stays in the record.
    let path = format!("/rooms/{}/sessions", hall.stage.room);
    let fields =
        json!({ "title": "S", "starts_at": "2027-01-02T08:00:00Z", "ends_at": "2027-01-02T09:00:00Z" });
    let other = text(&hall.stage.chair.done("POST", &path, fields).await["id"]);
    let closed = hall.ana.call("POST", &format!("/sessions/{other}/questions"), new()).await;
    assert_eq!(closed.code(), (409, "session_not_open"));
    hall.stage.chair.done("POST", &format!("/sessions/{other}/state"), json!({ "state": "lobby" })).await;
    hall.eli.done("POST", &format!("/sessions/{other}/questions"), new()).await;
    let removed = hall.stage.chair.call("DELETE", &format!("/sessions/{other}"), Value::Null).await;
    assert_eq!(removed.code(), (409, "session_in_use"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_or_steward_asks_for_a_person_without_a_device() {
    let hall = Hall::new().await;
    let new =
        |person: Value| json!({ "body": "Will it last?", "client_id": Uuid::now_v7(), "on_behalf": person });
    let nora = json!({ "name": "Nora", "constituency": "workers", "organisation": "Tin Works" });
    let refused = hall.ana.call("POST", &hall.path(), new(nora.clone())).await;
    assert_eq!(refused.code(), (403, "not_permitted"));
    for (who, confirmed) in [(&hall.moderator, false), (&hall.stage.steward, true)] {
        let asked = who.done("POST", &hall.path(), new(nora.clone())).await;
        let question = &asked["question"];
        assert_eq!(question["on_behalf"], true);
        let shown = json!({ "name": "Nora", "organisation": "Tin Works", "constituency": "workers",
            "confirmed": confirmed });
        assert_eq!(question["author"], shown, "without the account of who entered it");
        assert_eq!(hall.list(who).await["mine"]["asked"], json!([]));
    }
    for (person, field, code) in [
        (json!({ "name": "", "constituency": "workers" }), "name", "required"),
        (json!({ "name": "N".repeat(81), "constituency": "workers" }), "name", "too_long"),
        (json!({ "name": "N", "constituency": "martians" }), "constituency", "unknown"),
        (json!({ "name": "\u{3164}", "constituency": "un" }), "name", "shows_nothing"),
    ] {
        let answer = hall.moderator.call("POST", &hall.path(), new(person)).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{answer:?}");
    }
    let limits = json!({ "body": "转".repeat(1_001), "client_id": Uuid::now_v7() });
    assert_eq!(hall.ana.call("POST", &hall.path(), limits).await.field("body"), "too_long");
    let limits = json!({ "body": "转".repeat(1_000), "client_id": Uuid::now_v7() });
    assert_eq!(hall.ana.call("POST", &hall.path(), limits).await.status, 201);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_takes_so_many_questions() {
    let hall = Hall::new().await;
    let first = hall.ask_for("The first?").await;
    hall.stage
        .server
        .sql(&format!(
            "INSERT INTO questions SELECT gen_random_uuid(), room_id, session_id, seq, author_id, on_behalf, \
             attribution, author_name, author_organisation, constituency, author_confirmed, lang, body_md, body_html, \
             salt, gen_random_uuid(), request_hash, created_at, state, state_at, support, merged_into \
             FROM questions, generate_series(1, 299) WHERE id = '{first}'"
        ))
        .await;
    let new = json!({ "body": "One more?", "client_id": Uuid::now_v7() });
    assert_eq!(hall.ana.call("POST", &hall.path(), new).await.code(), (409, "questions_full"));
    assert_eq!(hall.list(&hall.ana).await["order"].as_array().unwrap().len(), 300);
    hall.stage.server.stop().await;
}
