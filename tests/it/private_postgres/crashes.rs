//! Crashes of the server and of PostgreSQL, and what they leave behind.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use plenary::db::private::Role;
use rustix::process::{Pid, Signal, kill_process_group};

use super::other::Other;
use super::{
    answers, answers_again, eventually, gone, is_root, lives, made, signal, socket_folder, start,
    started_again,
};
use crate::support::folder::Folder;

#[tokio::test]
async fn after_a_kill_of_the_server_its_postgres_is_adopted() {
    let folder = Folder::new();
    let data = made(&folder);
    let mut other = Other::start(&data, Role::Server, None);
    let (pid, started) = other.ready();
    assert!(started);
    other.kill();
    assert!(lives(pid), "PostgreSQL outlives the server");

    // A tool uses it and leaves it alone.
    let tool = start(&data, Role::Tool).await.unwrap();
    assert_eq!((tool.pid(), tool.started_here()), (pid, false));
    tool.stop().await;
    assert!(lives(pid));

    let postgres = start(&data, Role::Server).await.unwrap();
    assert_eq!((postgres.pid(), postgres.started_here()), (pid, false));
    assert!(answers(postgres.url()).await);
    // The adopted one is watched too.
    signal(pid, Signal::KILL);
    started_again(&postgres, pid).await;
    let again = postgres.pid();
    postgres.stop().await;
    gone(again);
}

#[tokio::test]
async fn a_ctrl_c_in_the_terminal_does_not_reach_postgres() {
    let folder = Folder::new();
    let data = made(&folder);
    let mut other = Other::start(&data, Role::Server, None);
    let (pid, _) = other.ready();
    let group = Pid::from_raw(other.process.id().cast_signed()).unwrap();
    kill_process_group(group, Signal::INT).unwrap();
    other.process.wait().unwrap();
    let postgres = start(&data, Role::Server).await.unwrap();
    assert_eq!((postgres.pid(), postgres.started_here()), (pid, false));
    postgres.stop().await;
}

#[tokio::test]
async fn a_killed_postgres_is_started_again_while_the_server_runs() {
    let folder = Folder::new();
    let data = made(&folder);
    let postgres = start(&data, Role::Server).await.unwrap();
    for _ in 0..3 {
        let pid = postgres.pid();
        // Somebody is at work, whose process has to go before PostgreSQL may start again.
        let mut busy = AsyncPgConnection::establish(postgres.url()).await.unwrap();
        let work = tokio::spawn(async move { busy.batch_execute("SELECT pg_sleep(600)").await });
        signal(pid, Signal::KILL);
        started_again(&postgres, pid).await;
        // It is ended, not waited for.
        assert!(work.await.unwrap().is_err());
    }
    postgres.stop().await;
}

#[tokio::test]
async fn a_stale_pid_file_that_names_a_stranger_is_seen_through() {
    let folder = Folder::new();
    let data = made(&folder);
    let mut other = Other::start(&data, Role::Server, None);
    let (pid, _) = other.ready();
    let owner = fs::metadata(data.join("postgres")).unwrap();
    other.kill();
    signal(pid, Signal::KILL);
    gone(pid);

    // The number was given to somebody else meanwhile, of the same account.
    let mut stranger = Stranger::of(owner.uid(), owner.gid());
    for name in ["postmaster.pid", ".s.PGSQL.5432.lock"] {
        let file = data.join("postgres").join(name);
        let text = fs::read_to_string(&file).unwrap();
        let rest = text.split_once('\n').unwrap().1;
        fs::write(&file, format!("{}\n{rest}", stranger.0.id())).unwrap();
    }
    // And a child of the killed one, not yet gone, keeps the socket open.
    let socket = data.join("postgres/.s.PGSQL.5432");
    fs::remove_file(&socket).unwrap();
    let child = UnixListener::bind(&socket).unwrap();
    let looked_at = std::thread::spawn(move || child.accept().map(drop));

    let postgres = start(&data, Role::Server).await.unwrap();
    looked_at.join().unwrap().unwrap();
    assert!(postgres.started_here());
    assert!(answers(postgres.url()).await);
    postgres.stop().await;
    assert!(stranger.0.try_wait().unwrap().is_none(), "the stranger is left alone");
}

/// A process that has nothing to do with PostgreSQL. Ends with this value.
struct Stranger(Child);

impl Stranger {
    fn of(uid: u32, gid: u32) -> Self {
        let mut command = Command::new("sleep");
        command.arg("600").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root() {
            command.uid(uid).gid(gid);
        }
        Self(command.spawn().unwrap())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_removed_socket_and_a_swollen_log_are_mended() {
    let folder = Folder::new();
    let data = made(&folder);
    let postgres = start(&data, Role::Server).await.unwrap();
    let pid = postgres.pid();
    let log = data.join("postgres.log");
    File::options().append(true).open(&log).unwrap().set_len(11 << 20).unwrap();
    eventually("the log is cut", || fs::metadata(&log).unwrap().len() < 1 << 20);
    assert!(fs::metadata(data.join("postgres.log.1")).unwrap().len() > 10 << 20);

    fs::remove_file(socket_folder(postgres.url()).join(".s.PGSQL.5432")).unwrap();
    eventually("it is started again", || postgres.pid() != pid);
    answers_again(postgres.url()).await;
    postgres.stop().await;
}
