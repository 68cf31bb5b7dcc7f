//! What operators read: figures for them only, and a log of what matters to security without anybody's words.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use plenary::config::Switch;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::rooms::Stage;
use crate::support::{Answer, Browser, PASSWORD, Server};

async fn metrics(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let browser = server.browser();
    let mut request = browser.http.get(format!("{}/metrics", server.origin));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_for_this_machine_or_who_has_the_token() {
    let token = "a token of some length for scraping";
    let server = Server::start(|config| config.metrics_token = Some(token.into())).await;
    let bearer = format!("Bearer {token}");
    assert_eq!(metrics(&server, &[]).await.status, 200);
    // Whoever comes through a proxy on this machine comes from elsewhere.
    for headers in [[("x-forwarded-for", "203.0.113.9")], [("forwarded", "for=203.0.113.9")]] {
        assert_eq!(metrics(&server, &headers).await.code(), (404, "not_found"));
    }
    let by_token = [("x-forwarded-for", "203.0.113.9"), ("authorization", bearer.as_str())];
    assert_eq!(metrics(&server, &by_token).await.status, 200);
    let wrong =
        [("x-forwarded-for", "203.0.113.9"), ("authorization", "Bearer another token of that length..")];
    assert_eq!(metrics(&server, &wrong).await.status, 404);
    server.stop().await;

    let server = Server::start(|config| config.behind_proxy = Switch::On).await;
    assert_eq!(metrics(&server, &[]).await.status, 200);
    assert_eq!(metrics(&server, &[("x-forwarded-for", "203.0.113.9")]).await.status, 404);
    assert_eq!(
        metrics(&server, &[("authorization", "Bearer "), ("x-forwarded-for", "203.0.113.9")]).await.status,
        404
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_for_this_machine_answers_to_its_own_names_only() {
    let server = Server::start(|_| {}).await;
    let ask = async |server: &Server, host: &str, method: &str| {
        let browser = server.browser();
        let request = browser.request(method, "/installation").header("host", host);
        browser.send(request).await.code().0
    };
    let port = server.origin.rsplit(':').next().unwrap().to_owned();
    for own in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(ask(&server, &format!("{own}:{port}"), "GET").await, 200, "{own}");
    }
    for other in ["evil.example", "evil.example:80", "localhost.evil.example"] {
        assert_eq!(ask(&server, other, "GET").await, 421, "{other}");
        assert_eq!(ask(&server, other, "POST").await, 421, "{other}");
    }
    server.stop().await;
    // With an address of its own, or behind a proxy, other names lead here by right.
    let url = "https://dialogue.example.org";
    for server in [
        Server::start(|config| config.url = Some(url.into())).await,
        Server::start(|config| config.behind_proxy = Switch::On).await,
    ] {
        assert_eq!(ask(&server, "plenary-1:8080", "GET").await, 200);
        server.stop().await;
    }
}

/// Lines of the security log that a server writes while somebody uses it.
async fn logged(stage: &Stage, by: impl AsyncFnOnce(&Browser)) -> (String, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--log", "json"]);
    for name in ["PLENARY_URL", "PLENARY_DEMO", "PLENARY_LOG_FILTER", "NATS_URL", "PLENARY_METRICS_TOKEN"] {
        command.env_remove(name);
    }
    command.env("DATABASE_URL", stage.server.database_url());
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = process.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).unwrap();
        log
    });
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let origin = lines.find_map(|line| line.unwrap().strip_prefix("Plenary is ready: ").map(str::to_owned));
    by(&Browser { origin: origin.expect("the server starts"), ..stage.server.browser() }).await;
    kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
    assert!(process.wait().unwrap().success());
    let log = log.join().unwrap();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines = lines.filter(|line| line["target"] == "security").collect();
    (log, lines)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_matters_to_security_is_logged_without_words() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "workers").await);
    let (room, admin) = (stage.room.clone(), stage.server.member("ada", "admin", "un").await.0);
    let at =
        |person: &Browser, browser: &Browser| Browser { origin: browser.origin.clone(), ..person.clone() };
    let (log, lines) = logged(&stage, async |browser| {
        let name = || format!("ana-{}@secret.example", 7);
        assert_eq!(browser.sign_in("Ana@example.org", "a wrong WORD").await.status, 401);
        assert_eq!(browser.sign_in(&name(), "a wrong WORD").await.status, 401);
        assert_eq!(browser.sign_in("Ana@example.org", PASSWORD).await.status, 200);
        let role = format!("/rooms/{room}/roles/{}", ben.id);
        let chair = at(&stage.chair.browser, browser);
        assert_eq!(browser.call("PUT", &role, json!({ "role": "chair" })).await.status, 403);
        assert_eq!(chair.call("PUT", &role, json!({ "role": "moderator" })).await.status, 200);
        let ban = json!({ "status": "banned" });
        assert_eq!(at(&admin, browser).call("PATCH", &format!("/members/{}", ben.id), ban).await.status, 200);
        let mine = browser.call("POST", "/me/calendar", Value::Null).await;
        assert_eq!(mine.status, 201);
        let evil = browser
            .http
            .patch(format!("{}/api/v1/me", browser.origin))
            .header("origin", "http://evil.example");
        assert_eq!(browser.send(evil.json(&json!({ "locale": "en" }))).await.status, 403);
        // Far more than is written.
        for _ in 0..9 {
            browser.sign_in("Ana@example.org", "a wrong WORD").await;
        }
        let visitor = Browser { origin: browser.origin.clone(), ..stage.server.browser() };
        for _ in 0..200 {
            visitor.call("PUT", &role, json!({ "role": "chair" })).await;
            at(&ana.browser, browser).call("PUT", &role, json!({ "role": "chair" })).await;
        }
    })
    .await;
    let of = |event: &str| -> Vec<&Value> {
        lines.iter().map(|line| &line["fields"]).filter(|fields| fields["event"] == event).collect()
    };
    let (ana_id, chair_id, ben_id) = (json!(ana.id), json!(stage.chair.id), ben.id.to_string());
    let failed = of("sign_in_failed");
    assert_eq!((&failed[0]["who"], &failed[1]["who"]), (&ana_id, &json!("nobody")), "{failed:?}");
    assert_eq!(of("signed_in")[0]["who"], ana_id);
    let refused = of("refused");
    assert_eq!((&refused[0]["who"], &refused[0]["code"]), (&ana_id, &json!("not_permitted")), "{refused:?}");
    assert!(refused[0]["on"].as_str().unwrap().contains(&ben_id));
    assert!(refused.iter().any(|line| line["code"] == "forbidden_origin"));
    assert!((30..150).contains(&refused.len()), "{}", refused.len());
    assert_eq!((&of("role_given")[0]["who"], of("role_given").len()), (&chair_id, 1));
    assert_eq!(of("member_is_now")[0]["status"], "banned");
    assert_eq!(of("member_changed").len(), 1);
    assert_eq!(of("calendar_address_made")[0]["who"], ana_id);
    assert!(!of("limited").is_empty());
    for word in ["WORD", "secret.example", "example.org", "127.0.0.1\"", "evil.example", PASSWORD] {
        assert!(!lines.iter().any(|line| line.to_string().contains(word)), "{word}: {log}");
    }
    stage.server.stop().await;
}
