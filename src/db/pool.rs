//! Connections on loan. A task has one at a time.
//!
//! A request that held one connection while it waited for a second could wait for itself: enough of
//! them at once, and nobody ever gets on. In debug builds the pool therefore refuses a task that
//! holds a connection already, so that no test passes with such a request in it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use deadpool::Status;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool as DeadPool, PoolError};

use crate::error::{Error, Result, seldom};

/// Connections to PostgreSQL, shared by all of the server.
#[derive(Clone)]
pub struct Pool(DeadPool<AsyncPgConnection>);

/// A connection on loan from the pool.
pub struct Conn {
    object: Object<AsyncPgConnection>,
    _lease: lease::Lease,
}

impl Pool {
    pub(super) fn new(pool: DeadPool<AsyncPgConnection>) -> Self {
        Self(pool)
    }

    /// Takes a connection, within two seconds.
    ///
    /// # Errors
    /// `unavailable` when none is free in time or the database is out of reach. In debug builds,
    /// `internal` when the task holds one already.
    pub async fn get(&self) -> Result<Conn> {
        let lease = lease::Lease::take()?;
        let object = self.0.get().await?;
        Ok(Conn { object, _lease: lease })
    }

    /// How many connections there are and how many are free.
    pub fn status(&self) -> Status {
        self.0.status()
    }

    /// Gives out no connection any more.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Deref for Conn {
    type Target = AsyncPgConnection;
    fn deref(&self) -> &AsyncPgConnection {
        &self.object
    }
}

impl DerefMut for Conn {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.object
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        static LOGGED: AtomicU64 = AtomicU64::new(0);
        if seldom(&LOGGED) {
            tracing::warn!(%error, "no database connection");
        }
        Self::Busy("unavailable", Duration::from_secs(1))
    }
}

/// Refuses, in debug builds, to wait for another task while this one holds a connection.
///
/// # Errors
/// `internal`.
pub fn holds_none() -> Result<()> {
    lease::check()
}

#[cfg(debug_assertions)]
mod lease {
    use std::collections::HashSet;
    use std::sync::{LazyLock, Mutex, PoisonError};

    use tokio::task::{Id, try_id};

    use crate::error::{Error, Result};

    static HOLDING: LazyLock<Mutex<HashSet<Id>>> = LazyLock::new(Mutex::default);

    /// That this task holds a connection. Outside of tasks nothing is counted.
    pub struct Lease(Option<Id>);

    impl Lease {
        pub fn take() -> Result<Self> {
            let task = try_id();
            if let Some(id) = task
                && !HOLDING.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
            {
                return Err(second());
            }
            Ok(Self(task))
        }
    }

    impl Drop for Lease {
        fn drop(&mut self) {
            if let Some(id) = self.0 {
                HOLDING.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            }
        }
    }

    pub fn check() -> Result<()> {
        let holds =
            try_id().is_some_and(|id| HOLDING.lock().unwrap_or_else(PoisonError::into_inner).contains(&id));
        if holds { Err(second()) } else { Ok(()) }
    }

    fn second() -> Error {
        Error::Internal(format!(
            "a task that holds a database connection waits for another: {}",
            std::backtrace::Backtrace::force_capture()
        ))
    }
}

#[cfg(not(debug_assertions))]
mod lease {
    use crate::error::Result;

    pub struct Lease;

    impl Lease {
        #[inline]
        pub fn take() -> Result<Self> {
            Ok(Self)
        }
    }

    #[inline]
    pub fn check() -> Result<()> {
        Ok(())
    }
}
