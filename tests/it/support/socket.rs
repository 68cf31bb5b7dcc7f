//! A live connection as a test drives it: frames in, lines out.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use uuid::Uuid;

use super::Server;
use super::rooms::Person;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the server sent.
#[derive(Debug, PartialEq)]
pub enum Got {
    Line(Value),
    /// Code and reason; 1006 when the connection just ended.
    Closed(u16, String),
}

/// A WebSocket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    lines: VecDeque<Value>,
    /// What `hello` said.
    pub hello: Value,
}

/// A request for a live connection; an empty origin or token is left out.
pub fn request(server: &Server, token: &str, origin: &str) -> Request {
    let url = format!("{}/api/v1/live", server.origin.replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    if !token.is_empty() {
        request.headers_mut().insert("cookie", format!("plenary={token}").parse().unwrap());
    }
    if !origin.is_empty() {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    request
}

impl Socket {
    /// Connects, with a receive buffer of this many bytes where that matters.
    ///
    /// # Errors
    /// The status and body of a refusal, or how it was closed before the greeting.
    pub async fn connect(
        server: &Server,
        request: Request,
        buffer: Option<u32>,
    ) -> Result<Self, (u16, Value)> {
        let tcp = TcpSocket::new_v4().unwrap();
        if let Some(bytes) = buffer {
            tcp.set_recv_buffer_size(bytes).unwrap();
        }
        let address = server.origin.trim_start_matches("http://").parse().unwrap();
        let tcp = timeout(PATIENCE, tcp.connect(address)).await.expect("connects in time").unwrap();
        let shaken = timeout(PATIENCE, tokio_tungstenite::client_async(request, tcp)).await;
        match shaken.expect("an answer in time") {
            Ok((stream, _)) => {
                let mut socket = Self { stream, lines: VecDeque::new(), hello: Value::Null };
                match socket.next().await {
                    Got::Line(hello) => socket.hello = hello,
                    Got::Closed(code, reason) => return Err((code, reason.into())),
                }
                assert_eq!(socket.hello["type"], "hello");
                Ok(socket)
            }
            Err(Error::Http(response)) => {
                let body = response.body().as_deref().unwrap_or_default();
                Err((response.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
            }
            Err(error) => panic!("no handshake: {error}"),
        }
    }

    /// A member's connection.
    pub async fn of(server: &Server, person: &Person) -> Self {
        Self::connect(server, request(server, &person.token, &server.origin), None).await.unwrap()
    }

    /// Nobody's connection.
    pub async fn of_nobody(server: &Server) -> Self {
        Self::connect(server, request(server, "", &server.origin), None).await.unwrap()
    }

    /// Sends any frame.
    pub async fn frame(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// Sends a command.
    pub async fn send(&mut self, command: Value) {
        self.frame(Message::text(command.to_string())).await;
    }

    /// The next thing that the server sends.
    pub async fn next(&mut self) -> Got {
        timeout(PATIENCE, self.wait()).await.expect("the server sends something in time")
    }

    /// The next thing within a time, or nothing.
    pub async fn within(&mut self, time: Duration) -> Option<Got> {
        timeout(time, self.wait()).await.ok()
    }

    async fn wait(&mut self) -> Got {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Got::Line(line);
            }
            match self.stream.next().await {
                Some(Ok(Message::Text(frame))) => {
                    self.lines.extend(frame.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Got::Closed(close.code.into(), close.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return Got::Closed(1005, String::new()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("the server sends text only: {other:?}"),
                Some(Err(_)) | None => return Got::Closed(1006, String::new()),
            }
        }
    }

    /// The next line; the connection must stay open.
    pub async fn line(&mut self) -> Value {
        match self.next().await {
            Got::Line(line) => line,
            Got::Closed(code, reason) => panic!("closed with {code} {reason}"),
        }
    }

    /// The next line of a type; others are passed over.
    pub async fn line_of(&mut self, kind: &str) -> Value {
        loop {
            let line = self.line().await;
            if line["type"] == kind {
                return line;
            }
        }
    }

    /// How the server closes; lines before that are passed over.
    pub async fn close(&mut self) -> (u16, String) {
        loop {
            if let Got::Closed(code, reason) = self.next().await {
                return (code, reason);
            }
        }
    }

    /// Subscribes, and returns the `subscribed` line.
    pub async fn subscribe(&mut self, room: &str, since: Option<i64>) -> Value {
        let mut command = json!({ "type": "subscribe", "room": room });
        if let Some(since) = since {
            command["since"] = since.into();
        }
        self.send(command).await;
        self.line_of("subscribed").await
    }

    /// The events up to a number, without anything between them.
    pub async fn events_to(&mut self, seq: i64) -> Vec<Value> {
        let mut events = Vec::new();
        while events.last().is_none_or(|last: &Value| last["seq"].as_i64().unwrap() < seq) {
            events.push(self.line_of("event").await);
        }
        events
    }

    /// What the server sends until it has seen to all that was sent so far: commands are done in order.
    pub async fn settled(&mut self) -> Vec<Value> {
        let mark = Uuid::now_v7().to_string();
        self.send(json!({ "type": "unsubscribe", "room": mark })).await;
        let mut lines = Vec::new();
        loop {
            let line = self.line().await;
            if line["room"] == mark {
                return lines;
            }
            lines.push(line);
        }
    }

    /// Goes away without a word.
    pub fn vanish(self) {
        drop(self.stream);
    }
}

/// The numbers of events.
pub fn seqs(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["seq"].as_i64().unwrap()).collect()
}
