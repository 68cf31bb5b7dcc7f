//! Questions in a session.

mod asking;
mod continuing;
mod merging;
pub mod rows;
mod steering;
mod supporting;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};

/// A workshop with a session in the lobby.
pub struct Hall {
    pub stage: Stage,
    pub session: String,
    pub moderator: Person,
    pub ana: Person,
    pub eli: Person,
}

impl Hall {
    pub async fn new() -> Self {
        let stage = Stage::new(json!({})).await;
        let moderator = stage.with_role("Mona", "government", "moderator").await;
        let ana = stage.server.person("Ana", "workers").await;
        let eli = stage.server.person("Eli", "employers").await;
        let fields = json!({ "title": "Skills", "starts_at": "2027-01-01T08:00:00Z",
            "ends_at": "2027-01-01T09:00:00Z" });
        let path = format!("/rooms/{}/sessions", stage.room);
        let session = text(&stage.chair.done("POST", &path, fields).await["id"]);
        let hall = Self { stage, session, moderator, ana, eli };
        hall.to("lobby").await;
        hall
    }

    pub async fn to(&self, state: &str) {
        let path = format!("/sessions/{}/state", self.session);
        self.stage.chair.done("POST", &path, json!({ "state": state })).await;
    }

    pub fn path(&self) -> String {
        format!("/sessions/{}/questions", self.session)
    }

    /// Asks; the id of the question.
    pub async fn ask(&self, who: &Person, body: &str) -> String {
        let new = json!({ "body": body, "client_id": Uuid::now_v7() });
        text(&who.done("POST", &self.path(), new).await["question"]["id"])
    }

    /// The moderator asks for somebody in the hall; the id of the question.
    pub async fn ask_for(&self, body: &str) -> String {
        let new = json!({ "body": body, "client_id": Uuid::now_v7(),
            "on_behalf": { "name": "Nora", "constituency": "workers" } });
        text(&self.moderator.done("POST", &self.path(), new).await["question"]["id"])
    }

    pub async fn support(&self, who: &Person, question: &str) -> Value {
        who.done("PUT", &format!("/questions/{question}/support"), Value::Null).await
    }

    pub async fn pass(&self, question: &str, state: &str) -> Value {
        let body = json!({ "state": state, "reason": "Time is short" });
        self.moderator.done("POST", &format!("/questions/{question}/state"), body).await
    }

    pub async fn merge(&self, question: &str, into: &str) -> Value {
        let path = format!("/questions/{question}/merged_into");
        self.moderator.done("PUT", &path, json!({ "question": into })).await
    }

    /// The questions as a member reads them.
    pub async fn list(&self, who: &Person) -> Value {
        who.read(&self.path()).await
    }

    /// One of them.
    pub async fn one(&self, who: &Person, question: &str) -> Value {
        let list = self.list(who).await;
        let found = list["items"].as_array().unwrap().iter().find(|item| item["id"] == question);
        found.unwrap_or_else(|| panic!("no {question} in {list}")).clone()
    }
}
