//! A client by the contract alone: it loads a room over HTTP, and keeps what it has up to date by events.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::support::Browser;
use crate::support::rooms::text;

/// What a client shows of one room, without what is personal.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    room: Map<String, Value>,
    threads: BTreeMap<String, Value>,
    posts: BTreeMap<String, Value>,
    sessions: BTreeMap<String, Value>,
    /// Of each session.
    floors: BTreeMap<String, Value>,
    /// Of all sessions, without drafts: these are for the desk and in no event.
    polls: BTreeMap<String, Value>,
    questions: BTreeMap<String, Value>,
    /// Session → order of its questions and what support is divided by.
    orders: BTreeMap<String, Value>,
    /// Lines of running texts.
    lines: BTreeMap<String, Value>,
    /// None for those to whom roles are not shown.
    roles: Option<BTreeMap<String, Value>>,
    /// Numbers of threads, also of chats that were not loaded.
    numbers: BTreeMap<String, Value>,
}

/// The parts of a room that belong to the caller.
const PERSONAL: [&str; 7] = ["your_role", "may", "unread", "your_mute", "read_seq", "yours", "mine"];
/// The parts of a room that events bring whole.
const SETTINGS: [&str; 11] = [
    "id",
    "slug",
    "title",
    "description",
    "description_html",
    "kind",
    "visibility",
    "constituency",
    "programme",
    "slow_mode_s",
    "closed",
];
/// The parts of a thread that come with every post.
const NUMBERS: [&str; 4] = ["post_count", "last_post_seq", "last_post_at", "counts"];

fn public(value: &Value) -> Value {
    let mut object = value.as_object().unwrap_or_else(|| panic!("an object: {value}")).clone();
    for name in PERSONAL {
        object.remove(name);
    }
    object.into()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}")).to_owned()
}

fn numbers(of: &Value) -> Value {
    NUMBERS.iter().map(|name| (name.to_string(), of[*name].clone())).collect::<Map<_, _>>().into()
}

/// The floor of a new session is not told: it is as every floor is at first.
fn is_touched(floor: &Value) -> bool {
    let none = |name: &str| floor[name].as_array().is_some_and(Vec::is_empty);
    let unspoken = floor["balance"].as_array().unwrap().iter().all(|share| share["speeches"] == 0);
    let empty = ["queue", "interposed", "interrupted", "acts"].into_iter().all(none) && unspoken;
    !(empty && floor["open"] == true && floor["limit_s"] == 180 && floor.get("current").is_none())
}

/// How late the session under way ends, or the first one after all that began begins.
fn late_minutes(sessions: &BTreeMap<String, Value>) -> i64 {
    let mut plan: Vec<&Value> = sessions.values().collect();
    plan.sort_by_key(|session| (session["planned_start"].to_string(), session["id"].to_string()));
    let time = |text: &Value| text.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let late = |session: &Value, now: &str, planned: &str| {
        (time(&session[now]) - time(&session[planned])).num_minutes().max(0)
    };
    let began = |session: &&Value| session.get("started_at").is_some();
    match plan.iter().find(|session| began(session) && session["state"] != "ended") {
        Some(running) => late(running, "ends_at", "planned_end"),
        None => {
            let after = plan.iter().rposition(began).map_or(0, |last| last + 1);
            plan.get(after).map_or(0, |next| late(next, "starts_at", "planned_start"))
        }
    }
}

async fn pages(browser: &Browser, path: &str) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = browser.get(&format!("{path}{after}")).await;
        assert_eq!(page.status.as_u16(), 200, "{path}: {page:?}");
        items.extend(page.body["items"].as_array().unwrap().iter().cloned());
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}

/// The sessions whose questions and running texts are looked at; it would take long to ask for all.
const ASKED: &str = "Asked";

fn order_of(value: &Value) -> Value {
    json!({ "order": value["order"], "present": value["present"] })
}

impl Snapshot {
    /// Loads what is asked and said in the sessions.
    async fn load_sessions(&mut self, browser: &Browser) {
        let asked = self.sessions.values().filter(|session| session["title"] == ASKED).map(id);
        for session in asked.collect::<Vec<_>>() {
            let page = browser.get(&format!("/sessions/{session}/questions")).await;
            assert_eq!(page.status.as_u16(), 200, "{page:?}");
            let items = page.body["items"].as_array().unwrap();
            if !items.is_empty() {
                self.orders.insert(session.clone(), order_of(&page.body));
            }
            self.questions.extend(items.iter().map(|question| (id(question), question.clone())));
            let lines = pages(browser, &format!("/sessions/{session}/transcript?limit=2")).await;
            self.lines.extend(lines.into_iter().map(|line| (id(&line), line)));
        }
    }

    fn take_post(&mut self, data: &Value) {
        let mut post = data.as_object().unwrap().clone();
        let state = post.remove("thread_state").unwrap();
        assert_eq!(state["id"], post["thread"]);
        if let Some(thread) = self.threads.get_mut(&id(&state)) {
            for name in NUMBERS {
                thread[name] = state[name].clone();
            }
        }
        self.numbers.insert(id(&state), numbers(&state));
        self.posts.insert(id(data), post.into());
    }

    fn take_question(&mut self, data: &Value) {
        assert_eq!(data["id"], data["question"]["id"]);
        for question in [&data["question"]].into_iter().chain(data["others"].as_array().unwrap()) {
            assert_eq!(question["session"], data["session"]);
            self.questions.insert(id(question), question.clone());
        }
        self.orders.insert(data["session"].as_str().unwrap().into(), order_of(data));
    }

    /// Loads everything.
    pub async fn load(browser: &Browser, room: &str) -> Self {
        let of_room = |part: &str| format!("/rooms/{room}/{part}");
        let answer = browser.get(&format!("/rooms/{room}")).await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        let mut threads = BTreeMap::new();
        for list in ["threads?limit=3&sort=new", "threads?limit=3&sort=activity", "threads?limit=3&kind=chat"]
        {
            for thread in pages(browser, &of_room(list)).await {
                threads.insert(id(&thread), public(&thread));
            }
        }
        let mut posts = BTreeMap::new();
        for (thread, _) in threads.iter().filter(|(_, thread)| thread["post_count"] != 0) {
            for post in pages(browser, &format!("/threads/{thread}/posts?limit=4")).await {
                posts.insert(id(&post), post);
            }
        }
        let sessions = pages(browser, &of_room("sessions?")).await;
        let (mut floors, mut polls) = (BTreeMap::new(), BTreeMap::new());
        for session in &sessions {
            let floor = browser.get(&format!("/sessions/{}/floor", id(session))).await;
            if is_touched(&floor.body) {
                floors.insert(id(session), public(&floor.body));
            }
            for poll in pages(browser, &format!("/sessions/{}/polls?", id(session))).await {
                if poll["state"] != "draft" {
                    polls.insert(id(&poll), public(&poll));
                }
            }
        }
        let roles = browser.get(&of_room("roles")).await;
        let roles = roles.status.is_success().then(|| {
            let rows = roles.body["items"].as_array().unwrap().iter();
            rows.map(|row| (id(&row["member"]), row["role"].clone())).collect()
        });
        let room = public(&answer.body).as_object().unwrap().clone();
        let numbers = threads.iter().map(|(id, thread)| (id.clone(), numbers(thread))).collect();
        let sessions = sessions.into_iter().map(|session| (id(&session), session)).collect();
        let (questions, orders, lines) = Default::default();
        let mut all =
            Self { room, threads, posts, sessions, floors, polls, questions, orders, lines, roles, numbers };
        all.load_sessions(browser).await;
        all
    }

    /// The number that it is as new as.
    pub fn head(&self) -> i64 {
        self.room["head_seq"].as_i64().unwrap()
    }

    /// Applies an event: upsert by id.
    pub fn apply(&mut self, event: &Value) {
        let (kind, data) = (event["kind"].as_str().unwrap(), &event["data"]);
        match kind.split('.').next().unwrap() {
            "room" => {
                for name in SETTINGS {
                    match data["room"].get(name) {
                        Some(value) => self.room.insert(name.into(), value.clone()),
                        None => self.room.remove(name),
                    };
                }
            }
            "role" => {
                let member = data["member_id"].as_str().unwrap().to_owned();
                if let Some(roles) = &mut self.roles {
                    match &data["role"] {
                        Value::Null => roles.remove(&member),
                        role => roles.insert(member, role.clone()),
                    };
                }
            }
            "member" => assert_eq!(*data, json!({}), "nobody is told whom a mute hits"),
            "thread" => {
                assert_eq!(public(data), *data, "an event has no personal part");
                self.numbers.insert(id(data), numbers(data));
                self.threads.insert(id(data), data.clone());
            }
            "session" if data["removed"] == true => {
                self.floors.remove(&id(data));
                if let Some(session) = self.sessions.remove(&id(data)) {
                    let chat = session["thread"].as_str().unwrap();
                    self.threads.remove(chat);
                    self.numbers.remove(chat);
                }
            }
            "session" => {
                self.sessions.insert(id(data), data.clone());
            }
            "floor" | "speech" => {
                assert_eq!(public(data), *data, "an event has no personal part");
                if is_touched(data) {
                    self.floors.insert(text(&data["session"]), data.clone());
                } else {
                    self.floors.remove(&text(&data["session"]));
                }
            }
            "agenda" => {
                let rows = data["sessions"].as_array().unwrap().iter();
                self.sessions = rows.map(|session| (id(session), session.clone())).collect();
                self.room.insert("delay".into(), data["delay"].clone());
            }
            "poll" => {
                assert_eq!(public(data), *data, "an event has no personal part");
                self.polls.insert(id(data), data.clone());
            }
            "post" | "reaction" => self.take_post(data),
            "question" => self.take_question(data),
            "translation" => {
                assert_ne!(data.get("post").is_some(), data.get("question").is_some(), "{data}");
                data.get("post").inspect(|post| self.take_post(post));
                data.get("question").inspect(|question| self.take_question(question));
            }
            "transcript" if data["removed"] == true => {
                self.lines.remove(&id(data));
            }
            "transcript" => {
                self.lines.insert(id(data), data.clone());
            }
            other => panic!("an event of an unknown kind: {other}"),
        }
        self.room.insert("head_seq".into(), event["seq"].clone());
        self.count();
    }

    /// What a room shows of its threads and sessions follows from them.
    fn count(&mut self) {
        let talk = self.threads.values().filter(|thread| thread["kind"] != "chat").count();
        let (mut posts, mut last, mut counts) = (0, None, BTreeMap::<String, i64>::new());
        for numbers in self.numbers.values() {
            posts += numbers["post_count"].as_i64().unwrap();
            if numbers["post_count"] != 0 {
                last = last.max(numbers["last_post_at"].as_str().map(str::to_owned));
            }
            for (constituency, count) in numbers["counts"].as_object().unwrap() {
                *counts.entry(constituency.clone()).or_default() += count.as_i64().unwrap();
            }
        }
        self.room.insert("thread_count".into(), talk.into());
        self.room.insert("post_count".into(), posts.into());
        self.room.insert("counts".into(), json!(counts));
        let mut agenda: Vec<&Value> = self.sessions.values().collect();
        agenda.sort_by_key(|session| (session["starts_at"].to_string(), session["id"].to_string()));
        let first = |states: [&str; 2]| {
            let found = agenda.iter().find(|session| states.contains(&session["state"].as_str().unwrap()));
            found.map(|session| (*session).clone())
        };
        let late = late_minutes(&self.sessions);
        self.room.insert("late_minutes".into(), late.into());
        for (name, value) in [
            ("last_post_at", last.map(Value::from)),
            ("live_session", first(["live", "paused"])),
            ("next_session", first(["lobby", "scheduled"])),
        ] {
            match value {
                Some(value) => self.room.insert(name.into(), value),
                None => self.room.remove(name),
            };
        }
    }

    /// A chat is loaded when its session is opened: of sessions that are new since `before`, only
    /// the numbers are known.
    pub fn without_new_chats(&self, before: &Self) -> Self {
        let mut known = self.clone();
        known.threads.retain(|id, thread| thread["kind"] != "chat" || before.threads.contains_key(id));
        let chats: Vec<String> =
            self.threads.keys().filter(|id| !known.threads.contains_key(*id)).cloned().collect();
        // Nothing was said there: nothing was told.
        known.numbers.retain(|id, numbers| !chats.contains(id) || numbers["post_count"] != 0);
        known
    }

    /// True when nothing but the number differs.
    pub fn is_as(&self, other: &Self) -> bool {
        let mut same = self.clone();
        same.room.insert("head_seq".into(), other.head().into());
        same == *other
    }

    /// Everything in it, to search.
    pub fn text(&self) -> String {
        format!("{self:?}")
    }
}
