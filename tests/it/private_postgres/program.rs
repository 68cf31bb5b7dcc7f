//! The program as an operator sees it, and the databases of the tests.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{PATIENCE, answers, gone, lives, made, noted_pid, signal, sql};
use crate::support::folder::Folder;
use crate::support::postgres::Database;

#[tokio::test]
async fn the_program_stops_its_postgres_last_and_refuses_in_one_line() {
    let folder = Folder::new();
    let data = made(&folder);
    let serve = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-filter", "error", "--data"]).arg(&data);
        for name in ["DATABASE_URL", "PLENARY_URL", "PLENARY_DEMO", "PLENARY_LOG", "NATS_URL"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut first = serve().spawn().unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("Plenary is ready: http://127.0.0.1:")));
    let pid = noted_pid(&data).unwrap();
    assert!(lives(pid));

    let second = serve().output().unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.starts_with("plenary: The data folder") && said.lines().count() == 1, "{said}");

    signal(first.id(), Signal::TERM);
    assert!(first.wait().unwrap().success());
    gone(pid);
    assert_eq!(noted_pid(&data), None);
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, two, bare) = (Database::new().await, Database::new().await, Database::empty().await);
    sql(one.url(), "CREATE TABLE mine (id int); SELECT * FROM members").await;
    sql(two.url(), "CREATE TABLE mine (id int)").await;
    sql(bare.url(), "CREATE TABLE members (id int)").await;
    let url = one.url().to_owned();
    drop(one);
    let since = Instant::now();
    while answers(&url).await {
        assert!(since.elapsed() < PATIENCE, "a dropped database is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
