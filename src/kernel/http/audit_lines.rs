//! How many lines the log of security may still have, so that nobody floods it.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Lines of one kind at once, and a minute after that.
const LINES: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// How many lines of each kind may still be written.
#[derive(Default)]
pub struct Audit(Mutex<HashMap<&'static str, Kind>>);

struct Kind {
    lines: DefaultDirectRateLimiter,
    left_out: u64,
}

impl Audit {
    /// The lines of this kind that were left out since the last one; None when this one is, too.
    pub fn turn(&self, event: &'static str) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Kind { lines: RateLimiter::direct(Quota::per_minute(LINES)), left_out: 0 };
        let kind = kinds.entry(event).or_insert_with(new);
        if kind.lines.check().is_ok() {
            return Some(std::mem::take(&mut kind.left_out));
        }
        kind.left_out += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_those_left_out_are_counted() {
        let audit = Audit::default();
        let written = (0..1_000).filter(|_| audit.turn("refused").is_some()).count();
        assert_eq!(written, 60);
        assert_eq!(audit.turn("limited"), Some(0), "each kind by itself");
        assert_eq!(audit.0.lock().unwrap()["refused"].left_out, 940);
    }
}
