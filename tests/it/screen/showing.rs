//! What is on the screens, and that it follows what happens.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Screen, next_view, session, show, to, try_show, view_where};
use crate::support::rooms::{Stage, text};
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_view_follows_the_floor_and_its_session() {
    let stage = Stage::new(json!({ "title": "Just transition" })).await;
    let (first, second) = (session(&stage, "Guidelines", 8).await, session(&stage, "Dialogue", 9).await);
    let worker = stage.with_role("Wanda", "workers", "participant").await;
    let employer = stage.with_role("Emil", "employers", "participant").await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;

    show(&stage, json!({ "scene": "floor" })).await;
    let view = view_where(&mut socket, "the floor", |show| show["scene"] == "floor").await;
    assert_eq!(view["frame"]["room"], "Just transition");
    assert!(view["show"].get("open").is_none() && view["frame"].get("item").is_none());

    to(&stage, &first, "live").await;
    let view = view_where(&mut socket, "the session", |show| show["open"] == true).await;
    let item = &view["frame"]["item"];
    assert_eq!((&item["title"], &item["title_zh"]), (&json!("Guidelines"), &json!("议题")));
    assert_eq!((&item["position"], &item["total"]), (&json!(1), &json!(2)));

    let ask = |attribution: &str| {
        json!({ "kind": "contribution", "note": "Private to the room",
        "attribution": attribution, "client_id": Uuid::now_v7() })
    };
    let floor = format!("/sessions/{first}/floor");
    worker.done("POST", &format!("{floor}/requests"), ask("named")).await;
    employer.done("POST", &format!("{floor}/requests"), ask("constituency")).await;
    let view = view_where(&mut socket, "two wait", |show| show["waiting"] == 2).await;
    let next = &view["show"]["next"];
    assert_eq!(next.as_array().unwrap().len(), 2);
    let shown = next.to_string();
    assert!(shown.contains("Wanda") && !shown.contains("Emil"), "{shown}");
    assert!(!shown.contains(&worker.id.to_string()) && !shown.contains("Private"), "{shown}");

    stage.chair.done("POST", &format!("{floor}/next"), json!({})).await;
    let view = view_where(&mut socket, "one speaks", |show| show.get("current").is_some()).await;
    let current = &view["show"]["current"];
    assert!(current["running_since"].is_string() && current["limit_s"] == 180 && current["ran_ms"] == 0);
    assert_eq!(view["show"]["waiting"], 1);
    to(&stage, &first, "paused").await;
    view_where(&mut socket, "the clock stands", |show| {
        show.get("current").is_some_and(|current| current.get("running_since").is_none())
    })
    .await;

    show(&stage, json!({ "scene": "agenda" })).await;
    let view = view_where(&mut socket, "the agenda", |show| show["scene"] == "agenda").await;
    assert_eq!(
        (&view["show"]["now"]["title"], &view["show"]["now"]["state"]),
        (&json!("Guidelines"), &json!("paused"))
    );
    assert_eq!(view["show"]["next"][0]["title"], "Dialogue");
    to(&stage, &first, "ended").await;
    view_where(&mut socket, "nothing is on", |show| show.get("now").is_none()).await;
    let path = format!("/sessions/{second}");
    stage.chair.done("PATCH", &path, json!({ "title": "Social dialogue" })).await;
    view_where(&mut socket, "the new title", |show| show["next"][0]["title"] == "Social dialogue").await;

    // Who comes back is told what is on.
    drop(socket);
    let (_, view) = screen.listen(&stage.server).await;
    assert_eq!(view["show"]["next"][0]["title"], "Social dialogue");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blank_is_at_once_and_says_nothing() {
    let stage = Stage::new(json!({})).await;
    let first = session(&stage, "Guidelines", 8).await;
    to(&stage, &first, "live").await;
    let mut screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    for round in 0..5 {
        show(&stage, json!({ "scene": "message", "en": format!("Text {round}") })).await;
        assert_eq!(next_view(&mut socket).await["show"]["en"], format!("Text {round}"));
        let answer = show(&stage, json!({ "scene": "blank" })).await;
        assert_eq!(answer["view"], json!({ "show": { "scene": "blank" } }));
        assert_eq!(next_view(&mut socket).await, json!({ "show": { "scene": "blank" } }));
    }
    assert_eq!(screen.view().await, json!({ "show": { "scene": "blank" } }));
    // In a closed room, too.
    let why = json!({ "reason": "other", "note": "" });
    show(&stage, json!({ "scene": "agenda" })).await;
    stage.chair.done("PUT", &format!("/rooms/{}/closed", stage.room), why).await;
    show(&stage, json!({ "scene": "blank" })).await;
    view_where(&mut socket, "blank", |show| show["scene"] == "blank").await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_are_few_views() {
    let stage = Stage::new(json!({})).await;
    let first = session(&stage, "Guidelines", 8).await;
    to(&stage, &first, "live").await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    show(&stage, json!({ "scene": "floor" })).await;
    next_view(&mut socket).await;
    let begin = Instant::now();
    for change in 0..40 {
        let path = format!("/sessions/{first}/floor");
        stage.chair.done("PATCH", &path, json!({ "open": change % 2 == 1 })).await;
    }
    stage.chair.done("PATCH", &format!("/sessions/{first}/floor"), json!({ "open": false })).await;
    let most = begin.elapsed().as_millis() / 250 + 3;
    let mut views = 0;
    let mut last = Value::Null;
    while let Some(got) = socket.within(Duration::from_millis(1_500)).await {
        let crate::support::socket::Got::Line(line) = got else { panic!("{got:?}") };
        if line["type"] == "screen" {
            views += 1;
            last = line["view"]["show"]["open"].clone();
        }
    }
    println!("{views} views, at most {most}");
    assert!(views >= 1 && views <= most, "{views} views, at most {most}");
    assert_eq!(last, false);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_node_changes_comes_soon() {
    let stage = Stage::new(json!({})).await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    let scene = r#"{"scene": "message", "en": "From elsewhere", "zh": ""}"#;
    let sql = format!("UPDATE room_screens SET scene = '{scene}', version = version + 1");
    stage.server.sql(&sql).await;
    view_where(&mut socket, "the other node's", |show| show["en"] == "From elsewhere").await;
    // What only a newer server knows is nothing here.
    stage
        .server
        .sql(r#"UPDATE room_screens SET scene = '{"scene": "hologram"}', version = version + 1"#)
        .await;
    view_where(&mut socket, "nothing", |show| show["scene"] == "blank").await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn welcome_counts_who_is_here_and_names_nobody() {
    let stage = Stage::new(json!({})).await;
    let worker = stage.with_role("Wanda", "workers", "participant").await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    show(&stage, json!({ "scene": "welcome" })).await;
    let view = next_view(&mut socket).await;
    assert_eq!(view["show"]["present"], json!({ "hall": 0, "online": 0, "by_constituency": {} }));
    let join = &view["frame"]["join"];
    assert!(join["link"].as_str().unwrap().starts_with(&format!("{}/j/", stage.server.origin)));
    assert!(join["qr"]["path"].as_str().unwrap().starts_with("M4 4h7v1h-7z"));
    let mut member = Socket::of(&stage.server, &worker).await;
    member.subscribe(&stage.room, None).await;
    let view = view_where(&mut socket, "one is here", |show| show["present"]["online"] == 1).await;
    assert_eq!(view["show"]["present"]["by_constituency"], json!({ "workers": 1 }));
    assert!(!view.to_string().contains("Wanda"));
    member.send(json!({ "type": "here", "room": stage.room, "site": "hall" })).await;
    view_where(&mut socket, "in the hall", |show| show["present"]["hall"] == 1).await;
    member.vanish();
    view_where(&mut socket, "nobody", |show| show["present"]["hall"] == 0).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_countdown_runs_to_what_comes() {
    let stage = Stage::new(json!({})).await;
    let mut screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    show(&stage, json!({ "scene": "countdown" })).await;
    let empty = screen.view().await["show"].clone();
    assert_eq!((&empty["to"], empty.get("until")), (&json!("start"), None));
    let first = session(&stage, "Guidelines", 8).await;
    let shown = screen.view().await["show"].clone();
    assert_eq!(
        (&shown["until"], &shown["item"]["title"]),
        (&json!("2027-03-01T08:00:00Z"), &json!("Guidelines"))
    );
    to(&stage, &first, "live").await;
    let shown = screen.view().await["show"].clone();
    assert_eq!((&shown["to"], &shown["until"]), (&json!("end"), &json!("2027-03-01T08:45:00Z")));
    let break_ =
        json!({ "scene": "countdown", "until": "2027-03-01T08:20:00Z", "en": "Break", "zh": "休息" });
    show(&stage, break_).await;
    let shown = screen.view().await["show"].clone();
    assert_eq!(
        (&shown["to"], &shown["until"], &shown["zh"]),
        (&json!("moment"), &json!("2027-03-01T08:20:00Z"), &json!("休息"))
    );
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contribution_leaves_the_screen_when_it_is_hidden() {
    let stage = Stage::new(json!({})).await;
    let worker = stage.with_role("Wanda", "workers", "participant").await;
    let thread = stage.thread(&worker).await;
    let post = text(&worker.say(&thread, "Four *amber* kettles").await["id"]);
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, _) = screen.listen(&stage.server).await;
    show(&stage, json!({ "scene": "post", "post": post })).await;
    let shown = next_view(&mut socket).await["show"]["post"].clone();
    assert_eq!(shown["author"]["name"], "Wanda");
    assert!(
        shown["author"].get("id").is_none()
            && shown["body_html"].as_str().unwrap().contains("<em>amber</em>")
    );
    let why = json!({ "reason": "personal_data", "note": "" });
    stage.chair.done("PUT", &format!("/posts/{post}/hidden"), why.clone()).await;
    let view = view_where(&mut socket, "it is gone", |show| show.get("post").is_none()).await;
    assert!(!view.to_string().contains("kettles"));
    let hidden = try_show(&stage, json!({ "scene": "post", "post": post })).await;
    assert_eq!(hidden.field("post"), "unknown");
    stage.chair.done("DELETE", &format!("/posts/{post}/hidden"), why).await;
    view_where(&mut socket, "it is back", |show| show.get("post").is_some()).await;

    let long = text(&worker.say(&thread, &"x".repeat(601)).await["id"]);
    assert_eq!(try_show(&stage, json!({ "scene": "post", "post": long })).await.field("post"), "too_long");
    let elsewhere = json!({ "title": "Elsewhere", "kind": "forum", "visibility": "members" });
    let elsewhere = text(&stage.steward.done("POST", "/rooms", elsewhere).await["id"]);
    let other = text(&stage.steward.open(&elsewhere, "T").await["first_post"]["id"]);
    assert_eq!(try_show(&stage, json!({ "scene": "post", "post": other })).await.field("post"), "unknown");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_scenes_change_nothing() {
    let stage = Stage::new(json!({})).await;
    let mut screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    show(&stage, json!({ "scene": "message", "en": "Good", "zh": "好" })).await;
    for (scene, field, why) in [
        (json!({ "scene": "message" }), "en", "required"),
        (json!({ "scene": "message", "en": " \n " }), "en", "required"),
        (json!({ "scene": "message", "en": "x".repeat(281) }), "en", "too_long"),
        (json!({ "scene": "message", "zh": "转".repeat(281) }), "zh", "too_long"),
        (json!({ "scene": "message", "en": "\u{202E}" }), "en", "required"),
        (json!({ "scene": "countdown", "until": "3027-01-01T00:00:00Z" }), "until", "out_of_range"),
        (json!({ "scene": "countdown", "en": "\u{200B}" }), "en", "shows_nothing"),
        (json!({ "scene": "post", "post": Uuid::now_v7() }), "post", "unknown"),
    ] {
        let answer = try_show(&stage, scene.clone()).await;
        assert_eq!((answer.code(), answer.field(field)), ((422, "invalid"), why), "{scene}");
    }
    for scene in [
        json!({}),
        json!({ "scene": "hologram" }),
        json!({ "scene": 7 }),
        json!({ "scene": null }),
        json!({ "scene": "message", "en": 7 }),
        json!({ "scene": "post" }),
        json!({ "scene": "post", "post": "x" }),
        json!({ "scene": "countdown", "until": "tomorrow" }),
    ] {
        assert_eq!(try_show(&stage, scene.clone()).await.code(), (400, "malformed"), "{scene}");
    }
    assert_eq!(screen.view().await["show"], json!({ "scene": "message", "en": "Good", "zh": "好" }));
    stage.server.stop().await;
}
