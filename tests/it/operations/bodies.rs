//! Bodies and heads that never end.

use std::time::Duration;

use plenary::config::Config;
use serde_json::json;
use tokio::time::sleep;

use super::Raw;
use crate::support::Server;
use crate::support::rooms::Stage;
use crate::support::socket::{Got, Socket};

fn short(config: &mut Config) {
    config.waits.body = Duration::from_millis(900);
    config.waits.body_grace = Duration::from_millis(300);
    config.waits.idle = Duration::from_millis(1_500);
}

/// Calls with and without a body, known and unknown, allowed and refused.
const CALLS: [&str; 6] = [
    "POST /api/v1/sign-in",
    "POST /api/v1/sign-out",
    "PATCH /api/v1/me",
    "GET /api/v1/installation",
    "POST /api/v1/nothing",
    "POST /nothing",
];
const OURS: &str = "host: localhost\r\nsec-fetch-site: same-origin\r\ncontent-type: application/json\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_drips_ends_with_408_on_every_route() {
    let server = Server::start(short).await;
    for call in CALLS {
        for (kind, begin, drip) in [
            ("content-length: 100000", "{", " "),
            ("transfer-encoding: chunked", "1\r\n{\r\n", "1\r\n \r\n"),
            // Begun by nothing at all.
            ("content-length: 100000", "", ""),
        ] {
            let mut raw = Raw::connect(&server).await;
            raw.send(format!("{call} HTTP/1.1\r\n{OURS}{kind}\r\n\r\n{begin}").as_bytes()).await;
            let got = raw.until_closed(drip.as_bytes()).await;
            assert!(got.starts_with("HTTP/1.1 408 "), "{call} {kind}: {got}");
            assert!(got.contains("\"code\":\"body_timeout\""), "{call} {kind}: {got}");
            assert!(got.to_lowercase().contains("connection: close"), "{call} {kind}: {got}");
            assert!(got.contains("x-content-type-options: nosniff"), "{call} {kind}: {got}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_body_that_keeps_the_rate_is_taken() {
    let server = Server::start(|config| config.waits.body_grace = Duration::from_millis(300)).await;
    let body = json!({ "email": "nobody@example.org", "password": "x".repeat(600) }).to_string();
    let (first, second) = body.split_at(200);
    let mut raw = Raw::connect(&server).await;
    let head =
        format!("POST /api/v1/sign-in HTTP/1.1\r\n{OURS}content-length: {}\r\n\r\n{first}", body.len());
    raw.send(head.as_bytes()).await;
    // Longer than the grace alone: 200 bytes have earned a second.
    sleep(Duration::from_millis(450)).await;
    raw.send(second.as_bytes()).await;
    let got = raw.answer().await;
    assert!(got.starts_with("HTTP/1.1 4") && !got.starts_with("HTTP/1.1 408 "), "{got}");
    // The connection goes on.
    raw.send(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(raw.answer().await.starts_with("HTTP/1.1 200 "));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_after_the_first_request_does_not_hold_the_connection() {
    let server = Server::start(short).await;
    let mut raw = Raw::connect(&server).await;
    raw.send(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(raw.answer().await.starts_with("HTTP/1.1 200 "));
    raw.send(b"GET /health/live HTTP/1.1\r\nx-drip: ").await;
    assert_eq!(raw.until_closed(b"x").await, "");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_socket_and_a_long_request_outlive_an_idle_connection() {
    let server = Server::start(|config| {
        config.waits.idle = Duration::from_millis(300);
        config.heartbeat = Duration::from_millis(250);
    })
    .await;
    let stage = Stage::on(server, json!({})).await;
    let head = stage.chair.head(&stage.room).await;
    let waited = stage.chair.read(&format!("/rooms/{}/log?after={head}&wait=1", stage.room)).await;
    assert_eq!(waited["head"], head);
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    for _ in 0..4 {
        assert!(matches!(socket.next().await, Got::Line(_)), "the socket is open");
    }
    stage.server.stop().await;
}
