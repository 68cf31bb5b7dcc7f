//! Two nodes that write at the same time: PostgreSQL alone says what is so.

use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use super::Nodes;
use crate::support::rooms::text;

fn body(said: &str, client_id: Uuid) -> serde_json::Value {
    json!({ "body": said, "lang": "en", "client_id": client_id })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_id_makes_one_post_whoever_takes_it() {
    let nodes = Nodes::new(2, None, json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let here = stage.server.person("Ana", "workers").await;
    let there = here.at(nodes.node(1));
    let thread = stage.thread(&here).await;
    let path = format!("/threads/{thread}/posts");
    for round in 0..25 {
        let id = Uuid::now_v7();
        let (one, two) = tokio::join!(
            here.call("POST", &path, body("The same", id)),
            there.call("POST", &path, body("The same", id))
        );
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CREATED], "round {round}");
        assert_eq!((&one.body["id"], &one.body["seq"]), (&two.body["id"], &two.body["seq"]));

        let id = Uuid::now_v7();
        let (one, two) = tokio::join!(
            here.call("POST", &path, body("One", id)),
            there.call("POST", &path, body("Another", id))
        );
        let mut codes = [one.code(), two.code()];
        codes.sort_unstable();
        assert_eq!(codes, [(201, ""), (409, "client_id_reused")], "round {round}");
    }
    let log = here.log(room, 0).await;
    let numbers: Vec<i64> = log.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    assert_eq!(log.iter().filter(|entry| entry["kind"] == "post.created").count(), 50 + 1);
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_client_id_in_two_rooms_and_in_two_threads() {
    let nodes = Nodes::new(2, None, json!({})).await;
    let stage = &nodes.stage;
    let here = stage.server.person("Ana", "workers").await;
    let there = here.at(nodes.node(1));
    let fields = json!({ "title": "Second", "kind": "forum", "visibility": "members" });
    let second = text(&stage.steward.done("POST", "/rooms", fields).await["id"]);
    let (one, other) = (stage.thread(&here).await, text(&here.open(&second, "Other").await["id"]));
    for round in 0..15 {
        // The locks of two rooms do not order these: the unique key does.
        let id = Uuid::now_v7();
        let (a, b) = (format!("/threads/{one}/posts"), format!("/threads/{other}/posts"));
        let (first, second) =
            tokio::join!(here.call("POST", &a, body("Here", id)), there.call("POST", &b, body("There", id)));
        let mut codes = [first.code(), second.code()];
        codes.sort_unstable();
        assert_eq!(codes, [(201, ""), (409, "client_id_reused")], "round {round}");

        let id = Uuid::now_v7();
        let new = json!({ "kind": "discussion", "title": "Twice", "body": "Once.", "lang": "en",
            "client_id": id });
        let path = format!("/rooms/{}/threads", stage.room);
        let (first, second) =
            tokio::join!(here.call("POST", &path, new.clone()), there.call("POST", &path, new.clone()));
        let mut statuses = [first.status, second.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CREATED], "round {round}: {first:?} {second:?}");
        assert_eq!(first.body["id"], second.body["id"]);
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_mode_counts_the_posts_of_all_nodes() {
    let nodes = Nodes::new(2, None, json!({})).await;
    let stage = &nodes.stage;
    let slow = json!({ "seconds": 60, "reason": "other" });
    for n in 0..5 {
        let here = stage.server.person(&format!("Ana{n}"), "workers").await;
        let there = here.at(nodes.node(1));
        let thread = stage.thread(&stage.chair).await;
        stage.chair.done("PUT", &format!("/rooms/{}/slow-mode", stage.room), slow.clone()).await;
        let path = format!("/threads/{thread}/posts");
        let (one, two) = tokio::join!(
            here.call("POST", &path, body("One", Uuid::now_v7())),
            there.call("POST", &path, body("Two", Uuid::now_v7()))
        );
        let mut codes = [one.code(), two.code()];
        codes.sort_unstable();
        assert_eq!(codes, [(201, ""), (429, "slow_mode")]);
    }
    nodes.stop().await;
}
