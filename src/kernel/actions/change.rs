//! What every change works with, and the transaction of a change inside one room.

use std::sync::Arc;

use diesel_async::{AnsiTransactionManager, TransactionManager};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::posting::{Posting, Writer};
use super::tx::{publish, rollback};
use crate::db::{Conn, Pool};
use crate::error::{Error, Result};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::append::Numbers;
use crate::kernel::log::chain;
use crate::kernel::log::event::{Committed, Draft, Publisher};
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::sessions::Session;
use crate::kernel::models::{Db, rooms};

/// What the actions work with.
#[derive(Clone)]
pub struct Ctx {
    pub db: Pool,
    pub access: Arc<Access>,
    pub publisher: Arc<dyn Publisher>,
    /// What features do when something else changes.
    pub hooks: Arc<[&'static dyn ChangeHook]>,
    pub posting: Posting,
}

impl Ctx {
    /// Starts the task that writes posts.
    pub fn start_posting(&self) {
        let (access, publisher) = (self.access.clone(), self.publisher.clone());
        self.posting.start(Writer { db: self.db.clone(), access, publisher });
    }

    /// Tells everyone on this node what was committed: first those who answer requests, then the
    /// live rooms.
    pub(crate) fn publish(&self, committed: Committed) {
        publish(&self.access, &*self.publisher, committed);
    }
}

/// A change inside one room: a transaction that holds the room's write lock.
///
/// The lock is the first one taken, so that two changes never wait for each other in a circle, and
/// the rules are read under it, so that no right can be lost between the check and the write.
pub struct RoomChange {
    conn: Conn,
    /// The room as it is under the lock.
    pub state: RoomState,
    numbers: Numbers,
    /// Who makes the change, as the database knows the member now.
    pub member: Member,
    pub at: chrono::DateTime<chrono::Utc>,
}

impl RoomChange {
    /// Begins a change for which the actor needs the right to `action`.
    ///
    /// # Errors
    /// Not found, not permitted, or the database is not available.
    pub async fn begin(ctx: &Ctx, actor: &Actor, room: Uuid, action: Action) -> Result<Self> {
        // Refused without a transaction in nearly every case.
        ctx.access.room(actor, room, action).await?;
        let id = actor.member()?.id;
        let mut conn = ctx.db.get().await?;
        AnsiTransactionManager::begin_transaction(&mut *conn).await?;
        match Self::under_lock(&mut conn, room, id, action).await {
            Ok((state, numbers, member)) => {
                Ok(Self { conn, state, numbers, member, at: crate::kernel::log::append::now() })
            }
            Err(error) => {
                rollback(&mut conn).await;
                Err(error)
            }
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
        let actor = crate::kernel::domain::permissions::Actor { member: Some(state.person(&member)) };
        crate::kernel::domain::permissions::may(actor, action, state.rules())?;
        Ok((state, numbers, member))
    }

    /// The connection, inside the transaction.
    pub fn db(&mut self) -> &mut Db {
        &mut self.conn
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

    /// As [`RoomChange::log`], with the digest already made.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn log_digest(&mut self, kind: EntryKind, subject: Uuid, digest: [u8; 32]) -> Result<i64> {
        let draft = Draft { kind, subject, actor: Some(self.member.id), digest };
        self.numbers.add(self.state.room.id, &draft, self.at)
    }

    /// Ends the change: COMMIT and publish when it went well, ROLLBACK when not.
    ///
    /// # Errors
    /// The failure of the change, or of COMMIT.
    pub async fn end<T>(self, ctx: &Ctx, outcome: Result<T>) -> Result<T> {
        let Self { mut conn, numbers, state, member, .. } = self;
        let written = match outcome {
            Ok(value) => numbers.write(&mut conn).await.map(|entries| (value, entries)),
            Err(error) => Err(error),
        };
        match written {
            Ok((value, entries)) => {
                AnsiTransactionManager::commit_transaction(&mut *conn).await?;
                drop(conn);
                // What leaves no entry in the log, such as a draft, is seen by who made it.
                ctx.access.own_changed(member.id);
                ctx.publish(Committed { room: state.room.id, entries, posts: Vec::new() });
                Ok(value)
            }
            Err(error) => {
                rollback(&mut conn).await;
                Err(error)
            }
        }
    }
}

/// What a feature does when something that it hangs on changes. Called inside the transaction that holds the
/// room's lock, so that both happen or neither.
pub trait ChangeHook: Send + Sync {
    /// A session was opened, started, paused, resumed or ended.
    fn session_changed<'a>(&'a self, _: &'a mut RoomChange, _: &'a Session) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// A member may not talk in the room any more.
    fn silenced<'a>(&'a self, _: &'a mut RoomChange, _member: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// The rooms in which there is something to do when a member may not talk anywhere any more.
    fn rooms_of<'a>(&'a self, _: &'a mut Db, _member: Uuid) -> BoxFuture<'a, Result<Vec<Uuid>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// True when something in a session belongs to the record, so that the session stays.
    fn keeps<'a>(&'a self, _: &'a mut Db, _session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}
