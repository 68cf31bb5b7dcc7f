//! Loads an object on behalf of an actor, or says not found. Nothing else decides what may be seen.

mod changes;
mod held;
mod memory;
mod programmes;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub use changes::Head;
use memory::Memory;
pub use memory::{Directory, KnownAgenda};
pub use tokens::{hex, new_token, token_hash};

use crate::db::Pool;
use crate::error::{Code, Error, Result};
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole, RoomRole};
use crate::kernel::domain::permissions::{self, Action, Denied, Person, RoomRules};
use crate::kernel::domain::writing::NotWritable;
use crate::kernel::models::members::{Member, SignIn};
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::rooms::Room;
use crate::kernel::models::sessions::Session;

/// A sign-in that is not used for this long ends.
pub const IDLE: TimeDelta = TimeDelta::days(14);
/// The room that what is nowhere is looked for in. No room has this id.
const NOWHERE: Uuid = Uuid::nil();
/// A sign-in's last use is noted this often at most.
const TOUCH: TimeDelta = TimeDelta::minutes(10);

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Invisible => Self::NotFound,
            Denied::NotSignedIn => Self::NotSignedIn,
            Denied::Pending => Code::Pending.into(),
            Denied::Role => Code::NotPermitted.into(),
            Denied::Closed => Code::RoomClosed.into(),
            Denied::Muted => Code::Muted.into(),
        }
    }
}

impl From<NotWritable> for Error {
    fn from(not: NotWritable) -> Self {
        match not {
            NotWritable::Locked => Code::ThreadLocked.into(),
            NotWritable::Review => Code::ReviewFirst.into(),
        }
    }
}

/// Who makes a request.
#[derive(Debug, Clone, Default)]
pub struct Actor {
    /// None without a sign-in.
    pub sign_in: Option<Arc<SignIn>>,
}

impl Actor {
    /// The member.
    ///
    /// # Errors
    /// Not signed in.
    pub fn member(&self) -> Result<&Member> {
        self.sign_in.as_deref().map(|sign_in| &sign_in.member).ok_or(Error::NotSignedIn)
    }

    /// The member without a sign-in of a browser: for the demo, which acts for its members.
    pub fn of(member: Member) -> Self {
        let now = Utc::now();
        let sign_in = SignIn { id: Uuid::nil(), last_used_at: now, expires_at: now + IDLE, member };
        Self { sign_in: Some(Arc::new(sign_in)) }
    }

    /// The member's id, if signed in.
    pub fn id(&self) -> Option<Uuid> {
        self.sign_in.as_deref().map(|sign_in| sign_in.member.id)
    }

    /// The member, who must not be waiting for confirmation.
    ///
    /// # Errors
    /// Not signed in; `pending`.
    pub fn active(&self) -> Result<&Member> {
        let member = self.member()?;
        if member.status == MemberStatus::Active { Ok(member) } else { Err(Denied::Pending.into()) }
    }

    /// The member, who must be a steward or an admin.
    ///
    /// # Errors
    /// Not signed in; `not_permitted`.
    pub fn steward(&self) -> Result<&Member> {
        let member = self.active()?;
        if member.platform_role == PlatformRole::Member { Err(Code::NotPermitted.into()) } else { Ok(member) }
    }
}

/// A room with all that the rules need to know about it.
#[derive(Debug, Clone)]
pub struct RoomState {
    pub room: Room,
    pub roles: HashMap<Uuid, RoomRole>,
    /// Member → end of the mute.
    pub mutes: HashMap<Uuid, DateTime<Utc>>,
}

impl RoomState {
    /// The room as the rules see it.
    pub fn rules(&self) -> RoomRules<'_> {
        RoomRules {
            kind: self.room.kind,
            visibility: self.room.visibility,
            constituency: self.room.constituency.as_deref(),
            closed: self.room.closed_at.is_some(),
            has_chair: self.roles.values().any(|role| *role == RoomRole::Chair),
        }
    }

    /// The actor as the rules see it in this room.
    pub fn person<'a>(&self, member: &'a Member) -> Person<'a> {
        Person {
            platform_role: member.platform_role,
            status: member.status,
            constituency: &member.constituency,
            confirmed: member.confirmed_at.is_some(),
            room_role: self.roles.get(&member.id).copied(),
            muted: self.mutes.get(&member.id).is_some_and(|until| *until > Utc::now()),
        }
    }

    fn actor<'a>(&self, actor: &'a Actor) -> permissions::Actor<'a> {
        permissions::Actor { member: actor.member().ok().map(|member| self.person(member)) }
    }

    /// May the actor do this here?
    ///
    /// # Errors
    /// Not found when the actor may not see the room; otherwise why not.
    pub fn may(&self, actor: &Actor, action: Action) -> Result<()> {
        permissions::may(self.actor(actor), action, self.rules()).map_err(Error::from)
    }

    /// All that the actor may do here.
    pub fn allowed(&self, actor: &Actor) -> Vec<Action> {
        permissions::all_allowed(self.actor(actor), self.rules())
    }

    /// The role that counts for the actor here.
    pub fn role(&self, actor: &Actor) -> Option<RoomRole> {
        permissions::effective_role(self.actor(actor), self.rules())
    }
}

/// Loads objects on behalf of actors.
pub struct Access {
    /// For what features load by the same rules.
    pub(crate) pool: Pool,
    memory: Memory,
}

impl Access {
    /// With nothing in memory.
    pub fn new(pool: Pool) -> Self {
        Self { memory: Memory::new(&pool), pool }
    }

    /// Who holds this sign-in token; nobody when it is unknown or has ended.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn actor(&self, token: &str) -> Result<Actor> {
        let version = self.memory.told.members.load(Ordering::Acquire);
        let known = self.memory.sign_ins.get(&token_hash(token), |known| known.is_fresh(version)).await?;
        Ok(known.map_or_else(Actor::default, |known| known.actor()))
    }

    /// Who holds a sign-in now, whatever its token is by now; nobody when it has ended.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn holder(&self, sign_in: Uuid) -> Result<Actor> {
        let version = self.memory.told.members.load(Ordering::Acquire);
        let known = self.memory.holders.get(&sign_in, |known| known.is_fresh(version)).await?;
        Ok(known.map_or_else(Actor::default, |known| known.actor()))
    }

    /// To be called after COMMIT of any change to a member or a sign-in.
    pub fn members_changed(&self) {
        self.memory.told.members_changed();
    }

    /// To be called after COMMIT of log entries, before the answer: the room's newest number, and
    /// whether an entry may have changed the rules (roles, mutes, settings).
    pub fn room_changed(&self, room: Uuid, seq: i64, rules: bool) {
        self.memory.told.room_changed(room, seq, rules);
    }

    /// Another node says that there is more in a room, which may have changed its rules. That is a reason to look, and
    /// nothing more.
    pub fn room_doubted(&self, room: Uuid, rules: bool) {
        self.memory.told.room_doubted(room, rules);
    }

    /// As [`Access::room_changed`], for new posts and nothing else: (thread, number), in order.
    pub fn posts_added(&self, room: Uuid, posts: &[(Uuid, i64)]) {
        self.memory.told.posts_added(room, posts);
    }

    /// Number of the newest post of a thread that this node knows of.
    pub fn posted(&self, thread: Uuid) -> i64 {
        self.memory.told.posted(thread)
    }

    /// Heads that were read from the database beside other facts: nobody may be shown a number that
    /// this node then does not know.
    pub fn heads_read(&self, read: impl Iterator<Item = (Uuid, i64)>) {
        self.memory.told.heads_read(read);
    }

    /// To be called after COMMIT of a change to what is a member's own and in no log: what was read, a
    /// ballot.
    pub fn own_changed(&self, member: Uuid) {
        self.memory.told.own_changed(member);
    }

    /// What was read of a member's own part before this version is out of date.
    pub fn own_version(&self, member: Uuid) -> u64 {
        self.memory.told.own_version(member)
    }

    /// To be called after COMMIT of a change to a programme.
    pub fn programmes_changed(&self) {
        self.memory.told.programmes.fetch_add(1, Ordering::AcqRel);
        self.memory.told.anything.fetch_add(1, Ordering::AcqRel);
    }

    /// Grows with every change of a programme that this node made.
    pub fn programmes_version(&self) -> u64 {
        self.memory.told.programmes.load(Ordering::Acquire)
    }

    /// Grows with every change that this node made or heard of.
    pub fn version(&self) -> u64 {
        self.memory.told.anything.load(Ordering::Acquire)
    }

    /// Every room there is, whoever asks: at most a second old for what other nodes did.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn directory(&self) -> Result<Arc<Directory>> {
        let version = self.memory.told.rooms.load(Ordering::Acquire);
        let directory = self.memory.directory.get(&(), |directory| directory.is_fresh(version)).await?;
        directory.ok_or(Error::NotFound)
    }

    /// How far a room's log is, and which of it may have changed what was there before.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn known_head(&self, room: Uuid) -> Result<Head> {
        self.known_head_or_none(room).await?.ok_or(Error::NotFound)
    }

    async fn known_head_or_none(&self, room: Uuid) -> Result<Option<Head>> {
        // The directory brings the heads; what is not in it is nowhere.
        if !self.directory().await?.has(room) {
            return Ok(None);
        }
        self.settle(&[room]).await?;
        Ok(self.memory.told.head(room))
    }

    /// Reads how far the rooms are of which another node said that there is more.
    async fn settle(&self, rooms: &[Uuid]) -> Result<()> {
        let doubts = self.memory.told.doubts(rooms);
        let doubted: Vec<Uuid> = doubts.keys().copied().collect();
        let sure = |room: &Uuid, version: &u64| doubts.get(room).is_none_or(|since| version >= since);
        self.memory.heads.get_all(&doubted, sure).await.map(drop)
    }

    /// The newest number of a room's log: exact for what this node wrote, at most a second old for
    /// what others did.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn head(&self, room: Uuid) -> Result<i64> {
        Ok(self.known_head(room).await?.seq)
    }

    /// A room with its rules, whoever asks: for the server's own use.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn room_state(&self, id: Uuid) -> Result<Arc<RoomState>> {
        let head = self.known_head_or_none(id).await?.unwrap_or_default();
        let known = self.memory.rooms.get(&id, |known| known.is_fresh(head)).await?;
        known.and_then(|known| known.state.clone()).ok_or(Error::NotFound)
    }

    /// As [`Access::room_state`], for many rooms; those that are gone are left out.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn room_states(&self, ids: &[Uuid]) -> Result<Vec<Arc<RoomState>>> {
        self.directory().await?;
        self.settle(ids).await?;
        let head = |id: &Uuid| self.memory.told.head(*id).unwrap_or_default();
        let known = self.memory.rooms.get_all(ids, |id, known| known.is_fresh(head(id))).await?;
        Ok(known.into_iter().flatten().filter_map(|known| known.state.clone()).collect())
    }

    /// The sessions of a room in order of time, whoever asks.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn agenda(&self, room: Uuid) -> Result<Arc<KnownAgenda>> {
        let head = self.head(room).await?;
        self.memory.agendas.get(&room, |known| known.head >= head).await?.ok_or(Error::NotFound)
    }

    /// A room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn room(&self, actor: &Actor, id: Uuid, action: Action) -> Result<Arc<RoomState>> {
        let state = self.room_state(id).await?;
        state.may(actor, action)?;
        Ok(state)
    }

    /// As [`Access::room`], for what was looked up and is in a room, or is nowhere: then the same is done as for what
    /// the actor may not see, so that not even the time tells one from the other.
    ///
    /// # Errors
    /// Not found when the actor may not see it, or there is none; otherwise why not.
    pub async fn room_of(&self, actor: &Actor, room: Option<Uuid>, action: Action) -> Result<Arc<RoomState>> {
        self.room(actor, room.unwrap_or(NOWHERE), action).await
    }

    /// The id behind an id or a slug. Says nothing about who may see the room, nor whether there is one: a name that
    /// nobody has becomes an id that nobody has.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn room_id(&self, name: &str) -> Result<Uuid> {
        if let Ok(id) = Uuid::try_parse(name) {
            return Ok(id);
        }
        Ok(self.directory().await?.of_slug(name).unwrap_or(NOWHERE))
    }

    /// The room of a thread, in which the actor may do this, and the thread's id.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn thread(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Uuid)> {
        let room = self.memory.thread_rooms.get(&id, |_| true).await?;
        Ok((self.room_of(actor, room.and_then(|room| *room), action).await?, id))
    }

    /// A post in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn post(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Post)> {
        let post = posts::by_id(&mut *self.pool.get().await?, id).await?;
        let room = self.room_of(actor, post.as_ref().map(|post| post.room_id), action).await?;
        Ok((room, post.ok_or(Error::NotFound)?))
    }

    /// A session in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn session(
        &self,
        actor: &Actor,
        id: Uuid,
        action: Action,
    ) -> Result<(Arc<RoomState>, Session)> {
        let room = self.memory.session_rooms.get(&id, |_| true).await?;
        let state = self.room_of(actor, room.and_then(|room| *room), action).await?;
        let agenda = self.agenda(state.room.id).await?;
        let session = agenda.sessions.iter().find(|session| session.id == id).ok_or(Error::NotFound)?;
        Ok((state, session.clone()))
    }
}
