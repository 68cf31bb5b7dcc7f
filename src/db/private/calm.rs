//! A calm moment for a restart: requests in work are let end, and new ones wait for a little.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How often the wait for calm looks.
const LOOK: Duration = Duration::from_millis(5);

/// Counts the requests in work, and holds new ones back while PostgreSQL is started again.
#[derive(Default)]
pub struct Calm {
    working: AtomicUsize,
    held: AtomicBool,
    over: Notify,
}

/// A request in work.
pub struct Working(Arc<Calm>);

impl Calm {
    /// Begins a request; waits at most `patience` where a restart is under way.
    pub async fn enter(self: &Arc<Self>, patience: Duration) -> Working {
        let _ = tokio::time::timeout(patience, async {
            loop {
                let over = self.over.notified();
                if !self.held.load(Ordering::SeqCst) {
                    // Counted before the second look: a hold that comes between waits for this one.
                    self.working.fetch_add(1, Ordering::SeqCst);
                    if !self.held.load(Ordering::SeqCst) {
                        return;
                    }
                    self.working.fetch_sub(1, Ordering::SeqCst);
                }
                over.await;
            }
        })
        .await
        .map_err(|_| self.working.fetch_add(1, Ordering::SeqCst));
        Working(self.clone())
    }

    /// True when no request is in work at this moment.
    pub fn is_calm(&self) -> bool {
        self.working.load(Ordering::SeqCst) == 0
    }

    /// Holds new requests back, waits until those in work have ended, and does something then; not
    /// when they have not ended within `patience`.
    pub fn when_calm(&self, patience: Duration, act: impl FnOnce()) -> bool {
        self.held.store(true, Ordering::SeqCst);
        let since = Instant::now();
        while !self.is_calm() && since.elapsed() < patience {
            thread::sleep(LOOK);
        }
        let calm = self.is_calm();
        if calm {
            act();
        }
        self.held.store(false, Ordering::SeqCst);
        self.over.notify_waiters();
        calm
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_restart_waits_for_work_and_work_for_the_restart() {
        let calm = Arc::new(Calm::default());
        let first = calm.enter(Duration::from_secs(60)).await;
        assert!(!calm.when_calm(Duration::ZERO, || panic!("a request is in work")));
        let (begun, wait) = std::sync::mpsc::channel();
        let inner = calm.clone();
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let restart = thread::spawn(move || {
            inner.when_calm(Duration::from_secs(60), || {
                begun.send(()).unwrap();
                told.recv().unwrap();
            })
        });
        drop(first);
        wait.recv().unwrap();
        let second = calm.enter(Duration::from_secs(60));
        let mut second = std::pin::pin!(second);
        assert!(futures_util::poll!(second.as_mut()).is_pending());
        // One that has waited enough goes on.
        drop(calm.enter(Duration::ZERO).await);
        tell.send(()).unwrap();
        assert!(restart.join().unwrap());
        drop(second.await);
        assert!(calm.is_calm());
    }
}
