//! Calendar feeds.

use std::collections::BTreeMap;

use plenary::kernel::domain::kinds::MemberStatus;
use serde_json::{Value, json};

use super::{at, session, to_state};
use crate::support::rooms::{As, Person, Stage, text};
use crate::support::{Answer, Browser};

/// Entries of a calendar: UID → name → value.
fn entries(answer: &Answer) -> BTreeMap<String, BTreeMap<String, String>> {
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "text/calendar; charset=utf-8");
    let calendar = answer.body.as_str().unwrap();
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{calendar}");
    assert!(calendar.ends_with("END:VCALENDAR\r\n"), "{calendar}");
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{calendar}");
    let unfolded = calendar.replace("\r\n ", "");
    let events = unfolded.split("BEGIN:VEVENT\r\n").skip(1);
    events
        .map(|event| {
            let lines = event.lines().take_while(|line| *line != "END:VEVENT");
            let fields: BTreeMap<String, String> =
                lines.map(|line| line.split_once(':').unwrap()).map(|(a, b)| (a.into(), b.into())).collect();
            (fields["UID"].clone(), fields)
        })
        .collect()
}

async fn of_room(browser: &Browser, room: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    entries(&browser.get(&format!("/rooms/{room}/calendar.ics")).await)
}

/// Makes a member's feed; its path.
async fn feed(person: &Person) -> String {
    let made = person.done("POST", "/me/calendar", Value::Null).await;
    let path = format!("/calendar/{}.ics", text(&made["token"]));
    assert_eq!(text(&made["url"]), format!("{}/api/v1{path}", person.browser.origin));
    path
}

/// Another workshop of the same chair.
async fn room(stage: &Stage, visibility: &str) -> String {
    let body = json!({ "title": visibility, "kind": "workshop", "visibility": visibility,
        "chair": stage.chair.id });
    text(&stage.steward.done("POST", "/rooms", body).await["id"])
}

async fn session_in(stage: &Stage, room: &str, title: &str) -> String {
    let body = json!({ "title": title, "starts_at": at(0), "ends_at": at(60) });
    text(&stage.chair.done("POST", &format!("/rooms/{room}/sessions"), body).await["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_a_calendar_that_follows_its_agenda() {
    let stage = Stage::new(json!({ "visibility": "public", "title": "Wages; hours" })).await;
    let (chair, room) = (&stage.chair, &stage.room);
    let nobody = stage.server.browser();
    let talk = session(&stage, "Talk, with questions", "compressible", 0, 60).await;
    let next = session(&stage, "Next", "compressible", 60, 90).await;
    let paper = json!({ "materials": [{ "title": "Paper", "url": "https://example.org/p" }] });
    chair.done("PATCH", &format!("/sessions/{talk}"), paper).await;
    let first = of_room(&nobody, room).await;
    assert_eq!(first.len(), 2);
    let fields = &first[&talk];
    for (name, value) in [
        ("SEQUENCE", "1"),
        ("DTSTART", "20270301T090000Z"),
        ("DTEND", "20270301T100000Z"),
        ("SUMMARY", "Talk\\, with questions"),
        ("DESCRIPTION", "Tin Federation\\nPaper: https://example.org/p"),
        ("LOCATION", "Wages\\; hours"),
        ("STATUS", "CONFIRMED"),
    ] {
        assert_eq!(fields[name], value, "{name}");
    }
    assert_eq!(fields["URL"], format!("{}/sessions/{talk}", stage.server.origin));
    assert!(fields["DTSTAMP"].ends_with('Z') && fields["DTSTAMP"].len() == 16);
    let zh = nobody.get(&format!("/rooms/{room}/calendar.ics?lang=zh")).await;
    assert_eq!(entries(&zh)[&next]["SUMMARY"], "Next（中文）");

    // A delay keeps the ids, and raises the sequence of what it moves.
    to_state(chair, &talk, "live").await;
    let path = format!("/rooms/{room}/delay");
    chair.done("POST", &path, json!({ "minutes": 5, "dry_run": true })).await;
    assert_eq!(of_room(&nobody, room).await, first, "neither a start nor a preview changes a calendar");
    chair.done("POST", &path, json!({ "minutes": 5 })).await;
    let moved = of_room(&nobody, room).await;
    assert_eq!((&*moved[&talk]["SEQUENCE"], &*moved[&talk]["DTEND"]), ("2", "20270301T100500Z"));
    assert_eq!((&*moved[&next]["SEQUENCE"], &*moved[&next]["DTSTART"]), ("1", "20270301T100500Z"));

    // What is taken off is cancelled, with its id and a higher sequence.
    chair.done("DELETE", &format!("/sessions/{next}"), Value::Null).await;
    let after = of_room(&nobody, room).await;
    assert_eq!((&*after[&next]["STATUS"], &*after[&next]["SEQUENCE"]), ("CANCELLED", "2"));
    assert_eq!(after[&next]["DTSTART"], moved[&next]["DTSTART"]);
    assert_eq!(after[&talk], moved[&talk]);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rooms_calendar_is_for_who_may_read_the_room() {
    let stage = Stage::new(json!({ "visibility": "invited" })).await;
    let path = format!("/rooms/{}/calendar.ics", stage.room);
    session(&stage, "Talk", "fixed", 0, 60).await;
    let invited = stage.with_role("Ana", "workers", "observer").await;
    let other = stage.server.person("Ben", "workers").await;
    assert_eq!(entries(&invited.get(&path).await).len(), 1);
    assert_eq!(other.get(&path).await.code(), (404, "not_found"));
    assert_eq!(stage.server.browser().get(&path).await.code(), (404, "not_found"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_members_feed_holds_what_the_member_sees() {
    let stage = Stage::new(json!({ "visibility": "members" })).await;
    let server = &stage.server;
    let open = session(&stage, "Open talk", "fixed", 0, 60).await;
    let hidden = room(&stage, "invited").await;
    let closed_talk = session_in(&stage, &hidden, "Closed talk").await;
    let public = room(&stage, "public").await;
    let public_talk = session_in(&stage, &public, "Public talk").await;
    // A caucus holds no sessions by its rules; were there any, they would be nobody else's.
    let chair = server.person("Wanda", "workers").await;
    let caucus = json!({ "title": "Caucus", "kind": "caucus", "constituency": "workers",
        "visibility": "members", "chair": chair.id });
    let caucus = text(&stage.steward.done("POST", "/rooms", caucus).await["id"]);
    let moved = session(&stage, "Whispered talk", "fixed", 60, 90).await;
    server.sql(&format!("UPDATE sessions SET room_id = '{caucus}' WHERE id = '{moved}'")).await;
    let employer = server.person("Emma", "employers").await;

    let worker = server.person("Ana", "workers").await;
    let pending = server.person_as("Pia", As { status: MemberStatus::Pending, ..As::default() }).await;
    let invited = server.person("Ines", "employers").await;
    stage.chair.appoint(&hidden, &invited, "participant").await;
    let ids = |answer: &Answer| entries(answer).into_keys().collect::<Vec<_>>();
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    for (person, expected) in [
        (&employer, sorted(&[&open, &public_talk])),
        (&worker, sorted(&[&open, &public_talk])),
        (&pending, sorted(&[&public_talk])),
        (&invited, sorted(&[&open, &closed_talk, &public_talk])),
        (&stage.steward, sorted(&[&open, &closed_talk, &public_talk])),
    ] {
        // The address alone is enough, and nothing else is needed.
        let path = feed(person).await;
        let answer = server.browser().get(&path).await;
        assert_eq!(ids(&answer), expected, "{}", person.name);
        assert!(!answer.body.to_string().contains("Whispered"), "{}", person.name);
    }

    // Who loses the role loses the sessions.
    let path = feed(&invited).await;
    let role = format!("/rooms/{hidden}/roles/{}", invited.id);
    stage.chair.done("DELETE", &role, Value::Null).await;
    assert_eq!(ids(&server.browser().get(&path).await), sorted(&[&open, &public_talk]));
    // The member's own language.
    invited.done("PATCH", "/me", json!({ "locale": "zh" })).await;
    assert_eq!(entries(&server.browser().get(&path).await)[&open]["SUMMARY"], "Open talk（中文）");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_is_secret_rotated_and_revoked() {
    let stage = Stage::new(json!({})).await;
    let server = &stage.server;
    let member = server.person("Ana", "workers").await;
    let nobody = server.browser();
    assert_eq!(member.read("/me/calendar").await["created_at"], Value::Null);
    let first = feed(&member).await;
    assert!(member.read("/me/calendar").await["created_at"].is_string());
    assert_eq!(nobody.get(&first).await.status.as_u16(), 200);
    // Not kept as it is.
    let token = first.trim_start_matches("/calendar/").trim_end_matches(".ics");
    assert_eq!(
        server.count(&format!("calendar_feeds WHERE encode(token_hash, 'escape') LIKE '%{token}%'")).await,
        0
    );
    let second = feed(&member).await;
    assert_eq!(nobody.get(&first).await.code(), (404, "not_found"));
    assert_eq!(nobody.get(&second).await.status.as_u16(), 200);
    assert_eq!(server.count("calendar_feeds").await, 1);

    for wrong in ["x", "%00", "0", &member.token, &"f".repeat(64), &"f".repeat(3_000)] {
        let answer = nobody.get(&format!("/calendar/{wrong}.ics")).await;
        assert_eq!(answer.code(), (404, "not_found"), "{wrong}");
    }
    // It reads a calendar and nothing else.
    let token = second.trim_start_matches("/calendar/").trim_end_matches(".ics");
    let request = nobody.request("GET", "/me").header("authorization", format!("Bearer {token}"));
    assert_eq!(nobody.send(request).await.code(), (401, "not_signed_in"));

    member.done("DELETE", "/me/calendar", Value::Null).await;
    assert_eq!(nobody.get(&second).await.code(), (404, "not_found"));
    assert_eq!(member.read("/me/calendar").await["created_at"], Value::Null);
    assert_eq!(member.call("DELETE", "/me/calendar", Value::Null).await.status.as_u16(), 204);

    let banned = feed(&member).await;
    assert_eq!(nobody.get(&banned).await.status.as_u16(), 200);
    stage.steward.done("PATCH", &format!("/members/{}", member.id), json!({ "status": "banned" })).await;
    assert_eq!(nobody.get(&banned).await.code(), (404, "not_found"));
    stage.server.stop().await;
}
