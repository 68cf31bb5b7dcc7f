//! Members who are signed in at once, and rooms for them to meet in.

use chrono::{TimeDelta, Utc};
use plenary::kernel::access::token_hash;
use plenary::kernel::domain::kinds::{Lang, MemberStatus, PlatformRole};
use plenary::kernel::models::members::{self, NewMember};
use plenary::kernel::models::organisations;
use reqwest::Client;
use reqwest::header::{COOKIE, HeaderMap};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{Answer, Browser, PASSWORD, Server};

static HASH: OnceCell<String> = OnceCell::const_new();

/// A member with a browser that is signed in.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub token: String,
    pub browser: Browser,
}

/// What may be said about a new member; the rest is usual.
pub struct As<'a> {
    pub platform: PlatformRole,
    pub status: MemberStatus,
    pub constituency: &'a str,
    pub confirmed: bool,
}

impl Default for As<'_> {
    fn default() -> Self {
        Self {
            platform: PlatformRole::Member,
            status: MemberStatus::Active,
            constituency: "workers",
            confirmed: true,
        }
    }
}

impl Server {
    /// A member; the slow part, the hash of [`PASSWORD`], is made once for all.
    pub async fn person_as(&self, name: &str, who: As<'_>) -> Person {
        let hash =
            HASH.get_or_init(async || self.state.accounts.passwords.hash(PASSWORD.into()).await.unwrap());
        let password_hash = hash.await.clone();
        let mut db = self.state.db.get().await.unwrap();
        // Unlike the name, so that a test can tell who is shown how.
        let organisation = format!("Federation {}", name.chars().rev().collect::<String>());
        let organisation_id =
            organisations::find_or_insert(&mut db, who.constituency, &organisation).await.unwrap();
        let id = Uuid::now_v7();
        let member = NewMember {
            id,
            email: format!("{name}@example.org"),
            password_hash,
            display_name: name.into(),
            constituency: who.constituency.into(),
            confirmed_at: who.confirmed.then(Utc::now),
            confirmed_by: None,
            organisation_id,
            platform_role: who.platform,
            status: who.status,
            locale: Lang::En,
            is_demo: false,
        };
        members::insert(&mut db, &member).await.unwrap();
        drop(db);
        let (token, browser) = self.sign_in_again(id).await;
        Person { id, name: name.into(), token, browser }
    }

    /// A confirmed member of a constituency.
    pub async fn person(&self, name: &str, constituency: &str) -> Person {
        self.person_as(name, As { constituency, ..As::default() }).await
    }

    /// A steward, of the UN.
    pub async fn steward(&self, name: &str) -> Person {
        self.person_as(name, As { platform: PlatformRole::Steward, constituency: "un", ..As::default() })
            .await
    }

    /// Another sign-in of a member.
    pub async fn sign_in_again(&self, member: Uuid) -> (String, Browser) {
        let token = Uuid::new_v4().simple().to_string().repeat(2);
        let mut db = self.state.db.get().await.unwrap();
        let until = Utc::now() + TimeDelta::days(1);
        members::insert_sign_in(&mut db, Uuid::now_v7(), member, &token_hash(&token), until).await.unwrap();
        let headers: HeaderMap =
            [(COOKIE, format!("plenary={token}").parse().unwrap())].into_iter().collect();
        let http = Client::builder().default_headers(headers).build().unwrap();
        (token, Browser { http, origin: self.origin.clone() })
    }
}

impl Person {
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.browser.call(method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    /// Calls, and returns the body of an answer that went well.
    pub async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, body).await;
        assert!(answer.status.is_success(), "{} {method} {path}: {answer:?}", self.name);
        answer.body
    }

    /// Reads what there must be.
    pub async fn read(&self, path: &str) -> Value {
        self.done("GET", path, Value::Null).await
    }

    /// Opens a thread; returns it with its first post.
    pub async fn open(&self, room: &str, title: &str) -> Value {
        let body = json!({ "kind": "discussion", "title": title, "body": format!("About {title}."),
            "lang": "en", "client_id": Uuid::now_v7() });
        self.done("POST", &format!("/rooms/{room}/threads"), body).await
    }

    /// Posts in a thread.
    pub async fn say(&self, thread: &str, text: &str) -> Value {
        let body = json!({ "body": text, "lang": "en", "client_id": Uuid::now_v7() });
        self.done("POST", &format!("/threads/{thread}/posts"), body).await
    }

    /// Gives somebody a role in a room.
    pub async fn appoint(&self, room: &str, member: &Person, role: &str) {
        self.done("PUT", &format!("/rooms/{room}/roles/{}", member.id), json!({ "role": role })).await;
    }

    /// The newest number of a room.
    pub async fn head(&self, room: &str) -> i64 {
        self.read(&format!("/rooms/{room}")).await["head_seq"].as_i64().unwrap()
    }

    /// The whole log of a room above a number, as this member sees it.
    pub async fn log(&self, room: &str, after: i64) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), after);
        loop {
            let page = self.read(&format!("/rooms/{room}/log?after={after}")).await;
            let items = page["items"].as_array().unwrap().clone();
            let Some(last) = items.last() else { return all };
            after = last["seq"].as_i64().unwrap();
            all.extend(items);
        }
    }
}

/// A workshop with a chair, on a server of its own.
pub struct Stage {
    pub server: Server,
    pub steward: Person,
    pub chair: Person,
    pub room: String,
}

impl Stage {
    /// A workshop for all members; `more` changes or adds fields.
    pub async fn new(more: Value) -> Self {
        Self::on(Server::start(|_| {}).await, more).await
    }

    /// The same on a server that runs already.
    pub async fn on(server: Server, more: Value) -> Self {
        let steward = server.steward("Stefan").await;
        let constituency = more["constituency"].as_str().unwrap_or("un").to_owned();
        let chair = server.person("Clara", &constituency).await;
        let mut fields =
            json!({ "title": "Workshop", "kind": "workshop", "visibility": "members", "chair": chair.id });
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        let room = text(&steward.done("POST", "/rooms", fields).await["id"]);
        Self { server, steward, chair, room }
    }

    /// A new member with a role in the room.
    pub async fn with_role(&self, name: &str, constituency: &str, role: &str) -> Person {
        let person = self.server.person(name, constituency).await;
        self.chair.appoint(&self.room, &person, role).await;
        person
    }

    /// A thread, opened by somebody; its id.
    pub async fn thread(&self, by: &Person) -> String {
        text(&by.open(&self.room, "A thread").await["id"])
    }
}

/// A JSON text as a string of our own.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

/// Waits until something holds, at most five seconds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "never: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
