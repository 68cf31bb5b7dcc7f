//! Nobody keeps another from signing in, and nobody asks many addresses whether they have an account.

use plenary::config::{Registration, Switch};
use serde_json::{Value, json};

use crate::support::{Answer, Browser, PASSWORD, Server};

/// A server behind a proxy, which says where a request comes from.
async fn server(registration: Registration) -> Server {
    Server::start(|config| {
        config.rate_limits = Switch::On;
        config.behind_proxy = Switch::On;
        config.registration = registration;
    })
    .await
}

async fn from(network: &str, browser: &Browser, path: &str, body: Value) -> Answer {
    let request = browser.request("POST", path).header("x-forwarded-for", network).json(&body);
    browser.send(request).await
}

async fn sign_in(network: &str, browser: &Browser, email: &str, password: &str) -> u16 {
    let body = json!({ "email": email, "password": password });
    from(network, browser, "/sign-in", body).await.status.as_u16()
}

const ATTACKER: &str = "203.0.113.9";
const HOME: &str = "198.51.100.7";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_others_do_not_keep_a_member_out() {
    let server = server(Registration::Open).await;
    let (known, _) = server.member("ana", "member", "workers").await;
    server.member("ben", "member", "workers").await;
    let eve = server.browser();
    let statuses = async |network: &str, spelling: &str| {
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(sign_in(network, &eve, spelling, "wrong").await);
        }
        statuses
    };
    let first = statuses(ATTACKER, "ana@example.org").await;
    assert_eq!((&first[..8], first[11]), (&[401; 8][..], 429), "{first:?}");
    // In another spelling it is the same account; an address that nobody has is counted in the same way.
    assert_eq!(sign_in(ATTACKER, &eve, " ANA@Example.org", "wrong").await, 429);
    assert_eq!(statuses(ATTACKER, "nobody@example.org").await, first);
    assert_eq!(sign_in(ATTACKER, &eve, "NOBODY@example.org", "wrong").await, 429);
    // The member signs in from home, in any browser, and in the hall where the attacker sits, in a browser that is
    // known; a new one there has to wait.
    assert_eq!(sign_in(HOME, &server.browser(), "ana@example.org", PASSWORD).await, 200);
    assert_eq!(sign_in(ATTACKER, &known, "ana@example.org", PASSWORD).await, 200);
    assert_eq!(sign_in(ATTACKER, &server.browser(), "ana@example.org", PASSWORD).await, 429);
    // Even one that comes from so many networks that new browsers have to wait everywhere.
    let mut all = Vec::new();
    for n in 0..16 {
        for _ in 0..8 {
            all.push(sign_in(&format!("192.0.{n}.1"), &eve, "ana@example.org", "wrong").await);
        }
    }
    assert!(all.contains(&429), "{all:?}");
    assert_eq!(sign_in(HOME, &known, "ana@example.org", PASSWORD).await, 200);
    // What marks a browser as Ana's is nothing for Ben's account, and is no sign-in.
    for _ in 0..9 {
        sign_in("192.0.99.1", &known, "ben@example.org", "wrong").await;
    }
    assert_eq!(sign_in("192.0.99.1", &known, "ben@example.org", PASSWORD).await, 429);
    known.call("POST", "/sign-out", Value::Null).await;
    assert_eq!(known.get("/me").await.status, 401);
    // It is counted, too.
    let mut guesses = Vec::new();
    for _ in 0..9 {
        guesses.push(sign_in(HOME, &known, "ana@example.org", "wrong").await);
    }
    assert_eq!((&guesses[..8], guesses[8]), (&[401; 8][..], 429));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_failures_count() {
    let server = server(Registration::Open).await;
    server.member("ana", "member", "workers").await;
    for _ in 0..20 {
        assert_eq!(sign_in(HOME, &server.browser(), "ana@example.org", PASSWORD).await, 200);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_somebody_made_up_is_none() {
    let server = server(Registration::Open).await;
    let (known, _) = server.member("ana", "member", "workers").await;
    let answer = known.sign_in("ana@example.org", PASSWORD).await;
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let mark = cookies.iter().find(|cookie| cookie.starts_with("plenary-device=")).expect("a mark");
    assert!(cookies[0].starts_with("plenary="), "{cookies:?}");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/sign-in"] {
        assert!(mark.contains(part), "{mark}");
    }
    let value = mark.split(['=', ';']).nth(1).unwrap();
    let (name, seal) = value.split_once('.').unwrap();
    let other_name = "0".repeat(32);
    let guessed = [
        format!("{other_name}.{seal}"),
        format!("{name}.{}", "0".repeat(64)),
        name.to_owned(),
        String::new(),
    ];
    for _ in 0..9 {
        sign_in(ATTACKER, &server.browser(), "ana@example.org", "wrong").await;
    }
    let try_with = async |value: &str| {
        let body = json!({ "email": "ana@example.org", "password": PASSWORD });
        let browser = server.browser();
        let request = browser.request("POST", "/sign-in").header("x-forwarded-for", ATTACKER);
        let request = request.header("cookie", format!("plenary-device={value}")).json(&body);
        browser.send(request).await.status.as_u16()
    };
    for value in guessed {
        assert_eq!(try_with(&value).await, 429, "{value}");
    }
    assert_eq!(try_with(value).await, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_addresses_can_be_asked_for_by_registering() {
    for policy in [Registration::Open, Registration::Approval] {
        let server = server(policy).await;
        let (steward, _) = server.member("stefan", "steward", "un").await;
        for name in ["m1", "m2"] {
            server.member(name, "member", "workers").await;
        }
        let register = async |network: &str, name: &str, invitation: Value| {
            let body = json!({ "email": format!("{name}@example.org"), "password": PASSWORD, "display_name": name,
                "constituency": "workers", "organisation": "Guild", "locale": "en", "invitation": invitation });
            from(network, &server.browser(), "/register", body).await.status.as_u16()
        };
        let mut asked = Vec::new();
        for n in 0..12 {
            asked.push(register(ATTACKER, if n % 2 == 0 { "m1" } else { "m2" }, Value::Null).await);
        }
        assert_eq!((&asked[..8], asked[11]), (&[409; 8][..], 429), "{asked:?}");
        // From there a free address is answered like one that is taken; from elsewhere nobody notices.
        assert_eq!(register(ATTACKER, "new", Value::Null).await, 429);
        assert_eq!(register(HOME, "new", Value::Null).await, 201);
        // Who was invited is not kept out, and asks no more by one invitation.
        let link = steward.call("POST", "/invitations", json!({ "constituency": "workers" })).await.body;
        let mut by_link = Vec::new();
        for _ in 0..5 {
            by_link.push(register(ATTACKER, "m1", link["token"].clone()).await);
        }
        assert_eq!((&by_link[..3], by_link[4]), (&[409; 3][..], 429), "{by_link:?}");
        let other = steward.call("POST", "/invitations", json!({ "constituency": "workers" })).await.body;
        assert_eq!(register(ATTACKER, "invited", other["token"].clone()).await, 201);
        server.stop().await;
    }
}
