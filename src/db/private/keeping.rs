//! The watch of a server over its PostgreSQL: alive, reachable, and of the version that is installed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::calm::Calm;
use super::cluster::{Cluster, Identity, Running};
use super::locks::Lock;

/// How often the server looks whether PostgreSQL is alive.
pub const LOOK: Duration = Duration::from_millis(100);
/// After this time without a calm moment, new requests wait so that there is one.
const SEEK_CALM: Duration = Duration::from_secs(60);
/// How long requests in work may take to end then.
const LET_END: Duration = Duration::from_secs(5);

/// What the watch works with.
pub struct Keeper {
    pub cluster: Arc<Cluster>,
    pub running: Arc<Mutex<Running>>,
    pub over: Arc<AtomicBool>,
    pub calm: Arc<Calm>,
    /// How often it looks after the size of the log, the socket and the version.
    pub housekeeping: Duration,
}

/// A newer program, as it was first seen.
struct Update {
    identity: Identity,
    since: Instant,
}

impl Keeper {
    /// Starts PostgreSQL again whenever it dies, until the server is over.
    pub fn keep_alive(&self) {
        let (mut pause, mut looked, mut update) = (LOOK, Instant::now(), None);
        while !self.is_over() {
            thread::park_timeout(pause);
            pause = LOOK;
            if self.is_over() {
                return;
            }
            if self.cluster.is_alive(&mut locked(&self.running)) {
                if looked.elapsed() > self.housekeeping {
                    looked = Instant::now();
                    self.check_socket_and_log();
                    update = self.look_for_update(update);
                }
                if update.as_ref().is_some_and(|update| self.is_time(update)) {
                    self.apply_update();
                    update = None;
                }
                continue;
            }
            tracing::error!("PostgreSQL ended; starting it again");
            if let Err(line) = self.bring_up() {
                if self.is_over() {
                    return;
                }
                tracing::error!("{line}");
                pause = Duration::from_secs(2);
            }
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn bring_up(&self) -> Result<(), String> {
        let change = Lock::change(&self.cluster, &self.over)?;
        let again = self.cluster.bring_up(&self.over)?;
        drop(change);
        *locked(&self.running) = again;
        tracing::info!("PostgreSQL runs again");
        Ok(())
    }

    fn check_socket_and_log(&self) {
        self.cluster.bound_log();
        if !self.cluster.socket_exists() {
            tracing::error!("the socket of PostgreSQL was removed; starting PostgreSQL again");
            self.cluster.take_down(&mut locked(&self.running));
        }
    }

    /// The update that stands, if there is one. What was just replaced may be replaced further.
    fn look_for_update(&self, before: Option<Update>) -> Option<Update> {
        let identity = self.cluster.updated(&locked(&self.running))?;
        match before {
            Some(update) if update.identity == identity => Some(update),
            _ => {
                tracing::info!("PostgreSQL was updated on disk; it is started again at a calm moment");
                Some(Update { identity, since: Instant::now() })
            }
        }
    }

    /// Not at once, since a package has many files; then at the first calm moment.
    fn is_time(&self, update: &Update) -> bool {
        let age = update.since.elapsed();
        age > self.housekeeping && (age > SEEK_CALM || self.calm.is_calm())
    }

    /// No request is in work meanwhile, so nothing is cut off, and new ones wait.
    fn apply_update(&self) {
        let restarted = self.calm.when_calm(LET_END, || {
            let outcome = Lock::change(&self.cluster, &self.over).and_then(|_change| {
                self.cluster.take_down(&mut locked(&self.running));
                self.cluster.bring_up(&self.over)
            });
            match outcome {
                Ok(again) => {
                    *locked(&self.running) = again;
                    tracing::info!("PostgreSQL runs in the version that is installed");
                }
                Err(line) => tracing::error!("{line}"),
            }
        });
        if !restarted {
            tracing::info!("no calm moment for PostgreSQL yet; it is tried again");
        }
    }
}

pub fn locked(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
