//! Hashing of passwords: slow on purpose, so few at a time, and never without end in the queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::tx::BUSY;
use crate::error::{Code, Error, Result};
use crate::kernel::domain::passwords::{MAX, prepared};

/// Who wait for their turn, beside those whose turn it is.
const QUEUE: usize = 50;
/// KiB of memory, passes, lanes: the least that OWASP recommends, since a server of one machine
/// must let a whole hall sign in at once.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// Wrong, or there was nothing to compare with.
    No,
    Yes,
    /// Right, but hashed in another way than today's.
    YesButOld,
}

/// Hashes and checks passwords.
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

struct InQueue<'a>(&'a AtomicUsize);

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        // Compared with for addresses that nobody has: made now, so that the first such try is
        // not slower than others.
        dummy();
        Self { turns: Arc::new(Semaphore::new((processors / 2).max(1))), waiting: AtomicUsize::new(0) }
    }
}

impl Passwords {
    /// The hash of a new password, with its parameters and salt.
    ///
    /// # Errors
    /// `busy`.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || hash(&password)).await?
    }

    /// Compares a password with a hash; without one, takes the same time for a no.
    ///
    /// # Errors
    /// `busy`.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<Verified> {
        self.run(move || verify(&password, hash.as_deref())).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = InQueue(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE + self.turns.available_permits() {
            return Err(Code::Busy.after(BUSY));
        }
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|_| Code::ShuttingDown.after(BUSY))?;
        drop(place);
        // The turn moves into the thread: it lasts as long as the work, even when the caller goes.
        let done = tokio::task::spawn_blocking(move || {
            let value = work();
            drop(turn);
            value
        });
        done.await.map_err(|error| Error::Internal(format!("password thread: {error}")))
    }
}

fn argon() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("the parameters are within the limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String> {
    let hash = argon().hash_password(prepared(password).as_bytes());
    let hash = hash.map_err(|error| Error::Internal(format!("password hash: {error}")))?;
    Ok(hash.to_string())
}

fn verify(password: &str, stored: Option<&str>) -> Verified {
    let parsed = stored.and_then(|stored| PasswordHash::new(stored).ok());
    // Longer ones are never set; the time must not tell whether there is an account.
    let password = if password.chars().count() > MAX { "" } else { password };
    let prepared = prepared(password);
    let fits =
        |password: &str, hash: &PasswordHash| argon().verify_password(password.as_bytes(), hash).is_ok();
    let Some(parsed) = parsed else {
        if let Ok(dummy) = PasswordHash::new(dummy()) {
            let _ = fits(&prepared, &dummy) || (prepared != password && fits(password, &dummy));
        }
        return Verified::No;
    };
    if !fits(&prepared, &parsed) {
        // Once they were hashed as they were typed.
        let is_old = prepared != password && fits(password, &parsed);
        return if is_old { Verified::YesButOld } else { Verified::No };
    }
    let (memory, passes, lanes) = COST;
    let today = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$");
    if stored.is_some_and(|stored| stored.starts_with(&today)) { Verified::Yes } else { Verified::YesButOld }
}

fn dummy() -> &'static str {
    static DUMMY: OnceLock<String> = OnceLock::new();
    DUMMY.get_or_init(|| hash(&crate::kernel::access::new_token()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_and_nobody() {
        let passwords = Passwords::default();
        let hash = passwords.hash("four amber kettles".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hash.len() <= 255);
        let check = async |password: &str, hash: Option<&str>| {
            passwords.verify(password.into(), hash.map(Into::into)).await.unwrap()
        };
        assert_eq!(check("four amber kettles", Some(&hash)).await, Verified::Yes);
        assert_eq!(check("four amber kettle", Some(&hash)).await, Verified::No);
        assert_eq!(check("four amber kettles", None).await, Verified::No);
        assert_eq!(check("four amber kettles", Some("!")).await, Verified::No);
    }

    #[tokio::test]
    async fn spelling_does_not_lock_out() {
        let passwords = Passwords::default();
        let (composed, decomposed) = ("café à la crème 77", "cafe\u{301} a\u{300} la cre\u{300}me 77");
        let new = passwords.hash(composed.into()).await.unwrap();
        let old = argon().hash_password(decomposed.as_bytes()).unwrap().to_string();
        let check = async |password: &str, hash: &str| {
            passwords.verify(password.into(), Some(hash.into())).await.unwrap()
        };
        assert_eq!(check(decomposed, &new).await, Verified::Yes);
        assert_eq!(check(&format!("{composed}\n"), &new).await, Verified::Yes);
        assert_eq!(check(decomposed, &old).await, Verified::YesButOld);
        assert_eq!(check(composed, &old).await, Verified::No);
    }

    #[tokio::test]
    async fn other_parameters_are_noticed() {
        let params = Params::new(8_192, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let old: PasswordHash = weak.hash_password(b"four amber kettles").unwrap();
        let passwords = Passwords::default();
        let outcome = passwords.verify("four amber kettles".into(), Some(old.to_string())).await.unwrap();
        assert_eq!(outcome, Verified::YesButOld);
    }

    #[tokio::test]
    async fn a_full_queue_says_so() {
        let passwords = Arc::new(Passwords::default());
        let tries = (0..QUEUE * 2 + 20).map(|_| passwords.hash("four amber kettles".into()));
        let outcomes = futures_util::future::join_all(tries).await;
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert!(refused > 0 && refused < QUEUE * 2, "{refused}");
        passwords.hash("four amber kettles".into()).await.unwrap();
    }
}
