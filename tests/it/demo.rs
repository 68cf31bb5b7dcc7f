//! The demo: what is loaded, when it is not, and the check of the record.

use std::process::{Command, Output};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use plenary::app::App;
use plenary::config::{Config, Switch};
use plenary::demo;
use serde_json::{Value, json};

use crate::support::postgres::Database;
use crate::support::{Browser, Server};

const MEMBERS: [(&str, i64); 5] =
    [("workers", 36), ("employers", 34), ("government", 18), ("un", 14), ("civil_society", 18)];

/// Runs the program on a database.
fn plenary(command: &str, url: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_plenary"));
    program.args([command, "--log-filter", "warn", "--database-url", url]).env_clear();
    program.output().unwrap()
}

/// Exit code, standard output and standard error.
fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

async fn sql(url: &str, statements: &str) {
    let mut db = AsyncPgConnection::establish(url).await.unwrap();
    db.batch_execute(statements).await.unwrap();
}

async fn demo_server() -> Server {
    Server::start(|config| config.demo = Switch::On).await
}

/// A browser of whom the one-click page shows under this name.
async fn click(server: &Server, name: &str) -> Browser {
    let browser = server.browser();
    let offered = browser.get("/demo/members").await.body;
    let items = offered["items"].as_array().unwrap();
    let member = items.iter().find(|item| item["display_name"] == name).unwrap_or_else(|| panic!("{name}"));
    let done = browser.call("POST", "/demo/sign-in", json!({ "member": member["id"] })).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!((&done.body["display_name"], &done.body["is_demo"]), (&json!(name), &json!(true)));
    browser
}

async fn slugs(browser: &Browser) -> Vec<String> {
    let rooms = browser.get("/rooms").await.body;
    let mut slugs: Vec<String> =
        rooms["items"].as_array().unwrap().iter().map(|room| room["slug"].as_str().unwrap().into()).collect();
    // Of rooms that are hidden the short name has an end of its own.
    for slug in &mut slugs {
        if let Some((name, end)) = slug.rsplit_once('-')
            && end.len() == 8
            && end.chars().all(|c| c.is_ascii_hexdigit())
        {
            *slug = name.to_owned();
        }
    }
    slugs.sort();
    slugs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_loads_the_workshop_and_the_second_nothing() {
    let server = demo_server().await;
    for (constituency, count) in MEMBERS {
        assert_eq!(server.count(&format!("members WHERE constituency = '{constituency}'")).await, count);
    }
    assert_eq!(server.count("members WHERE NOT is_demo OR password_hash <> '!'").await, 0);
    assert_eq!(server.count("members WHERE email NOT LIKE '%@demo.invalid'").await, 0);
    assert_eq!(server.count("members WHERE status = 'pending' AND confirmed_at IS NULL").await, 2);
    assert_eq!(server.count("members WHERE status = 'active' AND confirmed_at IS NOT NULL").await, 118);
    assert_eq!(server.count("members WHERE display_name ~ '^(Worker delegate|工人代表) '").await, 35);
    assert_eq!(server.count("sign_ins").await, 0);
    assert_eq!(server.count("rooms").await, 6);
    assert_eq!(server.count("installation WHERE demo_loaded_at IS NOT NULL").await, 1);

    // All that a visitor can meet is there.
    let posts = server.count("posts").await;
    assert!((150..=250).contains(&posts), "{posts}");
    assert_eq!(server.count("threads WHERE kind <> 'chat'").await, 16);
    for some in [
        "threads WHERE kind = 'discussion'",
        "threads WHERE kind = 'question'",
        "threads WHERE kind = 'proposal'",
        "threads WHERE locked",
        "threads WHERE pinned",
        "posts WHERE hidden_at IS NOT NULL",
        "posts WHERE revision = 2",
        "posts WHERE attribution = 'organisation'",
        "posts WHERE attribution = 'constituency'",
        "posts WHERE depth = 3",
        "posts WHERE body_html LIKE '%<table>%'",
        "posts WHERE body_html LIKE '%<blockquote>%'",
        "posts WHERE body_html LIKE '%<a href=%'",
        "reactions WHERE name = 'disagree'",
        "reactions WHERE name = 'thanks'",
    ] {
        assert!(server.count(some).await > 0, "{some}");
    }
    for lang in ["en", "zh"] {
        let count = server.count(&format!("posts WHERE lang = '{lang}'")).await;
        assert!(count * 3 > posts, "{count} of {posts} in {lang}");
    }
    for (constituency, _) in MEMBERS {
        assert!(server.count(&format!("posts WHERE constituency = '{constituency}'")).await > 10);
        assert!(server.count(&format!("reactions WHERE constituency = '{constituency}'")).await > 10);
    }

    let entries = server.count("room_log").await;
    let config = Config { demo: Switch::On, ..Config::for_test(server.database_url().to_owned()) };
    App::build(config, server.database_url()).await.unwrap();
    assert_eq!((server.count("members").await, server.count("room_log").await), (120, entries));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visitors_look_around_as_each_role() {
    let server = demo_server().await;
    let visitor = server.browser();
    assert_eq!(visitor.get("/installation").await.body["demo"], true);
    assert_eq!(slugs(&visitor).await, ["chemicals-and-water", "humen-workshop-2022"]);
    the_agenda(&visitor).await;

    let offered = visitor.get("/demo/members").await.body["items"].as_array().unwrap().clone();
    let notes: Vec<&str> = offered.iter().map(|item| item["note"]["en"].as_str().unwrap()).collect();
    assert_eq!(offered.len(), 14);
    let roles = ["Participant", "Chair", "Moderator", "Rapporteur", "Interpreter", "Observer", "Admin"];
    for role in roles.into_iter().chain(["Waits for confirmation"]) {
        assert!(notes.contains(&role), "{role}: {notes:?}");
    }
    for (constituency, _) in MEMBERS {
        assert!(offered.iter().any(|item| item["constituency"] == constituency), "{constituency}");
    }
    for item in &offered {
        click(&server, item["display_name"].as_str().unwrap()).await;
    }

    let (worker, employer) =
        (click(&server, "Worker delegate 1").await, click(&server, "Employer delegate 1").await);
    let steward = click(&server, "Steward 1").await;
    let seen = |more: &[&str]| {
        let mut all: Vec<String> = ["chemicals-and-water", "humen-workshop-2022", "skills-and-decent-work"]
            .iter()
            .chain(more)
            .map(ToString::to_string)
            .collect();
        all.sort();
        all
    };
    assert_eq!(slugs(&worker).await, seen(&["drafting-group", "workers-caucus"]));
    assert_eq!(slugs(&employer).await, seen(&["drafting-group", "employers-caucus"]));
    assert_eq!(slugs(&steward).await, seen(&["drafting-group"]));
    let caucus = worker.get("/rooms").await.body["items"].as_array().unwrap().clone();
    let caucus =
        caucus.iter().find(|room| room["kind"] == "caucus").unwrap()["slug"].as_str().unwrap().to_owned();
    assert_eq!(worker.get(&format!("/rooms/{caucus}")).await.status, 200);
    for name in [caucus.as_str(), "workers-caucus"] {
        assert_eq!(employer.get(&format!("/rooms/{name}")).await.status, 404);
    }
    assert_eq!(slugs(&click(&server, "Observer 1").await).await, seen(&[]));
    let newcomer = click(&server, "Newcomer 1").await;
    assert_eq!(slugs(&newcomer).await, slugs(&visitor).await);

    // The steward finds somebody to confirm; then the caucus opens.
    let waiting = steward.get("/members?status=pending").await.body["items"].as_array().unwrap().clone();
    assert_eq!(waiting.len(), 2);
    let waiting = waiting.iter().find(|member| member["display_name"] == "Newcomer 1").unwrap();
    let path = format!("/members/{}/confirm", waiting["id"].as_str().unwrap());
    assert_eq!(steward.call("POST", &path, json!({})).await.status, 200);
    assert_eq!(slugs(&newcomer).await, seen(&["workers-caucus"]));

    // Who registers to try it is of the demo, but nobody else's to click.
    let made = server.browser().register("ana", json!({})).await.body;
    assert_eq!(made["is_demo"], true);
    let clicked = visitor.call("POST", "/demo/sign-in", json!({ "member": made["id"] })).await;
    assert_eq!(clicked.code(), (404, "not_found"));
    assert_eq!(visitor.get("/demo/members").await.body["items"].as_array().unwrap().len(), 14);
    assert_eq!(visitor.sign_in("w1@demo.invalid", "!").await.code(), (401, "wrong_credentials"));
    server.stop().await;
}

/// The agenda as anybody reads it: three sessions over, one live with its chat, five to come.
async fn the_agenda(visitor: &Browser) {
    let room = visitor.get("/rooms/humen-workshop-2022").await.body;
    assert_eq!((&room["visibility"], &room["kind"]), (&json!("public"), &json!("workshop")));
    assert_eq!(room["programme"]["slug"], "page-china-academy-2022");
    let agenda = visitor.get("/rooms/humen-workshop-2022/sessions").await.body;
    let sessions = agenda["items"].as_array().unwrap();
    let states: Vec<&str> = sessions.iter().map(|session| session["state"].as_str().unwrap()).collect();
    let expected =
        ["ended", "ended", "ended", "live", "scheduled", "scheduled", "scheduled", "scheduled", "scheduled"];
    assert_eq!(states, expected);
    assert_eq!(sessions[0]["starts_at"], "2022-11-17T01:00:00Z");
    assert_eq!(sessions[8]["ends_at"], "2022-11-17T09:30:00Z");
    let named = |session: &Value| ["title_zh", "organisation"].iter().all(|field| session[field] != "");
    assert!(sessions.iter().all(named), "{sessions:?}");
    assert_eq!(room["live_session"]["id"], sessions[3]["id"]);
    let chat = format!("/threads/{}/posts", sessions[3]["thread"].as_str().unwrap());
    let posts = visitor.get(&chat).await.body["items"].as_array().unwrap().clone();
    assert_eq!(posts.len(), 20);
    // Nobody takes a word of it for a real organisation's.
    let marked = |name: &str| name.ends_with("(demo)") || name.ends_with("（演示）");
    assert!(posts.iter().all(|post| marked(post["author"]["organisation"].as_str().unwrap())), "{posts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_goes_on_where_it_was_cut_off_and_happens_once() {
    let server = Server::start(|_| {}).await;
    let (ctx, accounts) = (&server.state.ctx, &server.state.accounts);
    // Two nodes that start at the same time.
    let (one, two) = tokio::join!(demo::load(ctx, accounts), demo::load(ctx, accounts));
    let loaded: Vec<demo::Loaded> = [one.unwrap(), two.unwrap()].into_iter().flatten().collect();
    assert_eq!(loaded.len(), 1);
    let counts = [loaded[0].members, loaded[0].rooms, loaded[0].sessions, loaded[0].threads];
    assert_eq!(counts, [120, 6, 9, 16]);
    assert_eq!(server.count("posts").await as usize, loaded[0].posts);
    assert_eq!(server.count("reactions").await as usize, loaded[0].reactions);

    let entries = server.count("room_log").await;
    let cut = "UPDATE installation SET demo_loaded_at = NULL;
        DELETE FROM reactions WHERE ctid IN (SELECT ctid FROM reactions WHERE name = 'thanks' LIMIT 3)";
    server.sql(cut).await;
    assert_eq!(demo::load(ctx, accounts).await.unwrap(), Some(loaded[0]));
    assert_eq!(server.count("room_log").await, entries + 3);
    assert_eq!(server.count("reactions").await as usize, loaded[0].reactions);

    // This server is not in demo mode.
    let visitor = server.browser();
    assert_eq!(visitor.get("/installation").await.body["demo"], false);
    assert_eq!(visitor.get("/demo/members").await.code(), (404, "not_found"));
    let id: Value = click_target(&server).await;
    assert_eq!(
        visitor.call("POST", "/demo/sign-in", json!({ "member": id })).await.code(),
        (404, "not_found")
    );
    server.stop().await;
}

/// The id of a member whom demo mode would offer.
async fn click_target(server: &Server) -> Value {
    let mut db = server.state.db.get().await.unwrap();
    let (member, _) =
        plenary::kernel::models::members::by_email(&mut db, "w1@demo.invalid").await.unwrap().unwrap();
    json!(member.id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_members_and_the_demo_never_meet() {
    let server = Server::start(|_| {}).await;
    server.member("ana", "member", "workers").await;
    let url = server.database_url();
    let config = Config { demo: Switch::On, ..Config::for_test(url.to_owned()) };
    let refused = App::build(config, url).await.err().unwrap();
    assert!(refused.contains("members of its own") && refused.lines().count() == 1, "{refused}");
    let (code, out, err) = said(plenary("seed", url));
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("members of its own") && err.lines().count() == 1, "{err}");
    assert_eq!((server.count("members").await, server.count("rooms").await), (1, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_and_verify_tell_the_operator() {
    let database = Database::new().await;
    let url = database.url();
    assert_eq!(
        said(plenary("verify", url)).1,
        "0 rooms with 0 entries: every number is there, the chain is unbroken.\n"
    );
    let (code, out, err) = said(plenary("seed", url));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("The demo is loaded: 120 members, 6 rooms, 9 sessions, 16 threads, "), "{out}");
    let again = (1, String::new(), "plenary: The demo was loaded before.\n".into());
    assert_eq!(said(plenary("seed", url)), again);
    let (code, out, err) = said(plenary("verify", url));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("6 rooms with ") && out.ends_with("the chain is unbroken.\n"), "{out}");

    let room = |slug: &str| format!("room_id = (SELECT id FROM rooms WHERE slug LIKE '{slug}%')");
    let (skills, drafting, workshop) =
        (room("skills-and-decent-work"), room("drafting-group"), room("humen-workshop-2022"));
    sql(
        url,
        &format!(
            "ALTER TABLE room_log DISABLE TRIGGER USER;
             UPDATE room_log SET kind = 'post.edited' WHERE {skills} AND seq = 40;
             DELETE FROM room_log WHERE {drafting} AND seq = 17;
             UPDATE posts SET body_md = body_md || ' not' WHERE seq = (SELECT min(seq) FROM posts WHERE {workshop}) AND {workshop}"
        ),
    )
    .await;
    let (code, out, err) = said(plenary("verify", url));
    assert_eq!((code, err.as_str()), (1, "plenary: 3 of 6 rooms are not as they were written.\n"));
    for (slug, fault) in [
        ("skills-and-decent-work", "entry 41, or the one before it, was changed"),
        ("drafting-group", "entry 17 is missing"),
        ("humen-workshop-2022", "was changed, or is gone"),
    ] {
        let line = out.lines().find(|line| line.starts_with(&format!("Room {slug}")));
        assert!(line.is_some_and(|line| line.contains(fault)), "{slug}: {out}");
    }
    assert_eq!(out.lines().count(), 3, "{out}");
}

#[test]
fn help_explains_each_command() {
    let output = Command::new(env!("CARGO_BIN_EXE_plenary")).arg("--help").env_clear().output().unwrap();
    let (_, help, _) = said(output);
    for command in ["serve", "migrate", "seed", "verify", "user", "openapi"] {
        let line = help.lines().find_map(|line| line.trim().strip_prefix(command));
        assert!(line.is_some_and(|rest| rest.trim().len() > 15), "{command}: {help}");
    }
}
