//! One PostgreSQL data folder: making it, starting and stopping the server on it.
//!
//! PostgreSQL refuses to run as root, so root hands the folder to an ordinary account and runs it
//! as that one. Where that account cannot reach the folder, because it lies under /root for
//! example, the process inherits the folder opened.

mod account;
mod making;
mod program;
mod socket;
mod starting;
mod state;
mod update;

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{Durability, OTHERS};
use account::{Account, account_for, is_root};
use state::State;
use update::Program;

pub use account::{WHOSE, like_parent};
pub use update::Identity;

/// The log is cut when it grows beyond this; the part before stays as `postgres.log.1`.
const LONGEST_LOG: u64 = 10 << 20;

/// How long PostgreSQL may be alive without its socket before it is started anew.
const DEAF: Duration = Duration::from_secs(15);
/// How long a shutdown may take: first politely, then without a checkpoint.
const SHUTDOWN: Duration = Duration::from_secs(60);
const HARD_SHUTDOWN: Duration = Duration::from_secs(10);

/// The folder and how to run it.
pub struct Cluster {
    /// The data folder of Plenary, as an absolute path.
    pub data: PathBuf,
    /// What PostgreSQL says.
    pub log: PathBuf,
    folder: PathBuf,
    account: Option<Account>,
    durability: Durability,
    /// Where its programs are; None for the usual places.
    bin: Option<PathBuf>,
    /// How often this process tried to make the folder.
    tries: AtomicU32,
    /// The folder of the socket; empty until it is chosen, or found.
    socket: Mutex<PathBuf>,
}

/// A PostgreSQL that was ready when last seen.
pub struct Running {
    pub pid: u32,
    child: Option<Child>,
    /// None where it cannot be known.
    program: Option<Program>,
}

impl Running {
    /// One that was found, not started.
    fn found(pid: u32) -> Self {
        Self { pid, child: None, program: Program::of(pid) }
    }

    /// True when this process started it.
    pub fn is_child(&self) -> bool {
        self.child.is_some()
    }
}

/// Makes the data folder and gives its absolute path.
pub fn data_folder(data: &Path) -> Result<PathBuf, String> {
    // Root's folder may be crossed by the account that PostgreSQL runs as, but not listed.
    let mode = if is_root() { 0o711 } else { 0o700 };
    let made = DirBuilder::new().recursive(true).mode(mode).create(data);
    let absolute = made
        .and_then(|()| data.canonicalize())
        .map_err(|error| format!("The data folder {} cannot be made: {error}. {WHOSE}", data.display()))?;
    let locks = absolute.join("locks");
    match DirBuilder::new().mode(0o700).create(&locks) {
        Ok(()) => like_parent(&locks),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(format!("{} cannot be made: {error}. {WHOSE}", locks.display())),
    }
    Ok(absolute)
}

impl Cluster {
    /// The PostgreSQL folder of a data folder; it need not exist yet.
    pub fn at(data: PathBuf, durability: Durability, bin: Option<PathBuf>) -> Result<Self, String> {
        let folder = data.join("postgres");
        let account = if is_root() { Some(account_for(&data, &folder)?) } else { None };
        // SAFETY: reads a number of this process.
        let us = unsafe { libc::geteuid() };
        if let (None, Ok(there)) = (account, fs::metadata(&folder))
            && there.uid() != us
        {
            return Err(format!(
                "The folder {} belongs to another user (uid {}). {WHOSE}",
                folder.display(),
                there.uid()
            ));
        }
        let log = data.join("postgres.log");
        Ok(Self {
            data,
            log,
            folder,
            account,
            durability,
            bin,
            tries: AtomicU32::new(0),
            socket: Mutex::new(PathBuf::new()),
        })
    }

    /// The address of a database for PostgreSQL's clients.
    pub fn url(&self, role: &str, database: &str) -> String {
        let host = percent_encode(self.socket_folder().as_os_str().as_bytes(), NON_ALPHANUMERIC).to_string();
        format!("postgres://{role}@/{database}?host={}", host.replace("%2F", "/"))
    }

    /// Makes sure that PostgreSQL is ready. The caller holds the `change` lock.
    pub fn bring_up(&self, over: &AtomicBool) -> Result<Running, String> {
        let since = Instant::now();
        let mut deaf = Instant::now();
        let mut told = Instant::now();
        loop {
            if over.load(Ordering::Relaxed) {
                return Err("Stopped.".into());
            }
            match self.look() {
                State::Ready(pid) => {
                    tracing::info!(pid, "PostgreSQL was running already");
                    return Ok(Running::found(pid));
                }
                State::Gone => {
                    self.make()?;
                    if let Some(running) = self.start(since, over)? {
                        return Ok(running);
                    }
                }
                State::Busy if since.elapsed() > OTHERS => {
                    return Err(format!(
                        "PostgreSQL in {} is neither ready nor gone. Look at {}.",
                        self.folder.display(),
                        self.log.display()
                    ));
                }
                State::Busy => deaf = Instant::now(),
                State::Deaf(pid) if deaf.elapsed() > DEAF => {
                    tracing::warn!(pid, "PostgreSQL runs without its socket; starting it again");
                    self.take_down(&mut Running::found(pid));
                }
                State::Deaf(_) => {}
            }
            tell(&mut told);
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Stops PostgreSQL: every connection is ended, everything is on disk.
    pub fn take_down(&self, running: &mut Running) {
        for (signal, patience) in [(libc::SIGINT, SHUTDOWN), (libc::SIGQUIT, HARD_SHUTDOWN)] {
            let since = Instant::now();
            if !self.is_alive(running) {
                break;
            }
            // SAFETY: a signal to a process that was just seen to be our PostgreSQL.
            unsafe { libc::kill(running.pid.cast_signed(), signal) };
            while self.is_alive(running) && since.elapsed() < patience {
                thread::sleep(Duration::from_millis(10));
            }
        }
        if self.is_alive(running) {
            tracing::error!(pid = running.pid, "PostgreSQL does not stop");
        } else if self.socket_folder() != self.folder {
            // One of ours under /tmp; only an empty one goes.
            let _ = fs::remove_dir(self.socket_folder());
        }
    }

    /// True while the process lives. Reaps it when it was our child.
    pub fn is_alive(&self, running: &mut Running) -> bool {
        match &mut running.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => self.is_ours(running.pid),
        }
    }

    /// Keeps the log from filling the disk.
    pub fn bound_log(&self) {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LONGEST_LOG) {
            let old = self.data.join("postgres.log.1");
            let cut = fs::copy(&self.log, &old)
                .and_then(|_| File::options().write(true).open(&self.log)?.set_len(0));
            match cut {
                Ok(()) => like_parent(&old),
                Err(error) => tracing::warn!(%error, "the log of PostgreSQL cannot be cut"),
            }
        }
    }
}

/// Says now and then that the wait goes on.
fn tell(told: &mut Instant) {
    if told.elapsed() > Duration::from_secs(10) {
        *told = Instant::now();
        tracing::info!("waiting for PostgreSQL, which is recovering or stopping");
    }
}
