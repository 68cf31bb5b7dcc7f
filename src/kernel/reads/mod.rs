//! Hot reads, kept in memory as this node last read them.
//!
//! The part that is the same for everyone is read once for all, with the number of the room's log
//! that it is as new as; any later entry makes it stale. The caller's own part is read beside it,
//! for many callers in one query. What a caller was answered is kept as it was written until
//! anything changes.

mod answers;
mod gzip;
mod parts;
mod posts;
mod rooms;
mod threads;
mod unread;

pub use answers::Answer;
pub use parts::{PartHook, Reader, SessionFacts, SessionPart, SessionParts};
pub use posts::{PageKey, PageOfPosts, Part};
pub use rooms::RoomList;
pub use threads::{ListEnd, ThreadList};

use std::sync::Arc;

use serde::Serialize;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::Access;
use answers::Answers;

/// The readers, and what they keep.
pub struct Reads {
    access: Arc<Access>,
    pool: Pool,
    answers: Answers,
    rooms: rooms::Facts,
    threads: threads::Facts,
    unread: unread::Counts,
    posts: posts::Pages,
}

impl Reads {
    /// With nothing in memory.
    pub fn new(pool: Pool, access: Arc<Access>) -> Arc<Self> {
        Arc::new(Self {
            answers: Answers::default(),
            rooms: rooms::Facts::new(&pool, &access),
            threads: threads::Facts::new(&pool),
            unread: unread::Counts::new(&pool, &access),
            posts: posts::Pages::new(&pool, &access),
            access,
            pool,
        })
    }
}

/// A value as JSON.
///
/// # Errors
/// Serialisation.
pub fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(format!("json: {error}")))
}
