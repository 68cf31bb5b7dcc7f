//! Acts that leave an entry of each kind.

mod questions;

use plenary::kernel::domain::entries::EntryKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};

/// The people of the room, and what they act on.
pub struct Cast {
    pub stage: Stage,
    pub author: Person,
    pub participant: Person,
    pub observer: Person,
    pub moderator: Person,
    /// To whom things happen.
    pub extra: Person,
    thread: String,
    programme: String,
    /// A session in the lobby, in which questions are asked.
    asked: String,
}

impl Cast {
    pub async fn new() -> Self {
        let stage = Stage::new(json!({ "visibility": "public" })).await;
        let author = stage.server.person("Ana", "workers").await;
        let participant = stage.server.person("Ben", "employers").await;
        let observer = stage.with_role("Olaf", "government", "observer").await;
        let moderator = stage.with_role("Mona", "employers", "moderator").await;
        let extra = stage.server.person("Xia", "workers").await;
        let thread = stage.thread(&author).await;
        let programme = stage.steward.done("POST", "/programmes", json!({ "title": "Week" })).await;
        let programme = text(&programme["id"]);
        let asked = String::new();
        let mut cast =
            Self { stage, author, participant, observer, moderator, extra, thread, programme, asked };
        cast.asked = cast.asked_session(&["lobby"]).await;
        cast
    }

    async fn moderate(&self, method: &str, path: &str, more: Value) {
        let mut body = json!({ "reason": "off_topic", "note": "Elsewhere, please" });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.moderator.done(method, path, body).await;
    }

    async fn react(&self, method: &str, post: &str, name: &str) {
        self.participant.done(method, &format!("/posts/{post}/reactions/{name}"), Value::Null).await;
    }

    /// A session that has come to a state.
    pub async fn session(&self, states: &[&str]) -> String {
        let hour = 8 + i64::from(Uuid::new_v4().as_bytes()[0] % 12);
        let fields = json!({ "title": "Item", "title_zh": "议题", "organisation": "Tin Federation",
            "starts_at": format!("2027-03-0{}T{hour:02}:00:00Z", 1 + hour % 9),
            "ends_at": format!("2027-03-0{}T{hour:02}:45:00Z", 1 + hour % 9) });
        let path = format!("/rooms/{}/sessions", self.stage.room);
        let session = text(&self.moderator.done("POST", &path, fields).await["id"]);
        for state in states {
            self.to(&session, state).await;
        }
        session
    }

    /// A session behind all others.
    async fn last_session(&self) -> String {
        let fields = json!({ "title": "Last", "time_kind": "hard_stop",
            "materials": [{ "title": "Paper", "url": "https://example.org/paper" }],
            "starts_at": "2027-05-01T08:00:00Z", "ends_at": "2027-05-01T09:00:00Z" });
        let path = format!("/rooms/{}/sessions", self.stage.room);
        text(&self.moderator.done("POST", &path, fields).await["id"])
    }

    async fn to(&self, session: &str, state: &str) {
        let path = format!("/sessions/{session}/state");
        self.moderator.done("POST", &path, json!({ "state": state })).await;
    }

    /// A draft of a poll.
    async fn draft(&self) -> String {
        let session = self.session(&["lobby"]).await;
        let fields = json!({ "kind": "sense_check", "question": { "en": "Clause 3", "zh": "第三条" } });
        let path = format!("/sessions/{session}/polls");
        text(&self.moderator.done("POST", &path, fields).await["id"])
    }

    async fn open_poll(&self) -> String {
        let poll = self.draft().await;
        self.poll(&poll, "open", Value::Null).await;
        poll
    }

    async fn poll(&self, poll: &str, act: &str, body: Value) {
        self.moderator.done("POST", &format!("/polls/{poll}/{act}"), body).await;
    }

    async fn answer(&self, poll: &str) {
        let ballot = json!({ "stance": "object", "reason": "Too early" });
        self.author.done("PUT", &format!("/polls/{poll}/ballot"), ballot).await;
    }

    /// The chat of a session, with something said in it.
    async fn chat(&self) -> String {
        let session = self.session(&["lobby"]).await;
        let chat = text(&self.author.read(&format!("/sessions/{session}")).await["thread"]);
        self.author.say(&chat, "Good morning").await;
        chat
    }

    async fn post(&self) -> String {
        let thread = &self.thread;
        let body =
            json!({ "body": "Said by *us*", "client_id": Uuid::now_v7(), "attribution": "organisation" });
        text(&self.author.done("POST", &format!("/threads/{thread}/posts"), body).await["id"])
    }

    async fn hidden_post(&self) -> String {
        let post = self.post().await;
        self.moderate("PUT", &format!("/posts/{post}/hidden"), json!({})).await;
        post
    }

    async fn edit(&self, post: &str, body: &str, revision: i64) {
        let new = json!({ "body": body, "revision": revision });
        self.author.done("PATCH", &format!("/posts/{post}"), new).await;
    }

    async fn role(&self, role: &str) {
        self.stage.chair.appoint(&self.stage.room, &self.extra, role).await;
    }

    async fn no_role(&self) {
        let path = format!("/rooms/{}/roles/{}", self.stage.room, self.extra.id);
        self.stage.chair.done("DELETE", &path, Value::Null).await;
    }

    async fn mute(&self) {
        let path = format!("/rooms/{}/mutes/{}", self.stage.room, self.extra.id);
        self.moderate("PUT", &path, json!({ "minutes": 3 })).await;
    }

    async fn unmute(&self) {
        let path = format!("/rooms/{}/mutes/{}", self.stage.room, self.extra.id);
        self.moderate("DELETE", &path, json!({})).await;
    }

    async fn edit_room(&self, fields: Value) {
        self.stage.chair.done("PATCH", &format!("/rooms/{}", self.stage.room), fields).await;
    }

    async fn close(&self, method: &str) {
        self.moderate(method, &format!("/rooms/{}/closed", self.stage.room), json!({})).await;
    }

    async fn switch(&self, thread: &str, method: &str, switch: &str) {
        self.moderate(method, &format!("/threads/{thread}/{switch}"), json!({})).await;
    }

    async fn rename(&self, thread: &str, title: &str) {
        self.author.done("PATCH", &format!("/threads/{thread}"), json!({ "title": title })).await;
    }

    /// Makes ready for an act of this kind; returns what it will act on.
    pub async fn prepare(&self, kind: EntryKind) -> String {
        use EntryKind as K;
        match kind {
            K::RoomCreated
            | K::RoomEdited
            | K::RoomSlowed
            | K::RoomClosed
            | K::RoleGranted
            | K::MemberMuted
            | K::ThreadCreated
            | K::SessionCreated => String::new(),
            K::RoomReopened => {
                self.close("PUT").await;
                String::new()
            }
            K::RoleRevoked => {
                self.role("interpreter").await;
                String::new()
            }
            K::MemberUnmuted => {
                self.mute().await;
                String::new()
            }
            K::ThreadEdited | K::PostCreated => self.thread.clone(),
            // A chat is a thread like any other.
            K::ThreadLocked | K::ThreadPinned | K::ThreadReviewRequired => self.chat().await,
            K::ThreadUnlocked => {
                let thread = self.chat().await;
                self.switch(&thread, "PUT", "lock").await;
                thread
            }
            K::ThreadUnpinned => {
                self.switch(&self.thread, "PUT", "pin").await;
                self.thread.clone()
            }
            K::ThreadReviewLifted => {
                let thread = self.chat().await;
                self.switch(&thread, "PUT", "review").await;
                thread
            }
            K::PostEdited | K::PostHidden | K::ReactionChanged => self.post().await,
            K::PostRestored => self.hidden_post().await,
            K::SessionEdited | K::SessionOpened | K::SessionStarted | K::SessionRemoved => {
                self.session(&[]).await
            }
            K::SessionWithdrawn => self.session(&["lobby"]).await,
            K::SessionPaused | K::SessionEnded => self.session(&["live"]).await,
            K::SessionResumed => self.session(&["live", "ended"]).await,
            K::FloorConfigured
            | K::FloorRequested
            | K::FloorWithdrawn
            | K::FloorPassed
            | K::FloorGiven
            | K::SpeechPaused
            | K::SpeechResumed
            | K::SpeechEnded => self.floor(kind).await,
            K::AgendaShifted => {
                self.session(&["lobby"]).await;
                self.last_session().await
            }
            K::PollOpened => self.draft().await,
            K::PollProgressed | K::PollVoterAdded | K::PollClosed | K::PollCancelled => {
                self.open_poll().await
            }
            kind => self.prepare_question(kind).await,
        }
    }

    /// Acts, so that an entry of this kind is made.
    pub async fn act(&self, kind: EntryKind, on: &str) {
        use EntryKind as K;
        let room = &self.stage.room;
        match kind {
            // The first entry of every room; there is none to have a snapshot of before it.
            K::RoomCreated => {}
            K::RoomEdited => {
                self.edit_room(json!({ "title": "Another title", "programme": self.programme })).await;
                self.edit_room(json!({ "description": "What it is\nabout" })).await;
            }
            K::RoomSlowed => {
                for seconds in [7, 0] {
                    let path = format!("/rooms/{room}/slow-mode");
                    self.moderate("PUT", &path, json!({ "seconds": seconds })).await;
                }
            }
            K::RoomClosed => self.close("PUT").await,
            K::RoomReopened => self.close("DELETE").await,
            K::RoleGranted => {
                self.role("participant").await;
                self.role("rapporteur").await;
            }
            K::RoleRevoked => self.no_role().await,
            K::MemberMuted => self.mute().await,
            K::MemberUnmuted => self.unmute().await,
            K::ThreadCreated => {
                let body = json!({ "kind": "proposal", "title": "公正转型", "body": "全文", "lang": "zh",
                    "attribution": "constituency", "client_id": Uuid::now_v7() });
                self.author.done("POST", &format!("/rooms/{room}/threads"), body).await;
            }
            K::ThreadEdited => self.rename(on, "A better title").await,
            K::ThreadLocked => self.switch(on, "PUT", "lock").await,
            K::ThreadUnlocked => self.switch(on, "DELETE", "lock").await,
            K::ThreadPinned => self.switch(on, "PUT", "pin").await,
            K::ThreadUnpinned => self.switch(on, "DELETE", "pin").await,
            K::ThreadReviewRequired => self.switch(on, "PUT", "review").await,
            K::ThreadReviewLifted => self.switch(on, "DELETE", "review").await,
            K::PostCreated => {
                let first = self.author.say(on, "One").await;
                for (person, attribution) in [(&self.participant, "constituency"), (&self.author, "named")] {
                    let reply = json!({ "body": "Two\n\n> One", "client_id": Uuid::now_v7(),
                        "parent_id": first["id"], "attribution": attribution });
                    person.done("POST", &format!("/threads/{on}/posts"), reply).await;
                }
            }
            K::PostEdited => {
                self.edit(on, "Said better", 1).await;
                self.edit(on, "Said best", 2).await;
            }
            K::PostHidden => self.moderate("PUT", &format!("/posts/{on}/hidden"), json!({})).await,
            K::PostRestored => self.moderate("DELETE", &format!("/posts/{on}/hidden"), json!({})).await,
            K::ReactionChanged => {
                for (method, name) in
                    [("PUT", "agree"), ("PUT", "thanks"), ("PUT", "disagree"), ("DELETE", "thanks")]
                {
                    self.react(method, on, name).await;
                }
            }
            K::SessionCreated => {
                let session = self.session(&[]).await;
                let chat = text(&self.author.read(&format!("/sessions/{session}")).await["thread"]);
                self.author.say(&chat, "First").await;
            }
            K::SessionEdited => {
                let new = json!({ "title": "Another item", "title_zh": null,
                    "starts_at": "2027-02-01T08:00:00Z", "ends_at": "2027-02-01T09:00:00Z" });
                self.moderator.done("PATCH", &format!("/sessions/{on}"), new).await;
            }
            K::SessionOpened => self.to(on, "lobby").await,
            K::SessionWithdrawn => self.to(on, "scheduled").await,
            K::SessionStarted | K::SessionResumed => self.to(on, "live").await,
            K::SessionPaused => self.to(on, "paused").await,
            K::SessionEnded => self.to(on, "ended").await,
            K::PollOpened => self.poll(on, "open", Value::Null).await,
            // The first one is told at once.
            K::PollProgressed => self.answer(on).await,
            K::PollVoterAdded => {
                let name = Uuid::new_v4().simple().to_string();
                let late = self.stage.server.person(&name, "workers").await;
                let who = json!({ "member": late.id, "note": "A late train" });
                self.poll(on, "voters", who).await;
            }
            K::PollClosed => {
                self.answer(on).await;
                let how = json!({ "anyway": true, "reason": "They agreed to it" });
                self.poll(on, "close", how).await;
            }
            K::PollCancelled => self.poll(on, "cancel", json!({ "reason": "Another wording" })).await,
            K::SessionRemoved => {
                self.moderator.done("DELETE", &format!("/sessions/{on}"), Value::Null).await;
            }
            K::FloorConfigured
            | K::FloorRequested
            | K::FloorWithdrawn
            | K::FloorPassed
            | K::FloorGiven
            | K::SpeechPaused
            | K::SpeechResumed
            | K::SpeechEnded => self.act_on_floor(kind, on).await,
            K::AgendaShifted => {
                for (minutes, reason) in [(12, "The sound failed"), (-5, "")] {
                    let body = json!({ "minutes": minutes, "reason": reason });
                    self.moderator.done("POST", &format!("/rooms/{room}/delay"), body).await;
                }
                // Once it has begun, its end says how late the room is.
                self.to(on, "live").await;
            }
            kind => self.act_on_question(kind, on).await,
        }
    }

    /// Puts back what would be in the way of the next act.
    pub async fn tidy(&self, kind: EntryKind, on: &str) {
        use EntryKind as K;
        match kind {
            K::RoomClosed => self.close("DELETE").await,
            K::MemberMuted => self.unmute().await,
            K::FloorConfigured
            | K::FloorRequested
            | K::FloorWithdrawn
            | K::FloorPassed
            | K::FloorGiven
            | K::SpeechPaused
            | K::SpeechResumed
            | K::SpeechEnded => self.to(on.split(' ').next().unwrap(), "ended").await,
            K::SessionStarted | K::SessionPaused | K::SessionResumed | K::AgendaShifted => {
                self.to(on, "ended").await;
            }
            _ => {}
        }
    }
}
