//! How a screen comes to belong to a room, and how that ends.

use std::time::Duration;

use plenary::config::Switch;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Screen, end};
use crate::support::Server;
use crate::support::rooms::{Stage, text, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_pairs_one_screen_once() {
    let stage = Stage::new(json!({})).await;
    let path = format!("/rooms/{}/screens", stage.room);
    let mut screen = Screen::open(&stage.server).await;
    assert!(screen.code.len() == 7 && screen.code.replace(' ', "").bytes().all(|b| b.is_ascii_digit()));
    let waiting = screen.ask().await;
    assert_eq!((&waiting.body["state"], &waiting.body["code"]), (&json!("waiting"), &json!(screen.code)));
    assert!(waiting.headers.get("set-cookie").is_none());

    // However it is typed; the wide digits of a Chinese keyboard, too.
    let typed = screen
        .code
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c != ' ').unwrap_or('-'));
    let body = json!({ "code": typed.collect::<String>(), "name": " The hall " });
    let paired = stage.chair.done("POST", &path, body).await;
    assert_eq!((&paired["name"], &paired["connected"]), (&json!("The hall"), &json!(false)));
    // Used up.
    let again = screen.pair(&stage.room, &stage.chair).await;
    assert_eq!((again.code(), again.field("code")), ((422, "invalid"), "unknown"));

    // The token from before reads nothing; an answer that got lost costs nothing.
    let first = screen.token.clone();
    assert_eq!(screen.try_listen(&stage.server, &first, &stage.server.origin).await.err().unwrap().0, 404);
    let lost = screen.ask().await;
    assert_eq!(lost.body, json!({ "state": "renewed" }));
    let lost = screen.token.clone();
    screen.token = first.clone();
    assert_eq!(screen.ask().await.body["state"], "renewed");
    assert!(screen.token != first && screen.token != lost);
    let showing = screen.ask().await.body;
    assert_eq!((&showing["state"], &showing["name"]), (&json!("showing"), &json!("The hall")));
    assert_eq!(showing["view"], json!({ "show": { "scene": "blank" } }));
    for old in [&first, &lost] {
        assert_eq!(screen.ask_with(old).await.code(), (404, "not_found"));
        assert_eq!(screen.try_listen(&stage.server, old, &stage.server.origin).await.err().unwrap().0, 404);
    }
    // What is stored is no token.
    assert_eq!(
        stage.server.count(&format!("screens WHERE encode(token_hash, 'hex') = '{}'", screen.token)).await,
        0
    );

    let list = stage.chair.read(&path).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["connected"]), (&paired["id"], &json!(true)));
    let head = stage.chair.head(&stage.room).await;
    assert!(stage.chair.log(&stage.room, 0).await.len() as i64 == head, "screens are not of the record");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_wrong_or_over_pairs_nothing() {
    let stage = Stage::new(json!({})).await;
    let path = format!("/rooms/{}/screens", stage.room);
    let mut screen = Screen::open(&stage.server).await;
    let own: u32 = screen.code.replace(' ', "").parse().unwrap();
    let wrong = format!("{:06}", (own + 1) % 1_000_000);
    for (code, why) in
        [(wrong.as_str(), "unknown"), ("", "invalid"), ("12345", "invalid"), ("1234567", "invalid")]
    {
        let answer = stage.chair.call("POST", &path, json!({ "code": code, "name": "Hall" })).await;
        assert_eq!((answer.code(), answer.field("code")), ((422, "invalid"), why), "{code}");
    }
    for (name, why) in
        [(" ".to_owned(), "required"), ("x".repeat(81), "too_long"), ("\u{0}".into(), "shows_nothing")]
    {
        let answer = stage.chair.call("POST", &path, json!({ "code": screen.code, "name": name })).await;
        assert_eq!((answer.code(), answer.field("name")), ((422, "invalid"), why));
    }
    stage.server.sql("UPDATE screens SET code_expires_at = now() - interval '1 s'").await;
    let late = screen.pair(&stage.room, &stage.chair).await;
    assert_eq!((late.code(), late.field("code")), ((422, "invalid"), "unknown"));
    assert_eq!(screen.ask().await.code(), (404, "not_found"));
    assert_eq!(stage.server.count("screens WHERE room_id IS NOT NULL").await, 0);

    // Another code in the place of the one that is over; what nobody pairs is forgotten.
    let request = screen.browser.request("POST", "/screens");
    let answer =
        screen.browser.send(request.header("cookie", format!("plenary-screen={}", screen.token))).await;
    assert_eq!(answer.status.as_u16(), 201);
    assert_eq!(stage.server.count("screens").await, 1);
    stage.server.sql("UPDATE screens SET code_expires_at = now() - interval '1 s'").await;
    plenary::features::screens::actions::tidy(&stage.server.state.db).await.unwrap();
    assert_eq!(stage.server.count("screens").await, 0);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_has_eight_screens_at_most() {
    let stage = Stage::new(json!({})).await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        let screen = Screen::open(&stage.server).await;
        let paired = screen.pair(&stage.room, &stage.chair).await;
        assert_eq!(paired.status.as_u16(), 201, "{paired:?}");
        codes.push(text(&paired.body["id"]));
    }
    let ninth = Screen::open(&stage.server).await;
    assert_eq!(ninth.pair(&stage.room, &stage.chair).await.code(), (409, "too_many_screens"));
    stage.chair.done("DELETE", &format!("/screens/{}", codes[0]), Value::Null).await;
    assert_eq!(ninth.pair(&stage.room, &stage.chair).await.status.as_u16(), 201, "its code was not used up");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_moderators_gets_a_screen() {
    let stage = Stage::new(json!({})).await;
    let other = stage.with_role("Milo", "un", "moderator").await;
    for _ in 0..5 {
        let screen = Screen::open(&stage.server).await;
        let (a, b) = tokio::join!(screen.pair(&stage.room, &stage.chair), screen.pair(&stage.room, &other));
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 422], "{a:?} {b:?}");
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_cannot_be_tried_out() {
    let server = Server::start(|config| config.rate_limits = Switch::On).await;
    let stage = Stage::on(server, json!({})).await;
    let path = format!("/rooms/{}/screens", stage.room);
    let mut answers = Vec::new();
    for guess in 0..12 {
        let body = json!({ "code": format!("{guess:06}"), "name": "Hall" });
        answers.push(stage.chair.call("POST", &path, body).await);
    }
    let refused = answers.iter().filter(|answer| answer.code() == (429, "rate_limited")).count();
    assert!((1..=2).contains(&refused), "{refused} refused");
    assert!(answers[11].body["error"]["retry_after_s"].as_u64().unwrap() >= 1);

    let browser = stage.server.browser();
    let mut made = 0;
    while browser.call("POST", "/screens", Value::Null).await.status == 201 {
        made += 1;
        assert!(made < 60, "anyone may open any number of screens");
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaired_screen_is_dark_without_a_sweep() {
    // No sweep finds it: the call itself ends what listens.
    let server = Server::start(|config| config.waits.sweep = Duration::from_secs(3_600)).await;
    let stage = Stage::on(server, json!({})).await;
    let mut screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let mut other = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    let (mut second, _) = screen.listen(&stage.server).await;
    let (mut kept, _) = other.listen(&stage.server).await;
    let list = stage.chair.read(&format!("/rooms/{}/screens", stage.room)).await;
    let id = text(&list["items"][0]["id"]);
    stage.chair.done("DELETE", &format!("/screens/{id}"), Value::Null).await;
    assert_eq!((end(&mut socket).await, end(&mut second).await), (4504, 4504));
    assert_eq!(screen.ask().await.code(), (404, "not_found"));
    assert_eq!(
        screen.try_listen(&stage.server, &screen.token, &stage.server.origin).await.err().unwrap().0,
        404
    );
    for gone in [id, Uuid::now_v7().to_string(), "x".into()] {
        let answer = stage.chair.call("DELETE", &format!("/screens/{gone}"), Value::Null).await;
        assert_eq!(answer.code(), (404, "not_found"));
    }
    // The other one stays, until another node unpairs it.
    assert_eq!(other.ask().await.body["state"], "showing");
    stage.server.sql("DELETE FROM screens").await;
    assert_eq!(end(&mut kept).await, 4504);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_is_open_a_few_times_at_most_and_leaves_no_trace() {
    let stage = Stage::new(json!({})).await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(screen.listen(&stage.server).await.0);
    }
    let origin = stage.server.origin.clone();
    let refused = screen.try_listen(&stage.server, &screen.token, &origin).await.err().unwrap();
    assert_eq!((refused.0, &refused.1["error"]["code"]), (409, &json!("too_many_connections")));
    sockets.pop().unwrap().vanish();
    until("there is room again", async || {
        screen.try_listen(&stage.server, &screen.token, &origin).await.is_ok()
    })
    .await;
    stage.server.stop().await;
}
