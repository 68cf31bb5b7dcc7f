//! Rate limits: how often an account or a network may do something.
//!
//! Keys live in memory only, as keyed hashes under a salt that dies with the process, so no
//! address is kept anywhere. A limit delays; it never locks anyone out.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use strum::VariantArray;
use uuid::Uuid;

use crate::error::{Code, Result};

/// What a [`Call`](super::call::Call) counts against.
pub trait Counts {
    /// The limit.
    const LIMIT: Limit;
}

/// Makes the enum of limits, each with how many at once and how many a minute after that; and for each a type of
/// the same name that says which limit a call counts against.
macro_rules! limits {
    ($($(#[$meta:meta])* $name:ident = ($burst:literal, $a_minute:literal);)+) => {
        /// What is limited.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
        pub enum Limit { $($(#[$meta])* $name),+ }

        impl Limit {
            const fn quota(self) -> (u32, u32) {
                match self { $(Self::$name => ($burst, $a_minute)),+ }
            }
        }

        $($(#[$meta])* pub struct $name;

        impl Counts for $name {
            const LIMIT: Limit = Limit::$name;
        })+
    };
}

limits! {
    /// Tries to sign in, by network. A hall of 120 people shares one network.
    SignInNetwork = (300, 120);
    /// Changes of a password, by account. As sparing as signing in: here too a password can be guessed.
    Password = (8, 6);
    /// New accounts, by network.
    Register = (150, 60);
    /// Threads and posts, by account.
    Post = (12, 30);
    /// Reactions, edits, moderation and settings, by account.
    Change = (60, 120);
    /// How far a member has read, by account.
    Read = (120, 240);
    /// Previews, by account.
    Preview = (30, 60);
    /// Signals to a speaker, by account: one in five seconds.
    Signal = (1, 12);
    /// New screens, by network: a tenth of those that may wait for a code at once.
    Screen = (30, 2);
    /// Tries at the code of a screen, by account.
    PairScreen = (10, 10);
    /// Tries at join codes, by network.
    Join = (300, 120);
}

/// The clock of the limiters: that of the machine, and what a test has moved it on by.
#[derive(Debug, Clone, Default)]
pub struct LimitsClock {
    machine: DefaultClock,
    ahead: Arc<AtomicU64>,
}

impl LimitsClock {
    /// Moves the clock on, for tests.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for LimitsClock {
    type Instant = <DefaultClock as Clock>::Instant;

    fn now(&self) -> Self::Instant {
        self.machine.now() + Nanos::from(self.ahead.load(Ordering::Relaxed))
    }
}

type KeyedLimiter = RateLimiter<
    u64,
    DefaultKeyedStateStore<u64>,
    LimitsClock,
    NoOpMiddleware<<LimitsClock as Clock>::Instant>,
>;

/// All limiters of this node.
pub struct Limits {
    on: bool,
    salt: RandomState,
    /// What the limiters take the time from.
    pub clock: LimitsClock,
    limiters: Vec<KeyedLimiter>,
}

impl Limits {
    /// `on` is false only in load tests.
    pub fn new(on: bool) -> Self {
        let clock = LimitsClock::default();
        let limiter = |limit: Limit| {
            let (burst, a_minute) = limit.quota();
            let positive = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
            let quota = Quota::per_minute(positive(a_minute)).allow_burst(positive(burst));
            RateLimiter::dashmap_with_clock(quota, clock.clone())
        };
        let limiters = Limit::VARIANTS.iter().copied().map(limiter).collect();
        Self { on, salt: RandomState::new(), clock, limiters }
    }

    /// Counts one use by an account.
    ///
    /// # Errors
    /// `rate_limited` with the wait.
    pub fn account(&self, limit: Limit, member: Uuid) -> Result<()> {
        self.check(limit, self.salt.hash_one(member))
    }

    /// Counts one use by a network: /24 of IPv4, /56 of IPv6.
    ///
    /// # Errors
    /// `rate_limited` with the wait.
    pub fn network(&self, limit: Limit, address: IpAddr) -> Result<()> {
        self.check(limit, self.salt.hash_one(network_of(address)))
    }

    fn check(&self, limit: Limit, key: u64) -> Result<()> {
        if !self.on {
            return Ok(());
        }
        self.limiters[limit as usize].check_key(&key).map_err(|not_until| {
            let wait: Duration = not_until.wait_time_from(self.clock.now());
            Code::RateLimited.after(wait)
        })
    }

    /// Forgets keys that are not limited any more.
    pub fn forget_idle(&self) {
        for limiter in &self.limiters {
            limiter.retain_recent();
        }
    }
}

/// The network of an address: whether it is IPv4, and its first bits.
pub fn network_of(address: IpAddr) -> (bool, u64) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (true, u64::from(v4.to_bits() >> 8)),
        IpAddr::V6(v6) => (false, (v6.to_bits() >> 72) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_by_key_and_say_when() {
        let limits = Limits::new(true);
        let (burst, _) = Limit::Post.quota();
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for _ in 0..burst {
            limits.account(Limit::Post, a).unwrap();
        }
        let refused = limits.account(Limit::Post, a).unwrap_err();
        assert_eq!(refused.code(), Code::RateLimited);
        let wait = refused.retry_after().unwrap();
        assert!(wait >= 1);
        limits.clock.advance(Duration::from_secs(wait));
        limits.account(Limit::Post, a).unwrap();
        limits.account(Limit::Post, b).unwrap();
        limits.account(Limit::Change, a).unwrap();
    }

    #[test]
    fn a_network_is_one_key() {
        let limits = Limits::new(true);
        let (burst, _) = Limit::Register.quota();
        for n in 0..burst {
            limits.network(Limit::Register, IpAddr::from([10, 0, 0, (n % 250) as u8])).unwrap();
        }
        assert!(limits.network(Limit::Register, IpAddr::from([10, 0, 0, 251])).is_err());
        assert!(limits.network(Limit::Register, IpAddr::from([10, 0, 1, 1])).is_ok());
    }
}
