//! HEAD, OPTIONS, and methods that a path does not have.

use serde_json::{Value, json};

use crate::routes::cast::Cast;
use crate::routes::table::TABLE;
use crate::support::rooms::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_is_get_without_a_body() {
    let stage = Stage::new(json!({})).await;
    let room = format!("/api/v1/rooms/{}", stage.room);
    for path in [
        "/",
        "/rooms/x",
        "/health/live",
        "/health/ready",
        "/api/v1/installation",
        room.as_str(),
        "/api/v1/nothing",
        "/api/v1/docs",
    ] {
        let ask = async |method: &str| {
            let url = format!("{}{path}", stage.server.origin);
            let answer = stage.chair.browser.http.request(method.parse().unwrap(), url).send().await.unwrap();
            let (status, headers) = (answer.status(), answer.headers().clone());
            (status, headers, answer.text().await.unwrap())
        };
        let (get, head) = (ask("GET").await, ask("HEAD").await);
        assert_eq!(head.0, get.0, "{path}");
        assert_eq!(head.2, "", "{path}");
        for name in ["content-type", "content-length", "cache-control", "content-security-policy"] {
            assert_eq!(head.1.get(name), get.1.get(name), "{path} {name}");
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_method_that_a_path_does_not_have_is_405_with_those_that_it_has() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "members" })).await;
    let browser = cast.browser(6).await;
    for row in TABLE.iter() {
        let (path, _) = cast.filled(&place, row).await;
        let root = if path.starts_with("/health") || path == "/metrics" { "" } else { "/api/v1" };
        for method in ["OPTIONS", "TRACE", "PROPFIND"] {
            let url = format!("{}{root}{path}", cast.server.origin);
            let request = browser.http.request(method.parse().unwrap(), url);
            let answer = browser.send(request.header("sec-fetch-site", "same-origin")).await;
            let what = format!("{method} {} {}", row.path, row.method);
            assert_eq!(answer.code(), (405, "method_not_allowed"), "{what}: {answer:?}");
            let allow = answer.headers["allow"].to_str().unwrap();
            assert!(allow.split(", ").any(|allowed| allowed == row.method), "{what}: {allow}");
        }
    }
    let allow = async |method: &str, path: &str| {
        let answer = browser.call(method, path, Value::Null).await;
        assert_eq!(answer.code(), (405, "method_not_allowed"), "{method} {path}: {answer:?}");
        answer.headers["allow"].to_str().unwrap().to_owned()
    };
    assert_eq!(allow("DELETE", "/rooms").await, "GET, HEAD, POST");
    assert_eq!(allow("PUT", "/installation").await, "GET, HEAD");
    assert_eq!(allow("GET", "/sign-in").await, "POST");
    for (path, methods) in [("/sign-in", "POST"), ("/live", "GET")] {
        let answer = browser.call("HEAD", path, Value::Null).await;
        assert_eq!((answer.status.as_u16(), &answer.headers["allow"]), (405, &methods.parse().unwrap()));
    }
    // From elsewhere it is still the origin that is wrong.
    let url = format!("{}/api/v1/installation", cast.server.origin);
    let answer = browser.send(browser.http.put(url)).await;
    assert_eq!(answer.code(), (403, "forbidden_origin"));
    cast.server.stop().await;
}
