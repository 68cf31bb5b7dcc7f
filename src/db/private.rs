//! The private PostgreSQL: what runs when `DATABASE_URL` is not set.
//!
//! It lives in `<data>/postgres`, listens on a Unix socket only and outlives a crash of Plenary:
//! the next start adopts it. Who uses it is known by three file locks in `<data>/locks`, which
//! the kernel releases whatever happens to their holder:
//!
//! - `server`: held by the one server of a data folder for its whole life;
//! - `change`: held while PostgreSQL is being started or stopped;
//! - `users`: shared by all who use it, so that the last one out knows to be the last.

mod cluster;
mod install;
mod locks;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cluster::{Cluster, Running};
use locks::Lock;

/// How often the server looks whether PostgreSQL is alive.
const LOOK: Duration = Duration::from_millis(100);
/// How often it looks after the size of the log and the socket.
const HOUSEKEEPING: Duration = Duration::from_secs(5);
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

/// A PostgreSQL that is ready for connections.
pub struct PrivatePostgres {
    url: String,
    admin_url: String,
    started_here: bool,
    role: Role,
    cluster: Arc<Cluster>,
    running: Arc<Mutex<Running>>,
    over: Arc<AtomicBool>,
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
        let data = data.to_owned();
        tokio::task::spawn_blocking(move || Self::start_now(&data, role, durability))
            .await
            .map_err(|error| format!("PostgreSQL cannot be started: {error}"))?
    }

    fn start_now(data: &Path, role: Role, durability: Durability) -> Result<Self, String> {
        let data = cluster::data_folder(data)?;
        let server = if role == Role::Server { Some(Lock::server(&data)?) } else { None };
        let cluster = Arc::new(Cluster::at(data, durability)?);
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
        let (cluster, running, over) =
            (Arc::clone(&self.cluster), Arc::clone(&self.running), Arc::clone(&self.over));
        thread::Builder::new()
            .name("postgres".into())
            .spawn(move || keep_alive(&cluster, &running, &over))
            .map_err(|error| format!("The watch over PostgreSQL cannot start: {error}."))
    }

    fn let_go(&mut self) {
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
        self.let_go();
    }
}

/// Starts PostgreSQL again whenever it dies, until the server is over.
fn keep_alive(cluster: &Cluster, running: &Mutex<Running>, over: &AtomicBool) {
    let mut pause = LOOK;
    let mut looked = Instant::now();
    while !over.load(Ordering::Relaxed) {
        thread::park_timeout(pause);
        pause = LOOK;
        if over.load(Ordering::Relaxed) {
            return;
        }
        if cluster.is_alive(&mut locked(running)) {
            if looked.elapsed() > HOUSEKEEPING {
                looked = Instant::now();
                cluster.bound_log();
                if !cluster.socket_exists() {
                    tracing::error!("the socket of PostgreSQL was removed; starting PostgreSQL again");
                    cluster.take_down(&mut locked(running));
                }
            }
            continue;
        }
        tracing::error!("PostgreSQL ended; starting it again");
        let outcome = Lock::change(cluster, over).and_then(|_change| cluster.bring_up(over));
        match outcome {
            Ok(again) => {
                *locked(running) = again;
                tracing::info!("PostgreSQL runs again");
            }
            Err(_) if over.load(Ordering::Relaxed) => return,
            Err(line) => {
                tracing::error!("{line}");
                pause = Duration::from_secs(2);
            }
        }
    }
}

fn locked(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
