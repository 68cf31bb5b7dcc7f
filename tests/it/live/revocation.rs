//! The end of a right ends what was live by it, at once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Server;
use crate::support::rooms::{As, Person, Stage};
use crate::support::socket::{Got, Socket};
use plenary::kernel::domain::kinds::PlatformRole;

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3_600);

/// A server that never looks for ends of rights by itself: what ends them has to say so.
async fn stage(room: Value) -> Stage {
    Stage::on(Server::start(|config| config.waits.sweep = NEVER).await, room).await
}

/// Runs an act; returns how the socket's subscription or connection ended.
async fn ended(socket: &mut Socket, act: impl Future<Output = ()>) -> String {
    act.await;
    loop {
        match socket.next().await {
            Got::Closed(code, reason) => return format!("{code} {reason}"),
            Got::Line(line) if line["type"] == "unsubscribed" => return text(&line["code"]),
            Got::Line(_) => {}
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn listening(server: &Server, person: &Person, room: &str) -> Socket {
    let mut socket = Socket::of(server, person).await;
    socket.subscribe(room, None).await;
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_out_and_ban_close_the_connections() {
    let stage = stage(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let (other_token, other) = stage.server.sign_in_again(ana.id).await;
    let on_the_phone = Person { token: other_token, browser: other, ..ana.clone() };
    let mut phone = listening(&stage.server, &on_the_phone, &stage.room).await;
    let mut laptop = listening(&stage.server, &ana, &stage.room).await;
    let mut second_tab = listening(&stage.server, &ana, &stage.room).await;
    let act = async {
        ana.done("POST", "/sign-out", Value::Null).await;
    };
    assert_eq!(ended(&mut laptop, act).await, "4501 signed_out");
    assert_eq!(second_tab.close().await.0, 4501);
    // Another sign-in is not concerned.
    assert!(phone.settled().await.iter().all(|line| line["type"] == "presence"));

    let ban = json!({ "status": "banned" });
    let path = format!("/members/{}", ana.id);
    let act = async {
        stage.steward.done("PATCH", &path, ban).await;
    };
    assert_eq!(ended(&mut phone, act).await, "4503 banned");
    let refused = crate::support::socket::request(&stage.server, &on_the_phone.token, &stage.server.origin);
    assert_eq!(Socket::connect(&stage.server, refused, None).await.err().unwrap().0, 401);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_role_or_a_room_that_becomes_invited_ends_the_subscription() {
    let stage = stage(json!({ "visibility": "invited" })).await;
    let ana = stage.with_role("Ana", "workers", "participant").await;
    let room = stage.room.clone();
    let mut socket = listening(&stage.server, &ana, &room).await;
    let role = format!("/rooms/{room}/roles/{}", ana.id);
    let act = async {
        stage.chair.done("DELETE", &role, Value::Null).await;
    };
    assert_eq!(ended(&mut socket, act).await, "removed");
    stage.thread(&stage.chair).await;
    assert_eq!(socket.settled().await, [] as [Value; 0]);

    let patch = |visibility: &'static str| {
        let (chair, path) = (stage.chair.clone(), format!("/rooms/{room}"));
        async move {
            chair.done("PATCH", &path, json!({ "visibility": visibility })).await;
        }
    };
    patch("public").await;
    let mut guest = Socket::of_nobody(&stage.server).await;
    guest.subscribe(&room, None).await;
    socket.subscribe(&room, None).await;
    assert_eq!(ended(&mut guest, patch("members")).await, "removed");
    assert!(socket.settled().await.iter().all(|line| line["type"] != "unsubscribed"));
    assert_eq!(ended(&mut socket, patch("invited")).await, "removed");

    // Whoever keeps a right keeps hearing.
    let mut chair = listening(&stage.server, &stage.chair, &room).await;
    stage.thread(&stage.chair).await;
    chair.line_of("event").await;
    assert_eq!(socket.settled().await, [] as [Value; 0]);
    assert_eq!(guest.settled().await, [] as [Value; 0]);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_role_or_another_constituency_makes_the_client_come_again() {
    let stage = stage(json!({})).await;
    let ana = stage.with_role("Ana", "workers", "moderator").await;
    let room = stage.room.clone();
    let mut socket = listening(&stage.server, &ana, &room).await;
    let appoint = |role: &'static str| {
        let (chair, ana, room) = (stage.chair.clone(), ana.clone(), room.clone());
        async move { chair.appoint(&room, &ana, role).await }
    };
    // A moderator reads what is hidden; an observer does not.
    assert_eq!(ended(&mut socket, appoint("observer")).await, "role_changed");
    socket.subscribe(&room, None).await;
    assert_eq!(ended(&mut socket, appoint("moderator")).await, "role_changed");

    socket.subscribe(&room, None).await;
    let path = format!("/members/{}", ana.id);
    let to = json!({ "constituency": "employers" });
    let act = async {
        stage.steward.done("PATCH", &path, to).await;
    };
    assert_eq!(ended(&mut socket, act).await, "4010 member_changed");

    // A steward who is one no more does not see into an invited room.
    let admin = As { platform: PlatformRole::Admin, constituency: "un", ..As::default() };
    let admin = stage.server.person_as("Ada", admin).await;
    let fields =
        json!({ "title": "Invited", "kind": "forum", "visibility": "invited", "chair": stage.chair.id });
    let invited = text(&admin.done("POST", "/rooms", fields).await["id"]);
    let mut socket = listening(&stage.server, &stage.steward, &invited).await;
    let path = format!("/members/{}", stage.steward.id);
    let act = async {
        admin.done("PATCH", &path, json!({ "platform_role": "member" })).await;
    };
    assert_eq!(ended(&mut socket, act).await, "4010 member_changed");
    let mut socket = Socket::of(&stage.server, &stage.steward).await;
    socket.send(json!({ "type": "subscribe", "room": invited })).await;
    assert_eq!(socket.line_of("error").await["code"], "not_found");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_a_constituency_ends_listening_to_its_caucus() {
    let stage = stage(json!({ "kind": "caucus", "visibility": "members", "constituency": "workers" })).await;
    let ana = stage.server.person("Ana", "workers").await;
    let mut socket = listening(&stage.server, &ana, &stage.room).await;
    let path = format!("/members/{}", ana.id);
    let to = json!({ "constituency": "employers" });
    let act = async {
        stage.steward.done("PATCH", &path, to).await;
    };
    assert_eq!(ended(&mut socket, act).await, "4010 member_changed");
    let mut socket = Socket::of(&stage.server, &ana).await;
    socket.send(json!({ "type": "subscribe", "room": stage.room })).await;
    assert_eq!(socket.line_of("error").await["code"], "not_found");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_said_after_the_revocation_is_heard() {
    let stage = stage(json!({ "visibility": "invited" })).await;
    let thread = stage.thread(&stage.chair).await;
    for _ in 0..5 {
        let ana =
            stage.with_role(&format!("A{}", uuid::Uuid::now_v7().simple()), "workers", "participant").await;
        let mut socket = listening(&stage.server, &ana, &stage.room).await;
        let role = format!("/rooms/{}/roles/{}", stage.room, ana.id);
        stage.chair.done("DELETE", &role, Value::Null).await;
        let secret = stage.chair.say(&thread, "Now that Ana is gone").await;
        socket.line_of("unsubscribed").await;
        for line in socket.settled().await {
            assert_ne!(line["data"]["id"], secret["id"]);
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_while_connecting_leaves_no_connection() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    for _ in 0..25 {
        let (token, browser) = stage.server.sign_in_again(ana.id).await;
        let request = crate::support::socket::request(&stage.server, &token, &stage.server.origin);
        let (socket, _) = tokio::join!(
            Socket::connect(&stage.server, request, None),
            browser.call("POST", "/sign-out", Value::Null)
        );
        // Refused, closed before the greeting, or closed soon: not only at the next heartbeat.
        let how = match socket {
            Ok(mut socket) => socket.close().await.0,
            Err((code, _)) => code,
        };
        assert!([401, 4501].contains(&how), "{how}");
    }
    stage.server.stop().await;
}
