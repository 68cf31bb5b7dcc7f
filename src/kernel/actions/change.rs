//! What every change works with, and the transaction of a change inside one room.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AnsiTransactionManager, TransactionManager};
use uuid::Uuid;

use super::posting::Posting;
use crate::db::{Conn, Pool};
use crate::error::{Error, Result, violated_constraint};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::kinds::{EntryKind, RoomRole};
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::chain;
use crate::kernel::log::event::{Committed, Draft, Publisher};
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::{Db, rooms};

/// What the actions work with.
#[derive(Clone)]
pub struct Ctx {
    pub db: Pool,
    pub access: Arc<Access>,
    pub publisher: Arc<dyn Publisher>,
    pub posting: Posting,
}

impl Ctx {
    /// Tells everyone on this node what was committed: first those who answer requests, then the
    /// live rooms.
    pub(crate) fn publish(&self, committed: Committed) {
        if let Some(last) = committed.entries.last() {
            if committed.posts.len() == committed.entries.len() {
                let posts = committed.posts.iter().map(|(post, _)| (post.thread_id, post.seq));
                self.access.posts_added(committed.room, &posts.collect::<Vec<_>>());
            } else {
                let rules = committed.entries.iter().any(|entry| entry.kind.changes_rules());
                self.access.room_changed(committed.room, last.seq, rules);
            }
            self.publisher.publish(committed);
        }
    }
}

impl Ctx {
    /// Runs `work` in a transaction: COMMIT when it went well, ROLLBACK when not.
    ///
    /// # Errors
    /// The failure of the work, or of COMMIT.
    pub(crate) async fn transaction<T>(&self, work: impl AsyncFnOnce(&mut Db) -> Result<T>) -> Result<T> {
        let mut open = Transaction::begin(&self.db).await?;
        let outcome = work(&mut open.conn).await;
        open.end(outcome).await
    }

    /// Runs `work` as a change inside one room, for which the actor needs the right to `action`. What it logs is
    /// written and published when it went well; when not, nothing of it stays.
    ///
    /// # Errors
    /// Not found, not permitted, the failure of the work, or of COMMIT.
    pub async fn change<T>(
        &self,
        actor: &Actor,
        room: Uuid,
        action: Action,
        work: impl AsyncFnOnce(&mut RoomTx) -> Result<T>,
    ) -> Result<T> {
        // Refused without a transaction in nearly every case.
        self.access.room(actor, room, action).await?;
        let member_id = actor.member()?.id;
        let mut open = Transaction::begin(&self.db).await?;
        let (state, numbers, member) = match under_lock(&mut open.conn, room, member_id, action).await {
            Ok(found) => found,
            Err(error) => return open.end(Err(error)).await,
        };
        let mut change = RoomTx { open, state, numbers, member, at: now() };
        let outcome = work(&mut change).await;
        let RoomTx { mut open, numbers, .. } = change;
        let written = match outcome {
            Ok(value) => numbers.write(&mut open.conn).await.map(|entries| (value, entries)),
            Err(error) => Err(error),
        };
        let (value, entries) = open.end(written).await?;
        // What leaves no entry in the log, such as a draft, is seen by who made it.
        self.access.own_changed(member_id);
        self.publish(Committed { room, entries, posts: Vec::new() });
        Ok(value)
    }
}

/// An open transaction: the one place where one begins and ends. When it is dropped before its end, the pool
/// throws the connection away, and PostgreSQL rolls back.
struct Transaction {
    conn: Conn,
}

impl Transaction {
    async fn begin(pool: &Pool) -> Result<Self> {
        let mut conn = pool.get().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        Ok(Self { conn })
    }

    /// Ends it, and gives the connection back.
    async fn end<T>(mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_ok() {
            AnsiTransactionManager::commit_transaction(&mut *self.conn).await?;
        } else if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut *self.conn).await {
            tracing::debug!(%error, broken = self.conn.is_broken(), "rollback");
        }
        outcome
    }
}

async fn under_lock(
    db: &mut Db,
    room: Uuid,
    member: Uuid,
    action: Action,
) -> Result<(RoomState, Numbers, Member)> {
    let numbers = Numbers::lock(db, &[room]).await?;
    let state = RoomState {
        room: rooms::by_id(db, room).await?.ok_or(Error::NotFound)?,
        roles: rooms::roles(db, room).await?,
        mutes: rooms::mutes(db, room).await?,
    };
    let member = members::by_id(db, member).await?.ok_or(Error::NotSignedIn)?;
    let actor = permissions::Actor { member: Some(state.person(&member)) };
    permissions::may(actor, action, state.rules())?;
    Ok((state, numbers, member))
}

/// A change inside one room: a transaction that holds the room's write lock.
///
/// The lock is the first one taken, so that two changes never wait for each other in a circle, and
/// the rules are read under it, so that no right can be lost between the check and the write.
pub struct RoomTx {
    open: Transaction,
    /// The room as it is under the lock.
    pub state: RoomState,
    numbers: Numbers,
    /// Who makes the change, as the database knows the member now.
    pub member: Member,
    pub at: chrono::DateTime<chrono::Utc>,
}

impl RoomTx {
    /// The role in the room of who makes the change.
    pub fn role(&self) -> Option<RoomRole> {
        let actor = permissions::Actor { member: Some(self.state.person(&self.member)) };
        permissions::effective_role(actor, self.state.rules())
    }

    /// The connection, inside the transaction.
    pub fn db(&mut self) -> &mut Db {
        &mut self.open.conn
    }

    /// The number that the next entry will get.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn next_seq(&self) -> Result<i64> {
        self.numbers.next(self.state.room.id)
    }

    /// Adds an entry to the log. `content` is what its digest covers.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn log(&mut self, kind: EntryKind, subject: Uuid, content: &[&[u8]]) -> Result<i64> {
        self.log_digest(kind, subject, chain::digest(content))
    }

    /// As [`RoomTx::log`], with the digest already made.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn log_digest(&mut self, kind: EntryKind, subject: Uuid, digest: [u8; 32]) -> Result<i64> {
        let draft = Draft { kind, subject, actor: Some(self.member.id), digest };
        self.numbers.add(self.state.room.id, &draft, self.at)
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
