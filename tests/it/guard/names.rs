//! Nothing tells of rooms that one may not see: no name, no programme, no time; nor of what applicants write.

use plenary::config::Registration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Server;
use crate::support::rooms::{As, Person, Stage, text};

fn titles(list: &Value, name: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| text(&item[name])).collect()
}

async fn made(steward: &Person, fields: Value) -> Value {
    steward.done("POST", "/rooms", fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_room_leaves_its_name_free() {
    let server = Server::start(|_| {}).await;
    let (steward, other) = (server.steward("Stefan").await, server.steward("Olga").await);
    let caucus = |title: &str, slug: Value| json!({ "title": title, "slug": slug, "kind": "caucus", "visibility": "members", "constituency": "workers" });
    let mut hidden = Vec::new();
    for slug in [json!("workers-caucus"), Value::Null, json!("workers-caucus")] {
        hidden.push(text(&made(&steward, caucus("Workers caucus", slug)).await["slug"]));
    }
    let invited = json!({ "title": "Inner", "slug": "inner", "kind": "forum", "visibility": "invited" });
    hidden.push(text(&made(&steward, invited).await["slug"]));
    for slug in &hidden {
        let (name, end) = slug.rsplit_once('-').unwrap();
        assert!(["workers-caucus", "inner"].contains(&name) && end.len() == 8, "{slug}");
    }
    // One that an older version made without such an end.
    server.sql("UPDATE rooms SET slug = 'old-caucus' WHERE slug LIKE 'workers-caucus%' AND id = (SELECT min(id::text)::uuid FROM rooms)").await;
    for (slug, title) in [("workers-caucus", "A"), ("inner", "B"), ("old-caucus", "C")] {
        let open = json!({ "title": title, "slug": slug, "kind": "forum", "visibility": "members" });
        let answer = other.call("POST", "/rooms", open.clone()).await;
        assert_eq!(answer.status, 201, "{slug}: {answer:?}");
        // A room that everybody sees is told of.
        if answer.body["slug"] == slug {
            assert_eq!(other.call("POST", "/rooms", open).await.code(), (409, "slug_taken"));
        }
    }
    let long = "x".repeat(80);
    let slug = text(&made(&steward, caucus("Long", json!(long))).await["slug"]);
    assert!(slug.len() <= 80 && slug.starts_with("xxx"), "{slug}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sees_the_programmes_of_rooms_that_one_sees() {
    let server = Server::start(|_| {}).await;
    let (steward, other) = (server.steward("Stefan").await, server.steward("Olga").await);
    let programme = async |title: &str| {
        let body = json!({ "title": title, "description": format!("About {title}") });
        text(&steward.done("POST", "/programmes", body).await["id"])
    };
    let (public, members, caucus, empty) = (
        programme("Public").await,
        programme("Members").await,
        programme("Strategy").await,
        programme("Empty").await,
    );
    let room = async |programme: &str, more: Value| {
        let mut fields =
            json!({ "title": "R", "kind": "forum", "visibility": "members", "programme": programme });
        for (key, value) in more.as_object().unwrap() {
            fields[key] = value.clone();
        }
        made(&steward, fields).await
    };
    room(&public, json!({ "visibility": "public" })).await;
    room(&members, json!({})).await;
    let hidden = json!({ "kind": "caucus", "constituency": "workers" });
    room(&caucus, hidden).await;
    let (worker, employer) = (server.person("Ana", "workers").await, server.person("Ben", "employers").await);
    let nobody = Person { browser: server.browser(), ..worker.clone() };
    for (who, seen) in [
        (&nobody, vec!["Public"]),
        (&employer, vec!["Members", "Public"]),
        (&worker, vec!["Strategy", "Members", "Public"]),
        (&other, vec!["Empty", "Members", "Public"]),
        (&steward, vec!["Empty", "Strategy", "Members", "Public"]),
    ] {
        assert_eq!(titles(&who.read("/programmes").await, "title"), seen, "{}", who.name);
        for (id, title) in
            [(&public, "Public"), (&members, "Members"), (&caucus, "Strategy"), (&empty, "Empty")]
        {
            let expected = if seen.contains(&title) { 200 } else { 404 };
            assert_eq!(who.get(&format!("/programmes/{id}")).await.status, expected, "{} {title}", who.name);
        }
    }
    // What one does not see is not there to be used either.
    let change = other.call("PATCH", &format!("/programmes/{caucus}"), json!({ "title": "Mine" })).await;
    assert_eq!(change.status, 404);
    for programme in [&caucus, &Uuid::now_v7().to_string()] {
        let fields =
            json!({ "title": "R", "kind": "forum", "visibility": "members", "programme": programme });
        let refused = other.call("POST", "/rooms", fields).await;
        assert_eq!((refused.status.as_u16(), refused.field("programme")), (422, "unknown"));
    }
    // Page by page, of what is seen only.
    let first = worker.read("/programmes?limit=1").await;
    let rest = worker.read(&format!("/programmes?limit=5&after={}", text(&first["next"]))).await;
    assert_eq!(
        (titles(&first, "title"), titles(&rest, "title")),
        (vec!["Strategy".into()], vec!["Members".into(), "Public".into()])
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_applicants_are_not_shown() {
    for policy in [Registration::Open, Registration::Approval] {
        let server = Server::start(|config| config.registration = policy).await;
        let steward = server.steward("Stefan").await;
        let applicant = server.browser();
        let words = "Buy coins at evil.example";
        let made = applicant.register("eve", json!({ "organisation": words })).await;
        assert_eq!(made.status, 201);
        for who in [&server.browser(), &applicant, &steward.browser] {
            let found = who.get("/organisations?constituency=workers").await;
            assert!(!found.body.to_string().contains("evil.example"), "{found:?}");
        }
        steward.done("POST", &format!("/members/{}/confirm", text(&made.body["id"])), json!({})).await;
        let found = server.browser().get("/organisations").await.body;
        assert!(titles(&found, "name").contains(&words.to_owned()), "{found}");
        server.sql("UPDATE members SET status = 'banned' WHERE display_name = 'eve'").await;
        assert!(!server.browser().get("/organisations").await.body.to_string().contains("evil.example"));
        server.stop().await;
    }
}

/// What is asked again is answered without the database, whether it is hidden or nowhere: else the time tells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_nowhere_is_remembered_like_what_is_hidden() {
    let stage = Stage::new(json!({ "kind": "caucus", "constituency": "workers" })).await;
    let thread = stage.thread(&stage.chair).await;
    let slug = text(&stage.chair.read(&format!("/rooms/{}", stage.room)).await["slug"]);
    let nowhere = Uuid::now_v7();
    let employer = stage.server.person("Ben", "employers").await;
    let paths = [
        format!("/rooms/{}", stage.room),
        format!("/rooms/{nowhere}"),
        format!("/rooms/{slug}"),
        "/rooms/no-such-room".to_owned(),
        format!("/threads/{thread}"),
        format!("/threads/{nowhere}"),
        format!("/rooms/{}/sessions", stage.room),
        format!("/rooms/{nowhere}/sessions"),
    ];
    let ask = async || {
        let answers = paths.iter().map(|path| employer.get(path));
        let answers = futures_util::future::join_all(answers).await;
        answers.iter().map(|answer| answer.status).collect::<Vec<StatusCode>>()
    };
    let mut alike = false;
    // Within half a second everything is remembered; a machine that is too slow for that tries again.
    for _ in 0..20 {
        assert_eq!(ask().await, vec![StatusCode::NOT_FOUND; paths.len()]);
        let mut db = stage.server.connection().await;
        let lock = "BEGIN; LOCK TABLE rooms, threads, sign_ins, members IN ACCESS EXCLUSIVE MODE";
        diesel_async::SimpleAsyncConnection::batch_execute(&mut db, lock).await.unwrap();
        let again = tokio::time::timeout(std::time::Duration::from_millis(250), ask()).await;
        diesel_async::SimpleAsyncConnection::batch_execute(&mut db, "ROLLBACK").await.unwrap();
        if again.is_ok() {
            alike = true;
            break;
        }
    }
    assert!(alike, "something is asked of the database each time");
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_does_not_tell_its_address_to_who_holds_the_link() {
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let steward = server.steward("Stefan").await;
    for (email, one) in [(json!("minister@gov.example"), true), (Value::Null, false)] {
        let made = steward
            .done("POST", "/invitations", json!({ "email": email, "constituency": "government" }))
            .await;
        assert_eq!(made["email"], email, "who issues it knows");
        let offer =
            server.browser().get(&format!("/invitations/by-token/{}", text(&made["token"]))).await.body;
        assert_eq!((&offer["for_one_address"], offer.get("email")), (&json!(one), None), "{offer}");
        let listed = steward.read("/invitations").await;
        assert_eq!(listed["items"][0]["email"], email);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caucus_whose_only_chair_is_banned_takes_a_new_one() {
    let stage = Stage::new(json!({ "kind": "caucus", "constituency": "employers" })).await;
    let admin = stage
        .server
        .person_as(
            "Ada",
            As {
                platform: plenary::kernel::domain::kinds::PlatformRole::Admin,
                constituency: "un",
                ..As::default()
            },
        )
        .await;
    let ben = stage.server.person("Ben", "employers").await;
    let roles = format!("/rooms/{}/roles", stage.room);
    let own = format!("{roles}/{}", ben.id);
    assert_eq!(ben.call("PUT", &own, json!({ "role": "chair" })).await.status, 403);
    admin.done("PATCH", &format!("/members/{}", stage.chair.id), json!({ "status": "banned" })).await;
    crate::support::rooms::until("the caucus has no chair", async || {
        ben.call("PUT", &own, json!({ "role": "chair" })).await.status == 200
    })
    .await;
    let holders = ben.read(&roles).await;
    let listed: Vec<&Value> = holders["items"].as_array().unwrap().iter().collect();
    assert_eq!((listed.len(), &listed[0]["member"]["id"]), (1, &json!(ben.id)));
    // The ban is lifted: both hold the role, and one may lay it down.
    admin.done("PATCH", &format!("/members/{}", stage.chair.id), json!({ "status": "active" })).await;
    assert_eq!(ben.read(&roles).await["items"].as_array().unwrap().len(), 2);
    stage.server.stop().await;
}
