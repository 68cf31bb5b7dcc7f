//! The private PostgreSQL, on the real thing: first starts, crashes of every kind, several
//! processes on one folder, and the accounts it may have to run as.

mod crashes;
mod first_start;
mod other;
mod places;
mod program;
mod sharing;
mod update;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use plenary::db::private::{Durability, PrivatePostgres, Role};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::support::folder::Folder;

/// Nothing that is waited for here takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn is_root() -> bool {
    geteuid().is_root()
}

/// True while a process is there and not yet reaped.
fn lives(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// A data folder whose PostgreSQL is made and stopped, copied from one that is made once.
fn made(folder: &Folder) -> PathBuf {
    static FIRST: OnceLock<Folder> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        let first = Folder::new();
        let data = first.path().join("data");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                start(&data, Role::Server).await.unwrap().stop().await;
            });
        })
        .join()
        .unwrap();
        first
    });
    let data = folder.path().join("data");
    copy(&first.path().join("data"), &data);
    data
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

async fn start(data: &Path, role: Role) -> Result<PrivatePostgres, String> {
    PrivatePostgres::start_with(data, role, Durability::None).await
}

/// The line of a start that must fail.
async fn refused(data: &Path, role: Role) -> String {
    let line = start(data, role).await.err().expect("it must not start");
    assert!(!line.contains('\n'), "not one line: {line}");
    line
}

async fn sql(url: &str, statement: &str) {
    let mut connection = AsyncPgConnection::establish(url).await.unwrap();
    connection.batch_execute(statement).await.unwrap();
}

async fn answers(url: &str) -> bool {
    let asked = async {
        let mut connection = AsyncPgConnection::establish(url).await.ok()?;
        connection.batch_execute("SELECT 1").await.ok()
    };
    // One that dies while it is asked may leave the question open.
    matches!(tokio::time::timeout(PATIENCE / 9, asked).await, Ok(Some(())))
}

async fn answers_again(url: &str) {
    let since = Instant::now();
    while !answers(url).await {
        assert!(since.elapsed() < PATIENCE, "PostgreSQL did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until another PostgreSQL runs and answers; it may answer a moment before it is noted.
async fn started_again(postgres: &PrivatePostgres, before: u32) {
    answers_again(postgres.url()).await;
    let since = Instant::now();
    while postgres.pid() == before {
        assert!(since.elapsed() < PATIENCE, "the new PostgreSQL was not noted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A process that has closed all it had may still be listed for a moment.
fn gone(pid: u32) {
    eventually("PostgreSQL is gone", || !lives(pid));
}

/// The number in the pid file.
fn noted_pid(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?;
    text.lines().next()?.parse().ok()
}

/// The folder of the socket, from an address.
fn socket_folder(url: &str) -> PathBuf {
    let host = url.split_once("?host=").unwrap().1;
    PathBuf::from(percent_encoding::percent_decode_str(host).decode_utf8().unwrap().into_owned())
}
