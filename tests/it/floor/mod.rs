//! The floor of a session through HTTP and the WebSocket.

mod asking;
mod clock;
mod giving;
mod order;
pub mod rows;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Answer;
use crate::support::rooms::{Person, Stage, text};

/// A workshop with a session, its chair, and one member of each party.
struct Hall {
    stage: Stage,
    session: String,
    worker: Person,
    employer: Person,
    minister: Person,
}

impl Hall {
    /// With the session in a state; it passes through the lobby.
    async fn new(state: &str) -> Self {
        let stage = Stage::new(json!({})).await;
        let session = new_session(&stage).await;
        let server = &stage.server;
        let worker = server.person("Wanda", "workers").await;
        let employer = server.person("Emil", "employers").await;
        let minister = server.person("Greta", "government").await;
        let hall = Self { session, worker, employer, minister, stage };
        if state != "scheduled" {
            hall.to("lobby").await;
        }
        if !["scheduled", "lobby"].contains(&state) {
            hall.to("live").await;
        }
        hall
    }

    fn chair(&self) -> &Person {
        &self.stage.chair
    }

    async fn to(&self, state: &str) {
        let path = format!("/sessions/{}/state", self.session);
        self.chair().done("POST", &path, json!({ "state": state })).await;
    }

    fn path(&self, part: &str) -> String {
        format!("/sessions/{}/floor{part}", self.session)
    }

    async fn floor(&self) -> Value {
        self.chair().read(&self.path("")).await
    }

    /// Asks for the floor; `more` changes or adds fields.
    async fn try_ask(&self, person: &Person, more: Value) -> Answer {
        person.call("POST", &self.path("/requests"), asking(more)).await
    }

    /// Asks for the floor; the request.
    async fn ask(&self, person: &Person, more: Value) -> String {
        let answer = self.try_ask(person, more).await;
        assert_eq!(answer.status.as_u16(), 201, "{}: {answer:?}", person.name);
        text(&answer.body["request"])
    }

    async fn try_next(&self, body: Value) -> Answer {
        self.chair().call("POST", &self.path("/next"), body).await
    }

    /// Gives the floor to the next, or to whom the body says; the speech.
    async fn next(&self, mut body: Value) -> String {
        if let Some(current) = self.floor().await.get("current") {
            body["current"] = current["id"].clone();
        }
        let answer = self.try_next(body).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        text(&answer.body["current"]["id"])
    }

    async fn try_step(&self, person: &Person, speech: &str, step: &str) -> Answer {
        person.call("POST", &format!("/speeches/{speech}/{step}"), Value::Null).await
    }

    async fn step(&self, speech: &str, step: &str) -> Value {
        let answer = self.try_step(self.chair(), speech, step).await;
        assert_eq!(answer.status.as_u16(), 200, "{step}: {answer:?}");
        answer.body
    }

    async fn configure(&self, body: Value) -> Value {
        self.chair().done("PATCH", &self.path(""), body).await
    }

    /// Moves the clocks of a session's speeches back: so much of a speech has passed.
    async fn pass_time(&self, seconds: i64) {
        let sql = format!(
            "UPDATE speeches SET started_at = started_at - interval '{seconds} s',
                running_since = running_since - interval '{seconds} s' WHERE session_id = '{}'",
            self.session
        );
        self.stage.server.sql(&sql).await;
    }

    async fn stop(self) {
        self.stage.server.stop().await;
    }
}

fn asking(more: Value) -> Value {
    let mut body = json!({ "kind": "contribution", "client_id": Uuid::now_v7() });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn new_session(stage: &Stage) -> String {
    let fields = json!({ "title": "Item", "organisation": "ILO",
        "starts_at": "2027-03-01T08:00:00Z", "ends_at": "2027-03-01T09:00:00Z" });
    text(&stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), fields).await["id"])
}

/// Who waits, by name or what is shown in its place.
fn queue(floor: &Value) -> Vec<String> {
    let shown = |request: &Value| {
        let speaker = &request["speaker"];
        let name = ["name", "organisation", "constituency"].into_iter().find_map(|key| speaker[key].as_str());
        name.unwrap().to_owned()
    };
    floor["queue"].as_array().unwrap().iter().map(shown).collect()
}

/// A constituency's part of the balance.
fn share<'a>(floor: &'a Value, constituency: &str) -> &'a Value {
    let mut shares = floor["balance"].as_array().unwrap().iter();
    shares.find(|share| share["constituency"] == constituency).unwrap()
}
