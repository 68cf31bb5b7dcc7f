//! Accounts: registering, signing in and out, what stewards do, invitations.

use plenary::config::{Registration, Switch};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Browser, Live, PASSWORD, Server};

fn id(value: &Value) -> Uuid {
    value["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_registration_makes_an_active_member_and_signs_in() {
    let server = Server::start(|_| {}).await;
    let ana = server.browser();
    let made = ana.register("ana", json!({ "email": " Ana@Example.org " })).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["email"], "Ana@Example.org");
    assert_eq!(
        (&made.body["status"], &made.body["confirmed"]),
        (&json!("active"), &json!(false)),
        "{made:?}"
    );
    assert_eq!(made.body["can"]["create_rooms"], false);
    assert_eq!(made.body["organisation"], "Tin Federation");
    assert!(made.body.get("password_hash").is_none());
    assert_eq!(ana.get("/me").await.body, made.body);

    // Taken in any spelling; nobody else is signed in by the try.
    let other = server.browser();
    let again = other.register("x", json!({ "email": "ANA@example.ORG" })).await;
    assert_eq!(again.code(), (409, "email_taken"));
    assert_eq!(other.get("/me").await.code(), (401, "not_signed_in"));
    assert_eq!(other.sign_in("aNa@example.org", PASSWORD).await.status, 200);

    other.register("ben", json!({ "organisation": "tin federation" })).await;
    other.register("cai", json!({ "constituency": "employers" })).await;
    // Nobody is shown what people have typed whom no steward has confirmed.
    let organisations = other.get("/organisations?constituency=workers").await;
    assert_eq!(organisations.body["items"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_registrations_of_one_address_and_one_organisation_at_once() {
    let server = Server::start(|_| {}).await;
    let same = (0..10).map(|_| {
        let browser = server.browser();
        async move { browser.register("ana", json!({})).await.status.as_u16() }
    });
    let others = (0..10).map(|n| {
        let browser = server.browser();
        async move {
            let name = format!("m{n}");
            browser.register(&name, json!({ "organisation": "New Guild" })).await.status.as_u16()
        }
    });
    let (same, others) =
        tokio::join!(futures_util::future::join_all(same), futures_util::future::join_all(others));
    assert_eq!(same.iter().filter(|status| **status == 201).count(), 1, "{same:?}");
    assert_eq!(same.iter().filter(|status| **status == 409).count(), 9, "{same:?}");
    assert!(others.iter().all(|status| *status == 201), "{others:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approval_waits_for_a_steward() {
    let server = Server::start(|config| config.registration = Registration::Approval).await;
    let (steward, _) = server.member("stefan", "steward", "un").await;
    let ana = server.browser();
    let made = ana.register("ana", json!({})).await;
    assert_eq!((made.status.as_u16(), &made.body["status"]), (201, &json!("pending")));
    assert_eq!(ana.get("/me").await.body["status"], "pending");
    assert_eq!(ana.get("/members").await.code(), (403, "pending"));

    let waiting = steward.get("/members?status=pending").await;
    assert_eq!(waiting.body["items"][0]["email"], "ana@example.org");
    let path = format!("/members/{}/confirm", id(&made.body));
    let body = json!({ "constituency": "government", "organisation": "Labour Ministry" });
    let confirmed = steward.call("POST", &path, body).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let me = ana.get("/me").await.body;
    assert_eq!(
        (&me["status"], &me["confirmed"], &me["constituency"], &me["organisation"]),
        (&json!("active"), &json!(true), &json!("government"), &json!("Labour Ministry"))
    );
    assert_eq!(steward.get("/members?status=pending&confirmed=&q=").await.body["items"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitation_policy_and_what_invitations_fix() {
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let (admin, me) = server.member("ada", "admin", "un").await;
    let (steward, _) = server.member("stefan", "steward", "un").await;
    let visitor = server.browser();
    assert_eq!(visitor.register("ana", json!({})).await.code(), (403, "registration_closed"));
    let wrong = visitor.register("ana", json!({ "invitation": "0".repeat(64) })).await;
    assert_eq!(wrong.code(), (403, "invitation_invalid"));

    // A steward invites members only.
    let refused = steward.call("POST", "/invitations", json!({ "platform_role": "steward" })).await;
    assert_eq!(refused.code(), (403, "not_permitted"));
    assert_eq!(visitor.call("POST", "/invitations", json!({})).await.code(), (401, "not_signed_in"));

    let fixed = json!({ "email": "Ana@example.org", "constituency": "employers",
        "organisation": "Mill Association", "platform_role": "steward" });
    let invitation = admin.call("POST", "/invitations", fixed).await;
    assert_eq!(invitation.status, 201, "{invitation:?}");
    let token = invitation.body["token"].as_str().unwrap();
    assert_eq!(invitation.body["link"], format!("{}/register?invitation={token}", server.origin));
    let offer = visitor.get(&format!("/invitations/by-token/{token}")).await;
    assert_eq!(offer.body["constituency"], "employers");
    let other = visitor.register("eve", json!({ "invitation": token })).await;
    assert_eq!((other.status.as_u16(), other.field("email")), (422, "not_invited"));

    // What the invitation says counts, not what the form says.
    let made = visitor
        .register("ana", json!({ "invitation": token, "constituency": null, "organisation": "Mine" }))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        (&made.body["constituency"], &made.body["organisation"], &made.body["confirmed"]),
        (&json!("employers"), &json!("Mill Association"), &json!(true))
    );
    assert_eq!(made.body["platform_role"], "steward");
    assert_eq!(visitor.get(&format!("/invitations/by-token/{token}")).await.status, 404);

    // Withdrawn, expired, or of an issuer who may not any more.
    let open = steward.call("POST", "/invitations", json!({ "constituency": "workers" })).await.body;
    let items = steward.get("/invitations").await.body["items"].clone();
    assert_eq!((items.as_array().unwrap().len(), &items[0]["id"]), (1, &open["id"]));
    assert!(items[0].get("token").is_none() && items[0].get("link").is_none());
    let path = format!("/invitations/{}", id(&open));
    assert_eq!(steward.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(steward.call("DELETE", &path, Value::Null).await.status, 404);
    let refused = visitor.register("ben", json!({ "invitation": open["token"] })).await;
    assert_eq!(refused.code(), (403, "invitation_invalid"));
    let of_steward = steward.call("POST", "/invitations", json!({})).await.body;
    let of_admin = admin.call("POST", "/invitations", json!({})).await.body;
    let stefan = steward.get("/me").await.body;
    let demoted = json!({ "platform_role": "member" });
    assert_eq!(admin.call("PATCH", &format!("/members/{}", id(&stefan)), demoted).await.status, 200);
    server.sql(&format!("UPDATE invitations SET expires_at = now() WHERE id = '{}'", id(&of_admin))).await;
    for invitation in [of_steward, of_admin] {
        let refused = visitor.register("ben", json!({ "invitation": invitation["token"] })).await;
        assert_eq!(refused.code(), (403, "invitation_invalid"));
    }
    assert_eq!(admin.get("/me").await.body, me);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_makes_one_member_however_many_try() {
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let (steward, _) = server.member("stefan", "steward", "un").await;
    let invitation = steward.call("POST", "/invitations", json!({ "constituency": "un" })).await.body;
    let tries = (0..20).map(|n| {
        let (browser, token) = (server.browser(), invitation["token"].clone());
        async move { browser.register(&format!("m{n}"), json!({ "invitation": token })).await.code().0 }
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 19, "{statuses:?}");
    let members = steward.get("/members").await.body["items"].clone();
    assert_eq!(members.as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_admin_comes_by_a_link() {
    use plenary::kernel::actions::invitations::first_admin_link;
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let visitor = server.browser();
    assert_eq!(visitor.get("/installation").await.body["needs_first_admin"], true);
    let old = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    let new = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    let refused = visitor.register("ada", json!({ "invitation": old })).await;
    assert_eq!(refused.code(), (403, "invitation_invalid"));
    let made = visitor.register("ada", json!({ "invitation": new })).await;
    assert_eq!((made.status.as_u16(), &made.body["can"]["administer"]), (201, &json!(true)), "{made:?}");
    // Nobody has vouched for the constituency that the first admin names.
    assert_eq!(made.body["confirmed"], false);
    assert_eq!(first_admin_link(&server.state.accounts).await.unwrap(), None);
    assert_eq!(visitor.get("/installation").await.body["needs_first_admin"], false);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_credentials_say_nothing_about_the_account() {
    let server = Server::start(|_| {}).await;
    server.member("ana", "member", "workers").await;
    let visitor = server.browser();
    let known = visitor.sign_in("ana@example.org", "four amber kettles sang").await;
    assert_eq!(known.code(), (401, "wrong_credentials"));
    let long = "x".repeat(5_000);
    for (email, password) in [
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("ana@example.org\0", PASSWORD),
        ("ana@example.org", long.as_str()),
        (long.as_str(), PASSWORD),
        ("not an address", "\0"),
    ] {
        let unknown = visitor.sign_in(email, password).await;
        assert_eq!((unknown.status, &unknown.body), (known.status, &known.body));
        assert!(!unknown.headers.contains_key("set-cookie"));
    }
    // Only who knows the password learns of the ban.
    server.sql("UPDATE members SET status = 'banned'").await;
    assert_eq!(visitor.sign_in("ana@example.org", PASSWORD).await.code(), (403, "banned"));
    assert_eq!(visitor.sign_in("ana@example.org", "wrong").await.body, known.body);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_is_limited_by_account_and_says_when() {
    let server = Server::start(|config| config.rate_limits = Switch::On).await;
    let visitor = server.browser();
    let mut refused = None;
    for _ in 0..20 {
        let answer = visitor.sign_in("Ana@example.org ", "wrong").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.code(), (429, "rate_limited"));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.body["error"]["retry_after_s"], wait);
    // In any spelling, and nobody else.
    assert_eq!(visitor.sign_in("aNA@example.org", "wrong").await.status, 429);
    assert_eq!(visitor.sign_in("ben@example.org", "wrong").await.status, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cookie_is_for_this_site_and_not_for_scripts() {
    let server = Server::start(|_| {}).await;
    server.member("ana", "member", "workers").await;
    let answer = server.browser().sign_in("ana@example.org", PASSWORD).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    let token = cookie.strip_prefix("plenary=").unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(token.len(), 64);
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    assert_eq!(answer.headers["cache-control"], "no-store");

    // The token serves as a bearer token too, and needs no origin then.
    let bearer = reqwest::Client::new()
        .patch(format!("{}/api/v1/me", server.origin))
        .bearer_auth(&token)
        .json(&json!({ "display_name": "Ana L." }));
    assert_eq!(bearer.send().await.unwrap().status(), 200);
    server.stop().await;

    let server = Server::start(|config| config.url = Some("https://dialogue.example.org".into())).await;
    let answer = server.browser().register("ana", json!({})).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-plenary=") && cookie.contains("Secure"), "{cookie}");
    assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_from_other_sites_are_refused() {
    let server = Server::start(|_| {}).await;
    let (ana, _) = server.member("ana", "member", "workers").await;
    let url = format!("{}/api/v1/me", server.origin);
    let change = || ana.http.patch(&url).json(&json!({ "display_name": "X" }));
    for request in [
        change(),
        change().header("sec-fetch-site", "cross-site"),
        change().header("sec-fetch-site", "same-site"),
        change().header("origin", "https://evil.example"),
        change().header("origin", format!("{}.evil.example", server.origin)),
        change().header("origin", "null"),
    ] {
        let answer = ana.send(request).await;
        assert_eq!(answer.code(), (403, "forbidden_origin"));
    }
    assert_eq!(ana.send(change().header("origin", &server.origin)).await.status, 200);
    // A form cannot send JSON.
    let form = ana.request("PATCH", "/me").header("content-type", "text/plain").body("{}");
    assert_eq!(ana.send(form).await.code(), (400, "malformed"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_are_listed_and_ended_by_their_owner() {
    let server = Server::start(|_| {}).await;
    let (phone, _) = server.member("ana", "member", "workers").await;
    let (eve, _) = server.member("eve", "member", "workers").await;
    let (laptop, tablet) = (server.browser(), server.browser());
    laptop.sign_in("ana@example.org", PASSWORD).await;
    tablet.sign_in("ana@example.org", PASSWORD).await;

    let list = tablet.get("/me/sign-ins").await.body["items"].clone();
    let items = list.as_array().unwrap();
    assert_eq!(items.len(), 3);
    let current: Vec<&Value> = items.iter().filter(|item| item["current"] == true).collect();
    assert_eq!(current.len(), 1);
    let (tablet_id, laptop_id) = (id(&items[0]), id(&items[1]));
    assert_eq!(id(current[0]), tablet_id);

    let path = format!("/me/sign-ins/{laptop_id}");
    assert_eq!(eve.call("DELETE", &path, Value::Null).await.status, 404);
    assert_eq!(laptop.get("/me").await.status, 200);
    assert_eq!(tablet.call("DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(laptop.get("/me").await.status, 401);

    assert_eq!(tablet.call("DELETE", "/me/sign-ins", Value::Null).await.status, 204);
    assert_eq!(phone.get("/me").await.status, 401);
    assert_eq!(tablet.get("/me").await.status, 200);

    // Signing in again ends the sign-in that the browser held.
    tablet.sign_in("ana@example.org", PASSWORD).await;
    assert_eq!(tablet.get("/me/sign-ins").await.body["items"].as_array().unwrap().len(), 1);

    let out = tablet.call("POST", "/sign-out", Value::Null).await;
    assert_eq!(out.status, 204);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(tablet.get("/me").await.status, 401);
    assert_eq!(tablet.call("POST", "/sign-out", Value::Null).await.status, 204);
    assert_eq!(tablet.get("/me/sign-ins").await.status, 401);
    assert_eq!(eve.get("/me").await.status, 200);

    // Idle and absolute expiry.
    eve.sign_in("eve@example.org", PASSWORD).await;
    server.sql("UPDATE sign_ins SET last_used_at = now() - interval '15 days'").await;
    assert_eq!(eve.get("/me").await.status, 401);
    eve.sign_in("eve@example.org", PASSWORD).await;
    server.sql("UPDATE sign_ins SET expires_at = now()").await;
    assert_eq!(eve.get("/me").await.status, 401);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_the_other_sign_ins() {
    let server = Server::start(|_| {}).await;
    let (phone, _) = server.member("ana", "member", "workers").await;
    let laptop = server.browser();
    laptop.sign_in("ana@example.org", PASSWORD).await;
    let change = |current: &str, new: &str| {
        let body = json!({ "current": current, "new": new });
        let laptop = laptop.clone();
        async move { laptop.call("PUT", "/me/password", body).await }
    };
    let wrong = change("wrong", "harbour lantern violin moss").await;
    assert_eq!((wrong.status.as_u16(), wrong.field("current")), (422, "wrong"));
    let short = change(PASSWORD, "short").await;
    assert_eq!((short.status.as_u16(), short.field("new")), (422, "too_short"));
    assert_eq!(phone.get("/me").await.status, 200);
    assert_eq!(change(PASSWORD, "harbour lantern violin moss").await.status, 204);
    assert_eq!(phone.get("/me").await.status, 401);
    assert_eq!(laptop.get("/me").await.status, 200);
    assert_eq!(phone.sign_in("ana@example.org", PASSWORD).await.status, 401);
    assert_eq!(phone.sign_in("ana@example.org", "harbour lantern violin moss").await.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn common_passwords_are_refused() {
    let server = Server::start(|_| {}).await;
    let visitor = server.browser();
    for (password, code) in [
        ("elevenchars", "too_short"),
        ("password1234", "too_common"),
        ("qwertyuiop12", "too_common"),
        ("aaaaaaaaaaaaaaa", "too_common"),
        ("ana@example.org", "too_common"),
        ("tin-federation", "too_common"),
        ("Plenary2026!", "too_common"),
        (&*"a b".repeat(100), "too_long"),
    ] {
        let refused = visitor.register("ana", json!({ "password": password })).await;
        assert_eq!((refused.status.as_u16(), refused.field("password")), (422, code), "{password}");
    }
    let all =
        visitor.call("POST", "/register", json!({ "email": "x", "password": "", "display_name": " " })).await;
    for (field, code) in [
        ("email", "invalid"),
        ("password", "too_short"),
        ("display_name", "required"),
        ("constituency", "required"),
        ("organisation", "required"),
    ] {
        assert_eq!(all.field(field), code, "{all:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_the_callers_fault() {
    let server = Server::start(|config| config.demo = Switch::On).await;
    let (admin, _) = server.member("ada", "admin", "un").await;
    let (_, ana) = server.member("ana", "member", "workers").await;
    let member = format!("/members/{}", id(&ana));
    let confirm = format!("{member}/confirm");
    let calls: Vec<(&str, &str, Value)> = vec![
        (
            "POST",
            "/register",
            json!({ "email": "a@b", "password": PASSWORD, "display_name": "A", "constituency": "workers",
                "organisation": "O", "locale": "en", "invitation": null }),
        ),
        ("POST", "/sign-in", json!({ "email": "a@b", "password": PASSWORD })),
        ("PATCH", "/me", json!({ "display_name": "A", "locale": "en" })),
        ("PUT", "/me/password", json!({ "current": PASSWORD, "new": PASSWORD })),
        ("POST", "/demo/sign-in", json!({ "member": Uuid::nil() })),
        ("POST", &confirm, json!({ "constituency": "workers", "organisation": "O" })),
        (
            "PATCH",
            &member,
            json!({ "status": "active", "platform_role": "member", "constituency": "workers", "organisation": "O" }),
        ),
        (
            "POST",
            "/invitations",
            json!({ "email": "a@b", "constituency": "workers", "organisation": "O",
                "platform_role": "member", "expires_in_days": 3 }),
        ),
    ];
    let bad_values = [
        json!("a\u{0}b"),
        json!("\u{0}"),
        json!(""),
        json!("x".repeat(200_000)),
        json!("\u{202E}evil"),
        json!(1e300),
        json!(-1),
        json!(9_223_372_036_854_775_807_i64),
        json!(true),
        json!(null),
        json!([]),
        json!({ "a": 1 }),
        json!("' OR 1=1 --"),
        json!("𝕏\u{10FFFF}"),
    ];
    let mut tried = 0;
    for (method, path, good) in &calls {
        // Some tries succeed, and would sign the admin's browser in as somebody else.
        let signs_in = ["/register", "/sign-in", "/demo/sign-in"].contains(path);
        let admin = if signs_in { &server.browser() } else { &admin };
        for field in good.as_object().unwrap().keys() {
            for bad in &bad_values {
                let mut body = good.clone();
                body[field] = bad.clone();
                let answer = admin.call(method, path, body).await;
                assert!(answer.status.as_u16() < 500, "{method} {path} {field}={bad}: {answer:?}");
                tried += 1;
            }
        }
        for raw in [
            &b""[..],
            b"{",
            b"nonsense",
            b"[]",
            b"null",
            b"\"x\"",
            b"{\"email\":\"\xff\xfe\"}",
            b"{\"email\":\"\\ud800\",\"display_name\":\"\\ud800\",\"constituency\":\"\\ud800\"}",
            b"\xef\xbb\xbf{}",
        ] {
            let request =
                admin.request(method, path).header("content-type", "application/json").body(raw.to_vec());
            let answer = admin.send(request).await;
            assert!(answer.status.as_u16() < 500, "{method} {path} {raw:?}: {answer:?}");
            tried += 1;
        }
        let deep = format!("{{\"email\":{}", "[".repeat(100_000));
        let request = admin.request(method, path).header("content-type", "application/json").body(deep);
        assert_eq!(admin.send(request).await.code(), (400, "malformed"), "{method} {path}");
        let huge = format!("{{\"email\":\"{}\"}}", "x".repeat(3_000_000));
        let request = admin.request(method, path).header("content-type", "application/json").body(huge);
        assert_eq!(admin.send(request).await.code(), (413, "too_large"), "{method} {path}");
    }
    for path in [
        "/members?q=%00",
        "/members?q=%FF%FE",
        "/members?q=%25_%5C",
        "/members?status=x",
        "/members?confirmed=x",
        "/members?after=x",
        "/members?limit=x",
        "/members?limit=-5",
        "/members?limit=99999999999999999999",
        "/organisations?constituency=%00",
        "/organisations?after=x",
        "/organisations?after=00000000-0000-0000-0000-000000000000",
        "/invitations?after=x",
        "/invitations/by-token/%00",
        "/invitations/by-token/%FF%FE",
        "/invitations/by-token/x%2Fy",
        "/me/sign-ins?limit=x",
    ] {
        let answer = admin.get(path).await;
        assert!(answer.status.as_u16() < 500, "{path}: {answer:?}");
        tried += 1;
    }
    for path in ["/members/x", "/members/%00", "/members/%FF"] {
        assert_eq!(admin.call("PATCH", path, json!({})).await.status, 404, "{path}");
    }
    for path in ["/me/sign-ins/x", "/invitations/%00"] {
        assert_eq!(admin.call("DELETE", path, Value::Null).await.code(), (404, "not_found"), "{path}");
    }
    assert!(tried > 300);
    assert_eq!(admin.get("/members?q=%00").await.status, 200);
    assert_eq!(admin.get("/members?q=%25").await.body["items"], json!([]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stewards_and_admins_keep_to_their_rights() {
    let server = Server::start(|_| {}).await;
    let (admin, ada) = server.member("ada", "admin", "un").await;
    let (steward, stefan) = server.member("stefan", "steward", "un").await;
    let (ana, ana_me) = server.member("ana", "member", "workers").await;
    let (_, ben) = server.member("ben", "member", "employers").await;
    let patch = |browser: &Browser, of: &Value, body: Value| {
        let (browser, path) = (browser.clone(), format!("/members/{}", id(of)));
        async move { browser.call("PATCH", &path, body).await }
    };
    let ban = || json!({ "status": "banned" });

    for path in ["/members", "/invitations"] {
        assert_eq!(ana.get(path).await.code(), (403, "not_permitted"), "{path}");
        assert_eq!(server.browser().get(path).await.code(), (401, "not_signed_in"), "{path}");
    }
    assert_eq!(patch(&ana, &ben, ban()).await.code(), (403, "not_permitted"));
    for who in [&ada, &stefan] {
        assert!(patch(&steward, who, ban()).await.status == 403);
    }
    assert_eq!(patch(&steward, &ben, json!({ "platform_role": "steward" })).await.status, 403);
    for body in [ban(), json!({ "platform_role": "member" }), json!({ "constituency": "workers" })] {
        assert_eq!(patch(&admin, &ada, body).await.code(), (403, "own_account"));
    }
    assert_eq!(patch(&steward, &ben, json!({ "status": "pending" })).await.field("status"), "invalid");
    assert_eq!(patch(&steward, &ben, json!({ "constituency": "x" })).await.field("constituency"), "unknown");
    assert_eq!(patch(&steward, &json!({ "id": Uuid::now_v7() }), ban()).await.status, 404);

    // A ban ends everything at once; readmission does not bring the old sign-ins back.
    assert_eq!(patch(&steward, &ana_me, ban()).await.body["status"], "banned");
    assert_eq!(ana.get("/me").await.status, 401);
    let path = format!("/members/{}/confirm", id(&ana_me));
    assert_eq!(steward.call("POST", &path, json!({})).await.code(), (409, "conflict"));
    assert_eq!(patch(&steward, &ana_me, json!({ "status": "active" })).await.status, 200);
    assert_eq!(ana.get("/me").await.status, 401);
    assert_eq!(ana.sign_in("ana@example.org", PASSWORD).await.status, 200);

    // Two admins who demote each other at once: one stays.
    let bea = patch(&admin, &ben, json!({ "platform_role": "admin" })).await;
    assert_eq!(bea.body["platform_role"], "admin");
    let other = server.browser();
    other.sign_in("ben@example.org", PASSWORD).await;
    let demote = || json!({ "platform_role": "member" });
    let (one, two) = tokio::join!(patch(&admin, &ben, demote()), patch(&other, &ada, demote()));
    let statuses = [one.status.as_u16(), two.status.as_u16()];
    assert!(statuses.contains(&200) && statuses.contains(&403), "{statuses:?}");
    assert_eq!(server.browser().get("/installation").await.body["needs_first_admin"], false);

    // The list: newest first, page by page, and by part of a name.
    let first = steward.get("/members?limit=3").await.body;
    let next = first["next"].as_str().unwrap();
    let rest = steward.get(&format!("/members?limit=3&after={next}")).await.body;
    assert_eq!((first["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (3, 1));
    assert_eq!(rest["next"], Value::Null);
    let found = steward.get("/members?q=STEF&confirmed=true").await.body;
    assert_eq!(found["items"][0]["id"], stefan["id"]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_constituency_takes_the_caucus_roles_away() {
    let server = Server::start(|_| {}).await;
    let (steward, stefan) = server.member("stefan", "steward", "un").await;
    let (_, ana) = server.member("ana", "member", "workers").await;
    let (caucus, forum) = (Uuid::now_v7(), Uuid::now_v7());
    let (by, member) = (id(&stefan), id(&ana));
    server
        .sql(&format!(
            "INSERT INTO rooms (id, slug, title, kind, visibility, constituency, created_by) VALUES
                ('{caucus}', 'c', 'C', 'caucus', 'members', 'workers', '{by}'),
                ('{forum}', 'f', 'F', 'forum', 'members', NULL, '{by}');
             INSERT INTO room_roles (room_id, member_id, role) VALUES
                ('{caucus}', '{member}', 'chair'), ('{forum}', '{member}', 'moderator')"
        ))
        .await;
    let path = format!("/members/{member}");
    let same = steward.call("PATCH", &path, json!({ "constituency": "workers" })).await;
    assert_eq!(same.status, 200);
    assert_eq!(server.count("room_log").await, 0);
    let moved = steward.call("PATCH", &path, json!({ "constituency": "employers" })).await;
    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!(server.count("room_log").await, 1);
    let entry = format!("room_log WHERE room_id = '{caucus}' AND kind = 'role.revoked' AND seq = 1");
    assert_eq!(server.count(&entry).await, 1);
    let roles = server.state.access.room_state(caucus).await.unwrap().roles.clone();
    assert!(roles.is_empty());
    assert_eq!(server.state.access.room_state(forum).await.unwrap().roles.len(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_installation_and_the_table_of_rights_are_public() {
    let server = Server::start(|_| {}).await;
    let visitor = server.browser();
    let installation = visitor.get("/installation").await.body;
    assert_eq!(installation["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&installation["registration"], &installation["demo"]), (&json!("open"), &json!(false)));
    assert_eq!(installation["constituencies"][0]["name"], json!({ "en": "Workers", "zh": "工人" }));
    assert_eq!(installation["locales"], json!(["en", "zh"]));
    assert_eq!(installation["moderation_reasons"].as_array().unwrap().len(), 6);
    assert!(installation["epoch"].as_str().unwrap().parse::<Uuid>().is_ok());
    let permissions = visitor.get("/permissions").await.body;
    assert_eq!(permissions["table"]["observer"], json!(["read"]));
    assert!(permissions["table"]["chair"].as_array().unwrap().contains(&json!("close_room")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_connections_end_with_the_sign_in() {
    let server = Server::start(|_| {}).await;
    let (steward, _) = server.member("stefan", "steward", "un").await;
    let (ana, ana_me) = server.member("ana", "member", "workers").await;
    let connect = || Live::connect(&server, "ana@example.org");
    let path = format!("/members/{}", id(&ana_me));

    let live = connect().await;
    assert_eq!(ana.call("DELETE", "/me/sign-ins", Value::Null).await.status, 204);
    assert_eq!(live.close_code().await, Some(4501));

    let live = connect().await;
    let body = json!({ "current": PASSWORD, "new": PASSWORD });
    assert_eq!(ana.call("PUT", "/me/password", body).await.status, 204);
    assert_eq!(live.close_code().await, Some(4501));

    // Other rights: connect again and be looked at anew.
    let live = connect().await;
    let moved = steward.call("PATCH", &path, json!({ "constituency": "employers" })).await;
    assert_eq!(moved.status, 200);
    assert!(live.close_code().await.is_some_and(|code| (4000..4500).contains(&code)));

    let live = connect().await;
    let banned = steward.call("PATCH", &path, json!({ "status": "banned" })).await;
    assert_eq!(banned.status, 200);
    assert_eq!(live.close_code().await, Some(4503));
    server.stop().await;
}
