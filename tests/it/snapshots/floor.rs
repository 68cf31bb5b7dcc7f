//! Acts that leave an entry of each kind about a floor.

use plenary::kernel::domain::entries::EntryKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::acts::Cast;
use crate::support::rooms::{Person, text};

impl Cast {
    async fn ask(&self, person: &Person, session: &str, more: Value) -> String {
        let mut body = json!({ "kind": "contribution", "note": "On 费用", "client_id": Uuid::now_v7() });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        text(&person.done("POST", &format!("/sessions/{session}/floor/requests"), body).await["request"])
    }

    /// A live session and what an act of this kind is about: `session [request or speech]`.
    pub async fn floor(&self, kind: EntryKind) -> String {
        use EntryKind as K;
        let session = self.session(&["live"]).await;
        if matches!(kind, K::FloorConfigured | K::FloorRequested) {
            return session;
        }
        let shown = json!({ "attribution": "constituency" });
        let request = self.ask(&self.author, &session, shown).await;
        self.ask(&self.participant, &session, json!({})).await;
        if matches!(kind, K::FloorWithdrawn | K::FloorPassed | K::FloorGiven) {
            return format!("{session} {request}");
        }
        let next = format!("/sessions/{session}/floor/next");
        let speech = text(&self.moderator.done("POST", &next, json!({})).await["current"]["id"]);
        if kind == K::SpeechResumed {
            self.moderator.done("POST", &format!("/speeches/{speech}/pause"), Value::Null).await;
        }
        format!("{session} {speech}")
    }

    /// Acts on a floor, so that an entry of this kind is made.
    pub async fn act_on_floor(&self, kind: EntryKind, on: &str) {
        use EntryKind as K;
        let (session, subject) = on.split_once(' ').unwrap_or((on, ""));
        let step = async |step: &str| {
            self.moderator.done("POST", &format!("/speeches/{subject}/{step}"), Value::Null).await;
        };
        match kind {
            K::FloorConfigured => {
                let edit = json!({ "limit_s": 90, "open": false, "weights": { "workers": 3, "un": 1 },
                    "reason": "Agreed by the officers" });
                self.moderator.done("PATCH", &format!("/sessions/{session}/floor"), edit).await;
            }
            K::FloorRequested => {
                for (person, attribution) in
                    [(&self.author, "constituency"), (&self.participant, "organisation")]
                {
                    self.ask(person, session, json!({ "attribution": attribution })).await;
                }
                let person = json!({ "name": "Li Na", "organisation": "", "constituency": "government" });
                let point = json!({ "kind": "point_of_order", "on_behalf": person });
                self.ask(&self.moderator, session, point).await;
            }
            K::FloorWithdrawn => {
                self.author.done("DELETE", &format!("/floor-requests/{subject}"), Value::Null).await;
            }
            K::FloorPassed => {
                let path = format!("/floor-requests/{subject}/pass");
                self.moderator.done("POST", &path, json!({ "reason": "Has left the hall" })).await;
            }
            K::FloorGiven => {
                let floor = self.author.read(&format!("/sessions/{session}/floor")).await;
                // Not to the first, and then a question that interrupts.
                let second = &floor["queue"][1]["id"];
                let body = json!({ "request": second, "reason": "Asked about by name" });
                let next = format!("/sessions/{session}/floor/next");
                let given = self.moderator.done("POST", &next, body).await;
                let question = json!({ "kind": "question", "interposed": true });
                let question = self.ask(&self.author, session, question).await;
                let body = json!({ "request": question, "current": given["current"]["id"] });
                self.moderator.done("POST", &next, body).await;
            }
            K::SpeechPaused => step("pause").await,
            K::SpeechResumed => step("resume").await,
            _ => step("end").await,
        }
    }
}
