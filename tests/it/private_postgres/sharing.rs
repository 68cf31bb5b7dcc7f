//! Several processes on one folder.

use plenary::db::private::Role;

use super::other::Other;
use super::{answers, gone, lives, made, refused, start};
use crate::support::folder::Folder;

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused() {
    let folder = Folder::new();
    let data = made(&folder);
    let postgres = start(&data, Role::Server).await.unwrap();
    let line = refused(&data, Role::Server).await;
    assert!(
        line.contains("is in use by another Plenary") && line.contains(&std::process::id().to_string()),
        "{line}"
    );
    assert!(answers(postgres.url()).await);
    postgres.stop().await;
    start(&data, Role::Server).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_tool_uses_what_runs_and_stops_what_it_started() {
    let folder = Folder::new();
    let data = made(&folder);
    let tool = start(&data, Role::Tool).await.unwrap();
    let pid = tool.pid();
    assert!(tool.started_here() && answers(tool.url()).await);
    // Whoever started it, the last one out stops it.
    let mut second = Other::start(&data, Role::Tool, None);
    assert_eq!(second.ready(), (pid, false));
    tool.stop().await;
    assert!(lives(pid));
    second.stop();
    gone(pid);

    // A server that comes meanwhile takes it over.
    let tool = start(&data, Role::Tool).await.unwrap();
    let pid = tool.pid();
    let mut server = Other::start(&data, Role::Server, None);
    assert_eq!(server.ready(), (pid, false));
    tool.stop().await;
    assert!(lives(pid));

    // A server that goes meanwhile leaves it to the tool.
    let tool = start(&data, Role::Tool).await.unwrap();
    server.stop();
    assert!(lives(pid) && answers(tool.url()).await);
    tool.stop().await;
    gone(pid);
}

#[tokio::test]
async fn many_that_come_at_once_share_one_postgres() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let mut others: Vec<Other> = (0..4).map(|_| Other::start(&data, Role::Tool, None)).collect();
    let found: Vec<(u32, bool)> = others.iter_mut().map(Other::ready).collect();
    assert!(found.iter().all(|(pid, _)| *pid == found[0].0), "{found:?}");
    assert_eq!(found.iter().filter(|(_, started)| *started).count(), 1, "{found:?}");
    others.into_iter().for_each(Other::stop);
    gone(found[0].0);
}
