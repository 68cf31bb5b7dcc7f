//! A limit for what the live part reads from the database.

use std::time::Duration;

use crate::error::{Code, Result};

/// How long one reading may take; the sweep of the next second does again what was cut off.
const READ_TIME: Duration = Duration::from_secs(10);

/// BusEnds a reading that takes too long: a silent database must not hold what waits behind it for ever.
///
/// # Errors
/// `unavailable`, or what the reading fails with.
pub async fn in_time<T>(reading: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(READ_TIME, reading)
        .await
        .unwrap_or(Err(Code::Unavailable.after(Duration::from_secs(1))))
}
