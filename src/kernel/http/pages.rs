//! Pages of posts that are already written as JSON.
//!
//! A thread in a busy workshop is read far more often than it changes. The public part of a page
//! is kept with the number of the room's log that it is as new as; any later entry makes it stale.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use moka::sync::Cache;
use uuid::Uuid;

use crate::kernel::domain::tree::Node;
use crate::kernel::log::event::Audience;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    After(i64),
    Before(i64),
    TreeAfter(i64),
    TreeBefore(i64),
}

type Key = (Uuid, Audience, Part, i64);
type Personal = (Uuid, Uuid, Part, i64);

/// A page as it is answered, without the caller's own part.
#[derive(Debug, Clone)]
pub struct Written {
    pub head: i64,
    /// The JSON object without its closing brace and without `mine`.
    pub public: Bytes,
    pub posts: Arc<[Uuid]>,
}

/// The pages in memory, some 64 MB at most.
pub struct Pages {
    written: Cache<Key, Written>,
    mine: Cache<Personal, (i64, Bytes)>,
    trees: Cache<Uuid, (i64, Arc<Vec<Node>>)>,
}

impl Default for Pages {
    fn default() -> Self {
        let weigh = |_: &Key, page: &Written| u32::try_from(page.public.len()).unwrap_or(u32::MAX);
        let idle = Duration::from_secs(60);
        Self {
            written: Cache::builder().weigher(weigh).max_capacity(64 << 20).time_to_idle(idle).build(),
            mine: Cache::builder().max_capacity(50_000).time_to_idle(idle).build(),
            trees: Cache::builder().max_capacity(200).time_to_idle(idle).build(),
        }
    }
}

impl Pages {
    /// A page that is as new as `head`.
    pub fn get(&self, key: Key, head: i64) -> Option<Written> {
        self.written.get(&key).filter(|page| page.head == head)
    }

    /// Keeps a page. Its `head` must have been read before its posts.
    pub fn keep(&self, key: Key, page: Written) {
        self.written.insert(key, page);
    }

    /// A caller's own part of a page, as new as `head`.
    pub fn mine(&self, key: Personal, head: i64) -> Option<Bytes> {
        self.mine.get(&key).filter(|(of, _)| *of == head).map(|(_, mine)| mine)
    }

    /// Keeps a caller's own part.
    pub fn keep_mine(&self, key: Personal, head: i64, mine: Bytes) {
        self.mine.insert(key, (head, mine));
    }

    /// The order of a thread's reply tree, as new as `head`.
    pub fn tree(&self, thread: Uuid, head: i64) -> Option<Arc<Vec<Node>>> {
        self.trees.get(&thread).filter(|(of, _)| *of == head).map(|(_, tree)| tree)
    }

    /// Keeps the order of a thread's reply tree.
    pub fn keep_tree(&self, thread: Uuid, head: i64, tree: Arc<Vec<Node>>) {
        self.trees.insert(thread, (head, tree));
    }
}

/// A body that is sent as its two parts: joining them would copy a whole page for every reader.
pub struct InTwo(pub [Bytes; 2]);

impl MessageBody for InTwo {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.iter().map(|part| part.len() as u64).sum())
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let part = self.0.iter_mut().find(|part| !part.is_empty()).map(std::mem::take);
        Poll::Ready(part.map(Ok))
    }
}
