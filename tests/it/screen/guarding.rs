//! Limits of a screen: what its token cannot do.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Screen, next_view, show};
use crate::routes::cast::{Cast, call};
use crate::routes::table::TABLE;
use crate::support::Browser;
use crate::support::rooms::{Stage, text};
use crate::support::socket::{Got, Socket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_every_other_route_a_screen_is_nobody() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "members" })).await;
    let screen = Screen::of(&cast.server, &place.room, cast.person("chair")).await;
    let cookie = format!("plenary-screen={}", screen.token);
    // Its token is no sign-in either, wherever it is put.
    for value in [cookie.clone(), format!("{cookie}; plenary={}", screen.token)] {
        let headers: HeaderMap = [(COOKIE, value.parse().unwrap())].into_iter().collect();
        let http = Client::builder().default_headers(headers).build().unwrap();
        let browser = Browser { http, origin: cast.server.origin.clone() };
        for row in TABLE.iter() {
            let (path, body) = cast.filled(&place, row).await;
            let answer = call(&browser, row.method, &path, &body).await;
            let expected = if row.path == "/screen" { 200 } else { row.expected[0] };
            assert_eq!(answer.status.as_u16(), expected, "{} {}: {answer:?}", row.method, row.path);
            if row.path.starts_with("/rooms/") {
                assert!(matches!(expected, 401 | 404), "{} {}", row.method, row.path);
            }
        }
        let me = browser.http.get(format!("{}/api/v1/me", browser.origin)).bearer_auth(&screen.token);
        assert_eq!(browser.send(me).await.code(), (401, "not_signed_in"));
    }
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screens_socket_says_nothing_and_hears_only_views() {
    let stage = Stage::new(json!({})).await;
    let screen = Screen::of(&stage.server, &stage.room, &stage.chair).await;
    let (mut socket, view) = screen.listen(&stage.server).await;
    assert_eq!(view, json!({ "show": { "scene": "blank" } }));
    assert!(socket.hello.get("epoch").is_none() && socket.hello["time"].is_string());
    for command in [
        json!({ "type": "subscribe", "room": stage.room, "since": 0 }),
        json!({ "type": "here", "room": stage.room, "site": "hall" }),
        json!({ "type": "typing", "room": stage.room, "thread": stage.room }),
    ] {
        socket.send(command).await;
    }
    socket.frame(Message::text("nonsense")).await;
    // What happens in the room: a thread, presence, typing, a change of the rules.
    let mut member = Socket::of(&stage.server, &stage.chair).await;
    member.subscribe(&stage.room, None).await;
    let thread = stage.thread(&stage.chair).await;
    stage.chair.say(&thread, "Not for the hall").await;
    stage.with_role("Paula", "workers", "observer").await;
    assert_eq!(stage.chair.read(&format!("/rooms/{}/presence", stage.room)).await["online"], 1);
    member.line_of("presence").await;
    if let Some(got) = socket.within(Duration::from_millis(600)).await {
        assert!(matches!(&got, Got::Line(line) if line["type"] == "heartbeat"), "{got:?}");
    }
    show(&stage, json!({ "scene": "message", "en": "Now", "zh": "" })).await;
    assert_eq!(next_view(&mut socket).await["show"]["en"], "Now");

    // From our own page only.
    let strange =
        screen.try_listen(&stage.server, &screen.token, "https://evil.example").await.err().unwrap();
    assert_eq!((strange.0, &strange.1["error"]["code"]), (403, &json!("forbidden_origin")));
    // Nor does a member's sign-in open it, nor its own token the members' socket.
    let signed_in = screen.try_listen(&stage.server, &stage.chair.token, &stage.server.origin).await;
    assert_eq!(signed_in.err().unwrap().0, 404);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caucus_is_on_its_own_screens_only() {
    let stage = Stage::new(json!({ "kind": "caucus", "constituency": "workers" })).await;
    let public = Stage { room: String::new(), ..stage };
    let fields =
        json!({ "title": "Open", "kind": "workshop", "visibility": "public", "chair": public.chair.id });
    let open = text(&public.steward.done("POST", "/rooms", fields).await["id"]);
    let rooms = public.chair.read("/rooms").await;
    let caucus = rooms["items"].as_array().unwrap().iter().find(|room| room["kind"] == "caucus").unwrap();
    let caucus = text(&caucus["id"]);
    let (server, chair, steward) = (&public.server, &public.chair, &public.steward);

    let mut inside = Screen::of(server, &caucus, chair).await;
    let mut outside = Screen::of(server, &open, chair).await;
    let mut unpaired = Screen::open(server).await;
    let (mut socket, _) = outside.listen(server).await;
    let secret = json!({ "scene": "message", "en": "We strike on Monday", "zh": "" });
    chair.done("PUT", &format!("/rooms/{caucus}/screen"), secret).await;
    assert!(inside.view().await.to_string().contains("We strike"));
    for screen in [&mut outside, &mut unpaired] {
        assert!(!screen.ask().await.body.to_string().contains("We strike"));
    }
    chair.done("PUT", &format!("/rooms/{open}/screen"), json!({ "scene": "agenda" })).await;
    let seen = next_view(&mut socket).await;
    assert_eq!((&seen["show"]["scene"], seen.to_string().contains("strike")), (&json!("agenda"), false));

    // A steward, who may do much elsewhere, can neither pair a screen with it nor end or see one.
    assert_eq!(unpaired.pair(&caucus, steward).await.code(), (404, "not_found"));
    let list = chair.read(&format!("/rooms/{caucus}/screens")).await;
    let path = format!("/screens/{}", text(&list["items"][0]["id"]));
    assert_eq!(steward.call("DELETE", &path, Value::Null).await.code(), (404, "not_found"));
    for path in ["screen", "screens"] {
        assert_eq!(steward.get(&format!("/rooms/{caucus}/{path}")).await.code(), (404, "not_found"));
    }
    assert_eq!(unpaired.pair(&open, steward).await.code(), (403, "not_permitted"));
    assert_eq!(unpaired.ask().await.body["state"], "waiting", "its code was not used up");
    public.server.stop().await;
}
