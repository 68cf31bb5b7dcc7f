//! Tries at something secret: only those that fail count, and nobody can use up another's.
//!
//! As the rate limits, with one difference: a try is counted when it begins, so that many at once get no further than
//! one after the other, and given back when it did not fail.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use moka::ops::compute::Op;
use moka::sync::Cache;

use super::limits::network_of;
use crate::error::{Code, Result};

/// How many may fail at once, and after that one in how long.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u32,
    every: Duration,
}

const fn rate(burst: u32, seconds: u64) -> Rate {
    Rate { burst, every: Duration::from_secs(seconds) }
}

/// What a try counts against.
#[derive(Debug, Clone, Copy, Hash)]
pub enum Against<'a> {
    /// An account, from one network: as sparing as guessing has to be.
    AccountFrom(&'a str, (bool, u64)),
    /// An account, wherever from: loose, for whoever fills it keeps its owner out of browsers that are new.
    Account(&'a str),
    /// An account, in a browser in which its owner has signed in before. Nobody else can fill it.
    AccountIn(&'a str, &'a str),
    /// Registering with an address that is taken, from one network.
    Registering((bool, u64)),
    /// The same by an invitation, of which one needs as many as one wants to ask about.
    Invited(&'a str),
}

impl<'a> Against<'a> {
    /// An account, from the network of this address.
    pub fn account_from(account: &'a str, address: IpAddr) -> Self {
        Self::AccountFrom(account, network_of(address))
    }

    /// Registering from the network of this address.
    pub fn registering(address: IpAddr) -> Self {
        Self::Registering(network_of(address))
    }

    const fn rate(self) -> Rate {
        match self {
            Self::AccountFrom(..) | Self::AccountIn(..) => rate(8, 10),
            Self::Account(_) => rate(100, 2),
            Self::Registering(_) => rate(8, 60),
            Self::Invited(_) => rate(3, 60),
        }
    }
}

/// Longer than any of the limits takes to be as if nothing had failed.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// The tries of this node.
pub struct Tries {
    on: bool,
    salt: RandomState,
    /// From when on a key is as if nothing had failed.
    clear: Cache<u64, Instant>,
}

/// A try that has begun.
#[must_use = "a try that did not fail is given back"]
pub struct Try<'a> {
    of: &'a Tries,
    taken: Vec<(u64, Duration)>,
}

impl Tries {
    /// `on` is false only in load tests.
    pub fn new(on: bool) -> Self {
        let clear = Cache::builder().max_capacity(200_000).time_to_live(KEPT).build();
        Self { on, salt: RandomState::new(), clear }
    }

    /// Begins a try that counts against all of these.
    ///
    /// # Errors
    /// `rate_limited` with the wait, when one of them is used up.
    pub fn begin(&self, against: &[Against<'_>]) -> Result<Try<'_>> {
        let mut begun = Try { of: self, taken: Vec::new() };
        for one in against.iter().filter(|_| self.on) {
            let (key, rate) = (self.salt.hash_one(one), one.rate());
            if let Err(wait) = self.take(key, rate) {
                begun.give_back();
                return Err(Code::RateLimited.after(wait));
            }
            begun.taken.push((key, rate.every));
        }
        Ok(begun)
    }

    fn take(&self, key: u64, rate: Rate) -> Result<(), Duration> {
        let now = Instant::now();
        let most = rate.every * (rate.burst - 1);
        let mut wait = None;
        self.clear.entry(key).and_compute_with(|known| {
            let clear = known.map_or(now, |known| known.into_value().max(now));
            let ahead = clear - now;
            if ahead > most {
                wait = Some(ahead - most);
                return Op::Nop;
            }
            Op::Put(clear + rate.every)
        });
        wait.map_or(Ok(()), Err)
    }
}

impl Try<'_> {
    /// It did not fail, or not because of what was tried.
    pub fn give_back(&mut self) {
        for (key, every) in self.taken.drain(..) {
            self.of.clear.entry(key).and_compute_with(|known| match known {
                Some(known) => Op::Put(known.into_value() - every),
                None => Op::Nop,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(tries: &Tries, against: &[Against<'_>]) -> usize {
        (0..1_000).take_while(|_| tries.begin(against).is_ok()).count()
    }

    #[test]
    fn failures_count_and_what_is_given_back_does_not() {
        let tries = Tries::new(true);
        let here = [Against::account_from("ana", IpAddr::from([10, 0, 0, 1])), Against::Account("ana")];
        for _ in 0..50 {
            tries.begin(&here).unwrap().give_back();
        }
        assert_eq!(failures(&tries, &here), 8);
        let refused = tries.begin(&here).err().unwrap();
        assert_eq!(refused.code(), Code::RateLimited);
        assert!((1..=10).contains(&refused.retry_after().unwrap()));
        // What was refused was counted nowhere: 92 of 100 are left for other networks.
        let elsewhere = |n: u8| Against::account_from("ana", IpAddr::from([10, 1, n, 1]));
        let all: usize = (0..20).map(|n| failures(&tries, &[elsewhere(n), Against::Account("ana")])).sum();
        assert_eq!(all, 92);
        // A browser that is known has its own.
        assert_eq!(failures(&tries, &[Against::AccountIn("ana", "phone")]), 8);
        assert_eq!(failures(&tries, &[Against::account_from("ben", IpAddr::from([10, 0, 0, 1]))]), 8);
    }

    #[test]
    fn many_at_once_get_no_further_than_one_after_the_other() {
        let tries = Tries::new(true);
        let begun: Vec<_> = (0..20).filter_map(|_| tries.begin(&[Against::Account("x")]).ok()).collect();
        assert_eq!(begun.len(), 20);
        let here = [Against::account_from("ana", IpAddr::from([10, 0, 0, 1]))];
        let mut begun: Vec<_> = (0..20).filter_map(|_| tries.begin(&here).ok()).collect();
        assert_eq!(begun.len(), 8);
        begun.pop().unwrap().give_back();
        assert!(tries.begin(&here).is_ok() && tries.begin(&here).is_err());
    }
}
