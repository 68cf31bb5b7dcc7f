//! Who wrote the original confirms, and an edit makes a translation old.

use serde_json::json;

use super::Booth;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_author_confirms_and_an_edit_makes_it_old() {
    let booth = Booth::new().await;
    let hall = &booth.hall;
    let version = booth.put("我们付钱", "interpreter").await["version"].clone();
    let path = format!("{}/confirm", booth.path());
    let confirm = json!({ "version": version });
    for person in [&hall.eli, &booth.ines, &hall.moderator] {
        assert_eq!(person.call("POST", &path, confirm.clone()).await.code(), (403, "not_permitted"));
    }
    let other = hall.ana.call("POST", &path, json!({ "version": 2 })).await;
    assert_eq!(other.code(), (409, "conflict"), "another version than was read");
    let confirmed = hall.ana.done("POST", &path, confirm.clone()).await;
    assert_eq!((&confirmed["state"], &confirmed["outdated"]), (&json!("confirmed"), &json!(false)));
    assert_eq!(booth.seen(&hall.eli).await, json!([confirmed]));
    let head = hall.ana.head(&hall.stage.room).await;
    hall.ana.done("POST", &path, confirm.clone()).await;
    assert_eq!(hall.ana.head(&hall.stage.room).await, head);

    let edit = json!({ "body": "We *all* pay", "revision": 1 });
    hall.ana.done("PATCH", &format!("/posts/{}", booth.post), edit).await;
    let seen = booth.seen(&hall.eli).await;
    assert_eq!((&seen[0]["outdated"], &seen[0]["based_on"]), (&json!(true), &json!(1)));
    let old = hall.ana.call("POST", &path, confirm).await;
    assert_eq!(old.code(), (409, "translation_outdated"));
    // Two interpreters at once: the second one sees that it was changed.
    let new = |based_on: i64, version: i64| {
        json!({ "body": "我们都付钱", "state": "interpreter",
        "based_on": based_on, "version": version })
    };
    assert_eq!(booth.ines.call("PUT", &booth.path(), new(3, 1)).await.field("based_on"), "out_of_range");
    let fresh = booth.ines.done("PUT", &booth.path(), new(2, 1)).await;
    assert_eq!(
        (&fresh["state"], &fresh["outdated"], &fresh["version"]),
        (&json!("interpreter"), &json!(false), &json!(2))
    );
    let late = hall
        .moderator
        .call("PUT", &booth.path(), json!({ "body": "别的", "state": "interpreter", "version": 1 }))
        .await;
    assert_eq!(late.code(), (409, "conflict"));
    booth.hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_translation_is_not_written_over_unread() {
    let booth = Booth::new().await;
    let hall = &booth.hall;
    let question = hall.ask(&hall.ana, "Who pays?").await;
    for path in [booth.path(), format!("/questions/{question}/translations/zh")] {
        let list = path.trim_end_matches("/zh");
        for state in ["draft", "interpreter"] {
            // Both opened the dialog before there was one.
            let first = json!({ "body": "我们可以接受", "state": state });
            let kept = booth.ines.done("PUT", &path, first.clone()).await;
            if state == "interpreter" {
                let confirm = json!({ "version": kept["version"] });
                hall.ana.done("POST", &format!("{path}/confirm"), confirm).await;
            }
            for version in [None, Some(0), Some(2)] {
                let mut second = json!({ "body": "我们反对", "state": state });
                if let Some(version) = version {
                    second["version"] = json!(version);
                }
                let refused = hall.moderator.call("PUT", &path, second).await;
                assert_eq!(refused.code(), (409, "conflict"), "{path} {state} {version:?}");
            }
            let read = booth.ines.read(list).await;
            assert_eq!(read["items"][0]["body_md"], "我们可以接受");
            // The answer to the first got lost: the same again is no conflict.
            assert_eq!(booth.ines.done("PUT", &path, first).await["version"], kept["version"]);
            let over = json!({ "body": "我们反对", "state": state, "version": kept["version"] });
            hall.moderator.done("PUT", &path, over).await;
        }
        // What was withdrawn is read by nobody: the next is a first one again.
        booth.ines.done("DELETE", &path, serde_json::Value::Null).await;
        booth.ines.done("PUT", &path, json!({ "body": "我们", "state": "interpreter" })).await;
    }
    booth.hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_translated_or_confirmed() {
    let booth = Booth::new().await;
    let hall = &booth.hall;
    let put = async |path: &str, body| booth.ines.call("PUT", path, body).await;
    let good = json!({ "body": "我们", "state": "interpreter" });
    let same = format!("/posts/{}/translations/en", booth.post);
    assert_eq!(put(&same, good.clone()).await.field("lang"), "same_as_original");
    let unknown = format!("/posts/{}/translations/fr", booth.post);
    assert_eq!(put(&unknown, good.clone()).await.code(), (404, "not_found"));
    for state in ["confirmed", "withdrawn"] {
        let body = json!({ "body": "我们", "state": state });
        assert_eq!(put(&booth.path(), body).await.field("state"), "not_offered");
    }
    assert_eq!(put(&booth.path(), json!({ "body": " ", "state": "draft" })).await.field("body"), "required");
    let confirm = format!("{}/confirm", booth.path());
    assert_eq!(hall.ana.call("POST", &confirm, json!({ "version": 1 })).await.code(), (404, "not_found"));
    // Who entered a question for somebody cannot confirm it; who asked it can.
    for (question, author, expected) in [
        (hall.ask_for("Who?").await, &hall.moderator, (403, "not_permitted")),
        (hall.ask(&hall.ana, "Who?").await, &hall.ana, (200, "")),
    ] {
        let path = format!("/questions/{question}/translations/zh");
        booth.ines.done("PUT", &path, json!({ "body": "谁?", "state": "interpreter" })).await;
        let answer = author.call("POST", &format!("{path}/confirm"), json!({ "version": 1 })).await;
        assert_eq!(answer.code(), expected, "{answer:?}");
    }
    booth.hall.stage.server.stop().await;
}
