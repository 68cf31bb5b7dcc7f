//! Facts kept in memory, each loaded once for all who wait for it.
//!
//! Whoever misses a fact queues its key. A few tasks at most take all keys that wait and load them
//! together, on one connection each. So a thousand who miss the same fact cause one query, a
//! thousand who miss a thousand facts cause a few, and nobody waits behind more than the load under
//! way and their own. A load begins after it was asked for, so what it brings is as new as that.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::db;
use crate::error::{Code, Result};

/// How old a fact may be that another node can change without telling this one.
pub const FRESH: Duration = Duration::from_millis(500);
/// How long a caller waits for a fact before the answer is 503.
const WAIT: Duration = Duration::from_secs(6);
/// How long one load may take: longer than any statement may.
const LOAD: Duration = Duration::from_secs(8);
/// A fact that nobody asks for is forgotten after this time.
const IDLE: Duration = Duration::from_secs(60);

type Loading<K, V> = Pin<Box<dyn Future<Output = Result<HashMap<K, V>>> + Send>>;
type Load<K, V> = Box<dyn Fn(Vec<K>) -> Loading<K, V> + Send + Sync>;
type Waiter<V> = oneshot::Sender<Result<Option<Arc<V>>>>;

/// How much a [`Loader`] keeps and does at once.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Facts, or bytes where the loader weighs them, that are kept.
    pub kept: u64,
    /// Loads at the same time; each takes a connection.
    pub lanes: usize,
    /// Keys in one load.
    pub batch: usize,
}

/// Facts by key.
pub struct Loader<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    known: Cache<K, Arc<V>>,
    queue: Mutex<Queue<K, V>>,
    load: Load<K, V>,
    size: Size,
}

struct Queue<K, V> {
    waiting: HashMap<K, Vec<Waiter<V>>>,
    lanes: usize,
}

impl<K, V> Loader<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// `load` brings the facts of some keys; a key that it leaves out has none.
    pub fn new<F>(size: Size, load: impl Fn(Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        Self::weighed(size, |_| 1, load)
    }

    /// As [`Loader::new`], where `weigh` says how much of `size.kept` a fact takes.
    pub fn weighed<F>(
        size: Size,
        weigh: impl Fn(&V) -> u32 + Send + Sync + 'static,
        load: impl Fn(Vec<K>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let known = Cache::builder()
            .weigher(move |_: &K, fact: &Arc<V>| weigh(fact))
            .max_capacity(size.kept)
            .time_to_idle(IDLE)
            .build();
        let queue = Mutex::new(Queue { waiting: HashMap::new(), lanes: 0 });
        Self(Arc::new(Inner { known, queue, load: Box::new(move |keys| Box::pin(load(keys))), size }))
    }

    /// The fact of a key if it is in memory and `fresh`.
    pub fn known(&self, key: &K, fresh: impl Fn(&V) -> bool) -> Option<Arc<V>> {
        self.0.known.get(key).filter(|fact| fresh(fact))
    }

    /// The fact of a key: from memory when that is `fresh`, else loaded. None when there is none.
    ///
    /// # Errors
    /// What loading failed with, for all who wait; `busy` after six seconds.
    pub async fn get(&self, key: &K, fresh: impl Fn(&V) -> bool) -> Result<Option<Arc<V>>> {
        if let Some(fact) = self.known(key, &fresh) {
            return Ok(Some(fact));
        }
        db::holds_none()?;
        let (send, receive) = oneshot::channel();
        self.queue([(key.clone(), send)]);
        arrival(receive).await
    }

    /// As [`Loader::get`], for many keys at once, in their order.
    ///
    /// # Errors
    /// As [`Loader::get`], of the first that fails.
    pub async fn get_all(&self, keys: &[K], fresh: impl Fn(&K, &V) -> bool) -> Result<Vec<Option<Arc<V>>>> {
        let mut facts: Vec<Option<Arc<V>>> =
            keys.iter().map(|key| self.known(key, |fact| fresh(key, fact))).collect();
        let (mut arrivals, mut asked) = (Vec::new(), Vec::new());
        for (at, key) in keys.iter().enumerate().filter(|(at, _)| facts[*at].is_none()) {
            let (send, receive) = oneshot::channel();
            asked.push((key.clone(), send));
            arrivals.push((at, receive));
        }
        if !asked.is_empty() {
            db::holds_none()?;
            self.queue(asked);
        }
        for (at, receive) in arrivals {
            facts[at] = arrival(receive).await?;
        }
        Ok(facts)
    }

    fn queue(&self, asked: impl IntoIterator<Item = (K, Waiter<V>)>) {
        let mut queue = self.0.queue();
        for (key, waiter) in asked {
            queue.waiting.entry(key).or_default().push(waiter);
        }
        let wanted = queue.waiting.len().div_ceil(self.0.size.batch).min(self.0.size.lanes);
        for _ in queue.lanes..wanted {
            queue.lanes += 1;
            tokio::spawn(Lane { of: self.0.clone(), counted: true }.run());
        }
    }
}

async fn arrival<V>(receive: oneshot::Receiver<Result<Option<Arc<V>>>>) -> Result<Option<Arc<V>>> {
    match timeout(WAIT, receive).await {
        Ok(Ok(outcome)) => outcome,
        _ => Err(Code::Busy.after(Duration::from_secs(1))),
    }
}

impl<K, V> Inner<K, V> {
    fn queue(&self) -> MutexGuard<'_, Queue<K, V>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that loads. The queue counts it until it finds nothing left, or until it panics.
struct Lane<K, V> {
    of: Arc<Inner<K, V>>,
    counted: bool,
}

impl<K, V> Lane<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    async fn run(mut self) {
        while let Some(mut batch) = self.next_batch() {
            let keys: Vec<K> = batch.keys().cloned().collect();
            let loaded = match timeout(LOAD, (self.of.load)(keys)).await {
                Ok(loaded) => loaded,
                Err(_) => Err(Code::Unavailable.after(Duration::from_secs(1))),
            };
            match loaded {
                Ok(facts) => {
                    for (key, fact) in facts {
                        let fact = Arc::new(fact);
                        self.of.known.insert(key.clone(), fact.clone());
                        answer(batch.remove(&key), &Ok(Some(fact)));
                    }
                    batch.drain().for_each(|(key, waiters)| {
                        self.of.known.invalidate(&key);
                        answer(Some(waiters), &Ok(None));
                    });
                }
                Err(error) => {
                    batch.into_values().for_each(|waiters| answer(Some(waiters), &Err(error.clone())))
                }
            }
        }
    }

    /// The keys that wait, up to a batch. With none left the lane ends, under the same lock: a key
    /// that is queued after this finds it gone.
    fn next_batch(&mut self) -> Option<HashMap<K, Vec<Waiter<V>>>> {
        let mut queue = self.of.queue();
        if queue.waiting.is_empty() {
            queue.lanes -= 1;
            self.counted = false;
            return None;
        }
        let keys: Vec<K> = queue.waiting.keys().take(self.of.size.batch).cloned().collect();
        Some(keys.into_iter().filter_map(|key| queue.waiting.remove_entry(&key)).collect())
    }
}

impl<K, V> Drop for Lane<K, V> {
    fn drop(&mut self) {
        if self.counted {
            self.of.queue().lanes -= 1;
        }
    }
}

fn answer<V>(waiters: Option<Vec<Waiter<V>>>, outcome: &Result<Option<Arc<V>>>) {
    for waiter in waiters.into_iter().flatten() {
        // Who has gone away does not wait any more.
        let _ = waiter.send(outcome.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use crate::error::Error;

    /// A loader of doubled numbers that waits for a permit before each load, and counts loads.
    fn doubles(gate: Arc<Semaphore>, loads: Arc<AtomicUsize>, size: Size) -> Loader<u32, u32> {
        Loader::new(size, move |keys: Vec<u32>| {
            let (gate, loads) = (gate.clone(), loads.clone());
            async move {
                gate.acquire().await.unwrap().forget();
                loads.fetch_add(1, Ordering::SeqCst);
                Ok(keys.into_iter().filter(|key| *key < 1000).map(|key| (key, key * 2)).collect())
            }
        })
    }

    const SIZE: Size = Size { kept: 100, lanes: 1, batch: 50 };

    #[tokio::test]
    async fn a_hundred_who_miss_one_fact_load_it_once() {
        let (gate, loads) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let loader = Arc::new(doubles(gate.clone(), loads.clone(), SIZE));
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                let loader = loader.clone();
                tokio::spawn(async move { loader.get(&4, |_| true).await })
            })
            .collect();
        // The first load begins with whoever was there; the others share the second.
        gate.add_permits(2);
        for one in waiting {
            assert_eq!(*one.await.unwrap().unwrap().unwrap(), 8);
        }
        assert!(loads.load(Ordering::SeqCst) <= 2);
        assert_eq!(*loader.get(&4, |_| true).await.unwrap().unwrap(), 8, "from memory, with no permit left");
    }

    #[tokio::test]
    async fn a_load_under_way_is_too_old_for_who_comes_later() {
        let (gate, loads) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let loader = Arc::new(doubles(gate.clone(), loads.clone(), SIZE));
        let get = |loader: &Arc<Loader<u32, u32>>| {
            let loader = loader.clone();
            tokio::spawn(async move { loader.get(&1, |_| false).await.unwrap() })
        };
        let first = get(&loader);
        while gate.available_permits() > 0
            || loader.0.queue().lanes == 0
            || !loader.0.queue().waiting.is_empty()
        {
            tokio::task::yield_now().await;
        }
        let second = get(&loader);
        gate.add_permits(1);
        first.await.unwrap();
        assert!(!second.is_finished());
        gate.add_permits(1);
        second.await.unwrap();
        assert_eq!(loads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn many_keys_are_loaded_together_and_absent_ones_are_told() {
        let (gate, loads) = (Arc::new(Semaphore::new(1)), Arc::new(AtomicUsize::new(0)));
        let loader = doubles(gate, loads.clone(), SIZE);
        let facts = loader.get_all(&[3, 2000, 5], |_, _| true).await.unwrap();
        assert_eq!(
            facts.iter().map(|fact| fact.as_deref().copied()).collect::<Vec<_>>(),
            [Some(6), None, Some(10)]
        );
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_reaches_all_who_wait_and_is_not_kept() {
        let fails = Arc::new(AtomicUsize::new(0));
        let loader: Arc<Loader<u32, u32>> = Arc::new(Loader::new(SIZE, {
            let fails = fails.clone();
            move |keys: Vec<u32>| {
                let first = fails.fetch_add(1, Ordering::SeqCst) == 0;
                async move {
                    if first {
                        Err(Error::NotSignedIn)
                    } else {
                        Ok(keys.into_iter().map(|key| (key, key)).collect())
                    }
                }
            }
        }));
        let both = futures_util::future::join(loader.get(&1, |_| true), loader.get(&2, |_| true)).await;
        assert!(both.0.is_err() && both.1.is_err());
        assert!(loader.get(&1, |_| true).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_load_that_panics_ends_the_wait_and_the_next_one_works() {
        let loads = Arc::new(AtomicUsize::new(0));
        let loader: Loader<u32, u32> = Loader::new(SIZE, {
            let loads = loads.clone();
            move |keys: Vec<u32>| {
                let first = loads.fetch_add(1, Ordering::SeqCst) == 0;
                async move {
                    assert!(!first, "a fault in a load");
                    Ok(keys.into_iter().map(|key| (key, key)).collect())
                }
            }
        });
        assert!(loader.get(&7, |_| true).await.is_err());
        assert_eq!(*loader.get(&7, |_| true).await.unwrap().unwrap(), 7);
    }
}
