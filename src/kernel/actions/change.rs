//! The context of changes (`Ctx`), and the transaction of a change inside one room (`RoomTx`).

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::posting::{Posting, Writer};
use super::tx::{Transaction, publish};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{RoomRole, Site};
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::domain::standing::speaks_for_constituency;
use crate::kernel::log::append::{Numbers, now};
use crate::kernel::log::chain;
use crate::kernel::log::event::{Committed, Draft, Present, Publisher};
use crate::kernel::models::members::{self, Member};
use crate::kernel::models::sessions::Session;
use crate::kernel::models::{Db, presence, rooms};

/// What the actions work with.
#[derive(Clone)]
pub struct Ctx {
    pub db: Pool,
    pub access: Arc<Access>,
    pub publisher: Arc<dyn Publisher>,
    /// Hooks of features that follow changes of sessions and members.
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

    /// Who is in the room or was within the last minute, on any node, each once: whoever reconnects at this moment
    /// counts. What other nodes say is taken from the database, so that it does not hang on the bus.
    ///
    /// # Errors
    /// From the database.
    pub async fn here_lately(&mut self, ctx: &Ctx) -> Result<Vec<Present>> {
        let room = self.state.room.id;
        let mut here = ctx.publisher.present_lately(room);
        let known: HashSet<Uuid> = here.iter().map(|present| present.member).collect();
        let others = presence::elsewhere(self.db(), room, ctx.publisher.node()).await?;
        let unknown = others.into_iter().filter(|(member, ..)| !known.contains(member));
        here.extend(unknown.map(|(member, constituency, status, confirmed)| Present {
            member,
            constituency,
            speaks: speaks_for_constituency(status, confirmed),
            site: Site::Online,
        }));
        Ok(here)
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

/// What a feature does when something that it hangs on changes. Called inside the transaction of the change, which
/// holds the room's lock where it is in a room, so that both happen or neither.
pub trait ChangeHook: Send + Sync {
    /// A session was opened, started, paused, resumed or ended.
    fn session_changed<'a>(&'a self, _: &'a mut RoomTx, _: &'a Session) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// A member may not talk in the room any more.
    fn silenced<'a>(&'a self, _: &'a mut RoomTx, _member: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// The rooms in which there is something to do when a member may not talk anywhere any more.
    fn rooms_of<'a>(&'a self, _: &'a mut Db, _member: Uuid) -> BoxFuture<'a, Result<Vec<Uuid>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// A member ends everything that opens the account but the sign-in in use, or gets a new password.
    fn others_ended<'a>(&'a self, _: &'a mut Db, _member: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// True when something in a session belongs to the record, so that the session stays.
    fn keeps<'a>(&'a self, _: &'a mut Db, _session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { Ok(false) })
    }
}
