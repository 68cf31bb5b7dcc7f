//! A workshop in full swing: a live session with everything that its page shows.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Client, Failure};

/// What there is in a workshop.
#[derive(Clone, Copy)]
pub struct Size {
    pub sessions: usize,
    pub threads: usize,
    /// Posts in the chat of the live session.
    pub chat: usize,
    pub questions: usize,
    pub polls: usize,
    /// Requests for the floor.
    pub requests: usize,
    /// Lines of the transcript.
    pub lines: usize,
}

impl Size {
    /// A workshop of an afternoon.
    pub const USUAL: Self =
        Self { sessions: 8, threads: 20, chat: 60, questions: 12, polls: 3, requests: 6, lines: 20 };
    /// One of each.
    pub const SMALL: Self =
        Self { sessions: 1, threads: 0, chat: 0, questions: 1, polls: 1, requests: 1, lines: 1 };
}

/// The ids of a workshop.
#[derive(Clone)]
pub struct Workshop {
    pub room: String,
    /// The session that is live.
    pub session: String,
    /// Its chat.
    pub chat: String,
}

impl Workshop {
    /// Makes a workshop; the people ask, post and vote in it.
    pub async fn open(
        steward: &mut Client,
        people: &mut [Client],
        title: &str,
        size: Size,
    ) -> Result<Self, String> {
        let made = Self::make(steward, people, title, size).await;
        made.map_err(|error| format!("The workshop cannot be set up: {error}"))
    }

    async fn make(
        steward: &mut Client,
        people: &mut [Client],
        title: &str,
        size: Size,
    ) -> Result<Self, Failure> {
        let room = json!({"title": title, "kind": "workshop", "visibility": "members"});
        let room = id(&steward.call("POST", "/api/v1/rooms", Some(room)).await?["id"]);
        let session = live_session(steward, &room, size.sessions).await?;
        let at = format!("/api/v1/sessions/{}", id(&session["id"]));
        for number in 0..size.threads {
            steward.open_thread(&room, &format!("Topic {number}")).await?;
        }
        let chat = id(&session["thread"]);
        let posts = format!("/api/v1/threads/{chat}/posts");
        let count = people.len();
        let turn = |number: usize| number % count;
        for number in 0..size.chat {
            let body = json!({"body": format!("{number}: we can live with the second paragraph, if hours are paid."),
                "lang": "en", "client_id": Uuid::new_v4()});
            people[turn(number)].call("POST", &posts, Some(body)).await?;
        }
        for number in 0..size.questions {
            let body = json!({"body": format!("Who pays for hour {number}, and when?"), "lang": "en",
                "attribution": "named", "client_id": Uuid::new_v4()});
            people[turn(number)].call("POST", &format!("{at}/questions"), Some(body)).await?;
        }
        for number in 0..size.requests {
            let body = json!({"kind": "contribution", "attribution": "named", "client_id": Uuid::new_v4()});
            people[turn(number)].call("POST", &format!("{at}/floor/requests"), Some(body)).await?;
        }
        for number in 0..size.polls {
            poll(steward, &at, number).await?;
        }
        for number in 0..size.lines {
            let body = json!({"body": format!("Line {number} of what was said in the hall."), "lang": "en",
                "original_lang": "zh", "client_id": Uuid::new_v4()});
            steward.call("POST", &format!("{at}/transcript"), Some(body)).await?;
        }
        Ok(Self { room, session: id(&session["id"]), chat })
    }
}

/// The agenda; its first session is live with an open floor.
async fn live_session(steward: &mut Client, room: &str, count: usize) -> Result<Value, Failure> {
    let mut first = Value::Null;
    let start = Utc::now();
    for number in 0..count.max(1) {
        let begin = start + TimeDelta::minutes(30 * number as i64);
        let body = json!({"title": format!("Agenda item {number}"), "organisation": "Load agency",
            "starts_at": begin, "ends_at": begin + TimeDelta::minutes(30)});
        let path = format!("/api/v1/rooms/{room}/sessions");
        let session = steward.call("POST", &path, Some(body)).await?;
        if number == 0 {
            first = session;
        }
    }
    let at = format!("/api/v1/sessions/{}", id(&first["id"]));
    for state in ["lobby", "live"] {
        steward.call("POST", &format!("{at}/state"), Some(json!({"state": state}))).await?;
    }
    steward.call("PATCH", &format!("{at}/floor"), Some(json!({"open": true}))).await?;
    Ok(first)
}

async fn poll(steward: &mut Client, session: &str, number: usize) -> Result<(), Failure> {
    let body = json!({"kind": "single", "languages": ["en"],
        "question": {"en": format!("Which draft do we go on with in round {number}?")},
        "options": [{"en": "The first"}, {"en": "The second"}, {"en": "Neither"}]});
    let poll = steward.call("POST", &format!("{session}/polls"), Some(body)).await?;
    steward.call("POST", &format!("/api/v1/polls/{}/open", id(&poll["id"])), None).await?;
    Ok(())
}

fn id(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
