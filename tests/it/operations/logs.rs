//! The server's log holds no text of a member, and no mistake of a client as an error.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::support::Browser;
use crate::support::rooms::Stage;

const MARKER: &str = "BODYMARKER";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_filter_brings_a_body_into_the_log_and_no_bad_head_an_error() {
    let stage = Stage::new(json!({})).await;
    let thread = stage.thread(&stage.chair).await;
    for filter in ["trace", "trace,html5ever::tree_builder=trace,tokio_postgres::query=trace"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--log-filter", filter]);
        for name in ["PLENARY_URL", "PLENARY_DEMO", "PLENARY_LOG", "NATS_URL"] {
            command.env_remove(name);
        }
        command.env("DATABASE_URL", stage.server.database_url());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut log = Vec::new();
            stderr.read_to_end(&mut log).unwrap();
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let origin = lines
            .find_map(|line| line.unwrap().strip_prefix("Plenary is ready: ").map(str::to_owned))
            .expect("the server starts");

        let browser = Browser { origin: origin.clone(), ..stage.chair.browser.clone() };
        let body = format!("<p>{MARKER}</p> *{MARKER}* <script>{MARKER}</script>");
        let post = json!({ "body": body, "lang": "en", "client_id": Uuid::now_v7() });
        assert_eq!(browser.call("POST", &format!("/threads/{thread}/posts"), post).await.status, 201);
        assert_eq!(browser.call("POST", "/preview", json!({ "body": body })).await.status, 200);
        for head in ["GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nx y: z\r\n\r\n"] {
            let mut stream = TcpStream::connect(origin.trim_start_matches("http://")).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 400 "), "{head:?}: {}", String::from_utf8_lossy(&answer));
        }
        kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
        assert!(process.wait().unwrap().success());
        let log = log.join().unwrap();
        let bytes = format!("{:?}", MARKER.as_bytes());
        let bytes = bytes.trim_matches(['[', ']']);
        assert!(log.contains("TRACE"), "the filter is at work");
        for line in log.lines() {
            assert!(!line.contains(MARKER) && !line.contains(bytes), "{line}");
            assert!(!line.contains("ERROR"), "{line}");
        }
    }
    stage.server.stop().await;
}
