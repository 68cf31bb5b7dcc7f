//! Loads an object on behalf of an actor, or says not found. Nothing else decides what may be seen.
//!
//! What is asked at every request (who signed in, what a room's rules are) is kept in memory: this
//! node's own changes are seen at once, since each is told to [`Access`] between its COMMIT and
//! its answer; those of other nodes within a second.

mod held;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::domain::kinds::{MemberStatus, PlatformRole, RoomRole};
use crate::kernel::domain::permissions::{self, Action, Denied, Person, RoomRules};
use crate::kernel::domain::text::{self, FieldError};
use crate::kernel::models::members::{self, Member, SignIn};
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::rooms::{self, Room};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::models::threads;

/// A sign-in that is not used for this long ends.
pub const IDLE: TimeDelta = TimeDelta::days(14);
/// How long what was read from the database may be answered from memory.
const FRESH: Duration = Duration::from_secs(1);
/// A sign-in's last use is noted this often at most.
const TOUCH: TimeDelta = TimeDelta::minutes(10);

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::invalid(error.field, error.code)
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Invisible => Self::NotFound,
            Denied::NotSignedIn => Self::NotSignedIn,
            Denied::Pending => {
                Self::Forbidden("pending", "Your account waits for a steward's confirmation.".into())
            }
            Denied::Role => Self::not_permitted(),
            Denied::Closed => Self::Conflict("room_closed", "This room is closed.".into()),
            Denied::Muted => Self::Forbidden("muted", "You are muted in this room for now.".into()),
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
        if member.platform_role == PlatformRole::Member { Err(Error::not_permitted()) } else { Ok(member) }
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

/// What this node knows of a room's log.
#[derive(Debug, Clone, Copy)]
struct Head {
    seq: i64,
    /// Number of the newest entry that this node wrote and that may have changed the rules.
    rules: i64,
    checked: Instant,
}

/// Loads objects on behalf of actors.
pub struct Access {
    /// For what features load by the same rules.
    pub(crate) pool: Pool,
    sign_ins: Cache<[u8; 32], (Arc<SignIn>, Instant, u64)>,
    /// Grows with every change to any member or sign-in; what was read before it is read again.
    members_version: AtomicU64,
    rooms: Cache<Uuid, (Arc<RoomState>, Instant, i64)>,
    slugs: Cache<String, Uuid>,
    /// Thread → room; a thread never moves.
    thread_rooms: Cache<Uuid, Uuid>,
    heads: RwLock<HashMap<Uuid, Head>>,
    /// Held while something is read, so that a thousand who miss the same thing read it once.
    reading: [Mutex<()>; 64],
}

impl Access {
    /// Remembers up to 100,000 sign-ins and 10,000 rooms.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            sign_ins: Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(60)).build(),
            members_version: AtomicU64::new(0),
            rooms: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build(),
            slugs: Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(60)).build(),
            thread_rooms: Cache::builder().max_capacity(100_000).build(),
            heads: RwLock::default(),
            reading: std::array::from_fn(|_| Mutex::default()),
        }
    }

    async fn turn(&self, key: usize) -> MutexGuard<'_, ()> {
        self.reading[key % self.reading.len()].lock().await
    }

    /// Who holds this sign-in token; nobody when it is unknown or has ended.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn actor(&self, token: &str) -> Result<Actor> {
        self.actor_by_hash(token_hash(token)).await
    }

    /// As [`Access::actor`], by the SHA-256 of the token.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn actor_by_hash(&self, hash: [u8; 32]) -> Result<Actor> {
        if let Some(actor) = self.known_actor(&hash) {
            return Ok(actor);
        }
        let _turn = self.turn(usize::from(hash[0])).await;
        if let Some(actor) = self.known_actor(&hash) {
            return Ok(actor);
        }
        let version = self.members_version.load(Ordering::Acquire);
        let now = Utc::now();
        let mut db = self.pool.get().await?;
        let Some(sign_in) = members::sign_in_by_token(&mut db, &hash, now - IDLE).await? else {
            self.sign_ins.invalidate(&hash);
            return Ok(Actor::default());
        };
        if sign_in.last_used_at < now - TOUCH {
            members::touch_sign_in(&mut db, sign_in.id).await?;
        }
        let sign_in = Arc::new(sign_in);
        self.sign_ins.insert(hash, (sign_in.clone(), Instant::now(), version));
        Ok(Actor { sign_in: Some(sign_in) })
    }

    fn known_actor(&self, hash: &[u8; 32]) -> Option<Actor> {
        let version = self.members_version.load(Ordering::Acquire);
        let (sign_in, _, _) =
            self.sign_ins.get(hash).filter(|(_, at, of)| at.elapsed() < FRESH && *of == version)?;
        Some(Actor { sign_in: (sign_in.expires_at > Utc::now()).then_some(sign_in) })
    }

    /// To be called after COMMIT of any change to a member or a sign-in.
    pub fn members_changed(&self) {
        self.members_version.fetch_add(1, Ordering::AcqRel);
    }

    /// To be called after COMMIT of log entries, before the answer: the room's newest number, and
    /// whether an entry may have changed the rules (roles, mutes, settings).
    pub fn room_changed(&self, room: Uuid, seq: i64, rules: bool) {
        let mut heads = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        let head = heads.entry(room).or_insert(Head { seq, rules: 0, checked: Instant::now() });
        // Commits may be told out of order.
        head.seq = head.seq.max(seq);
        if rules {
            head.rules = head.rules.max(seq);
        }
    }

    fn known_head(&self, room: Uuid) -> Option<Head> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner).get(&room).copied()
    }

    /// The newest number of a room's log: exact for what this node wrote, at most a second old for
    /// what others did.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn head(&self, room: Uuid) -> Result<i64> {
        let fresh = || self.known_head(room).filter(|head| head.checked.elapsed() < FRESH);
        if let Some(head) = fresh() {
            return Ok(head.seq);
        }
        let _turn = self.turn(shard(room)).await;
        if let Some(head) = fresh() {
            return Ok(head.seq);
        }
        let mut db = self.pool.get().await?;
        let seq = rooms::head(&mut db, room).await?.ok_or(Error::NotFound)?;
        let mut heads = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        let head = heads.entry(room).or_insert(Head { seq, rules: 0, checked: Instant::now() });
        head.seq = head.seq.max(seq);
        head.checked = Instant::now();
        Ok(head.seq)
    }

    /// Forgets rooms nobody asked for lately, so that memory does not grow with history.
    pub fn forget_idle(&self) {
        let mut heads = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        heads.retain(|_, head| head.checked.elapsed() < Duration::from_secs(600));
    }

    /// A room with its rules, whoever asks: for the server's own use.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn room_state(&self, id: Uuid) -> Result<Arc<RoomState>> {
        if let Some(state) = self.known_room(id) {
            return Ok(state);
        }
        let _turn = self.turn(shard(id)).await;
        if let Some(state) = self.known_room(id) {
            return Ok(state);
        }
        let rules = self.known_head(id).map_or(0, |head| head.rules);
        let mut db = self.pool.get().await?;
        let room = rooms::by_id(&mut db, id).await?.ok_or(Error::NotFound)?;
        let roles = rooms::roles(&mut db, id).await?;
        let mutes = rooms::mutes(&mut db, id).await?;
        let state = Arc::new(RoomState { room, roles, mutes });
        self.rooms.insert(id, (state.clone(), Instant::now(), rules));
        Ok(state)
    }

    fn known_room(&self, id: Uuid) -> Option<Arc<RoomState>> {
        let rules = self.known_head(id).map_or(0, |head| head.rules);
        let known = self.rooms.get(&id).filter(|(_, at, of)| at.elapsed() < FRESH && *of == rules);
        known.map(|(state, _, _)| state)
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

    /// The id behind an id or a slug. Says nothing about who may see the room.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn room_id(&self, name: &str) -> Result<Uuid> {
        if let Ok(id) = Uuid::try_parse(name) {
            return Ok(id);
        }
        if let Some(id) = self.slugs.get(name) {
            return Ok(id);
        }
        // What cannot be a short name is not asked for.
        let Ok(name) = text::slug("room", name) else { return Err(Error::NotFound) };
        let mut db = self.pool.get().await?;
        let id = rooms::id_of_slug(&mut db, &name).await?.ok_or(Error::NotFound)?;
        self.slugs.insert(name, id);
        Ok(id)
    }

    /// The room of a thread, in which the actor may do this, and the thread's id.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn thread(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Uuid)> {
        let room = match self.thread_rooms.get(&id) {
            Some(room) => room,
            None => {
                let mut db = self.pool.get().await?;
                let room = threads::room_of(&mut db, id).await?.ok_or(Error::NotFound)?;
                self.thread_rooms.insert(id, room);
                room
            }
        };
        Ok((self.room(actor, room, action).await?, id))
    }

    /// A post in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn post(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Post)> {
        let post = posts::by_id(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        Ok((self.room(actor, post.room_id, action).await?, post))
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
        let session = sessions::by_id(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        Ok((self.room(actor, session.room_id, action).await?, session))
    }
}

/// How a token is kept: nobody who reads the database can sign in with what is there.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn shard(id: Uuid) -> usize {
    usize::from(id.as_bytes()[15])
}
