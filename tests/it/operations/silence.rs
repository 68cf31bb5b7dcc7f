//! A PostgreSQL that is there and says nothing.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use plenary::db::{
    self,
    private::{Durability, PrivatePostgres, Role},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::PATIENCE;
use crate::support::Server;
use crate::support::folder::Folder;
use crate::support::postgres::Database;
use crate::support::rooms::{Stage, until};
use crate::support::socket::Socket;

/// PostgreSQL and all its processes.
fn signal(postgres: &PrivatePostgres, signal: Signal) {
    let pid = postgres.pid();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let children = children.split_whitespace().map(|child| child.parse::<u32>().unwrap());
    for pid in std::iter::once(pid).chain(children) {
        // A child may end between the look and the signal.
        let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal);
    }
}

async fn ready(server: &Server) -> u16 {
    let url = format!("{}/health/ready", server.origin);
    server.browser().http.get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_end_while_postgresql_is_silent_and_all_goes_on_when_it_wakes() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let postgres = PrivatePostgres::start_with(&data, Role::Tool, Durability::None).await.unwrap();
    db::migrate(postgres.url()).await.unwrap();
    let server = Server::on(Arc::new(Database::at(postgres.url())), |config| {
        config.waits.request = Duration::from_secs(2);
        config.waits.ready = Duration::from_millis(300);
    })
    .await;
    let stage = Stage::on(server, json!({})).await;
    let (server, ana) = (&stage.server, stage.server.person("Ana", "workers").await);
    let thread = stage.thread(&ana).await;
    let path = format!("/threads/{thread}/posts");
    let mut socket = Socket::of(server, &ana).await;
    socket.subscribe(&stage.room, Some(ana.head(&stage.room).await)).await;
    let before = ana.say(&thread, "Before").await["seq"].as_i64().unwrap();
    socket.events_to(before).await;

    signal(&postgres, Signal::STOP);
    let posts: Vec<Value> =
        (0..12).map(|n| json!({ "body": format!("Post {n}"), "client_id": Uuid::now_v7() })).collect();
    let in_silence = async {
        for round in 0..2 {
            let calls = posts.iter().map(|post| ("POST", path.clone(), post.clone())).chain([
                ("PATCH", "/me".to_owned(), json!({ "locale": "en" })),
                ("GET", format!("/rooms/{}/moderation-log", stage.room), Value::Null),
            ]);
            let calls = calls.map(async |(method, path, body)| ana.call(method, &path, body).await);
            let (answers, ready) = tokio::join!(futures_util::future::join_all(calls), ready(server));
            for answer in answers {
                assert_eq!(answer.code(), (503, "unavailable"), "round {round}: {answer:?}");
                assert!(answer.headers.contains_key("retry-after"));
                assert!(answer.headers.contains_key("x-content-type-options"));
            }
            assert_eq!(ready, 503, "round {round}");
        }
    };
    // Every request by its deadline; so the whole of them.
    let ended = timeout(PATIENCE, in_silence).await;
    signal(&postgres, Signal::CONT);
    ended.expect("every request ends by its deadline");

    until("it is ready", async || ready(server).await == 200).await;
    for post in &posts {
        let again = async || ana.call("POST", &path, post.clone()).await.status.is_success();
        until("a retry is taken", again).await;
    }
    for post in &posts {
        let id = post["client_id"].as_str().unwrap();
        assert_eq!(server.count(&format!("posts WHERE client_id = '{id}'")).await, 1);
    }
    assert_eq!(server.count("posts").await, 2 + 12);
    // The live socket has missed nothing.
    let head = ana.head(&stage.room).await;
    socket.events_to(head).await;
    stage.server.stop().await;
    postgres.stop().await;
}
