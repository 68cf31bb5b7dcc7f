//! Every field of every body, with every kind of wrong value.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Rows, check};
use crate::routes::cast::{Cast, Place};
use crate::routes::table::{Row, TABLE};
use crate::support::rooms::text;
use crate::support::{Answer, Browser};

/// What is put in the place of a value, as it stands in the JSON.
fn wrong_values(foreign: &[String]) -> Vec<String> {
    let mut values: Vec<String> = [
        "\"\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\u202Eevil\"",
        "\"\\uFEFF\"",
        "\"\\r\\n\"",
        "\"' OR 1=1 --\"",
        "\"\u{10FFFF}𝕏é\u{301}\"",
        "\"-262143-01-01\"",
        "\"+262142-12-31\"",
        "\"9999-12-31T23:59:60Z\"",
        "\"-262143-01-01T00:00:00Z\"",
        "\"+262142-12-31T23:59:59.999999999Z\"",
        "0",
        "-1",
        "1.5",
        "1e300",
        "2147483648",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "true",
        "null",
        "[]",
        "{}",
    ]
    .map(str::to_owned)
    .into();
    values.push(json!("x".repeat(201)).to_string());
    values.push(json!("转".repeat(20_001)).to_string());
    values.push("[".repeat(500) + &"]".repeat(500));
    values.push(json!(Uuid::nil()).to_string());
    values.extend(foreign.iter().map(|id| json!(id).to_string()));
    values
}

/// The body with one value replaced by what may be no JSON.
pub(super) fn with(body: &Map<String, Value>, field: &str, raw: &str) -> String {
    let mut parts: Vec<String> = body
        .iter()
        .filter(|(name, _)| *name != field)
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    parts.push(format!("{}:{raw}", json!(field)));
    format!("{{{}}}", parts.join(","))
}

/// Who may make the call.
async fn caller(cast: &Cast, row: &Row) -> Browser {
    let role = row.expected.iter().rposition(|status| *status < 300).unwrap_or(8);
    cast.browser(role).await
}

pub(super) async fn send(browser: &Browser, method: &str, path: &str, body: Vec<u8>) -> Answer {
    browser.send(browser.request(method, path).header("content-type", "application/json").body(body)).await
}

/// Sends, and compares the database where the call was refused.
struct Prober {
    rows: Rows,
    before: String,
    sent: usize,
    refused: usize,
}

impl Prober {
    async fn probe(&mut self, browser: &Browser, row: &Row, path: &str, body: Vec<u8>) -> Answer {
        let what = format!("{} {} {:.120}", row.method, row.path, String::from_utf8_lossy(&body));
        let answer = send(browser, row.method, path, body).await;
        check(&what, &answer);
        let now = self.rows.now().await;
        self.sent += 1;
        if answer.status.as_u16() >= 400 {
            self.refused += 1;
            assert_eq!(now, self.before, "{what} left something: {answer:?}");
        }
        self.before = now;
        answer
    }
}

async fn prober(cast: &Cast) -> Prober {
    let mut rows = Rows::of(&cast.server).await;
    Prober { before: rows.now().await, rows, sent: 0, refused: 0 }
}

async fn place(cast: &Cast) -> Place {
    cast.place(json!({ "visibility": "members" })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_values_in_every_field_about_rooms() {
    wrong_values_where(|path| path.starts_with("/rooms")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_values_in_every_other_field() {
    // Each try at a password is slow; accounts.rs tries those calls.
    wrong_values_where(|path| !path.starts_with("/rooms") && !["/sign-in", "/me/password"].contains(&path))
        .await;
}

async fn wrong_values_where(is_wanted: impl Fn(&str) -> bool) {
    let cast = Cast::new().await;
    // Ids that are there, but elsewhere.
    let elsewhere = place(&cast).await;
    let thread = cast.author.open(&elsewhere.room, "Elsewhere").await;
    let foreign = [
        elsewhere.room.clone(),
        text(&thread["id"]),
        text(&thread["first_post"]["id"]),
        cast.author.id.to_string(),
        "0199aaaa-0000-7000-8000-00000000000g".into(),
    ];
    let values = wrong_values(&foreign);
    let mut prober = prober(&cast).await;
    // Of several rows of a route the first is enough.
    let mut seen = Vec::new();
    for row in TABLE.iter().filter(|row| !row.body.is_empty() && is_wanted(row.path)) {
        if seen.contains(&(row.method, row.path)) {
            continue;
        }
        seen.push((row.method, row.path));
        let place = place(&cast).await;
        let (path, body) = cast.filled(&place, row).await;
        prober.before = prober.rows.now().await;
        let body: Map<String, Value> = serde_json::from_str(&body).unwrap();
        let browser = caller(&cast, row).await;
        prober.before = prober.rows.now().await;
        let mut fields: Vec<&str> = body.keys().map(String::as_str).collect();
        for (of, optional) in OPTIONAL {
            if *of == row.path && !fields.contains(optional) {
                fields.push(optional);
            }
        }
        for field in fields {
            for raw in &values {
                prober.probe(&browser, row, &path, with(&body, field, raw).into_bytes()).await;
            }
        }
        let answer = prober.probe(&browser, row, &path, with(&body, "surprise", "1").into_bytes()).await;
        // A newer client may say more than this server knows.
        assert_ne!(answer.code(), (400, "malformed"), "an unknown field in {} {}", row.method, row.path);
    }
    println!("{} bodies, {} refused", prober.sent, prober.refused);
    assert!(prober.refused > 1_000, "{} of {}", prober.refused, prober.sent);
    cast.server.stop().await;
}

/// Fields that the bodies of the table leave out.
pub(super) const OPTIONAL: &[(&str, &str)] = &[
    ("/register", "invitation"),
    ("/me", "display_name"),
    ("/members/{member}/confirm", "constituency"),
    ("/members/{member}/confirm", "organisation"),
    ("/members/{member}", "platform_role"),
    ("/members/{member}", "constituency"),
    ("/members/{member}", "organisation"),
    ("/invitations", "email"),
    ("/invitations", "constituency"),
    ("/invitations", "organisation"),
    ("/invitations", "platform_role"),
    ("/invitations", "expires_in_days"),
    ("/programmes", "slug"),
    ("/programmes", "description"),
    ("/programmes", "starts_on"),
    ("/programmes", "ends_on"),
    ("/programmes/{programme}", "description"),
    ("/programmes/{programme}", "starts_on"),
    ("/programmes/{programme}", "ends_on"),
    ("/rooms", "constituency"),
    ("/rooms", "programme"),
    ("/rooms", "slug"),
    ("/rooms", "description"),
    ("/rooms", "chair"),
    ("/rooms/{id}", "description"),
    ("/rooms/{id}", "visibility"),
    ("/rooms/{id}", "programme"),
    ("/rooms/{id}/threads", "lang"),
    ("/rooms/{id}/threads", "attribution"),
    ("/threads/{thread}/posts", "parent_id"),
    ("/threads/{thread}/posts", "lang"),
    ("/threads/{thread}/posts", "attribution"),
    ("/rooms/{id}/sessions", "title_zh"),
    ("/rooms/{id}/sessions", "organisation"),
    ("/rooms/{id}/sessions", "time_kind"),
    ("/rooms/{id}/sessions", "materials"),
    ("/rooms/{id}/delay", "reason"),
    ("/rooms/{id}/delay", "dry_run"),
    ("/rooms/{id}/delay", "late_minutes"),
    ("/sessions/{session}", "time_kind"),
    ("/sessions/{session}", "materials"),
    ("/sessions/{session}/polls", "scale_max"),
    ("/sessions/{session}/polls", "max_choices"),
    ("/sessions/{session}/polls", "secret"),
    ("/sessions/{session}/polls", "visible"),
    ("/sessions/{session}/polls", "positions_public"),
    ("/sessions/{session}/polls", "eligible_rule"),
    ("/sessions/{session}/polls", "languages"),
    ("/sessions/{session}/polls", "quorum_share"),
    ("/polls/{poll_draft}", "kind"),
    ("/polls/{poll_draft}", "options"),
    ("/polls/{poll}/ballot", "value"),
    ("/polls/{poll}/ballot", "stance"),
    ("/polls/{poll}/ballot", "reason"),
    ("/sessions/{session}", "title_zh"),
    ("/sessions/{session}", "organisation"),
    ("/sessions/{session}", "starts_at"),
    ("/sessions/{session}", "ends_at"),
    ("/sessions/{lobby}/questions", "lang"),
    ("/sessions/{lobby}/questions", "attribution"),
    ("/sessions/{lobby}/questions", "on_behalf"),
    ("/questions/{question}/state", "reason"),
    ("/posts/{post}/translations/{zh}", "based_on"),
    ("/posts/{post}/translations/{zh}", "version"),
    ("/questions/{question}/translations/{zh}", "based_on"),
    ("/questions/{question}/translations/{zh}", "version"),
    ("/sessions/{live}/signals", "term"),
    ("/rooms/{id}/slow-mode", "note"),
    ("/sessions/{session}/floor", "open"),
    ("/sessions/{session}/floor", "weights"),
    ("/sessions/{session}/floor", "reason"),
    ("/sessions/{lobby}/floor/requests", "note"),
    ("/sessions/{lobby}/floor/requests", "attribution"),
    ("/sessions/{lobby}/floor/requests", "interposed"),
    ("/sessions/{lobby}/floor/requests", "on_behalf"),
    ("/sessions/{asked}/floor/next", "request"),
    ("/sessions/{asked}/floor/next", "reason"),
    ("/rooms/{id}/mutes/{member}", "note"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_body_at_all() {
    let cast = Cast::new().await;
    let place = place(&cast).await;
    let mut prober = prober(&cast).await;
    for row in TABLE.iter().filter(|row| !row.body.is_empty()) {
        let (path, body) = cast.filled(&place, row).await;
        let browser = caller(&cast, row).await;
        prober.before = prober.rows.now().await;
        let mut cut = body.clone().into_bytes();
        cut.truncate(body.len() / 2);
        let twice = format!("{body}{body}").into_bytes();
        let with_bom = [b"\xef\xbb\xbf", body.as_bytes()].concat();
        let deep = format!("{{\"body\":{}", "[".repeat(100_000)).into_bytes();
        for raw in [
            b"".to_vec(),
            b" ".to_vec(),
            b"{".to_vec(),
            b"nonsense".to_vec(),
            b"[]".to_vec(),
            b"null".to_vec(),
            b"7".to_vec(),
            b"\"x\"".to_vec(),
            b"\x00".to_vec(),
            b"\xff\xfe\x00".to_vec(),
            b"{\"body\":\"\xff\xfe\"}".to_vec(),
            b"{\"body\":\"\xed\xa0\x80\"}".to_vec(),
            cut,
            twice,
            with_bom,
            deep,
        ] {
            let answer = prober.probe(&browser, row, &path, raw.clone()).await;
            let of = String::from_utf8_lossy(&raw[..raw.len().min(40)]).into_owned();
            assert_eq!(answer.code(), (400, "malformed"), "{} {} {of}", row.method, row.path);
        }
        let answer = prober.probe(&browser, row, &path, vec![b' '; 256 * 1024 + 1]).await;
        assert_eq!(answer.code(), (413, "too_large"), "{} {}", row.method, row.path);
        let answer = prober.probe(&browser, row, &path, vec![b'['; 3_000_000]).await;
        assert_eq!(answer.code(), (413, "too_large"), "{} {}", row.method, row.path);
    }
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_of_another_room_are_not_taken() {
    let cast = Cast::new().await;
    let (here, there) = (place(&cast).await, place(&cast).await);
    let thread = text(&cast.author.open(&here.room, "Here").await["id"]);
    let same_room = text(&cast.author.open(&here.room, "Here too").await["first_post"]["id"]);
    let other_room = text(&cast.author.open(&there.room, "There").await["first_post"]["id"]);
    let mut rows = Rows::of(&cast.server).await;
    let before = rows.now().await;
    for parent in [same_room, other_room, thread.clone(), Uuid::now_v7().to_string()] {
        let body = json!({ "body": "B", "client_id": Uuid::now_v7(), "parent_id": parent });
        let answer = cast.author.call("POST", &format!("/threads/{thread}/posts"), body).await;
        assert_eq!((answer.status.as_u16(), answer.field("parent_id")), (422, "not_in_thread"), "{answer:?}");
    }
    assert_eq!(rows.now().await, before);
    cast.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caucus_is_of_a_constituency_that_exists() {
    let cast = Cast::new().await;
    let mut rows = Rows::of(&cast.server).await;
    let before = rows.now().await;
    let long = "x".repeat(100_000);
    for (wrong, code) in [
        ("", "required"),
        ("\u{0}", "shows_nothing"),
        ("a\u{0}b", "unknown"),
        ("Workers", "unknown"),
        ("nobody", "unknown"),
        ("工人", "unknown"),
        (long.as_str(), "too_long"),
    ] {
        let fields =
            json!({ "title": "C", "kind": "caucus", "visibility": "members", "constituency": wrong });
        let answer = cast.steward.call("POST", "/rooms", fields).await;
        check(wrong, &answer);
        assert_eq!((answer.status.as_u16(), answer.field("constituency")), (422, code), "{wrong:.10?}");
    }
    assert_eq!(rows.now().await, before);
    cast.server.stop().await;
}
