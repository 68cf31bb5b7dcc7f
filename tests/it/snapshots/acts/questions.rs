//! Questions, translations and running texts.

use plenary::kernel::domain::entries::EntryKind as K;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Cast;
use crate::support::rooms::text;

impl Cast {
    /// A session whose questions the snapshots hold.
    pub(super) async fn asked_session(&self, states: &[&str]) -> String {
        let fields = json!({ "title": "Asked", "starts_at": "2027-04-01T08:00:00Z",
            "ends_at": "2027-04-01T09:00:00Z" });
        let path = format!("/rooms/{}/sessions", self.stage.room);
        let session = text(&self.moderator.done("POST", &path, fields).await["id"]);
        for state in states {
            self.to(&session, state).await;
        }
        session
    }

    async fn question_in(&self, session: &str) -> String {
        let body = json!({ "body": "What of *us*?", "client_id": Uuid::now_v7(),
            "on_behalf": { "name": "Nora", "constituency": "workers", "organisation": "Hall" } });
        let asked = self.moderator.done("POST", &format!("/sessions/{session}/questions"), body).await;
        text(&asked["question"]["id"])
    }

    async fn question(&self) -> String {
        self.question_in(&self.asked).await
    }

    async fn question_to(&self, question: &str, state: &str) {
        let body = json!({ "state": state, "reason": "Time is short" });
        self.moderator.done("POST", &format!("/questions/{question}/state"), body).await;
    }

    async fn merge(&self, question: &str, into: &str) {
        let path = format!("/questions/{question}/merged_into");
        self.moderator.done("PUT", &path, json!({ "question": into })).await;
    }

    /// Posts and questions alike: the path, and nothing more.
    async fn translate(&self, of: &str, body: &str) -> Value {
        let read = self.moderator.read(&format!("{of}/translations")).await;
        let version = read["items"].get(0).map_or(json!(0), |one| one["version"].clone());
        let new = json!({ "body": body, "state": "interpreter", "version": version });
        self.moderator.done("PUT", &format!("{of}/translations/zh"), new).await
    }

    async fn line(&self) -> String {
        let new =
            json!({ "body": "大家好", "lang": "zh", "original_lang": "en", "client_id": Uuid::now_v7() });
        let path = format!("/sessions/{}/transcript", self.asked);
        text(&self.moderator.done("POST", &path, new).await["id"])
    }

    pub(super) async fn prepare_question(&self, kind: K) -> String {
        match kind {
            K::QuestionAsked | K::TranscriptAdded => String::new(),
            K::QuestionUnsupported => {
                let question = self.question().await;
                self.participant.done("PUT", &format!("/questions/{question}/support"), Value::Null).await;
                question
            }
            K::QuestionUnmerged => {
                let (one, two, three) = (self.question().await, self.question().await, self.question().await);
                for (person, question) in [(&self.author, &one), (&self.participant, &one)] {
                    person.done("PUT", &format!("/questions/{question}/support"), Value::Null).await;
                }
                self.merge(&one, &two).await;
                self.merge(&two, &three).await;
                one
            }
            K::QuestionReturned => {
                let question = self.question().await;
                self.question_to(&question, "parked").await;
                question
            }
            K::QuestionContinued => {
                let session = self.asked_session(&["lobby"]).await;
                let parked = self.question_in(&session).await;
                self.question_to(&parked, "parked").await;
                self.question_in(&session).await;
                self.to(&session, "live").await;
                session
            }
            K::QuestionRestored => {
                let question = self.question().await;
                self.translate(&format!("/questions/{question}"), "我们呢?").await;
                self.moderate("PUT", &format!("/questions/{question}/hidden"), json!({})).await;
                question
            }
            K::TranslationPublished | K::TranslationConfirmed => self.post().await,
            K::TranslationWithdrawn => {
                let post = self.post().await;
                self.translate(&format!("/posts/{post}"), "我们说").await;
                post
            }
            K::TranscriptRemoved => self.line().await,
            _ => self.question().await,
        }
    }

    pub(super) async fn act_on_question(&self, kind: K, on: &str) {
        let support = format!("/questions/{on}/support");
        match kind {
            K::QuestionAsked => {
                for (person, attribution) in [(&self.author, "constituency"), (&self.participant, "named")] {
                    let body = json!({ "body": "Who pays?", "client_id": Uuid::now_v7(),
                        "attribution": attribution });
                    person.done("POST", &format!("/sessions/{}/questions", self.asked), body).await;
                }
            }
            K::QuestionSupported => {
                for person in [&self.participant, &self.author] {
                    person.done("PUT", &support, Value::Null).await;
                }
            }
            K::QuestionUnsupported => {
                self.participant.done("DELETE", &support, Value::Null).await;
            }
            K::QuestionMerged => {
                let (two, three) = (self.question().await, self.question().await);
                self.participant.done("PUT", &support, Value::Null).await;
                self.merge(&two, &three).await;
                self.merge(on, &three).await;
            }
            K::QuestionUnmerged => {
                self.moderator.done("DELETE", &format!("/questions/{on}/merged_into"), Value::Null).await;
            }
            K::QuestionTaken => self.question_to(on, "taken").await,
            K::QuestionAnswered => self.question_to(on, "answered").await,
            K::QuestionParked => self.question_to(on, "parked").await,
            K::QuestionReturned => self.question_to(on, "waiting").await,
            K::QuestionContinued => self.to(on, "ended").await,
            K::QuestionHidden => self.moderate("PUT", &format!("/questions/{on}/hidden"), json!({})).await,
            K::QuestionRestored => {
                self.moderate("DELETE", &format!("/questions/{on}/hidden"), json!({})).await;
            }
            K::TranslationPublished => {
                let question = self.question().await;
                for of in [format!("/posts/{on}"), format!("/questions/{question}")] {
                    self.translate(&of, "我们说").await;
                    self.translate(&of, "我们说过").await;
                }
                // The original is edited; the text of a hidden one is hidden in every language.
                self.edit(on, "Said anew", 1).await;
                let hidden = self.hidden_post().await;
                self.moderate("DELETE", &format!("/posts/{hidden}/hidden"), json!({})).await;
                self.translate(&format!("/posts/{hidden}"), "不可见").await;
                self.moderate("PUT", &format!("/posts/{hidden}/hidden"), json!({})).await;
            }
            K::TranslationConfirmed => {
                let version = self.translate(&format!("/posts/{on}"), "我们说").await["version"].clone();
                let path = format!("/posts/{on}/translations/zh/confirm");
                self.author.done("POST", &path, json!({ "version": version })).await;
            }
            K::TranslationWithdrawn => {
                self.moderator.done("DELETE", &format!("/posts/{on}/translations/zh"), Value::Null).await;
            }
            K::TranscriptAdded => {
                self.line().await;
                self.line().await;
            }
            K::TranscriptRemoved => {
                self.moderator.done("DELETE", &format!("/transcript/{on}"), Value::Null).await;
            }
            other => panic!("nobody acts for {other}"),
        }
    }
}
