//! Texts as people paste them, and names that could be taken for others.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Stage, text};
use crate::support::{PASSWORD, Server};

/// What shows nothing, however it is written.
const NOTHING: [&str; 8] =
    ["\u{200B}", "\u{3164}", "&nbsp;", "&#8203;", "[a]: http://x.org", "```\n```", ">", "# "];

fn post(body: &str) -> Value {
    json!({ "body": body, "client_id": Uuid::now_v7() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paste_is_never_refused_and_nothing_is_never_posted() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let opened = ana.open(&stage.room, "Pay\u{B}and \u{202A}hours\u{202C}").await;
    assert_eq!(opened["title"], "Pay and hours");
    let thread = text(&opened["id"]);
    let posts = format!("/threads/{thread}/posts");
    let pasted = "Our position:\u{B}\u{FEFF}non\u{1E}breaking \u{2066}+41\u{2069} workers\u{92} 3000~5000元";
    let said = ana.done("POST", &posts, post(pasted)).await;
    assert_eq!(said["body_md"], "Our position:\nnon-breaking +41 workers’ 3000~5000元");
    assert_eq!(said["body_html"], "<p>Our position:<br>\nnon-breaking +41 workers’ 3000~5000元</p>");
    let rtl = ana.done("POST", &posts, post("Wage: &#x202E;%02&#x202C; [见](https:evil.example)")).await;
    assert_eq!(rtl["body_html"], "<p>Wage: %02 见 (https:evil.example)</p>");

    let id = text(&said["id"]);
    let session =
        json!({ "title": "Item", "starts_at": "2027-03-01T08:00:00Z", "ends_at": "2027-03-01T09:00:00Z" });
    let session = stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), session).await;
    let session = text(&session["id"]);
    stage.chair.done("POST", &format!("/sessions/{session}/state"), json!({ "state": "lobby" })).await;
    for nothing in NOTHING {
        let answers = [
            ana.call("POST", &posts, post(nothing)).await,
            ana.call("PATCH", &format!("/posts/{id}"), json!({ "body": nothing, "revision": 1 })).await,
            ana.call("POST", &format!("/sessions/{session}/questions"), post(nothing)).await,
            ana.call("POST", "/preview", json!({ "body": nothing })).await,
        ];
        for answer in answers {
            assert_eq!(answer.field("body"), "shows_nothing", "{nothing:?}: {answer:?}");
        }
    }
    assert_eq!(ana.call("POST", &posts, post("👍")).await.status, 201);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_organisations_are_seen_and_are_one_however_they_are_written() {
    let server = Server::start(|_| {}).await;
    server.member("AdaAdmin", "admin", "un").await;
    let try_as = |email: &str, name: &str, organisation: &str| {
        let more =
            json!({ "email": format!("{email}@x.org"), "display_name": name, "organisation": organisation });
        let browser = server.browser();
        async move { browser.register("x", more).await }
    };
    for blank in ["\u{3164}", "\u{200B}", "\u{2060}", "\u{AD}", "\u{E000}", "\u{2800}", "\u{E0041}"] {
        assert_eq!(try_as("blank", blank, "ILO").await.field("display_name"), "shows_nothing", "{blank:?}");
        assert_eq!(try_as("blank", "B", blank).await.field("organisation"), "shows_nothing", "{blank:?}");
    }
    assert_eq!(try_as("blank", "---", "ILO").await.field("display_name"), "no_letter");
    for double in [
        "Ada Admin",
        "Ada\u{200B} Admin",
        "Аda Admin",
        "Ada  Admin",
        "Ada\u{A0}Admin",
        "Ada\u{2028}Admin",
        "ADA ADMIN",
        "Ａda Admin",
        "Ada Adm1n",
        "Ada\u{FE0F} Admin",
    ] {
        let answer = try_as("double", double, "Elsewhere").await;
        assert_eq!((answer.status.as_u16(), answer.field("display_name")), (422, "name_taken"), "{double:?}");
    }
    assert_eq!(
        try_as("z", &format!("Z{}", "\u{335}".repeat(79)), "ILO").await.body["display_name"]
            .as_str()
            .unwrap()
            .chars()
            .count(),
        5
    );
    for (email, name, organisation) in
        [("a", "Li Wei", "ILO"), ("b", "B", "ILO\u{200B}"), ("c", "C", "ＩＬＯ"), ("d", "D", "ilo ")]
    {
        assert_eq!(try_as(email, name, organisation).await.body["organisation"], "ILO");
    }
    // The organisation tells two of one name apart; within one there is nobody twice.
    assert_eq!(try_as("e", "Li  wei", "ilo").await.field("display_name"), "name_taken");
    assert_eq!(try_as("e", "Li Wei", "IOE").await.status, 201);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_members_new_name_waits_for_a_steward() {
    let server = Server::start(|_| {}).await;
    let (steward, _) = server.member("Stefan", "steward", "un").await;
    let (vera, me) = server.member("Vera", "member", "workers").await;
    let rename = |name: &str| json!({ "display_name": name });
    assert_eq!(vera.call("PATCH", "/me", rename("Stefan")).await.field("display_name"), "name_taken");
    let waiting = vera.call("PATCH", "/me", rename("Vera  Weiss")).await.body;
    assert_eq!((&waiting["display_name"], &waiting["wanted_name"]), (&json!("Vera"), &json!("Vera Weiss")));
    assert_eq!(waiting["confirmed"], true);
    let listed = steward.get("/members?wants_name=true").await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["wanted_name"], "Vera Weiss");
    // Taken back, refused, agreed to.
    assert!(vera.call("PATCH", "/me", rename("Vera")).await.body.get("wanted_name").is_none());
    vera.call("PATCH", "/me", rename("Vera W")).await;
    let path = format!("/members/{}", me["id"].as_str().unwrap());
    let refused = steward.call("PATCH", &path, json!({ "refuse_name": true })).await.body;
    assert_eq!((&refused["display_name"], refused.get("wanted_name")), (&json!("Vera"), None));
    vera.call("PATCH", "/me", rename("Vera Weiss")).await;
    let agreed = steward.call("PATCH", &path, rename("Vera Weiss")).await.body;
    assert_eq!((&agreed["display_name"], &agreed["former_names"]), (&json!("Vera Weiss"), &json!(["Vera"])));
    assert!(agreed.get("wanted_name").is_none());
    assert_eq!(vera.get("/me").await.body["display_name"], "Vera Weiss");

    // A steward corrects a name and an organisation; not to a name that is taken.
    assert_eq!(steward.call("PATCH", &path, rename("STEFAN")).await.field("display_name"), "name_taken");
    let corrected = json!({ "display_name": "Vera Weiß", "organisation": "Zinc Federation" });
    let corrected = steward.call("PATCH", &path, corrected).await.body;
    assert_eq!(
        (&corrected["display_name"], &corrected["organisation"]),
        (&json!("Vera Weiß"), &json!("Zinc Federation"))
    );
    // Whoever is not confirmed has nothing to lose; who confirms others needs nobody.
    let new = server.browser();
    new.register("nora", json!({})).await;
    assert_eq!(new.call("PATCH", "/me", rename("Nora N")).await.body["display_name"], "Nora N");
    assert_eq!(steward.call("PATCH", "/me", rename("Stefan S")).await.body["display_name"], "Stefan S");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_name_is_given_once_among_many_who_ask_at_once() {
    let server = Server::start(|_| {}).await;
    let tries = (0..6).map(|n| {
        let browser = server.browser();
        let more = json!({ "email": format!("m{n}@x.org"), "display_name": "Ana Lima" });
        async move { browser.register("x", more).await.status.as_u16() }
    });
    let mut outcomes = futures_util::future::join_all(tries).await;
    outcomes.sort_unstable();
    assert_eq!(outcomes, [201, 422, 422, 422, 422, 422]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_and_addresses_are_spelled_in_many_ways() {
    let server = Server::start(|_| {}).await;
    let ana = server.browser();
    let password = "café à la crème 77 brûlée";
    let decomposed = "cafe\u{301} a\u{300} la cre\u{300}me 77 bru\u{302}le\u{301}e";
    let made = ana.register("x", json!({ "email": "über@x.org", "password": format!("{password}\n") })).await;
    assert_eq!(made.status, 201, "{made:?}");
    for (email, password) in
        [("über@x.org", decomposed), ("u\u{308}ber@x.org", password), ("ÜBER@X.ORG", password)]
    {
        assert_eq!(server.browser().sign_in(email, password).await.status, 200, "{email} {password}");
    }
    let again = json!({ "email": "u\u{308}ber@x.org", "display_name": "Y" });
    assert_eq!(server.browser().register("y", again).await.code(), (409, "email_taken"));
    for unseen in ["x\u{3164}@x.org", "x\u{FE0F}@x.org", "x\u{200B}@x.org", "x\u{202E}@x.org"] {
        let answer = server.browser().register("z", json!({ "email": unseen })).await;
        assert_eq!(answer.field("email"), "invalid", "{unseen:?}");
    }
    // The Turkish İ is not an i, in Rust as in the database.
    server.member("admin", "member", "un").await;
    assert_eq!(server.browser().sign_in("admİn@example.org", PASSWORD).await.status, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_have_an_address_that_tells_their_title() {
    let stage = Stage::new(json!({})).await;
    for (title, slug) in
        [("Étude générale", "etude-generale"), ("2026年社会对话论坛", "2026-nian-she-hui-dui-hua-lun-tan")]
    {
        let fields = json!({ "title": title, "kind": "workshop", "visibility": "members" });
        assert_eq!(stage.steward.done("POST", "/rooms", fields).await["slug"], slug);
    }
    stage.server.stop().await;
}
