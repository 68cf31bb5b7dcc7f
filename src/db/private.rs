//! The private PostgreSQL: what runs when `DATABASE_URL` is not set.
//!
//! It lives in `<data>/postgres`, listens on a Unix socket only and outlives a crash of Plenary:
//! the next start adopts it. Who uses it is known by three file locks in `<data>/locks`, which
//! the kernel releases whatever happens to their holder:
//!
//! - `server`: held by the one server of a data folder for its whole life;
//! - `change`: held while PostgreSQL is being started or stopped;
//! - `users`: shared by all who use it, so that the last one out knows to be the last.

mod calm;
mod cluster;
mod install;
mod keeping;
mod locks;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub use calm::Calm;
use cluster::{Cluster, Running};
use keeping::{Keeper, LOOK, locked};
use locks::Lock;

/// How long others may take to start or stop PostgreSQL, a long crash recovery included.
const OTHERS: Duration = Duration::from_secs(300);

/// What the process wants from PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one server of the data folder: keeps PostgreSQL alive, and stops it at the end.
    Server,
    /// A passing command: uses PostgreSQL as it is, and stops it only when no server wants it.
    Tool,
}

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    Full,
    /// Nothing is sure: for the throw-away databases of tests.
    None,
}

/// What is otherwise only in tests.
#[derive(Debug, Clone)]
pub struct Options {
    pub durability: Durability,
    /// The folder of PostgreSQL's programs; None to look for them.
    pub bin: Option<PathBuf>,
    /// How often the server looks after the size of the log, the socket and the version.
    pub housekeeping: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { durability: Durability::Full, bin: None, housekeeping: Duration::from_secs(5) }
    }
}

/// A PostgreSQL that is ready for connections.
pub struct PrivatePostgres {
    url: String,
    admin_url: String,
    started_here: bool,
    role: Role,
    cluster: Arc<Cluster>,
    running: Arc<Mutex<Running>>,
    over: Arc<AtomicBool>,
    calm: Arc<Calm>,
    housekeeping: Duration,
    supervisor: Option<thread::JoinHandle<()>>,
    users: Lock,
    /// Dropped, and with it released, after everything else.
    _server: Option<Lock>,
}

impl PrivatePostgres {
    /// Starts the PostgreSQL of a data folder, or adopts the one that runs there already. Makes
    /// the folder and the database when they do not exist yet.
    ///
    /// # Errors
    /// One line that tells an operator what to do.
    pub async fn start(data: &Path, role: Role) -> Result<Self, String> {
        Self::start_with(data, role, Durability::Full).await
    }

    /// As [`start`](Self::start), for tests that need no durability.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_with(data: &Path, role: Role, durability: Durability) -> Result<Self, String> {
        Self::start_from(data, role, Options { durability, ..Options::default() }).await
    }

    /// As [`start_with`](Self::start_with), for tests of updates.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_from(data: &Path, role: Role, options: Options) -> Result<Self, String> {
        let data = data.to_owned();
        tokio::task::spawn_blocking(move || Self::start_now(&data, role, options))
            .await
            .map_err(|error| format!("PostgreSQL cannot be started: {error}"))?
    }

    fn start_now(data: &Path, role: Role, options: Options) -> Result<Self, String> {
        let Options { durability, bin, housekeeping } = options;
        let data = cluster::data_folder(data)?;
        let server = if role == Role::Server { Some(Lock::server(&data)?) } else { None };
        let cluster = Arc::new(Cluster::at(data, durability, bin)?);
        let over = Arc::new(AtomicBool::new(false));

        let change = Lock::change(&cluster, &over)?;
        let mut users = Lock::user(&cluster.data)?;
        let running = cluster.bring_up(&over)?;
        let started_here = running.is_child();
        if started_here || role == Role::Server {
            users.set_keeper(role);
        }
        drop(change);

        let mut private = Self {
            url: cluster.url("plenary", "plenary"),
            admin_url: cluster.url("postgres", "postgres"),
            started_here,
            role,
            cluster,
            running: Arc::new(Mutex::new(running)),
            over,
            calm: Arc::default(),
            housekeeping,
            supervisor: None,
            users,
            _server: server,
        };
        if role == Role::Server {
            private.supervisor = Some(private.supervise()?);
        }
        Ok(private)
    }

    /// Where to connect, as the owner of the database `plenary`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where to connect as PostgreSQL's superuser, to the database `postgres`.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The process id of PostgreSQL at this moment.
    pub fn pid(&self) -> u32 {
        locked(&self.running).pid
    }

    /// By which a server lets it be started again at a calm moment.
    pub fn calm(&self) -> Arc<Calm> {
        self.calm.clone()
    }

    /// True when this process started it, false when it was found running.
    pub fn started_here(&self) -> bool {
        self.started_here
    }

    /// Lets go of it. A server stops it, and so does a tool that had to start it, unless
    /// others still use it; then the last of them does. Dropping does the same.
    pub async fn stop(self) {
        // Only a panic inside could fail, and its message is printed already.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }

    fn supervise(&self) -> Result<thread::JoinHandle<()>, String> {
        let keeper = Keeper {
            cluster: self.cluster.clone(),
            running: self.running.clone(),
            over: self.over.clone(),
            calm: self.calm.clone(),
            housekeeping: self.housekeeping,
        };
        thread::Builder::new()
            .name("postgres".into())
            .spawn(move || keeper.keep_alive())
            .map_err(|error| format!("The watch over PostgreSQL cannot start: {error}."))
    }

    fn stop_watching(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.thread().unpark();
            let _ = supervisor.join();
        }
        let Ok(_change) = Lock::change(&self.cluster, &AtomicBool::new(false)) else {
            return tracing::warn!("PostgreSQL is left running: another Plenary is starting or stopping it");
        };
        if !self.users.leave() {
            // The last of the others stops it in our place.
            if self.role == Role::Server {
                self.users.set_keeper(Role::Tool);
            }
            return;
        }
        if self.role == Role::Server || self.users.keeper() == Some(Role::Tool) {
            self.cluster.take_down(&mut locked(&self.running));
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        self.stop_watching();
    }
}
