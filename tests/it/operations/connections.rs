//! Connections: one network cannot have them all, and health is answered when all are taken.

use plenary::config::Switch;

use super::Raw;
use crate::support::Server;
use crate::support::rooms::until;

const HEALTH: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_network_has_three_quarters_of_the_connections() {
    let server = Server::start(|config| config.waits.connections = Some(8)).await;
    let mut open = Vec::new();
    for _ in 0..6 {
        let mut raw = Raw::connect(&server).await;
        raw.send(HEALTH).await;
        assert!(raw.answer().await.starts_with("HTTP/1.1 200 "));
        open.push(raw);
    }
    let refused = Raw::connect(&server).await.until_closed(b"").await;
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 5"), "{refused}");
    assert_eq!(server.state.connections.figures(), (6, 1));
    // Those that were there go on, and a place that is free is taken.
    open[0].send(HEALTH).await;
    assert!(open[0].answer().await.starts_with("HTTP/1.1 200 "));
    drop(open.pop());
    until("a place is free", async || server.state.connections.figures().0 == 5).await;
    let mut raw = Raw::connect(&server).await;
    raw.send(HEALTH).await;
    assert!(raw.answer().await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_all_are_one_network_and_health_is_answered_beyond_the_limit() {
    let server = Server::start(|config| {
        config.waits.connections = Some(8);
        config.behind_proxy = Switch::On;
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut raw = Raw::connect(&server).await;
        raw.send(HEALTH).await;
        assert!(raw.answer().await.starts_with("HTTP/1.1 200 "));
        open.push(raw);
    }
    let mut raw = Raw::connect(&server).await;
    raw.send(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let got = raw.until_closed(b"").await;
    assert!(got.starts_with("HTTP/1.1 200 ") && got.ends_with("ready\n"), "{got}");
    let mut raw = Raw::connect(&server).await;
    raw.send(b"GET /api/v1/installation HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let got = raw.until_closed(b"").await;
    assert!(got.starts_with("HTTP/1.1 503 ") && got.contains("\"code\":\"busy\""), "{got}");
    server.stop().await;
}
