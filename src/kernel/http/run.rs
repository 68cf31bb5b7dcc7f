//! A change that has begun is finished, even when the client goes away.

use std::future::Future;

use crate::error::{Error, Result};

/// Runs a change to its end, on a task of its own.
///
/// # Errors
/// What the change fails with.
pub async fn finish<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Error::Internal(format!("task: {error}"))),
    }
}
