//! Frames that are no commands: answered or closed with a code, never a crash.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::support::Server;
use crate::support::rooms::Stage;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_command_is_answered_and_the_connection_stays() {
    let stage = Stage::new(json!({})).await;
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    let room = &stage.room;
    let wrong = [
        "",
        " ",
        "{",
        "null",
        "[]",
        "7",
        "\"subscribe\"",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"\"}",
        "{\"type\":\"shout\"}",
        "{\"type\":\"subscribe\"}",
        "{\"type\":\"subscribe\",\"room\":7}",
        "{\"type\":\"subscribe\",\"room\":\"workshop\"}",
        "{\"type\":\"subscribe\",\"room\":\"\\u0000\"}",
        "{\"type\":\"subscribe\",\"room\":\"\\ud800\"}",
        &format!("{{\"type\":\"subscribe\",\"room\":\"{room}\",\"since\":\"1\"}}"),
        &format!("{{\"type\":\"subscribe\",\"room\":\"{room}\",\"since\":1.5}}"),
        &format!("{{\"type\":\"subscribe\",\"room\":\"{room}\",\"since\":99999999999999999999}}"),
        &format!("{{\"type\":\"subscribe\",\"room\":\"{room}\",\"epoch\":\"then\"}}"),
        &format!("{{\"type\":\"here\",\"room\":\"{room}\",\"site\":\"moon\"}}"),
        &format!("{{\"type\":\"typing\",\"room\":\"{room}\"}}"),
        &format!("{{\"type\":{}", "[".repeat(60_000)),
        &"x".repeat(60_000),
    ];
    for text in wrong {
        socket.frame(Message::text(text)).await;
        // An empty frame holds no line and gets no answer.
        let expected = usize::from(!text.is_empty());
        let errors = socket.settled().await;
        assert_eq!(errors.len(), expected, "{text:.80}: {errors:?}");
        assert!(errors.iter().all(|e| e["type"] == "error" && e["code"] == "malformed"), "{errors:?}");
    }
    // About rooms that one is not in: nothing, and nothing is made.
    for kind in ["unsubscribe", "here", "typing"] {
        let nowhere = uuid::Uuid::now_v7();
        socket.send(json!({ "type": kind, "room": nowhere, "thread": nowhere, "site": "hall" })).await;
    }
    socket.settled().await;
    assert_eq!(stage.server.state.hub.sizes(), (0, 1));
    socket.subscribe(room, None).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_are_not_text_or_too_large_close_the_connection() {
    let stage = Stage::new(json!({})).await;
    let part = |text: &'static str, code, last| {
        Message::Frame(Frame::message(text.as_bytes().to_vec(), OpCode::Data(code), last))
    };
    let cases = [
        ("binary", Message::binary(vec![1, 2, 3]), 1003),
        ("a part", part("{\"type\":", Data::Text, false), 1003),
        ("the rest of nothing", part("x", Data::Continue, true), 1002),
        ("64 KiB and a byte", Message::text("x".repeat(64 * 1024 + 1)), 1009),
        ("a megabyte", Message::text("x".repeat(1024 * 1024)), 1009),
        ("no UTF-8", Message::Frame(Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true)), 1002),
        (
            "an unknown kind",
            Message::Frame(Frame::message(vec![1], OpCode::Data(Data::Reserved(3)), true)),
            1002,
        ),
    ];
    for (what, message, code) in cases {
        let mut socket = Socket::of(&stage.server, &stage.chair).await;
        socket.subscribe(&stage.room, None).await;
        socket.frame(message).await;
        assert_eq!(socket.close().await.0, code, "{what}");
    }
    // 64 KiB are allowed.
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    socket.frame(Message::text("x".repeat(64 * 1024))).await;
    assert_eq!(socket.line_of("error").await["code"], "malformed");
    crate::support::rooms::until("all are gone", async || stage.server.state.hub.sizes() == (0, 1)).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_commands_are_left_undone_until_the_next_heartbeat() {
    let server = Server::start(|config| config.heartbeat = Duration::from_secs(1)).await;
    let stage = Stage::on(server, json!({})).await;
    let mut socket = Socket::of(&stage.server, &stage.chair).await;
    socket.line_of("heartbeat").await;
    let unsubscribe = json!({ "type": "unsubscribe", "room": stage.room }).to_string();
    socket.frame(Message::text([unsubscribe.as_str(); 200].join("\n"))).await;
    let mut answers: Vec<Value> = Vec::new();
    loop {
        let line = socket.line().await;
        if line["type"] == "heartbeat" {
            break;
        }
        answers.push(line);
    }
    assert_eq!(answers.iter().filter(|line| line["type"] == "unsubscribed").count(), 120);
    assert_eq!(answers[120]["code"], "rate_limited");
    assert_eq!(answers.len(), 121);
    socket.subscribe(&stage.room, None).await;
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handshake_that_is_none_is_refused() {
    let server = Server::start(|_| {}).await;
    let ana = server.person("Ana", "workers").await;
    let own = |request: reqwest::RequestBuilder| request.header("origin", &server.origin);
    let plain = ana.browser.send(own(ana.browser.request("GET", "/live"))).await;
    assert_eq!(plain.status.as_u16(), 400, "{plain:?}");
    assert_eq!(plain.body["error"]["code"], "malformed", "{plain:?}");
    // Bytes that are neither HTTP nor WebSocket.
    let address = server.origin.trim_start_matches("http://").to_owned();
    for bytes in
        [&b"\x00\x01\x02\x03\r\n\r\n"[..], b"GET /api/v1/live HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"]
    {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = [0; 64];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await;
        let read = read.expect("an answer in time").unwrap_or(0);
        let text = String::from_utf8_lossy(&answer[..read]);
        assert!(read == 0 || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    assert_eq!(ana.get("/me").await.status, 200);
    server.stop().await;
}
