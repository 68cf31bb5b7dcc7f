//! Answers as they were written, kept for whoever asks the same again before anything has changed.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::sync::Cache;
use uuid::Uuid;

use super::{Reads, gzip};
use crate::error::Result;
use crate::kernel::access::Actor;

/// What other nodes did may be answered late by so much, beside the age of what it was made of.
const KEPT: Duration = Duration::from_millis(500);

/// A JSON answer, compressed when somebody first wants it so.
#[derive(Debug)]
pub struct Answer {
    pub json: Bytes,
    gzip: OnceLock<Bytes>,
}

impl Answer {
    fn new(json: Vec<u8>) -> Self {
        Self { json: json.into(), gzip: OnceLock::new() }
    }

    /// The answer in gzip.
    pub fn gzip(&self) -> Bytes {
        self.gzip.get_or_init(|| gzip::whole(&self.json)).clone()
    }
}

#[derive(Clone)]
struct Kept {
    version: u64,
    made: Instant,
    answer: Arc<Answer>,
}

/// (who asks, what for)
type Key = (Option<Uuid>, String);

pub(super) struct Answers(Cache<Key, Kept>);

impl Default for Answers {
    /// Some 64 MB at most.
    fn default() -> Self {
        let weigh = |key: &Key, kept: &Kept| {
            // Compressed it takes less than that again.
            u32::try_from(key.1.len() + 2 * kept.answer.json.len() + 200).unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .weigher(weigh)
                .max_capacity(64 << 20)
                .time_to_idle(Duration::from_secs(10))
                .build(),
        )
    }
}

impl Reads {
    /// The answer to `target` (path and query) for this actor: as it was written, if nothing at all
    /// has changed since on this node; else `compose` makes it.
    ///
    /// # Errors
    /// What `compose` fails with, which is not kept.
    pub async fn answer(
        &self,
        actor: &Actor,
        target: &str,
        compose: impl Future<Output = Result<Vec<u8>>>,
    ) -> Result<Arc<Answer>> {
        let key = (actor.id(), target.to_owned());
        // Before anything is read: what changes meanwhile makes the answer stale.
        let version = self.access.version();
        if let Some(kept) = self.answers.0.get(&key)
            && kept.version == version
            && kept.made.elapsed() < KEPT
        {
            return Ok(kept.answer);
        }
        let made = Instant::now();
        let answer = Arc::new(Answer::new(compose.await?));
        self.answers.0.insert(key, Kept { version, made, answer: answer.clone() });
        Ok(answer)
    }
}
