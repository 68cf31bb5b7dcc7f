//! Paths and query strings that nobody's page would make.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use super::{Rows, check};
use crate::routes::cast::Cast;
use crate::routes::table::TABLE;

/// What is put in the place of an id.
const SEGMENTS: [&str; 16] = [
    "x",
    "%00",
    "a%00b",
    "%FF",
    "%ED%A0%80",
    "%2F",
    "..%2F..",
    "%2e%2e",
    "%20",
    "%F0%9F%92%A3",
    "-1",
    "0",
    "99999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "{id}",
    "'%20OR%201=1%20--",
];

/// The client takes "up one level" out of an address before it is sent; what is left may be a good one.
fn is_folded_route(method: &str, parts: &[&str], at: usize) -> bool {
    let folded = [&parts[..at - 1], &parts[at + 1..]].concat().join("/");
    TABLE.iter().any(|row| row.method == method && row.path == folded)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_segments_in_every_path() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "public" })).await;
    let chair = cast.person("chair");
    let nobody = cast.server.browser();
    let mut tried = 0;
    for row in TABLE.iter().filter(|row| row.path.contains('{')) {
        let (path, body) = cast.filled(&place, row).await;
        let mut rows = Rows::of(&cast.server).await;
        let before = rows.now().await;
        let filled: Vec<&str> = path.split('/').collect();
        let long = "x".repeat(3_000);
        for (at, _) in row.path.split('/').enumerate().filter(|(_, part)| part.starts_with('{')) {
            for segment in SEGMENTS.into_iter().chain([long.as_str()]) {
                let mut parts = filled.clone();
                parts[at] = segment;
                if segment == "%2e%2e" && is_folded_route(row.method, &filled, at) {
                    continue;
                }
                let path = parts.join("/");
                let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
                for browser in [&chair.browser, &nobody] {
                    let answer = browser.call(row.method, &path, body.clone()).await;
                    check(&format!("{} {path}", row.method), &answer);
                    assert!(answer.status.as_u16() >= 400, "{} {path}: {answer:?}", row.method);
                    tried += 1;
                }
            }
        }
        assert_eq!(rows.now().await, before, "{} {}", row.method, row.path);
    }
    assert!(tried > 1_500, "{tried}");
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_queries_on_every_list() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "public" })).await;
    let admin = cast.person("admin");
    let chair = cast.person("chair");
    let document = chair.read("/openapi.json").await;
    let values = [
        "",
        "%00",
        "a%00b",
        "%FF",
        "%ED%A0%80",
        "%zz",
        "%",
        "-1",
        "0",
        "1.5",
        "1e9",
        "x",
        "~",
        "~~",
        "%00~1",
        "a~%00",
        "1~x",
        "x~00000000-0000-0000-0000-000000000000",
        "%2500~1",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "true",
        "%F0%9F%92%A3",
        "%25_%5C",
        "[]",
    ];
    let mut tried = 0;
    for row in TABLE.iter().filter(|row| row.method == "GET") {
        let (path, _) = cast.filled(&place, row).await;
        if path.starts_with("/health") || path == "/metrics" {
            continue;
        }
        let browser = if row.expected[6] < 300 { &chair.browser } else { &admin.browser };
        let call = document["paths"].as_object().unwrap().iter().find(|(path, _)| {
            path.split('/').count() == row.path.split('/').count()
                && path
                    .split('/')
                    .zip(row.path.split('/'))
                    .all(|(a, b)| a == b || (a.starts_with('{') && b.starts_with('{')))
        });
        let parameters = call.and_then(|(_, call)| call["get"]["parameters"].as_array());
        let queries = parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "query");
        for name in queries.map(|parameter| parameter["name"].as_str().unwrap()).chain(["surprise"]) {
            for value in values {
                // It would wait, as asked.
                if name == "wait" && value == "9223372036854775807" {
                    continue;
                }
                let answer = browser.get(&format!("{path}?{name}={value}")).await;
                check(&format!("{path}?{name}={value}"), &answer);
                tried += 1;
            }
        }
        for query in
            ["limit=1&limit=2", "after=1&before=2", "=", "&&&", "after[]=1", "limit", "after=1&after=%00"]
        {
            check(&format!("{path}?{query}"), &browser.get(&format!("{path}?{query}")).await);
        }
    }
    assert!(tried > 1_500, "{tried}");
    let threads = format!("/rooms/{}/threads", place.room);
    for (path, code) in [
        (format!("{threads}?limit=x"), (400, "malformed")),
        (format!("{threads}?after=x"), (400, "malformed")),
        (format!("{threads}?after=1~x"), (400, "malformed")),
        (format!("{threads}?sort=loudness"), (400, "malformed")),
        (format!("{threads}?kind=quarrel"), (400, "malformed")),
        (format!("/rooms/{}/log?after=x", place.room), (400, "malformed")),
        (format!("/rooms/{}/members?q=%00", place.room), (422, "invalid")),
        ("/rooms?after=x~y".into(), (400, "malformed")),
        ("/rooms?programme=x".into(), (400, "malformed")),
    ] {
        assert_eq!(chair.get(&path).await.code(), code, "{path}");
    }
    // A limit is kept within bounds, not refused.
    for limit in ["-5", "0", "1", "100000"] {
        assert_eq!(chair.get(&format!("{threads}?limit={limit}")).await.status, 200);
    }
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_hardly_http() {
    let cast = Cast::new().await;
    let token = &cast.person("chair").token;
    let address = cast.server.origin.trim_start_matches("http://").to_owned();
    let id = Uuid::now_v7();
    let cookie =
        |name: &str| format!("GET /api/v1/me HTTP/1.1\r\nhost: x\r\ncookie: {name}\r\n\r\n").into_bytes();
    let post = |head: &str, body: &[u8]| {
        let start = format!(
            "POST /api/v1/preview HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\n\
             cookie: plenary={token}\r\ncontent-type: application/json\r\nconnection: close\r\n{head}\r\n\r\n"
        );
        [start.as_bytes(), body].concat()
    };
    for bytes in [
        b"GET /api/v1/rooms/%zz HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /api/v1/rooms/% HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /api/v1/rooms/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /api/v1/rooms?after=%zz HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET http://evil.example/api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /assets/..%2f..%2fCargo.toml HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        format!("GET /api/v1/rooms/{id}{} HTTP/1.1\r\nhost: x\r\n\r\n", "/x".repeat(20_000)).into_bytes(),
        b"TRACE /api/v1/me HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"BREW /api/v1/me HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\n\r\n".to_vec(),
        cookie("plenary="),
        cookie("plenary=%00"),
        cookie("plenary=\"; x=y; =; ;;"),
        cookie(&format!("plenary={}", "a".repeat(8_000))),
        b"GET /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff\r\n\r\n".to_vec(),
        b"GET /api/v1/me HTTP/1.1\r\nhost: x\r\nauthorization: Basic eDp5\r\n\r\n".to_vec(),
        post("content-length: -1", b"{}"),
        post("content-length: 99999999999999999999", b"{}"),
        post("content-length: 1000000000", b"{}"),
        post("transfer-encoding: chunked", b"zz\r\n"),
        post("transfer-encoding: chunked\r\ncontent-length: 2", b"0\r\n\r\n"),
        post("content-encoding: gzip\r\ncontent-length: 4", b"\x1f\x8b\x00\x00"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let reading =
            tokio::time::timeout(std::time::Duration::from_secs(5), stream.read_to_end(&mut answer));
        let _ = reading.await.expect("an answer in time");
        let text = String::from_utf8_lossy(&answer);
        let what = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(text.is_empty() || !text.starts_with("HTTP/1.1 5"), "{what}: {text}");
        assert!(!text.contains("root:") && !text.contains("[package]"), "{what}: {text}");
    }
    assert_eq!(cast.person("chair").get("/me").await.status, 200);
    cast.server.stop().await;
}
