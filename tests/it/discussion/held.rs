//! Posts that wait for a moderator: seen by their author and the desk only, decided on once, by one.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};
use crate::support::socket::Socket;

struct Desk {
    stage: Stage,
    ana: Person,
    eli: Person,
    mona: Person,
    milo: Person,
    thread: String,
}

impl Desk {
    /// A thread that is reviewed first, two members and two moderators.
    async fn new() -> Self {
        let stage = Stage::new(json!({})).await;
        let ana = stage.server.person("Ana", "workers").await;
        let eli = stage.server.person("Eli", "employers").await;
        let mona = stage.with_role("Mona", "government", "moderator").await;
        let milo = stage.with_role("Milo", "un", "moderator").await;
        let thread = stage.thread(&ana).await;
        let desk = Self { stage, ana, eli, mona, milo, thread };
        desk.review("PUT").await;
        desk
    }

    async fn review(&self, method: &str) {
        let why = json!({ "reason": "off_topic", "note": "The session is short" });
        self.mona.done(method, &format!("/threads/{}/review", self.thread), why).await;
    }

    fn posts(&self) -> String {
        format!("/threads/{}/posts", self.thread)
    }

    /// What waits in the room, as a moderator sees it.
    async fn waiting(&self, by: &Person) -> Vec<Value> {
        let desk = by.read(&format!("/rooms/{}/desk", self.stage.room)).await;
        desk["held"].as_array().unwrap().clone()
    }

    async fn own(&self, person: &Person) -> Vec<Value> {
        let held = person.read(&format!("/threads/{}/held", self.thread)).await;
        held["items"].as_array().unwrap().clone()
    }

    /// How often a text is among the posts, and in the log, as a person sees them.
    async fn seen(&self, person: &Person, words: &str) -> [usize; 2] {
        let page = person.read(&self.posts()).await["items"].to_string();
        let log = json!(person.log(&self.stage.room, 0).await).to_string();
        [page, log].map(|text| text.matches(&format!("\"body_md\":\"{words}\"")).count())
    }

    async fn decide(&self, by: &Person, held: &str, body: Value) -> crate::support::Answer {
        by.call("POST", &format!("/held/{held}/decision"), body).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_post_has_no_number_and_is_seen_by_author_and_desk_only() {
    let desk = Desk::new().await;
    let room = &desk.stage.room;
    let head = desk.ana.head(room).await;
    let mut others = Socket::of(&desk.stage.server, &desk.eli).await;
    let mut author = Socket::of(&desk.stage.server, &desk.ana).await;
    let mut moderator = Socket::of(&desk.stage.server, &desk.mona).await;
    for socket in [&mut others, &mut author, &mut moderator] {
        socket.subscribe(room, None).await;
    }
    let new = json!({ "body": "Who pays?", "client_id": Uuid::now_v7() });
    let answer = desk.ana.call("POST", &desk.posts(), new.clone()).await;
    assert_eq!(answer.status.as_u16(), 202, "{answer:?}");
    assert_eq!((&answer.body["held"], &answer.body["state"]), (&json!(true), &json!("waiting")));
    let again = desk.ana.call("POST", &desk.posts(), new.clone()).await;
    assert_eq!((again.status.as_u16(), &again.body), (202, &answer.body), "a retry makes no second one");
    let other = json!({ "body": "Another text", "client_id": new["client_id"] });
    assert_eq!(desk.ana.call("POST", &desk.posts(), other).await.code(), (409, "client_id_reused"));

    assert_eq!(desk.ana.head(room).await, head, "what is held takes no number");
    for person in [&desk.ana, &desk.eli, &desk.mona, &desk.stage.steward] {
        assert_eq!(desk.seen(person, "Who pays?").await, [0, 0]);
    }
    assert_eq!(desk.waiting(&desk.mona).await.len(), 1);
    assert_eq!(desk.waiting(&desk.mona).await[0]["author"]["name"], "Ana");
    assert_eq!(desk.own(&desk.ana).await, std::slice::from_ref(&answer.body));
    assert!(desk.own(&desk.eli).await.is_empty());
    assert_eq!(desk.eli.get(&format!("/rooms/{room}/desk")).await.code(), (403, "not_permitted"));
    for socket in [&mut author, &mut moderator] {
        assert_eq!(socket.line_of("held").await["thread"], json!(desk.thread));
    }
    assert!(!others.settled().await.iter().any(|line| line["type"] == "held"), "nobody else is told");

    // A moderator's own posts wait for nobody.
    desk.mona.say(&desk.thread, "From the desk").await;
    let held = text(&answer.body["id"]);
    let approved = desk.decide(&desk.mona, &held, json!({ "decision": "approve" })).await;
    assert_eq!((approved.status.as_u16(), &approved.body["state"]), (200, &json!("approved")));
    assert_eq!(desk.ana.head(room).await, head + 2);
    for person in [&desk.ana, &desk.eli] {
        assert_eq!(desk.seen(person, "Who pays?").await, [1, 1]);
    }
    let posted = desk.ana.call("POST", &desk.posts(), new).await;
    assert_eq!((posted.status.as_u16(), posted.body["seq"].as_i64()), (200, Some(head + 2)), "the same post");
    assert_eq!(posted.body["author"]["name"], "Ana");
    assert!(desk.waiting(&desk.mona).await.is_empty() && desk.own(&desk.ana).await.is_empty());
    desk.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_declined_is_told_to_its_author_with_the_reason() {
    let desk = Desk::new().await;
    let held = text(&desk.ana.say(&desk.thread, "Buy my shoes").await["id"]);
    let no_reason = desk.decide(&desk.mona, &held, json!({ "decision": "decline", "reason": "taste" })).await;
    assert_eq!(no_reason.code(), (422, "invalid"));
    let why = json!({ "decision": "decline", "reason": "spam", "note": "No advertising" });
    assert_eq!(desk.decide(&desk.mona, &held, why.clone()).await.status.as_u16(), 200);
    let own = desk.own(&desk.ana).await;
    assert_eq!(own[0]["state"], "declined");
    assert_eq!((&own[0]["reason"], &own[0]["note"]), (&json!("spam"), &json!("No advertising")));
    assert!(own[0].get("claim").is_none(), "who decided is not told");
    for again in [why, json!({ "decision": "approve" })] {
        assert_eq!(desk.decide(&desk.milo, &held, again).await.code(), (409, "already_decided"));
    }
    assert_eq!(desk.seen(&desk.mona, "Buy my shoes").await, [0, 0]);
    // Once read, it is dismissed by its author and by nobody else; on every device.
    let mut phone = Socket::of(&desk.stage.server, &desk.ana).await;
    phone.subscribe(&desk.stage.room, None).await;
    let path = format!("/held/{held}");
    for other in [&desk.eli, &desk.mona] {
        assert_eq!(other.call("DELETE", &path, Value::Null).await.code(), (404, "not_found"));
    }
    assert_eq!(desk.own(&desk.ana).await.len(), 1);
    for _ in 0..2 {
        assert_eq!(desk.ana.call("DELETE", &path, Value::Null).await.status.as_u16(), 204);
        assert!(desk.own(&desk.ana).await.is_empty());
    }
    assert_eq!(phone.line_of("held").await["thread"], json!(desk.thread));
    let waiting = text(&desk.ana.say(&desk.thread, "Who pays?").await["id"]);
    let early = desk.ana.call("DELETE", &format!("/held/{waiting}"), Value::Null).await;
    assert_eq!(early.code(), (409, "not_possible_now"), "what waits is not put away");
    assert_eq!(desk.own(&desk.ana).await.len(), 1);
    desk.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_moderators_never_decide_on_the_same_post() {
    let desk = Desk::new().await;
    let held = text(&desk.ana.say(&desk.thread, "One").await["id"]);
    let claim = format!("/held/{held}/claim");
    let mine = desk.mona.done("PUT", &claim, Value::Null).await;
    assert_eq!((&mine["claim"]["yours"], &mine["claim"]["by"]), (&json!(true), &json!("Mona")));
    assert_eq!(desk.waiting(&desk.milo).await[0]["claim"]["yours"], false);
    for decision in [json!({ "decision": "approve" }), json!({ "decision": "decline", "reason": "spam" })] {
        let refused = desk.decide(&desk.milo, &held, decision).await;
        assert_eq!(refused.code(), (409, "claimed"));
        assert_eq!(refused.body["error"]["by"], "Mona");
    }
    assert_eq!(desk.milo.call("PUT", &claim, Value::Null).await.code(), (409, "claimed"));
    // Who does not hold it releases nothing.
    desk.milo.done("DELETE", &claim, Value::Null).await;
    assert_eq!(desk.milo.call("PUT", &claim, Value::Null).await.code(), (409, "claimed"));
    // A claim that nobody prolongs ends.
    let mut db = desk.stage.server.connection().await;
    let late = "UPDATE held_posts SET claimed_until = now() - interval '1 second'";
    diesel_async::RunQueryDsl::execute(diesel::sql_query(late), &mut db).await.unwrap();
    desk.milo.done("PUT", &claim, Value::Null).await;
    assert_eq!(desk.mona.call("PUT", &claim, Value::Null).await.code(), (409, "claimed"));
    desk.milo.done("DELETE", &claim, Value::Null).await;

    // Both at once: one decides, and what comes of it is one of the two.
    let decline = json!({ "decision": "decline", "reason": "spam" });
    let (one, other) = tokio::join!(
        desk.decide(&desk.mona, &held, json!({ "decision": "approve" })),
        desk.decide(&desk.milo, &held, decline),
    );
    let went_well = [&one, &other].into_iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(went_well, 1, "{one:?} {other:?}");
    let posted = usize::from(one.status.is_success());
    assert_eq!(desk.seen(&desk.eli, "One").await, [posted; 2]);
    desk.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn review_cannot_be_got_round() {
    let desk = Desk::new().await;
    desk.review("DELETE").await;
    let post = desk.ana.say(&desk.thread, "Harmless").await;
    desk.review("PUT").await;
    // By changing what was approved.
    let edit = json!({ "body": "Not so harmless", "revision": 1 });
    let answer = desk.ana.call("PATCH", &format!("/posts/{}", text(&post["id"])), edit).await;
    assert_eq!(answer.code(), (409, "review_first"));
    // By sending very many.
    for n in 0..20 {
        desk.ana.say(&desk.thread, &format!("Number {n}")).await;
    }
    let more = json!({ "body": "One more", "client_id": Uuid::now_v7() });
    assert_eq!(desk.ana.call("POST", &desk.posts(), more).await.code(), (409, "too_many_held"));
    // By waiting while one is muted.
    let held = text(&desk.waiting(&desk.mona).await[0]["id"]);
    let mute = json!({ "minutes": 5, "reason": "spam" });
    let path = format!("/rooms/{}/mutes/{}", desk.stage.room, desk.ana.id);
    desk.mona.done("PUT", &path, mute).await;
    let answer = desk.decide(&desk.mona, &held, json!({ "decision": "approve" })).await;
    assert_eq!(answer.code(), (409, "author_may_not_post"));
    desk.mona.done("DELETE", &path, json!({ "reason": "other" })).await;
    // What waited when the review ended still waits, and is posted once.
    desk.review("DELETE").await;
    assert_eq!(desk.waiting(&desk.mona).await.len(), 20);
    assert_eq!(desk.decide(&desk.mona, &held, json!({ "decision": "approve" })).await.status.as_u16(), 200);
    assert_eq!(desk.seen(&desk.eli, "Number 0").await, [1, 1]);
    desk.stage.server.stop().await;
}
