//! The cast of the route table: callers, and the objects that its paths name.

use plenary::kernel::domain::kinds::{MemberStatus, PlatformRole};
use serde_json::{Value, json};
use uuid::Uuid;

use super::table::{ROLES, Row};
use crate::support::rooms::{As, Person, text};
use crate::support::{Answer, Browser, Server};

/// One of each role, and somebody who makes what they act on.
pub struct Cast {
    pub server: Server,
    pub author: Person,
    pub steward: Person,
    people: Vec<Option<Person>>,
}

/// A room and the ids that stand for `{…}` in it.
pub struct Place {
    pub room: String,
    chair: Person,
    author: Person,
}

impl Cast {
    pub async fn new() -> Self {
        let server = Server::start(|_| {}).await;
        let author = server.person("Author", "workers").await;
        let steward = server.steward("Maker").await;
        let mut people = vec![None];
        for role in &ROLES[1..] {
            let mut who = As { constituency: "un", ..As::default() };
            match *role {
                "pending" => (who.status, who.confirmed) = (MemberStatus::Pending, false),
                "other" => who.constituency = "employers",
                "participant" | "observer" | "moderator" | "chair" => who.constituency = "workers",
                "steward" => who.platform = PlatformRole::Steward,
                "admin" => who.platform = PlatformRole::Admin,
                other => panic!("who is {other}?"),
            }
            people.push(Some(server.person_as(role, who).await));
        }
        Self { server, author, steward, people }
    }

    pub fn person(&self, role: &str) -> &Person {
        let at = ROLES.iter().position(|name| *name == role).unwrap();
        self.people[at].as_ref().unwrap()
    }

    /// A browser of a role, with a sign-in of its own.
    pub async fn browser(&self, role: usize) -> Browser {
        match &self.people[role] {
            Some(person) => self.server.sign_in_again(person.id).await.1,
            None => self.server.browser(),
        }
    }

    /// A room with an observer, a moderator and a chair.
    pub async fn place(&self, fields: Value) -> Place {
        // The calls of the rows may end the sign-ins of who makes them.
        let chair = self.person("chair").clone();
        let (token, browser) = self.server.sign_in_again(chair.id).await;
        let chair = Person { token, browser, ..chair };
        let mut body = json!({ "title": "Room", "kind": "workshop", "chair": chair.id });
        for (key, value) in fields.as_object().unwrap() {
            body[key] = value.clone();
        }
        let room = text(&self.steward.done("POST", "/rooms", body).await["id"]);
        for role in ["observer", "moderator"] {
            chair.appoint(&room, self.person(role), role).await;
        }
        chair.appoint(&room, &self.author, "participant").await;
        Place { room, chair, author: self.author.clone() }
    }

    /// What stands for a word in braces, made anew.
    async fn made(&self, place: &Place, word: &str) -> String {
        let (room, chair) = (&place.room, &place.chair);
        let new = || Uuid::now_v7().simple().to_string();
        let in_room = |part: &str| format!("/rooms/{room}/{part}");
        let why = json!({ "reason": "spam" });
        match word {
            "id" => room.clone(),
            "new" | "nothing" => Uuid::now_v7().to_string(),
            "chair" => chair.id.to_string(),
            "agree" => "agree".into(),
            "email" => format!("{}@example.org", self.server.person(&new(), "workers").await.name),
            "member" => self.server.person(&new(), "workers").await.id.to_string(),
            "holder" | "muted" => {
                let member = self.server.person(&new(), "workers").await;
                chair.appoint(room, &member, "participant").await;
                if word == "muted" {
                    let mute = json!({ "minutes": 5, "reason": "spam" });
                    chair.done("PUT", &in_room(&format!("mutes/{}", member.id)), mute).await;
                }
                member.id.to_string()
            }
            "other_steward" => self.server.steward(&new()).await.id.to_string(),
            "sign_in" => text(&self.author.read("/me/sign-ins").await["items"][0]["id"]),
            "token" | "invitation" => {
                let made = self.steward.done("POST", "/invitations", json!({})).await;
                text(&made[if word == "token" { "token" } else { "id" }])
            }
            "programme" => {
                text(&self.steward.done("POST", "/programmes", json!({ "title": "W" })).await["id"])
            }
            "thread" => text(&place.author.open(room, "Thread").await["id"]),
            "post" | "hidden" => {
                let post = text(&place.author.open(room, "Thread").await["first_post"]["id"]);
                if word == "hidden" {
                    chair.done("PUT", &format!("/posts/{post}/hidden"), why).await;
                }
                post
            }
            "held_post" => {
                let thread = text(&chair.open(room, "Reviewed").await["id"]);
                chair.done("PUT", &format!("/threads/{thread}/review"), why).await;
                text(&place.author.say(&thread, "Is this all right?").await["id"])
            }
            "session" => {
                let fields = json!({ "title": "S", "starts_at": "2027-01-01T08:00:00Z",
                    "ends_at": "2027-01-01T09:00:00Z" });
                text(&chair.done("POST", &in_room("sessions"), fields).await["id"])
            }
            "lobby" | "asked" | "request" | "speech" | "held" => self.floor(place, word).await,
            "agenda" => {
                // A number of minutes, and something that can be late where there is an agenda.
                let fields = json!({ "title": "S", "starts_at": "2027-01-01T08:00:00Z",
                    "ends_at": "2027-01-01T09:00:00Z" });
                chair.call("POST", &in_room("sessions"), fields).await;
                "5".into()
            }
            "feed" => text(&self.author.done("POST", "/me/calendar", Value::Null).await["token"]),
            "poll_draft" | "poll" => {
                let session = Box::pin(self.made(place, "session")).await;
                let fields = json!({ "kind": "single", "question": { "en": "Q", "zh": "问" },
                    "options": [{ "en": "A", "zh": "甲" }, { "en": "B", "zh": "乙" }] });
                let draft = chair.done("POST", &format!("/sessions/{session}/polls"), fields).await;
                let poll = text(&draft["id"]);
                if word == "poll" {
                    chair.done("POST", &format!("/polls/{poll}/open"), Value::Null).await;
                }
                poll
            }
            "zh" => "zh".into(),
            "translated" => {
                let post = text(&place.author.open(room, "Thread").await["first_post"]["id"]);
                let new = json!({ "body": "B", "state": "interpreter" });
                chair.done("PUT", &format!("/posts/{post}/translations/zh"), new).await;
                post
            }
            "live" => self.open_session(place, word).await,
            "question" => self.question(place).await,
            "question_merged" => {
                let (one, other) = (self.question(place).await, self.question(place).await);
                let into = json!({ "question": other });
                chair.done("PUT", &format!("/questions/{one}/merged_into"), into).await;
                one
            }
            "question_hidden" => {
                let question = self.question(place).await;
                chair.done("PUT", &format!("/questions/{question}/hidden"), why).await;
                question
            }
            "question_translated" => {
                let question = self.question(place).await;
                let new = json!({ "body": "B", "state": "interpreter" });
                chair.done("PUT", &format!("/questions/{question}/translations/zh"), new).await;
                question
            }
            "line" => {
                let session = self.open_session(place, "lobby").await;
                let line = json!({ "body": "B", "lang": "en", "original_lang": "en",
                    "client_id": Uuid::now_v7() });
                text(&chair.done("POST", &format!("/sessions/{session}/transcript"), line).await["id"])
            }
            "screen_code" | "screen" | "join_code" => self.screen(place, word).await,
            other => panic!("what is {{{other}}}?"),
        }
    }

    /// The code of a screen that waits, a screen of the place, or the code that leads to the place.
    async fn screen(&self, place: &Place, word: &str) -> String {
        let (room, chair) = (&place.room, &place.chair);
        if word == "join_code" {
            let shown = chair.read(&format!("/rooms/{room}/screen")).await;
            return text(&shown["join"]["code"]).replace(' ', "");
        }
        let code = text(&self.server.browser().call("POST", "/screens", Value::Null).await.body["code"]);
        if word == "screen_code" {
            return code;
        }
        let body = json!({ "code": code, "name": "Hall" });
        text(&chair.done("POST", &format!("/rooms/{room}/screens"), body).await["id"])
    }

    /// A session whose lobby is open or, in the place of another one that is live, one in which
    /// somebody asked for the floor; that request; the speech that came of it.
    async fn floor(&self, place: &Place, word: &str) -> String {
        let (room, chair) = (&place.room, &place.chair);
        let fields = json!({ "title": "S", "starts_at": "2027-01-01T08:00:00Z",
            "ends_at": "2027-01-01T09:00:00Z" });
        let session = text(&chair.done("POST", &format!("/rooms/{room}/sessions"), fields).await["id"]);
        let to = async |session: &str, state: &str| {
            let path = format!("/sessions/{session}/state");
            chair.done("POST", &path, json!({ "state": state })).await;
        };
        to(&session, "lobby").await;
        if word == "lobby" {
            return session;
        }
        if let Some(live) = chair.read(&format!("/rooms/{room}")).await["live_session"]["id"].as_str() {
            to(live, "ended").await;
        }
        to(&session, "live").await;
        let floor = format!("/sessions/{session}/floor");
        let ask = json!({ "kind": "contribution", "client_id": Uuid::now_v7() });
        let asked = place.author.done("POST", &format!("{floor}/requests"), ask).await;
        if word == "asked" || word == "request" {
            return if word == "asked" { session } else { text(&asked["request"]) };
        }
        let given = chair.done("POST", &format!("{floor}/next"), json!({})).await;
        let speech = text(&given["current"]["id"]);
        if word == "held" {
            chair.done("POST", &format!("/speeches/{speech}/pause"), Value::Null).await;
        }
        speech
    }

    /// A session in this state: the one that there is, or a new one.
    async fn open_session(&self, place: &Place, state: &str) -> String {
        let path = format!("/rooms/{}/sessions", place.room);
        let agenda = place.chair.read(&path).await;
        let found = agenda["items"].as_array().unwrap().iter().find(|session| session["state"] == state);
        if let Some(session) = found {
            return text(&session["id"]);
        }
        let fields = json!({ "title": "S", "starts_at": "2027-01-01T08:00:00Z",
            "ends_at": "2027-01-01T09:00:00Z" });
        let session = text(&place.chair.done("POST", &path, fields).await["id"]);
        let to = json!({ "state": state });
        place.chair.done("POST", &format!("/sessions/{session}/state"), to).await;
        session
    }

    /// A new question, always in the same session of a room.
    async fn question(&self, place: &Place) -> String {
        let session = self.open_session(place, "lobby").await;
        // One's own would soon be too many.
        let body = json!({ "body": "Why?", "client_id": Uuid::now_v7(),
            "on_behalf": { "name": "Nora", "constituency": "workers" } });
        let asked = place.chair.done("POST", &format!("/sessions/{session}/questions"), body).await;
        text(&asked["question"]["id"])
    }

    /// Path and body of a row with everything made.
    pub async fn filled(&self, place: &Place, row: &Row) -> (String, String) {
        let mut texts = [row.path.to_owned(), row.body.to_owned()];
        for text in &mut texts {
            while let Some((word, from)) = word(text) {
                let made = self.made(place, &word).await;
                text.replace_range(from..from + word.len() + 2, &made);
            }
        }
        let [path, body] = texts;
        (path, body)
    }
}

/// The first `{word}` of a text, and where it stands.
fn word(text: &str) -> Option<(String, usize)> {
    text.match_indices('{').find_map(|(from, _)| {
        let word: String =
            text[from + 1..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        text[from + 1 + word.len()..].starts_with('}').then_some(()).filter(|()| !word.is_empty())?;
        Some((word, from))
    })
}

/// Calls; paths of operations are not under `/api/v1`.
pub async fn call(browser: &Browser, method: &str, path: &str, body: &str) -> Answer {
    let mut request = if path.starts_with("/health/") || path == "/metrics" {
        browser.http.request(method.parse().unwrap(), format!("{}{path}", browser.origin))
    } else {
        browser.request(method, path)
    };
    if !body.is_empty() {
        request = request.header("content-type", "application/json").body(body.to_owned());
    }
    browser.send(request).await
}
