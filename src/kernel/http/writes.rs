//! Whether the database takes writes, as this node has seen it.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the database takes writes, as far as this node has seen.
#[derive(Debug, Default)]
pub struct Writes(AtomicBool);

impl Writes {
    /// A request failed because the database takes none.
    pub fn failed(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// True when a write failed and none has gone well since.
    pub fn have_failed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// A write went well.
    pub fn succeeded(&self) {
        self.0.store(false, Ordering::Release);
    }
}
