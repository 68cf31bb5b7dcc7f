//! The file locks in `<data>/locks`, by which processes on one data folder know of each other.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::cluster::{self, Cluster};
use super::{LOOK, OTHERS, Role};

/// A lock that ends with this value. It is given up by name rather than by closing the file: a
/// program that another thread is just starting holds a copy of the file for a moment.
pub struct Lock(File);

impl Lock {
    fn open(data: &Path, name: &str) -> Result<Self, String> {
        let path = data.join("locks").join(name);
        File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map(Self)
            .map_err(|error| format!("{} cannot be written: {error}. {}", path.display(), cluster::WHOSE))
            .inspect(|_| cluster::like_parent(&path))
    }

    /// The one server of a data folder.
    pub fn server(data: &Path) -> Result<Self, String> {
        let mut lock = Self::open(data, "server")?;
        match lock.0.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "The data folder {} is in use by another Plenary (process {}). Stop that one first, \
                     or give this one a folder of its own with PLENARY_DATA.",
                    data.display(),
                    lock.read().trim()
                ));
            }
            Err(TryLockError::Error(error)) => {
                return Err(format!("The data folder {} cannot be locked: {error}.", data.display()));
            }
        }
        lock.write(&std::process::id().to_string());
        Ok(lock)
    }

    /// The turn to start or stop PostgreSQL. Waits for it until `over`.
    pub fn change(cluster: &Cluster, over: &AtomicBool) -> Result<Self, String> {
        let lock = Self::open(&cluster.data, "change")?;
        let since = Instant::now();
        loop {
            match lock.0.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if over.load(Ordering::Relaxed) => {
                    return Err("Stopped.".into());
                }
                Err(TryLockError::WouldBlock) if since.elapsed() < OTHERS => thread::sleep(LOOK / 4),
                Err(error) => {
                    return Err(format!(
                        "Another Plenary has been starting or stopping PostgreSQL in {} for too long \
                         ({error}). Look at {}.",
                        cluster.data.display(),
                        cluster.log.display()
                    ));
                }
            }
        }
    }

    /// One of those who use PostgreSQL.
    pub fn user(data: &Path) -> Result<Self, String> {
        let lock = Self::open(data, "users")?;
        lock.0.lock_shared().map_err(|error| format!("The lock of users cannot be taken: {error}."))?;
        Ok(lock)
    }

    /// Gives a user's lock up and says whether it was the last. The caller holds the turn, so
    /// that of two who leave at once one sees the other gone.
    pub fn leave(&mut self) -> bool {
        let last = self.0.try_lock().is_ok();
        self.unlock();
        last
    }

    /// Notes who is to stop PostgreSQL: a server, or the last tool. The caller holds the turn.
    pub fn set_keeper(&mut self, role: Role) {
        self.write(if role == Role::Server { "server" } else { "tool" });
    }

    /// What [`set_keeper`](Self::set_keeper) noted last.
    pub fn keeper(&mut self) -> Option<Role> {
        match self.read().trim() {
            "server" => Some(Role::Server),
            "tool" => Some(Role::Tool),
            _ => None,
        }
    }

    fn read(&mut self) -> String {
        let mut text = String::new();
        match self.0.rewind().and_then(|()| self.0.read_to_string(&mut text)) {
            Ok(_) => text,
            Err(_) => String::new(),
        }
    }

    fn write(&mut self, text: &str) {
        let mut rewrite = || -> io::Result<()> {
            self.0.set_len(0)?;
            self.0.rewind()?;
            writeln!(self.0, "{text}")
        };
        if let Err(error) = rewrite() {
            tracing::warn!(%error, "a lock file cannot be written");
        }
    }

    fn unlock(&self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "a lock cannot be given up");
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.unlock();
    }
}
