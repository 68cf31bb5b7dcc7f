//! Several servers that start together on one empty database.

use std::sync::Arc;

use plenary::config::Switch;
use plenary::db;

use crate::support::Server;
use crate::support::postgres::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_and_the_demo_are_done_once() {
    let database = Arc::new(Database::empty().await);
    let url = || database.url().to_owned();
    // Migrations run in the place of an asynchronous worker, hence threads of their own.
    let migrate = |url: String| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.unwrap().block_on(async { db::migrate(&url).await })
        })
    };
    let started: Vec<_> = (0..4).map(|_| migrate(url())).collect();
    let done: Vec<Vec<String>> = started.into_iter().map(|one| one.join().unwrap().unwrap()).collect();
    assert_eq!(done.iter().filter(|done| !done.is_empty()).count(), 1, "{done:?}");

    let demo = || Server::on(database.clone(), |config| config.demo = Switch::On);
    let (one, two, three) = tokio::join!(demo(), demo(), demo());
    let people = one.count("members").await;
    let names = one.count("(SELECT DISTINCT display_name FROM members) d").await;
    assert!(people > 20 && people == names, "{people} members of {names} names");
    let rooms = one.count("rooms").await;
    assert_eq!(rooms, one.count("(SELECT DISTINCT title FROM rooms) d").await);
    let texts = one.count("posts").await;
    assert_eq!(texts, one.count("(SELECT DISTINCT body_md, thread_id FROM posts) d").await);
    for server in [one, two, three] {
        server.stop().await;
    }
}
