//! Screens in a hall, through HTTP and their WebSocket.

mod guarding;
mod joining;
mod pairing;
pub mod rows;
mod showing;

use reqwest::Client;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::rooms::{Person, Stage, text};
use crate::support::socket::{Got, Socket};
use crate::support::{Answer, Browser, Server};

/// A browser that is a screen, and keeps the token it was given last.
struct Screen {
    browser: Browser,
    token: String,
    code: String,
}

/// The token in an answer's cookie.
fn token_of(answer: &Answer) -> Option<String> {
    let cookie = answer.headers.get("set-cookie")?.to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    Some(
        cookie.split(';').next().unwrap().strip_prefix("plenary-screen=").expect("its own cookie").to_owned(),
    )
}

impl Screen {
    /// A screen that waits to be paired.
    async fn open(server: &Server) -> Self {
        let browser = Browser { http: Client::new(), origin: server.origin.clone() };
        let answer = browser.call("POST", "/screens", Value::Null).await;
        assert_eq!(answer.status.as_u16(), 201, "{answer:?}");
        let token = token_of(&answer).unwrap();
        assert_eq!(token.len(), 64);
        Self { browser, token, code: text(&answer.body["code"]) }
    }

    /// A screen of a room, with its new token.
    async fn of(server: &Server, room: &str, by: &Person) -> Self {
        let mut screen = Self::open(server).await;
        let answer = screen.pair(room, by).await;
        assert_eq!(answer.status.as_u16(), 201, "{answer:?}");
        assert_eq!(screen.ask().await.body["state"], "renewed");
        assert_eq!(screen.ask().await.body["state"], "showing");
        screen
    }

    async fn pair(&self, room: &str, by: &Person) -> Answer {
        let body = json!({ "code": self.code, "name": "The hall" });
        by.call("POST", &format!("/rooms/{room}/screens"), body).await
    }

    /// What it is, as the server says; a new token is kept.
    async fn ask(&mut self) -> Answer {
        let answer = self.ask_with(&self.token).await;
        if let Some(token) = token_of(&answer) {
            self.token = token;
        }
        answer
    }

    async fn ask_with(&self, token: &str) -> Answer {
        let request = self.browser.request("GET", "/screen");
        self.browser.send(request.header("cookie", format!("plenary-screen={token}"))).await
    }

    async fn view(&mut self) -> Value {
        self.ask().await.body["view"].clone()
    }

    async fn try_listen(&self, server: &Server, token: &str, origin: &str) -> Result<Socket, (u16, Value)> {
        let url = format!("{}/api/v1/screen/live", server.origin.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("cookie", format!("plenary-screen={token}").parse().unwrap());
        request.headers_mut().insert("origin", origin.parse().unwrap());
        Socket::connect(server, request, None).await
    }

    /// Its socket, and what it shows at first.
    async fn listen(&self, server: &Server) -> (Socket, Value) {
        let mut socket = self.try_listen(server, &self.token, &server.origin).await.unwrap();
        let view = next_view(&mut socket).await;
        (socket, view)
    }
}

/// The next view; a screen hears nothing else but that the server lives.
async fn next_view(socket: &mut Socket) -> Value {
    loop {
        let line = socket.line().await;
        match line["type"].as_str().unwrap() {
            "screen" => {
                let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
                assert_eq!(keys, ["type", "view"].iter().collect::<Vec<_>>(), "{line}");
                return line["view"].clone();
            }
            "heartbeat" => {}
            other => panic!("a screen hears {other}: {line}"),
        }
    }
}

/// The first view for which something holds.
async fn view_where(socket: &mut Socket, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..50 {
        let view = next_view(socket).await;
        if holds(&view["show"]) {
            return view;
        }
    }
    panic!("never: {what}");
}

/// How the server ends it.
async fn end(socket: &mut Socket) -> u16 {
    loop {
        if let Got::Closed(code, _) = socket.next().await {
            return code;
        }
    }
}

async fn show(stage: &Stage, scene: Value) -> Value {
    stage.chair.done("PUT", &format!("/rooms/{}/screen", stage.room), scene).await
}

async fn try_show(stage: &Stage, scene: Value) -> Answer {
    stage.chair.call("PUT", &format!("/rooms/{}/screen", stage.room), scene).await
}

async fn session(stage: &Stage, title: &str, hour: u8) -> String {
    let fields = json!({ "title": title, "title_zh": "议题", "organisation": "ILO",
        "starts_at": format!("2027-03-01T{hour:02}:00:00Z"), "ends_at": format!("2027-03-01T{hour:02}:45:00Z") });
    text(&stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), fields).await["id"])
}

async fn to(stage: &Stage, session: &str, state: &str) {
    let path = format!("/sessions/{session}/state");
    stage.chair.done("POST", &path, json!({ "state": state })).await;
}
