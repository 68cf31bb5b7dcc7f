//! A change that has begun is finished, even when the client goes away.

use std::future::Future;
use std::time::Duration;

use crate::error::{Error, Result};

/// How long a change may take. One that is cut off is rolled back: its connection is thrown away.
const CHANGE_TIME: Duration = Duration::from_secs(30);

/// Runs a change to its end, on a task of its own.
///
/// # Errors
/// What the change fails with; `unavailable` when the database stays silent.
pub async fn finish<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(tokio::time::timeout(CHANGE_TIME, work)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Error::Busy("unavailable", Duration::from_secs(1))),
        Err(error) => Err(Error::Internal(format!("task: {error}"))),
    }
}
