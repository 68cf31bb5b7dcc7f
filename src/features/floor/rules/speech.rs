//! The clock of one speech: how long it ran, how much is left. All times are in milliseconds of
//! the server's clock.

/// The clock of a speech. It runs from its start, stands while paused, and stops for good at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeechClock {
    limit: i64,
    /// What ran before the last pause.
    ran: i64,
    /// Since when it runs; None while it stands.
    since: Option<i64>,
    ended: bool,
}

impl SpeechClock {
    /// A clock that starts now.
    pub const fn start(now: i64, limit: i64) -> Self {
        Self { limit, ran: 0, since: Some(now), ended: false }
    }

    /// A clock as it was stored.
    pub const fn stored(limit: i64, ran: i64, since: Option<i64>, ended: bool) -> Self {
        Self { limit, ran, since: if ended { None } else { since }, ended }
    }

    /// Stands still. Nothing happens when it stands already.
    pub fn pause(&mut self, now: i64) {
        self.ran = self.elapsed(now);
        self.since = None;
    }

    /// Goes on. Nothing happens when it runs already or has ended.
    pub fn resume(&mut self, now: i64) {
        if !self.ended && self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// Stops for good.
    pub fn end(&mut self, now: i64) {
        self.pause(now);
        self.ended = true;
    }

    /// How long the speech has run. A server's clock that was set back takes nothing away.
    pub fn elapsed(&self, now: i64) -> i64 {
        self.ran.saturating_add(self.since.map_or(0, |since| now.saturating_sub(since).max(0)))
    }

    /// How much is left; negative when the time is up.
    pub fn left(&self, now: i64) -> i64 {
        self.limit.saturating_sub(self.elapsed(now))
    }

    /// When the time will be up, or was; None while the clock stands.
    pub fn time_is_up_at(&self) -> Option<i64> {
        self.since.map(|since| since.saturating_add(self.limit).saturating_sub(self.ran))
    }

    /// What ran up to the last pause or the end.
    pub const fn ran(&self) -> i64 {
        self.ran
    }

    /// Since when it runs.
    pub const fn since(&self) -> Option<i64> {
        self.since
    }

    /// The time that the speaker has.
    pub const fn limit(&self) -> i64 {
        self.limit
    }

    /// True when the speech is over.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_speech_with_an_interruption() {
        let mut clock = SpeechClock::start(1_000, 180_000);
        assert_eq!((clock.elapsed(61_000), clock.left(61_000)), (60_000, 120_000));
        assert_eq!(clock.time_is_up_at(), Some(181_000));
        clock.pause(61_000);
        assert_eq!((clock.elapsed(90_000), clock.time_is_up_at()), (60_000, None));
        clock.resume(91_000);
        assert_eq!(clock.time_is_up_at(), Some(211_000));
        clock.end(221_000);
        assert_eq!((clock.ran(), clock.left(999_999)), (190_000, -10_000));
        clock.resume(230_000);
        assert_eq!((clock.since(), clock.has_ended()), (None, true));
    }

    #[test]
    fn doing_it_twice_changes_nothing() {
        let mut clock = SpeechClock::start(0, 30_000);
        clock.resume(5_000);
        assert_eq!(clock.since(), Some(0));
        clock.pause(10_000);
        clock.pause(20_000);
        assert_eq!(clock.ran(), 10_000);
    }

    #[test]
    fn a_clock_set_back_takes_nothing_away() {
        let mut clock = SpeechClock::start(50_000, 30_000);
        assert_eq!(clock.elapsed(40_000), 0);
        clock.pause(40_000);
        assert_eq!(clock.ran(), 0);
    }

    proptest! {
        /// Whatever is done in whatever order: time never runs backwards, only running time counts,
        /// and what is stored and read back goes on alike.
        #[test]
        fn only_running_time_counts(steps in proptest::collection::vec((0..3u8, 0..100_000i64), 0..30)) {
            let mut clock = SpeechClock::start(0, 60_000);
            let (mut now, mut counted, mut runs, mut ended) = (0, 0, true, false);
            for (step, wait) in steps {
                now += wait;
                if runs {
                    counted += wait;
                }
                match step {
                    0 => { clock.pause(now); runs = false; }
                    1 => { clock.resume(now); runs = !ended; }
                    _ => { clock.end(now); (runs, ended) = (false, true); }
                }
                prop_assert_eq!(clock.elapsed(now), counted);
                prop_assert_eq!(clock.left(now), 60_000 - counted);
                prop_assert_eq!(clock.time_is_up_at(), runs.then_some(now + 60_000 - counted));
                let stored = SpeechClock::stored(clock.limit(), clock.ran(), clock.since(), clock.has_ended());
                prop_assert_eq!(stored, clock);
            }
        }
    }
}
