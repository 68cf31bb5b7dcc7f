//! Helpers for transactions.

use std::time::Duration;

use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AnsiTransactionManager, TransactionManager};
use uuid::Uuid;

use crate::db::{Conn, Pool};
use crate::error::{Code, Error, Result, violated_constraint};
use crate::kernel::access::Access;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::Attribution;
use crate::kernel::log::event::{Committed, Publisher, To};
use crate::kernel::log::frame::Frame;
use crate::kernel::models::room_log::Entry;

/// An open transaction: the one place where one begins and ends. When it is dropped before its end, the pool
/// throws the connection away, and PostgreSQL rolls back.
pub(super) struct Transaction {
    pub(super) conn: Conn,
}

impl Transaction {
    pub(super) async fn begin(pool: &Pool) -> Result<Self> {
        let mut conn = pool.get().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        Ok(Self { conn })
    }

    /// Ends it, and gives the connection back.
    pub(super) async fn end<T>(mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_ok() {
            AnsiTransactionManager::commit_transaction(&mut *self.conn).await?;
        } else {
            rollback(&mut self.conn).await;
        }
        outcome
    }
}

/// A connection that cannot roll back is thrown away by the pool, and PostgreSQL rolls back then.
async fn rollback(conn: &mut Conn) {
    if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut **conn).await {
        tracing::debug!(%error, broken = conn.is_broken(), "rollback");
    }
}

/// As `?` for a query, but a violated constraint gives its own answer.
///
/// # Errors
/// `answer` when `name` was violated; otherwise the failure itself.
pub(crate) fn or_constraint<T>(
    result: diesel::QueryResult<T>,
    name: &str,
    answer: impl FnOnce() -> Error,
) -> Result<T> {
    result.map_err(|error| if violated_constraint(&error) == Some(name) { answer() } else { error.into() })
}

/// How long a caller should wait when a queue is full.
pub(crate) const BUSY: Duration = Duration::from_secs(1);

/// Entries of one room, split off a batch that may hold several rooms.
pub(super) fn of_room(room: Uuid, entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.room_id == room).cloned().collect()
}

/// The answer to a client id that was used for something else.
pub fn client_id_reused() -> Error {
    Error::from(Code::ClientIdReused)
}

/// Tells everyone on this node what was committed: first those who answer requests, then the live rooms.
pub(super) fn publish(access: &Access, publisher: &dyn Publisher, committed: Committed) {
    if let Some(last) = committed.entries.last() {
        if committed.posts.len() == committed.entries.len() {
            let posts = committed.posts.iter().map(|(post, _)| (post.thread_id, post.seq));
            access.posts_added(committed.room, &posts.collect::<Vec<_>>());
        } else {
            let rules = committed.entries.iter().any(|entry| entry.kind.changes_rules());
            access.room_changed(committed.room, last.seq, rules);
        }
        tell_authors(publisher, &committed);
        publisher.publish(committed);
    }
}

/// Whoever wrote without a name is told, on all devices, that it is their own: the event does not say so.
fn tell_authors(publisher: &dyn Publisher, committed: &Committed) {
    let posted = committed.entries.iter().filter(|entry| entry.kind == EntryKind::PostCreated);
    for entry in posted {
        let is_named = committed
            .posts
            .iter()
            .any(|(post, _)| post.id == entry.subject_id && post.attribution == Attribution::Named);
        if let (false, Some(author)) = (is_named, entry.actor_id) {
            let frame = Frame::Yours { room: committed.room, post: entry.subject_id };
            publisher.tell(committed.room, To::Members(vec![author]), &frame);
        }
    }
}
