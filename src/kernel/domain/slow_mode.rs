//! Slow mode: the least time between two posts of one participant.

use chrono::{DateTime, TimeDelta, Utc};

/// How long the author still has to wait, or None when the post may be written now. Never longer than the interval:
/// a last post that lies ahead was written by a server whose clock is, and one that lies further ahead than the
/// interval says nothing.
pub fn wait(interval_s: i32, last_post: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let interval = TimeDelta::seconds(i64::from(interval_s));
    let last = last_post.filter(|last| *last - now <= interval)?;
    let left = (last + interval - now).min(interval);
    (interval_s > 0 && left > TimeDelta::zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + ms).unwrap()
    }

    #[test]
    fn first_post_never_waits() {
        assert_eq!(wait(60, None, Utc::now()), None);
    }

    #[test]
    fn a_clock_twenty_minutes_ahead_keeps_nobody_waiting() {
        assert_eq!(wait(5, Some(at(1_200_000)), at(0)), None);
        assert_eq!(wait(5, Some(at(3_000)), at(0)), Some(TimeDelta::seconds(5)));
    }

    proptest! {
        /// After the wait that was told, the post goes through; with clocks apart, after two.
        #[test]
        fn the_wait_told_is_enough(interval in 0..3600i32, ago_ms in -4_000_000..4_000_000i64) {
            let (now, last) = (at(0), at(-ago_ms));
            let longest = TimeDelta::seconds(i64::from(interval));
            match wait(interval, Some(last), now) {
                Some(left) => {
                    prop_assert!(left <= longest);
                    let again = wait(interval, Some(last), now + left);
                    prop_assert!(again.is_none() || ago_ms < 0);
                    prop_assert_eq!(wait(interval, Some(last), now + longest * 2), None);
                }
                None => prop_assert!(ago_ms >= i64::from(interval) * 1000 || ago_ms < -i64::from(interval) * 1000),
            }
        }
    }
}
