//! Doors: many members open the live page of a session at the same instant, on a server that has just started and
//! remembers nothing. Nobody may be turned away, however few connections to the database there are.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use uuid::Uuid;

use crate::support::Browser;
use crate::support::rooms::{Person, Stage, text};
use page::Page;

#[allow(dead_code)]
#[path = "../../benches/load/page.rs"]
mod page;

const MEMBERS: usize = 40;
/// Of a browser to one server.
const CONNECTIONS: usize = 6;

/// A live session with something in each of its panels, and the members who come.
struct Doors {
    stage: Stage,
    people: Vec<Person>,
    session: String,
    chat: String,
}

impl Doors {
    async fn new() -> Self {
        let stage = Stage::new(json!({})).await;
        let constituencies = ["workers", "employers", "government", "un", "civil_society"];
        let mut people = Vec::new();
        for number in 0..MEMBERS {
            let constituency = constituencies[number % constituencies.len()];
            people.push(stage.server.person(&format!("Member{number}"), constituency).await);
        }
        let chair = &stage.chair;
        let (start, end) = (Utc::now(), Utc::now() + TimeDelta::hours(1));
        let body = json!({ "title": "Opening", "starts_at": start, "ends_at": end });
        let session = chair.done("POST", &format!("/rooms/{}/sessions", stage.room), body).await;
        let (session, chat) = (text(&session["id"]), text(&session["thread"]));
        let at = format!("/sessions/{session}");
        for state in ["lobby", "live"] {
            chair.done("POST", &format!("{at}/state"), json!({ "state": state })).await;
        }
        chair.done("PATCH", &format!("{at}/floor"), json!({ "open": true })).await;
        let body = json!({ "kind": "single", "languages": ["en"], "question": { "en": "Which draft?" },
            "options": [{ "en": "The first" }, { "en": "The second" }] });
        let poll = chair.done("POST", &format!("{at}/polls"), body).await;
        chair.done("POST", &format!("/polls/{}/open", text(&poll["id"])), json!(null)).await;
        for person in &people[..5] {
            person.say(&chat, "Good morning to all.").await;
            let body = json!({ "kind": "contribution", "attribution": "named", "client_id": Uuid::now_v7() });
            person.done("POST", &format!("{at}/floor/requests"), body).await;
            let body = json!({ "body": "Who pays for the hours?", "lang": "en", "attribution": "named",
                "client_id": Uuid::now_v7() });
            person.done("POST", &format!("{at}/questions"), body).await;
        }
        Self { stage, people, session, chat }
    }

    /// All come to a server that has just started; says what was not answered with 2xx, and how often.
    async fn open(&self, page: &Page, db_connections: u16) -> BTreeMap<String, usize> {
        let server = self.stage.server.another(|config| config.db_connections = db_connections).await;
        let paths = page.paths(&self.stage.room, &self.session, &self.chat);
        let visits = self.people.iter().map(async |person| {
            let http = person.browser.http.clone();
            visit(&Browser { http, origin: server.origin.clone() }, page, &paths).await
        });
        let mut refused = BTreeMap::new();
        for answer in join_all(visits).await.into_iter().flatten() {
            *refused.entry(answer).or_default() += 1;
        }
        server.stop().await;
        refused
    }
}

/// Opens the page as a browser does; says what was not answered with 2xx.
async fn visit(browser: &Browser, page: &Page, paths: &[String]) -> Vec<String> {
    let (mut begun, mut done) = (vec![false; paths.len()], vec![false; paths.len()]);
    let mut running = FuturesUnordered::new();
    let mut refused = Vec::new();
    loop {
        while running.len() < CONNECTIONS
            && let Some(call) = page.next(&begun, &done)
        {
            begun[call] = true;
            running.push(async move {
                let request = browser.request("GET", &paths[call]).header("accept-encoding", "gzip");
                (call, browser.send(request).await.status)
            });
        }
        let Some((call, status)) = running.next().await else { return refused };
        done[call] = true;
        if !status.is_success() {
            refused.push(format!("{status} {}", page.calls[call].path));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_server_lets_everybody_in_at_once() {
    let doors = Doors::new().await;
    // The usual number of connections to the database, and hardly any.
    for db_connections in [20, 1] {
        // The page as it is, and as it was when each part was a call: any client may do so.
        for page in [&page::NEW, &page::OLD] {
            let refused = doors.open(page, db_connections).await;
            assert!(refused.is_empty(), "with {db_connections} connections: {refused:#?}");
        }
    }
    doors.stage.server.stop().await;
}
