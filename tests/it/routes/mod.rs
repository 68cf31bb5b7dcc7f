//! Permissions of every route: which caller gets which status.

pub mod cast;
pub mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use cast::{Cast, Place, call};
use futures_util::{StreamExt, stream};
use plenary::features::FEATURES;
use plenary::kernel::domain::kinds::MemberStatus;
use plenary::kernel::hooks;
use plenary::kernel::http::api::document;
use serde_json::{Value, json};
use table::{ROLES, Row, TABLE};
use uuid::Uuid;

use crate::support::rooms::As;
use crate::support::{Browser, Server};

/// Path parameters are named alike, since the table names what it puts there.
fn shape(method: &str, path: &str) -> String {
    let mut shape = format!("{method} ");
    for part in path.split('/').skip(1) {
        shape.push('/');
        shape.push_str(if part.starts_with('{') { "{}" } else { part });
    }
    shape
}

/// The source files of the server.
fn sources() -> Vec<String> {
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Method and path of every handler in the source.
fn handlers() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources() {
        for line in source.lines() {
            for method in ["get", "post", "put", "patch", "delete", "head", "route"] {
                if let Some(rest) = line.trim().strip_prefix(&format!("#[{method}(\"")) {
                    found.insert(shape(&method.to_uppercase(), rest.split('"').next().unwrap()));
                }
            }
        }
    }
    found
}

/// Calls that change something and may be made as often as one likes.
const WITHOUT_LIMIT: [&str; 1] = ["POST /sign-out"];

#[test]
fn every_change_counts_against_a_limit() {
    let (mut limited, mut without) = (0, Vec::new());
    for source in sources() {
        for method in ["post", "put", "patch", "delete"] {
            for (at, start) in source.match_indices(&format!("\n#[{method}(\"")) {
                let handler = source[at..].split("\n}\n").next().unwrap();
                if handler.contains(": Call<") || handler.contains(".limits.") {
                    limited += 1;
                } else {
                    let path = handler[start.len()..].split('"').next().unwrap();
                    without.push(shape(&method.to_uppercase(), path));
                }
            }
        }
    }
    assert_eq!(without, WITHOUT_LIMIT);
    let changes = TABLE.iter().filter(|row| row.method != "GET").map(|row| shape(row.method, row.path));
    assert_eq!(limited + without.len(), changes.collect::<BTreeSet<_>>().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_has_a_row_and_every_row_is_a_route() {
    let rows: BTreeSet<String> = TABLE.iter().map(|row| shape(row.method, row.path)).collect();
    assert_eq!(rows, handlers(), "left: rows of the table, right: handlers in the source");

    // What is served is what is documented, and five things that need no documentation.
    let server = Server::start(|_| {}).await;
    let document = server.browser().get("/openapi.json").await.body;
    let mut served: BTreeSet<String> =
        ["/openapi.json", "/docs", "/health/live", "/health/ready", "/metrics"]
            .map(|path| shape("GET", path))
            .into();
    for (path, calls) in document["paths"].as_object().unwrap() {
        for method in calls.as_object().unwrap().keys() {
            served.insert(shape(&method.to_uppercase(), path));
        }
    }
    assert_eq!(rows, served, "left: rows of the table, right: what is served");
    server.stop().await;
}

/// The statuses that the OpenAPI names, by method and path.
async fn documented(server: &Server) -> BTreeMap<String, Vec<String>> {
    let document = server.browser().get("/openapi.json").await.body;
    let mut found = BTreeMap::new();
    for (path, calls) in document["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            let statuses = call["responses"].as_object().unwrap().keys().cloned().collect();
            found.insert(shape(&method.to_uppercase(), path), statuses);
        }
    }
    found
}

#[test]
fn operations_have_names_of_their_own_and_words_are_as_on_the_wire() {
    let document = document(hooks::routes(&FEATURES), &hooks::events(&FEATURES), &hooks::parts(&FEATURES));
    let paths = document["paths"].as_object().unwrap();
    let calls: Vec<&Value> = paths.values().flat_map(|calls| calls.as_object().unwrap().values()).collect();
    let names: BTreeSet<&str> = calls.iter().map(|call| call["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), calls.len());
    assert_eq!(document["components"]["schemas"]["Lang"]["enum"], json!(["en", "zh"]));
    let fields = document["components"]["schemas"]["FieldCode"]["enum"].as_array().unwrap();
    assert!(fields.contains(&json!("not_for_caucus")) && !fields.contains(&json!("NotForCaucus")));
}

/// True when the row is about something in a room.
fn is_in_room(row: &Row) -> bool {
    row.public.is_some()
}

async fn check(cast: &Cast, place: &Place, row: &Row, role: usize, expected: u16) {
    let (path, body) = cast.filled(place, row).await;
    let browser = cast.browser(role).await;
    let answer = call(&browser, row.method, &path, &body).await;
    let what = format!("{} calls {} {} {}", ROLES[role], row.method, row.path, row.body);
    assert_eq!(answer.status.as_u16(), expected, "{what}: {answer:?}");
    if expected >= 400 {
        let code = match expected {
            401 if row.path == "/sign-in" => "wrong_credentials",
            401 => "not_signed_in",
            403 if row.path.ends_with("/live") => "forbidden_origin",
            403 if ROLES[role] == "pending" => "pending",
            403 if row.path.ends_with("/ballot") => "not_eligible",
            403 => "not_permitted",
            404 => "not_found",
            409 => "last_chair",
            other => panic!("{what}: a code for {other}?"),
        };
        assert_eq!(answer.code(), (expected, code), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_is_answered_what_the_table_says() {
    let cast = Cast::new().await;
    let documented = documented(&cast.server).await;
    let mut unnamed = Vec::new();
    for row in TABLE.iter() {
        let place = cast.place(json!({ "visibility": "members" })).await;
        for (role, expected) in row.expected.iter().enumerate() {
            check(&cast, &place, row, role, *expected).await;
            // What is answered is what is documented.
            if let Some(statuses) = documented.get(&shape(row.method, row.path)) {
                let is_named = statuses.contains(&expected.to_string());
                unnamed.extend((!is_named).then(|| format!("{} {}: {expected}", row.method, row.path)));
            }
        }
    }
    assert_eq!(unnamed, [] as [String; 0], "answers that the OpenAPI does not name");
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_room_is_read_by_anyone_and_an_invited_one_by_the_invited() {
    let cast = Cast::new().await;
    let public = cast.place(json!({ "visibility": "public" })).await;
    let invited = cast.place(json!({ "visibility": "invited" })).await;
    for row in TABLE.iter() {
        let Some(expected) = row.public else { continue };
        for (role, expected) in expected.into_iter().enumerate() {
            check(&cast, &public, row, role, expected).await;
        }
        // Without a role in it, the room is not there.
        for role in ["anonymous", "pending", "other", "participant"] {
            let role = ROLES.iter().position(|name| *name == role).unwrap();
            let expected = if role == 0 { row.expected[0] } else { 404 };
            check(&cast, &invited, row, role, expected).await;
        }
        let observer = ROLES.iter().position(|name| *name == "observer").unwrap();
        check(&cast, &invited, row, observer, row.expected[observer]).await;
    }
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caucus_is_to_outsiders_as_a_room_that_does_not_exist() {
    let cast = Cast::new().await;
    let caucus = json!({ "visibility": "members", "kind": "caucus", "constituency": "workers" });
    let place = cast.place(caucus).await;
    let mut outsiders: Vec<(&str, Browser)> = Vec::new();
    for name in ["anonymous", "pending", "other", "steward", "admin"] {
        let role = ROLES.iter().position(|role| *role == name).unwrap();
        outsiders.push((name, cast.browser(role).await));
    }
    let unconfirmed = As { confirmed: false, ..As::default() };
    outsiders.push(("unconfirmed", cast.server.person_as("Uma", unconfirmed).await.browser));
    let banned = cast.server.person("Bea", "workers").await;
    cast.server.sql(&format!("UPDATE members SET status = 'banned' WHERE id = '{}'", banned.id)).await;
    outsiders.push(("banned", banned.browser));
    let waiting = As { status: MemberStatus::Pending, ..As::default() };
    outsiders.push(("waiting", cast.server.person_as("Wim", waiting).await.browser));

    let mut compared = 0;
    // A caucus has no sessions, and so none of what happens in them.
    let of_session =
        ["/sessions/{", "/questions/{", "/transcript/{", "/floor-requests/{", "/speeches/{", "/polls/{"];
    let is_of_session = |row: &Row| of_session.iter().any(|start| row.path.starts_with(start));
    for row in TABLE.iter().filter(|row| is_in_room(row) && !is_of_session(row)) {
        let (path, body) = if row.path.contains("/sessions") {
            (format!("/rooms/{}/sessions", place.room), row.body.to_owned())
        } else {
            cast.filled(&place, row).await
        };
        // The same call for something that is nowhere.
        let id = path.split('/').nth(2).unwrap().to_owned();
        let nowhere = path.replacen(&id, &Uuid::now_v7().to_string(), 1);
        for (name, browser) in &outsiders {
            let answer = call(browser, row.method, &path, &body).await;
            let same = call(browser, row.method, &nowhere, &body).await;
            let what = format!("{name} calls {} {}", row.method, row.path);
            assert!([401, 404].contains(&answer.status.as_u16()), "{what}: {answer:?}");
            assert!(answer.status == 404 || row.method != "GET", "{what}: {answer:?}");
            assert_eq!((answer.status, &answer.body), (same.status, &same.body), "{what}");
            let length = "content-length";
            assert_eq!(answer.headers.get(length), same.headers.get(length), "{what}");
            compared += 1;
        }
    }
    assert!(compared > 8 * 30, "{compared}");
    for (name, browser) in &outsiders {
        for path in ["/rooms", "/rooms?limit=1", "/programmes", "/organisations", "/installation"] {
            let answer = browser.get(path).await.body.to_string();
            assert!(!answer.contains(&place.room), "{name} finds the caucus in {path}");
        }
    }
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_needs_our_own_page_and_a_body_needs_its_type() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "members" })).await;
    let admin = cast.person("chair").browser.clone();
    let mut unsafe_rows = 0;
    for row in TABLE.iter().filter(|row| row.method != "GET") {
        let (path, body) = cast.filled(&place, row).await;
        let url = format!("{}/api/v1{path}", cast.server.origin);
        let bare = || {
            let request = admin.http.request(row.method.parse().unwrap(), &url);
            request.header("content-type", "application/json").body(body.clone())
        };
        for request in [
            bare(),
            bare().header("sec-fetch-site", "cross-site"),
            bare().header("sec-fetch-site", "same-site"),
            bare().header("sec-fetch-site", "none"),
            bare().header("origin", "https://evil.example"),
            bare().header("origin", "null"),
            // The browser knows better than the page.
            bare().header("sec-fetch-site", "cross-site").header("origin", &cast.server.origin),
        ] {
            let answer = admin.send(request).await;
            assert_eq!(answer.code(), (403, "forbidden_origin"), "{} {}", row.method, row.path);
        }
        if !body.is_empty() {
            for kind in
                ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"]
            {
                let request =
                    admin.request(row.method, &path).header("content-type", kind).body(body.clone());
                let answer = admin.send(request).await;
                assert_eq!(answer.code(), (400, "malformed"), "{kind} {} {}", row.method, row.path);
            }
            let answer = admin.send(admin.request(row.method, &path).body(body.clone())).await;
            assert_eq!(answer.code(), (400, "malformed"), "{} {}", row.method, row.path);
        }
        unsafe_rows += 1;
    }
    assert!(unsafe_rows > 40);
    assert_eq!(cast.server.count("threads WHERE title = 'Q'").await, 0);
    cast.server.stop().await;
}

/// Answered by a queue of its own, which may be full.
const HASHES: [&str; 4] = ["/register", "/sign-in", "/me/password", "/demo/sign-in"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_to_the_database_is_enough_for_every_call_at_once() {
    let cast = Cast::new().await;
    let place = cast.place(json!({ "visibility": "members" })).await;
    let mut calls = Vec::new();
    for row in TABLE.iter().filter(|row| !HASHES.contains(&row.path)) {
        let (path, body) = cast.filled(&place, row).await;
        for role in ["participant", "chair"] {
            calls.push((row, path.clone(), body.clone(), cast.person(role).browser.http.clone()));
        }
    }
    // A server that has just started and remembers nothing. What waits for a second connection while it
    // holds the only one would wait for ever; in debug builds it is refused with 500.
    let server = cast.server.another(|config| config.db_connections = 1).await;
    let origin = server.origin.clone();
    let answers = stream::iter(calls).map(|(row, path, body, http)| {
        let browser = Browser { http, origin: origin.clone() };
        async move { (row, call(&browser, row.method, &path, &body).await) }
    });
    let wrong: Vec<String> = answers
        .buffer_unordered(24)
        .filter_map(async |(row, answer)| {
            let failed = answer.status.is_server_error();
            failed.then(|| format!("{} {}: {:?}", row.method, row.path, (answer.status, answer.body)))
        })
        .collect()
        .await;
    assert_eq!(wrong, [] as [String; 0]);
    server.stop().await;
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_nowhere_is_answered_in_the_same_shape() {
    let cast = Cast::new().await;
    let browser = cast.browser(6).await;
    for path in ["/", "/nothing", "/rooms/", "/rooms/x/y/z", "/me/", "//me", "/rooms//threads"] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = browser.call(method, path, Value::Null).await;
            assert_eq!(answer.code(), (404, "not_found"), "{method} {path}: {answer:?}");
        }
    }
    // A known path and a method that it does not have.
    for (method, path) in [("DELETE", "/rooms"), ("POST", "/me"), ("PUT", "/installation")] {
        let answer = browser.call(method, path, Value::Null).await;
        assert_eq!(answer.code(), (405, "method_not_allowed"), "{method} {path}: {answer:?}");
    }
    cast.server.stop().await;
}
