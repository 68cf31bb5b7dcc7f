//! Polls and sense-checks, through HTTP and the live connection.

mod answers;
mod desk;
mod heap;
mod results;
pub mod rows;
mod secret;
mod together;
mod voters;

use serde_json::{Value, json};

use crate::support::Answer;
use crate::support::rooms::{Person, Stage, text, until};

/// A session with members of several constituencies, each with a role in the room. The chair is of
/// the UN and may answer too.
pub struct Hall {
    pub stage: Stage,
    pub session: String,
    people: Vec<(String, Person)>,
}

impl Hall {
    pub async fn new(sizes: &[(&str, usize)]) -> Self {
        Self::with(json!({}), sizes).await
    }

    /// The same with other fields of the room.
    pub async fn with(room: Value, sizes: &[(&str, usize)]) -> Self {
        let stage = Stage::new(room).await;
        let mut people = Vec::new();
        for (constituency, n) in sizes {
            for at in 0..*n {
                let name = format!("{}{at}", &constituency[..2]);
                people.push((
                    (*constituency).to_owned(),
                    stage.with_role(&name, constituency, "participant").await,
                ));
            }
        }
        let fields = json!({ "title": "Item", "starts_at": "2027-03-01T08:00:00Z", "ends_at": "2027-03-01T09:00:00Z" });
        let session = stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), fields).await;
        let session = text(&session["id"]);
        Self { stage, session, people }
    }

    /// The members of a constituency.
    pub fn of(&self, constituency: &str) -> Vec<&Person> {
        self.people.iter().filter(|(of, _)| of == constituency).map(|(_, person)| person).collect()
    }

    /// Drafts a poll; fields that are not given are usual.
    pub async fn draft(&self, more: Value) -> String {
        let mut fields = json!({ "kind": "single", "question": { "en": "Which?", "zh": "哪个？" } });
        if ["single", "multiple", "approval", ""].contains(&more["kind"].as_str().unwrap_or("")) {
            fields["options"] = json!([words("A"), words("B"), words("C")]);
        }
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        let path = format!("/sessions/{}/polls", self.session);
        text(&self.stage.chair.done("POST", &path, fields).await["id"])
    }

    /// Drafts and opens a poll.
    pub async fn open(&self, more: Value) -> String {
        let poll = self.draft(more).await;
        let opened = self.act(&poll, "open", Value::Null).await;
        assert_eq!(opened.status.as_u16(), 200, "{opened:?}");
        poll
    }

    /// Something that the chair does with a poll.
    pub async fn act(&self, poll: &str, act: &str, body: Value) -> Answer {
        self.stage.chair.call("POST", &format!("/polls/{poll}/{act}"), body).await
    }

    /// Closes whoever is missing; returns the poll.
    pub async fn close(&self, poll: &str) -> Value {
        let closed = self.act(poll, "close", json!({ "anyway": true, "reason": "Time is up" })).await;
        assert_eq!(closed.status.as_u16(), 200, "{closed:?}");
        closed.body
    }

    /// The first members of a constituency answer, one ballot each.
    pub async fn answer(&self, poll: &str, constituency: &str, ballots: &[Value]) {
        let people = self.of(constituency);
        assert!(people.len() >= ballots.len());
        for (person, ballot) in people.iter().zip(ballots) {
            vote(person, poll, ballot.clone()).await;
        }
    }

    /// Waits until the room was told of so many ballots.
    pub async fn told(&self, poll: &str, ballots: i64) -> Value {
        let path = format!("/polls/{poll}");
        until("the ballots are told", async || self.stage.chair.read(&path).await["ballots"] == ballots)
            .await;
        self.stage.chair.read(&path).await
    }
}

/// A text in both languages.
pub fn words(text: &str) -> Value {
    json!({ "en": text, "zh": format!("{text}（中）") })
}

/// Answers, and it must go well.
pub async fn vote(person: &Person, poll: &str, ballot: Value) -> Value {
    person.done("PUT", &format!("/polls/{poll}/ballot"), ballot).await
}

/// Tries to answer.
pub async fn try_vote(person: &Person, poll: &str, ballot: Value) -> Answer {
    person.call("PUT", &format!("/polls/{poll}/ballot"), ballot).await
}

/// A ballot for some options.
pub fn choose(options: &[u32]) -> Value {
    json!({ "options": options })
}

/// The same ballot many times.
pub fn times(n: usize, ballot: Value) -> Vec<Value> {
    vec![ballot; n]
}
