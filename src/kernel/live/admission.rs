//! Lets sockets in, in order: when a whole hall comes back at once, posting must go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Code, Error, Result};

/// Sockets that are being opened at the same time, from the handshake to the end of the first subscription.
const OPENING: usize = 128;
/// How long a socket may count as being opened: a client that asks for nothing must not keep others out.
pub const OPENING_TIME: Duration = Duration::from_millis(250);
/// Handshakes that may wait for their turn.
const WAITING_MAX: usize = 1_000;
/// How long a handshake may wait for its turn.
const WAITING_TIME: Duration = Duration::from_secs(3);
/// Longest time, in seconds, after which one that was turned away is told to come back.
const RETRY_MAX: u64 = 5;

/// The gate before the live sockets of this node.
#[derive(Debug)]
pub struct Admission {
    gate: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
    waiting_time: Duration,
}

/// The right to be opened now; others come in when it is dropped.
#[derive(Debug)]
pub struct AdmissionPass {
    _permit: OwnedSemaphorePermit,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(OPENING, WAITING_MAX, WAITING_TIME)
    }
}

/// Counts down even when the request is dropped while it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    fn new(places: usize, waiting_max: usize, waiting_time: Duration) -> Self {
        let gate = Arc::new(Semaphore::new(places));
        Self { gate, waiting: AtomicUsize::new(0), waiting_max, waiting_time }
    }

    /// Waits for a turn, first come, first served.
    ///
    /// # Errors
    /// `busy`, with a random time to wait, when too many wait or the turn does not come.
    pub async fn enter(&self) -> Result<AdmissionPass> {
        if let Ok(permit) = self.gate.clone().try_acquire_owned() {
            return Ok(AdmissionPass { _permit: permit });
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.waiting_max {
            return Err(turned_away());
        }
        let turn = tokio::time::timeout(self.waiting_time, self.gate.clone().acquire_owned()).await;
        drop(waiting);
        match turn {
            Ok(Ok(permit)) => Ok(AdmissionPass { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(turned_away()),
        }
    }
}

/// Spread, so that those who were turned away together do not come back together.
fn turned_away() -> Error {
    Code::Busy.after(Duration::from_secs(rand::random_range(1..=RETRY_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_in_line_comes_in_when_one_is_done() {
        let admission = Admission::new(1, 2, Duration::from_secs(60));
        let pass = admission.enter().await.expect("a free place");
        let mut first = Box::pin(admission.enter());
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(admission.enter());
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(pass);
        assert!(futures_util::poll!(&mut second).is_pending());
        assert!(first.await.is_ok());
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn whoever_waits_too_long_is_told_when_to_come_back() {
        let admission = Admission::new(1, 1, Duration::from_millis(5));
        let pass = admission.enter().await.expect("a free place");
        let refused = admission.enter().await.expect_err("no place");
        assert_eq!(refused.code(), Code::Busy);
        assert!((1..=RETRY_MAX).contains(&refused.retry_after().expect("a time")));
        drop(pass);
        assert!(admission.enter().await.is_ok());
    }

    #[tokio::test]
    async fn the_line_has_an_end_and_forgets_who_leaves_it() {
        let admission = Admission::new(1, 1, Duration::from_secs(60));
        let _pass = admission.enter().await.expect("a free place");
        let mut waiting = Box::pin(admission.enter());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(admission.enter().await.expect_err("no place in the line").code(), Code::Busy);
        drop(waiting);
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0);
    }
}
