//! Slow mode: the least time between two posts of one participant.

use chrono::{DateTime, TimeDelta, Utc};

/// How long the author still has to wait, or None when the post may be written now.
pub fn wait(interval_s: i32, last_post: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<TimeDelta> {
    let next = last_post? + TimeDelta::seconds(i64::from(interval_s));
    (interval_s > 0 && next > now).then(|| next - now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_post_never_waits() {
        assert_eq!(wait(60, None, Utc::now()), None);
    }

    proptest! {
        /// After the wait that was told, the post goes through.
        #[test]
        fn the_wait_told_is_enough(interval in 0..3600i32, ago_ms in 0..4_000_000i64) {
            let now = DateTime::from_timestamp_millis(1_700_000_000_000).unwrap();
            let last = now - TimeDelta::milliseconds(ago_ms);
            match wait(interval, Some(last), now) {
                Some(left) => {
                    prop_assert!(left <= TimeDelta::seconds(i64::from(interval)));
                    prop_assert_eq!(wait(interval, Some(last), now + left), None);
                }
                None => prop_assert!(ago_ms >= i64::from(interval) * 1000),
            }
        }
    }
}
