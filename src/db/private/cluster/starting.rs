//! Starting PostgreSQL on the folder, and what to say when it does not.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{Durability, install};
use super::account::{WHOSE, like_parent};
use super::program::read;
use super::socket::SOCKET;
use super::state::State;
use super::update::Program;
use super::{Cluster, Running, tell};

/// How long the last processes of a killed PostgreSQL may hold on to its memory.
const LEFTOVERS: Duration = Duration::from_secs(60);

impl Cluster {
    /// Starts PostgreSQL and waits until it is ready. `None` means to look again.
    pub(super) fn start(&self, since: Instant, over: &AtomicBool) -> Result<Option<Running>, String> {
        self.take_ownership()?;
        let made_by = fs::read_to_string(self.folder.join("PG_VERSION"))
            .map_err(|error| format!("{} cannot be read: {error}. {WHOSE}", self.folder.display()))?;
        let made_by = made_by.trim().split('.').next().and_then(|major| major.parse().ok());
        let install = install::find(&self.folder, made_by, self.bin.as_deref())?;
        self.disown_pid_file();
        let socket = self.choose_socket()?;
        let (inside, at) = self.reach(&self.folder)?;

        let cannot = |error: io::Error| format!("{} cannot be written: {error}. {WHOSE}", self.log.display());
        let log = File::options().create(true).append(true).mode(0o600).open(&self.log).map_err(cannot)?;
        like_parent(&self.log);
        let said_before = log.metadata().map_err(cannot)?.len();

        let program = install.bin.join("postgres");
        let preloaded = self.preloaded(&program, &inside, &at);
        let started = Program::started(&program);
        let mut server = self.command(&program, &inside, true);
        server.arg("-D").arg(at);
        server.args(["-c", &format!("shared_preload_libraries={preloaded}")]);
        for setting in self.settings() {
            server.args(["-c", setting]);
        }
        server.arg("-c").arg(setting("unix_socket_directories=", &socket));
        server.stdin(Stdio::null()).stdout(log.try_clone().map_err(cannot)?).stderr(log);
        let mut child =
            server.spawn().map_err(|error| format!("{} cannot run: {error}.", install.bin.display()))?;

        let pid = child.id();
        let mut told = Instant::now();
        loop {
            if let Ok(Some(_)) = child.try_wait() {
                return self.why_not(said_before, since);
            }
            if matches!(self.look(), State::Ready(ready) if ready == pid) {
                tracing::info!(pid, version = ?install.version, "PostgreSQL started");
                let program = Program::of(pid).or(started);
                return Ok(Some(Running { pid, child: Some(child), program }));
            }
            if over.load(Ordering::Relaxed) {
                self.take_down(&mut Running { pid, child: Some(child), program: None });
                return Err("Stopped.".into());
            }
            tell(&mut told);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What PostgreSQL loads when it starts: plpgsql, which our triggers are written in, so that a
    /// package that is updated later cannot take it away or change it; and what the operator's file
    /// names.
    fn preloaded(&self, program: &Path, inside: &File, at: &Path) -> String {
        let mut ask = self.command(program, inside, false);
        ask.args(["-C", "shared_preload_libraries", "-D"]).arg(at);
        // What is wrong with the file, the start itself says.
        let named = read(&mut ask, "PostgreSQL").unwrap_or_default();
        let others = named.split(',').map(str::trim).filter(|name| !name.is_empty() && *name != "plpgsql");
        std::iter::once("plpgsql").chain(others).collect::<Vec<_>>().join(",")
    }

    /// What safety rests on; an operator's file does not change it.
    fn settings(&self) -> Vec<&'static str> {
        let mut settings = vec![
            "listen_addresses=",
            "port=5432",
            "unix_socket_permissions=0700",
            "logging_collector=off",
            "log_destination=stderr",
        ];
        settings.extend(match self.durability {
            Durability::Full => ["fsync=on", "full_page_writes=on", "synchronous_commit=on"],
            Durability::None => ["fsync=off", "full_page_writes=off", "synchronous_commit=off"],
        });
        if self.durability == Durability::None {
            settings.extend(["max_connections=400", "autovacuum=off"]);
        }
        settings
    }

    /// The error of a start that failed, or `None` when it is worth another try.
    fn why_not(&self, said_before: u64, since: Instant) -> Result<Option<Running>, String> {
        let mut said = String::new();
        let _ = File::open(&self.log).and_then(|mut log| {
            log.seek(SeekFrom::Start(said_before))?;
            log.read_to_string(&mut said)
        });
        // Processes of a killed PostgreSQL go within moments, as soon as they notice.
        if said.contains("still in use") && since.elapsed() < LEFTOVERS {
            thread::sleep(Duration::from_millis(100));
            return Ok(None);
        }
        let fatal = said.lines().rev().find_map(|line| {
            line.split_once("FATAL:").or_else(|| line.split_once("PANIC:")).map(|(_, reason)| reason)
        });
        let reason = fatal.or_else(|| said.lines().last()).unwrap_or("it said nothing").trim();
        Err(format!("PostgreSQL does not start: {reason}. See {}.", self.log.display()))
    }

    /// A pid file whose number now belongs to a stranger keeps PostgreSQL from starting. It must
    /// not be deleted: its other lines let PostgreSQL see whether old processes still write to
    /// the folder. PostgreSQL takes the number of its parent for stale, and that is us.
    fn disown_pid_file(&self) {
        let path = self.folder.join("postmaster.pid");
        if let Some((_, rest)) =
            fs::read_to_string(&path).ok().as_deref().and_then(|text| text.split_once('\n'))
        {
            let text = format!("{}\n{rest}", std::process::id());
            let written = File::options()
                .write(true)
                .truncate(true)
                .custom_flags(libc::O_NOFOLLOW)
                .open(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()));
            if let Err(error) = written {
                tracing::warn!(%error, "the pid file of PostgreSQL cannot be written");
            }
        }
        let _ = fs::remove_file(self.folder.join(format!("{SOCKET}.lock")));
    }
}

fn setting(name: &str, value: &Path) -> OsString {
    let mut setting = OsStr::new(name).to_owned();
    setting.push(value);
    setting
}
