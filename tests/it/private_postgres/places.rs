//! Where the folder may be, and whom PostgreSQL runs as there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use plenary::db::private::Role;
use rustix::process::Signal;

use super::other::Other;
use super::{answers, answers_again, copy, is_root, made, signal, socket_folder, sql, start};
use crate::support::folder::Folder;

#[tokio::test]
async fn a_long_path_gets_its_socket_in_a_short_private_folder() {
    let folder = Folder::new();
    let made = made(&folder);
    for name in ["x".repeat(120), "with, comma and space ü".into()] {
        let parent = folder.path().join(name);
        fs::create_dir(&parent).unwrap();
        let data = parent.join("data");
        copy(&made, &data);
        let postgres = start(&data, Role::Server).await.unwrap();
        assert!(answers(postgres.url()).await, "{}", postgres.url());
        let usual = socket_folder(postgres.url());
        let there = fs::metadata(&usual).unwrap();
        assert_eq!(there.mode() & 0o777, 0o700);
        assert_eq!(there.uid(), fs::metadata(data.join("postgres")).unwrap().uid());
        let pid = postgres.pid();
        let mut tool = Other::start(&data, Role::Tool, None);
        assert_eq!(tool.ready(), (pid, false));
        tool.stop();
        // Found again after a crash.
        signal(pid, Signal::KILL);
        answers_again(postgres.url()).await;
        postgres.stop().await;
        assert!(!usual.exists(), "nothing is left in /tmp");

        // Somebody else sits on the name.
        let squatter = Squatter::on(&usual);
        let postgres = start(&data, Role::Server).await.unwrap();
        assert_ne!(socket_folder(postgres.url()), usual);
        assert!(answers(postgres.url()).await);
        postgres.stop().await;
        drop(squatter);
    }
}

/// An open folder under a name that PostgreSQL's socket would get. Goes with this value, since it
/// is outside of the test's folder.
struct Squatter<'a>(&'a Path);

impl<'a> Squatter<'a> {
    fn on(path: &'a Path) -> Self {
        fs::create_dir(path).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
        Self(path)
    }
}

impl Drop for Squatter<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir(self.0);
    }
}

#[tokio::test]
async fn root_runs_it_as_an_ordinary_account_wherever_the_folder_is() {
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    // As under /root: only root passes.
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).unwrap();
    let data = closed.join("data");
    let postgres = start(&data, Role::Server).await.unwrap();
    let process = fs::metadata(format!("/proc/{}", postgres.pid())).unwrap();
    assert_ne!(process.uid(), 0);
    assert_eq!(process.uid(), fs::metadata(data.join("postgres")).unwrap().uid());
    let pid = postgres.pid();
    signal(pid, Signal::KILL);
    answers_again(postgres.url()).await;
    sql(postgres.url(), "CREATE TABLE kept (id int)").await;
    postgres.stop().await;

    // A copy that root made belongs to root.
    let copied = closed.join("copied");
    copy(&data, &copied);
    assert!(Command::new("chown").args(["-R", "0:0"]).arg(&copied).status().unwrap().success());
    let postgres = start(&copied, Role::Server).await.unwrap();
    sql(postgres.url(), "SELECT * FROM kept").await;
    postgres.stop().await;
}

#[tokio::test]
async fn an_ordinary_user_runs_it_and_root_follows_that_user() {
    if !is_root() {
        // Then every other test is this one.
        return;
    }
    const USER: u32 = 65534;
    let folder = Folder::new();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(USER), Some(USER)).unwrap();
    let data = home.join("data");
    let mut other = Other::start(&data, Role::Server, Some(USER));
    let (pid, started) = other.ready();
    assert!(started);
    assert_eq!(fs::metadata(format!("/proc/{pid}")).unwrap().uid(), USER);
    assert_eq!(fs::metadata(&data).unwrap().mode() & 0o777, 0o700);

    // Root's tools attach, and what root makes there stays usable for the user.
    let tool = start(&data, Role::Tool).await.unwrap();
    assert_eq!((tool.pid(), tool.started_here()), (pid, false));
    tool.stop().await;
    other.stop();
    let postgres = start(&data, Role::Server).await.unwrap();
    assert_eq!(fs::metadata(format!("/proc/{}", postgres.pid())).unwrap().uid(), USER);
    postgres.stop().await;
    let mut other = Other::start(&data, Role::Server, Some(USER));
    other.ready();
    other.stop();

    // Another user's folder.
    let foreign = folder.path().join("foreign");
    let postgres = start(&foreign, Role::Server).await.unwrap();
    let mut other = Other::start(&foreign, Role::Server, Some(USER));
    let said = other.says();
    assert!(said.starts_with("refused") && said.contains("Run Plenary as the user who owns"), "{said}");
    other.process.wait().unwrap();
    postgres.stop().await;
}
