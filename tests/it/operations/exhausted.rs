//! A database that lacks space, memory or connections, or takes no writes.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Server;
use crate::support::rooms::{Stage, until};

/// What PostgreSQL reports: code and text, as it writes them.
const REPORTS: [(&str, &str); 6] = [
    ("53100", r#"could not extend file "base/16384/16405": No space left on device"#),
    ("53100", r#"could not write to file "pg_wal/xlogtemp.87": No space left on device"#),
    ("53200", "out of memory"),
    ("53400", "temporary file size exceeds temp_file_limit (1024kB)"),
    ("58030", r#"could not fsync file "base/16384/16405": Input/output error"#),
    ("57P01", "terminating connection due to administrator command"),
];

async fn ready(server: &Server) -> u16 {
    let url = format!("{}/health/ready", server.origin);
    server.browser().http.get(url).send().await.unwrap().status().as_u16()
}

/// Has every change of a table fail as PostgreSQL would report it.
async fn break_table(server: &Server, table: &str, (code, text): (&str, &str)) {
    server
        .sql(&format!(
            "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = '{code}'; END $$;
             CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table}
             FOR EACH STATEMENT EXECUTE FUNCTION broken()"
        ))
        .await;
}

async fn mend(server: &Server, table: &str) {
    server.sql(&format!("DROP TRIGGER broken ON {table}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgresql_lacks_is_503_and_the_post_comes_once_afterwards() {
    let stage = Stage::new(json!({})).await;
    let (server, ana) = (&stage.server, stage.server.person("Ana", "workers").await);
    let thread = stage.thread(&ana).await;
    for report in REPORTS {
        break_table(server, "posts", report).await;
        let id = Uuid::now_v7();
        let post = json!({ "body": "Once", "client_id": id });
        let path = format!("/threads/{thread}/posts");
        let answer = ana.call("POST", &path, post.clone()).await;
        assert_eq!(answer.code(), (503, "unavailable"), "{report:?}");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=5).contains(&wait), "{report:?}: {wait}");
        mend(server, "posts").await;
        // By a write that goes well, readiness sees that it is over.
        assert_eq!(ready(server).await, 200, "{report:?}");
        assert_eq!(ana.call("POST", &path, post.clone()).await.status, 201, "{report:?}");
        assert_eq!(ana.call("POST", &path, post).await.status, 200, "{report:?}");
        assert_eq!(server.count(&format!("posts WHERE client_id = '{id}'")).await, 1);
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_tries_a_write_and_a_function_and_leaves_nothing() {
    let server = Server::start(|_| {}).await;
    let epoch = server.state.epoch;
    assert_eq!(ready(&server).await, 200);
    break_table(&server, "installation", REPORTS[0]).await;
    assert_eq!(ready(&server).await, 503);
    mend(&server, "installation").await;
    assert_eq!(ready(&server).await, 200);
    server.state.writes.failed();
    assert_eq!(ready(&server).await, 200);
    assert_eq!(server.count("pg_class WHERE relname = 'readiness'").await, 0);
    assert_eq!(server.count(&format!("installation WHERE epoch = '{epoch}'")).await, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_reads_is_not_ready_and_serves_what_it_can() {
    let stage = Stage::new(json!({})).await;
    let (server, ana) = (&stage.server, stage.server.person("Ana", "workers").await);
    let thread = stage.thread(&ana).await;
    let read_only = |on: &str| {
        format!(
            "BEGIN READ WRITE;
             DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {on}',
                current_database()); END $$;
             COMMIT;
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
    };
    server.sql(&read_only("on")).await;
    until("it is not ready", async || ready(server).await == 503).await;
    let post = json!({ "body": "Once", "client_id": Uuid::now_v7() });
    let path = format!("/threads/{thread}/posts");
    let refused = async || ana.call("POST", &path, post.clone()).await.code() == (503, "unavailable");
    until("a post is refused", refused).await;
    let settings = ana.call("PATCH", "/me", json!({ "locale": "zh" })).await;
    assert_eq!(settings.code(), (503, "unavailable"));
    let page: Value = ana.read(&path).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    server.sql(&read_only("off")).await;
    until("it is ready", async || ready(server).await == 200).await;
    assert_eq!(ana.call("POST", &path, post.clone()).await.status, 201);
    stage.server.stop().await;
}
