//! Sign-ins: how many, what a new password ends, and what signing out leaves in the browser.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::rooms::{Stage, text};
use crate::support::socket::{Socket, request};
use crate::support::{PASSWORD, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calendar_address_ends_with_a_new_password_and_with_all_other_sign_ins() {
    let server = Server::start(|_| {}).await;
    let (ana, _) = server.member("ana", "member", "workers").await;
    for end in [
        ("DELETE", "/me/sign-ins", Value::Null),
        ("PUT", "/me/password", json!({ "current": PASSWORD, "new": PASSWORD })),
    ] {
        let made = ana.call("POST", "/me/calendar", Value::Null).await;
        assert_eq!(made.status, 201, "{made:?}");
        let feed = format!("/calendar/{}.ics", text(&made.body["token"]));
        assert_eq!(server.browser().get(&feed).await.status, 200);
        let (method, path, body) = end;
        assert_eq!(ana.call(method, path, body).await.status, 204);
        assert_eq!(server.browser().get(&feed).await.status, 404, "{path}");
        assert_eq!(ana.get("/me/calendar").await.body["created_at"], Value::Null);
    }
    // The operator's new password ends it as well.
    let made = ana.call("POST", "/me/calendar", Value::Null).await.body;
    let new = "seven grey herons stand".to_owned();
    plenary::kernel::actions::accounts::reset_password(&server.state.accounts, "ana@example.org", new)
        .await
        .unwrap();
    let feed = format!("/calendar/{}.ics", text(&made["token"]));
    assert_eq!(server.browser().get(&feed).await.status, 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_fifty_the_sign_in_that_was_not_used_for_longest_ends() {
    let server = Server::start(|_| {}).await;
    let (first, _) = server.member("ana", "member", "workers").await;
    let second = server.browser();
    second.sign_in("ana@example.org", PASSWORD).await;
    server.sql("UPDATE sign_ins SET last_used_at = now() - interval '1 hour' WHERE id = (SELECT min(id::text)::uuid FROM sign_ins)").await;
    server
        .sql(
            "INSERT INTO sign_ins (id, member_id, token_hash, expires_at)
             SELECT gen_random_uuid(), (SELECT id FROM members), sha256(n::text::bytea), now() + interval '1 day'
             FROM generate_series(1, 48) n",
        )
        .await;
    // Many at once.
    let new: Vec<_> = (0..6).map(|_| server.browser()).collect();
    let signed_in = new.iter().map(|browser| browser.sign_in("ana@example.org", PASSWORD));
    for answer in futures_util::future::join_all(signed_in).await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(server.count("sign_ins").await, 50);
    assert_eq!(first.get("/me").await.status, 401, "the one that was not used for longest");
    for browser in &new {
        assert_eq!(browser.get("/me").await.status, 200);
    }
    assert_eq!(new[0].get("/me/sign-ins").await.body["items"].as_array().unwrap().len(), 50);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_renews_the_token_and_the_live_page_goes_on() {
    let server = Server::start(|config| config.heartbeat = Duration::from_millis(300)).await;
    let stage = Stage::on(server, json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let browser = stage.server.browser();
    let signed_in = browser.sign_in("Ana@example.org", PASSWORD).await;
    let old = text(&json!(signed_in.headers["set-cookie"].to_str().unwrap()));
    let old = old.strip_prefix("plenary=").unwrap().split(';').next().unwrap().to_owned();
    let mut socket = Socket::connect(&stage.server, request(&stage.server, &old, &stage.server.origin), None)
        .await
        .unwrap();
    socket.subscribe(&stage.room, None).await;
    let changed = browser.call("PUT", "/me/password", json!({ "current": PASSWORD, "new": PASSWORD })).await;
    assert_eq!(changed.status, 204);
    let new = changed.headers["set-cookie"].to_str().unwrap();
    assert!(new.starts_with("plenary=") && new.contains("HttpOnly") && !new.contains(&old), "{new}");
    // Whoever had the old token is out; the browser, which has the new one, is not.
    let stolen = stage.server.browser();
    let by_old = stolen.request("GET", "/me").header("authorization", format!("Bearer {old}"));
    assert_eq!(stolen.send(by_old).await.status, 401);
    assert_eq!(browser.get("/me").await.status, 200);
    assert_eq!(ana.get("/me").await.status, 401, "another sign-in");
    stage.chair.open(&stage.room, "After").await;
    socket.line_of("event").await;
    // The look at the sign-in that comes with each heartbeat finds it by itself, not by the token.
    for _ in 0..3 {
        socket.line_of("heartbeat").await;
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_clears_what_the_browser_kept_of_our_pages_and_nothing_that_waits_to_be_sent() {
    let server = Server::start(|_| {}).await;
    let (ana, _) = server.member("ana", "member", "workers").await;
    let out = ana.call("POST", "/sign-out", Value::Null).await;
    let cleared: HashSet<&str> =
        out.headers["clear-site-data"].to_str().unwrap().split(',').map(str::trim).collect();
    assert_eq!(cleared, ["\"cache\""].into());
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    server.stop().await;
}
