//! What transactions share.

use std::time::Duration;

use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AnsiTransactionManager, TransactionManager};
use uuid::Uuid;

use crate::db::Conn;
use crate::error::{Error, Result, violated_constraint};
use crate::kernel::access::Access;
use crate::kernel::log::event::{Committed, Publisher};
use crate::kernel::models::room_log::Entry;

/// A connection that cannot roll back is thrown away by the pool, and PostgreSQL rolls back then.
pub(crate) async fn rollback(conn: &mut Conn) {
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
    Error::Conflict("client_id_reused", "This client_id was already used for something else.".into())
}

/// Tells everyone on this node what was committed: first those who answer requests, then the live rooms.
pub(super) fn publish(access: &Access, publisher: &dyn Publisher, committed: Committed) {
    if let Some(last) = committed.entries.last() {
        let rules = committed.entries.iter().any(|entry| entry.kind.changes_rules());
        access.room_changed(committed.room, last.seq, rules);
        publisher.publish(committed);
    }
}
