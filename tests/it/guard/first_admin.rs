//! The link for the first admin is worth something only while there is none.

use plenary::config::Registration;
use plenary::kernel::actions::accounts::{NewAccount, create};
use plenary::kernel::actions::invitations::{first_admin_link, operator_link};
use plenary::kernel::domain::kinds::{Lang, PlatformRole};
use serde_json::json;

use crate::support::{PASSWORD, Server};

async fn admin_by_command(server: &Server) {
    let new = NewAccount {
        email: "ada@example.org".into(),
        password: PASSWORD.into(),
        display_name: "Ada".into(),
        constituency: Some("un".into()),
        organisation: Some("Agency".into()),
        locale: Lang::En,
        invitation: None,
    };
    create(&server.state.accounts, new, PlatformRole::Admin).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printed_link_ends_when_the_command_line_makes_an_admin() {
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let link = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    let by_command = operator_link(&server.state.accounts, PlatformRole::Admin).await.unwrap();
    let steward = operator_link(&server.state.accounts, PlatformRole::Steward).await.unwrap();
    let open = "invitations WHERE used_at IS NULL AND created_by IS NULL AND platform_role = 'admin'";
    assert_eq!(server.count(open).await, 1, "each new link takes the place of the one before");
    admin_by_command(&server).await;
    assert_eq!(server.count(open).await, 0, "in the same transaction");

    // Also after another start, which is when it used to come back to life.
    let again = server.another(|config| config.registration = Registration::Open).await;
    for (server, token) in [(&server, &link), (&server, &by_command), (&again, &link)] {
        let stranger = server.browser();
        assert_eq!(stranger.get(&format!("/invitations/by-token/{token}")).await.status, 404);
        let refused = stranger.register("eve", json!({ "invitation": token })).await;
        assert_eq!(refused.code(), (403, "invitation_invalid"));
    }
    assert_eq!(server.count("members WHERE platform_role = 'admin'").await, 1);
    assert!(operator_link(&server.state.accounts, PlatformRole::Admin).await.is_err(), "there is an admin");
    // A link for a steward is no link for a first admin.
    assert_eq!(server.browser().register("sam", json!({ "invitation": steward })).await.status, 201);
    again.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_an_older_version_left_behind_is_worth_nothing() {
    let server = Server::start(|_| {}).await;
    let link = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    server.sql("CREATE TABLE kept AS SELECT * FROM invitations").await;
    admin_by_command(&server).await;
    server.sql("INSERT INTO invitations SELECT * FROM kept; DROP TABLE kept").await;
    let refused = server.browser().register("eve", json!({ "invitation": link })).await;
    assert_eq!(refused.code(), (403, "invitation_invalid"));
    // The next start takes it away.
    assert_eq!(first_admin_link(&server.state.accounts).await.unwrap(), None);
    assert_eq!(server.count("invitations").await, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_link_used_by_many_at_once_makes_one_admin_without_a_confirmed_constituency() {
    let server = Server::start(|config| config.registration = Registration::Invitation).await;
    let first = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    // A second link, as two versions side by side might leave it.
    server.sql("CREATE TABLE kept AS SELECT * FROM invitations").await;
    let second = first_admin_link(&server.state.accounts).await.unwrap().unwrap();
    server.sql("INSERT INTO invitations SELECT * FROM kept; DROP TABLE kept").await;
    let tries = (0..10).map(|n| {
        let (browser, token) = (server.browser(), if n % 2 == 0 { first.clone() } else { second.clone() });
        async move { browser.register(&format!("m{n}"), json!({ "invitation": token })).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [201, 403].contains(&answer.status.as_u16())), "{answers:?}");
    assert_eq!(
        (&made[0].body["confirmed"], &made[0].body["platform_role"]),
        (&json!(false), &json!("admin"))
    );
    server.stop().await;
}
