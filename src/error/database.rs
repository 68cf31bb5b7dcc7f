//! Failures of the database as answers.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Error;

/// What PostgreSQL says when it lacks resources or takes no writes: SQLSTATE class 53, 58030, 25006,
/// 57P0x. diesel keeps the text and drops the code, so the text decides, as PostgreSQL writes it in
/// English.
const EXHAUSTED: [&str; 14] = [
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "Input/output error",
    "could not extend file",
    "could not write",
    "could not fsync",
    "could not open file",
    "out of memory",
    "out of shared memory",
    "temporary file size exceeds",
    "remaining connection slots",
    "too many connections",
    "too many clients",
];
const GOING_DOWN: [&str; 4] =
    ["terminating connection", "is shutting down", "is starting up", "is in recovery mode"];
/// What the client says when the connection is gone.
const LOST: [&str; 2] = ["connection closed", "error communicating with the server"];

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
        match &error {
            Db::NotFound => Self::NotFound,
            Db::DatabaseError(Kind::ReadOnlyTransaction, _) => exhausted(&error),
            Db::DatabaseError(Kind::ClosedConnection, _) | Db::BrokenTransactionManager => {
                unavailable(&error)
            }
            Db::DatabaseError(kind, info) => {
                let says = |signs: &[&str]| signs.iter().any(|sign| info.message().contains(sign));
                match kind {
                    // Statement and lock timeouts: the request had its time.
                    _ if says(&["timeout"]) => {
                        if seldom(&SLOW) {
                            tracing::warn!(%error, "database too slow");
                        }
                        Self::Busy("busy", Duration::from_secs(1))
                    }
                    Kind::Unknown if says(&GOING_DOWN) => unavailable(&error),
                    Kind::Unknown if says(&EXHAUSTED) => exhausted(&error),
                    Kind::UnableToSendCommand if says(&LOST) => unavailable(&error),
                    _ => Self::Internal(format!("database: {error}")),
                }
            }
            _ => Self::Internal(format!("database: {error}")),
        }
    }
}

fn unavailable(error: &diesel::result::Error) -> Error {
    if seldom(&AWAY) {
        tracing::warn!(%error, "database not available");
    }
    Error::Busy("unavailable", Duration::from_secs(1))
}

fn exhausted(error: &diesel::result::Error) -> Error {
    if seldom(&FULL) {
        tracing::error!(%error, "the database takes no writes");
    }
    Error::Exhausted
}

static SLOW: AtomicU64 = AtomicU64::new(0);
static AWAY: AtomicU64 = AtomicU64::new(0);
static FULL: AtomicU64 = AtomicU64::new(0);

/// True once a second at most, for lines of the log that a thousand requests would write.
pub fn seldom(last: &AtomicU64) -> bool {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    // From 1 on, so that the first one is always written.
    let now = u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX) + 1_001;
    let before = last.load(Ordering::Relaxed);
    now - before > 1_000 && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}
