//! Facts that every request needs, kept in memory: sign-ins, the rooms and their rules, how far
//! each room's log is, the agenda.
//!
//! This node's own changes are seen at once, since each is told to [`Access`](super::Access) between
//! its COMMIT and its answer; those of other nodes within a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use uuid::Uuid;

use super::{Actor, IDLE, RoomState, TOUCH};
use crate::db::Pool;
use crate::kernel::models::Db;
use crate::kernel::models::members::{self, SignIn};
use crate::kernel::models::rooms::{self, Listed};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::models::threads;
use crate::loader::{FRESH, Loader, Size};

/// How far a room's log is, as this node knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Head {
    pub seq: i64,
    /// Number of the newest known entry that may have changed the rules.
    pub rules: i64,
    /// Every entry above this number is a new post that this node wrote: what was read of other
    /// posts at this number still stands.
    pub changed: i64,
    /// Another node said that there is more: what is known of the room is no longer sure if it was read before this
    /// version of `anything`.
    doubted: u64,
    /// What there is more may have changed the rules.
    rules_doubted: bool,
}

/// Counters of changes, by which what is kept in memory is known to be old. Each only grows.
pub(super) struct ChangeCounters {
    /// Of members and sign-ins: what was read before it is read again.
    pub members: AtomicU64,
    /// Of the list of rooms: a room was made, or its settings changed.
    pub rooms: AtomicU64,
    /// Of programmes.
    pub programmes: AtomicU64,
    /// Of everything together.
    pub anything: AtomicU64,
    heads: RwLock<HashMap<Uuid, Head>>,
    /// Thread → number of its newest post, for as long as a page of it may be kept.
    posted: Cache<Uuid, i64>,
    /// Member → the number of `anything` at the last change of the member's own part.
    own: Cache<Uuid, u64>,
}

impl Default for ChangeCounters {
    fn default() -> Self {
        Self {
            members: AtomicU64::new(0),
            rooms: AtomicU64::new(0),
            programmes: AtomicU64::new(0),
            anything: AtomicU64::new(0),
            heads: RwLock::default(),
            posted: Cache::builder().max_capacity(200_000).time_to_live(Duration::from_secs(600)).build(),
            // Longer than anything of a member's own is kept.
            own: Cache::builder().max_capacity(100_000).time_to_live(Duration::from_secs(10)).build(),
        }
    }
}

impl ChangeCounters {
    /// A member's own part changed: what was read, a ballot, a support.
    pub fn own_changed(&self, member: Uuid) {
        let version = self.anything.fetch_add(1, Ordering::AcqRel) + 1;
        self.own.insert(member, version);
    }

    pub fn own_version(&self, member: Uuid) -> u64 {
        self.own.get(&member).unwrap_or(0)
    }

    fn heads(&self) -> RwLockReadGuard<'_, HashMap<Uuid, Head>> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn heads_mut(&self) -> RwLockWriteGuard<'_, HashMap<Uuid, Head>> {
        self.heads.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn head(&self, room: Uuid) -> Option<Head> {
        self.heads().get(&room).copied()
    }

    pub fn members_changed(&self) {
        self.members.fetch_add(1, Ordering::AcqRel);
        self.anything.fetch_add(1, Ordering::AcqRel);
    }

    pub fn room_changed(&self, room: Uuid, seq: i64, rules: bool) {
        {
            let mut heads = self.heads_mut();
            let head = heads.entry(room).or_default();
            // Commits may be told out of order.
            head.seq = head.seq.max(seq);
            head.changed = head.changed.max(seq);
            if rules {
                head.rules = head.rules.max(seq);
            }
        }
        if rules {
            self.rooms.fetch_add(1, Ordering::AcqRel);
        }
        self.anything.fetch_add(1, Ordering::AcqRel);
    }

    /// Another node says that there is more in a room. No number of its is taken over: a false one, or one that the
    /// database lost, would be believed for ever.
    pub fn room_doubted(&self, room: Uuid, rules: bool) {
        {
            let mut heads = self.heads_mut();
            let head = heads.entry(room).or_default();
            // Of what is being read now nobody knows whether it has that already.
            head.doubted = self.anything.load(Ordering::Acquire) + 1;
            head.rules_doubted |= rules;
        }
        if rules {
            self.rooms.fetch_add(1, Ordering::AcqRel);
        }
        self.anything.fetch_add(1, Ordering::AcqRel);
    }

    /// The rooms among these that are in doubt, and since when.
    pub fn doubts(&self, rooms: &[Uuid]) -> HashMap<Uuid, u64> {
        let heads = self.heads();
        let doubted = |room: &Uuid| Some((*room, heads.get(room)?.doubted)).filter(|(_, since)| *since > 0);
        rooms.iter().filter_map(doubted).collect()
    }

    /// Takes over heads that were read from the database from this version on, and with them the end of doubts.
    fn doubts_settled(&self, version: u64, read: &[(Uuid, i64)]) {
        self.heads_read(read.iter().copied());
        let mut heads = self.heads_mut();
        for (room, seq) in read {
            let head = heads.entry(*room).or_default();
            if head.rules_doubted && head.doubted <= version {
                head.rules = head.rules.max(*seq);
                head.rules_doubted = false;
            }
        }
    }

    /// New posts were committed, and nothing else: (thread, number), in order of number.
    pub fn posts_added(&self, room: Uuid, posts: &[(Uuid, i64)]) {
        let (Some((_, first)), Some((_, last))) = (posts.first(), posts.last()) else { return };
        // Before the head: who sees the new number must see these too.
        for (thread, seq) in posts {
            self.posted
                .entry(*thread)
                .and_upsert_with(|known| known.map_or(*seq, |known| known.into_value().max(*seq)));
        }
        {
            let mut heads = self.heads_mut();
            let head = heads.entry(room).or_default();
            // What another node wrote between, or what is told out of order, may be anything.
            if head.seq + 1 != *first {
                head.changed = head.changed.max(*last);
            }
            head.seq = head.seq.max(*last);
        }
        self.anything.fetch_add(1, Ordering::AcqRel);
    }

    /// Number of the newest post of a thread that this node knows of.
    pub fn posted(&self, thread: Uuid) -> i64 {
        self.posted.get(&thread).unwrap_or(0)
    }

    /// Takes over heads that were read from the database.
    pub fn heads_read(&self, read: impl Iterator<Item = (Uuid, i64)>) {
        let mut heads = self.heads_mut();
        let mut newer = false;
        for (room, seq) in read {
            let head = heads.entry(room).or_default();
            if head.seq < seq {
                head.seq = seq;
                head.changed = seq;
                newer = true;
            }
        }
        drop(heads);
        if newer {
            self.anything.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Who holds a token, or a sign-in.
pub(super) struct KnownSignIn {
    /// None when it is unknown or has ended.
    pub sign_in: Option<Arc<SignIn>>,
    read: Instant,
    version: u64,
}

/// Every room there is.
pub struct Directory {
    read: Instant,
    version: u64,
    by_id: HashMap<Uuid, usize>,
    by_slug: HashMap<String, Uuid>,
    /// By title and id.
    pub rooms: Vec<Listed>,
}

impl Directory {
    fn new(read: Instant, version: u64, rooms: Vec<Listed>) -> Self {
        Self {
            read,
            version,
            by_id: rooms.iter().enumerate().map(|(at, room)| (room.id, at)).collect(),
            by_slug: rooms.iter().map(|room| (room.slug.clone(), room.id)).collect(),
            rooms,
        }
    }

    /// Is there such a room?
    pub fn has(&self, room: Uuid) -> bool {
        self.by_id.contains_key(&room)
    }

    /// The room with a short name.
    pub fn of_slug(&self, slug: &str) -> Option<Uuid> {
        self.by_slug.get(slug).copied()
    }
}

/// A room's rules, and the number of its log that they are as new as.
pub(super) struct KnownRoom {
    /// None when there is no such room. That is kept as any other, so that a second look takes the same way.
    pub state: Option<Arc<RoomState>>,
    head: i64,
    read: Instant,
}

/// The sessions of a room in order of time, and the number of its log that they are as new as.
pub struct KnownAgenda {
    pub head: i64,
    pub sessions: Vec<Session>,
}

/// The facts.
pub(super) struct Memory {
    pub told: Arc<ChangeCounters>,
    /// By the SHA-256 of the token.
    pub sign_ins: Loader<[u8; 32], KnownSignIn>,
    /// By the sign-in itself.
    pub holders: Loader<Uuid, KnownSignIn>,
    pub directory: Loader<(), Directory>,
    pub rooms: Loader<Uuid, KnownRoom>,
    /// Room → the version of `anything` that its head in `told` is at least as new as.
    pub heads: Loader<Uuid, u64>,
    /// Thread → room; a thread never moves, and nobody knows of its id before it is there.
    pub thread_rooms: Loader<Uuid, Option<Uuid>>,
    /// Session → room; a session never moves.
    pub session_rooms: Loader<Uuid, Option<Uuid>>,
    pub agendas: Loader<Uuid, KnownAgenda>,
}

impl KnownSignIn {
    pub fn actor(&self) -> Actor {
        Actor { sign_in: self.sign_in.clone().filter(|sign_in| sign_in.expires_at > Utc::now()) }
    }

    pub fn is_fresh(&self, version: u64) -> bool {
        self.version >= version && self.read.elapsed() < FRESH
    }
}

impl KnownRoom {
    pub fn is_fresh(&self, head: Head) -> bool {
        self.head >= head.rules && self.read.elapsed() < FRESH
    }
}

impl Directory {
    pub(super) fn is_fresh(&self, version: u64) -> bool {
        self.version >= version && self.read.elapsed() < FRESH
    }
}

impl Memory {
    /// Remembers up to 100,000 sign-ins, threads and sessions, and 10,000 rooms.
    pub fn new(pool: &Pool) -> Self {
        let told = Arc::new(ChangeCounters::default());
        let one = Size { kept: 1, lanes: 1, batch: 1 };
        let many = Size { kept: 100_000, lanes: 2, batch: 500 };
        let rooms = Size { kept: 10_000, lanes: 1, batch: 500 };
        Self {
            sign_ins: Loader::new(many, with(pool, &told, load_sign_ins)),
            holders: Loader::new(many, with(pool, &told, load_holders)),
            directory: Loader::new(one, with(pool, &told, load_directory)),
            rooms: Loader::new(rooms, with(pool, &told, load_rooms)),
            heads: Loader::new(rooms, with(pool, &told, load_heads)),
            thread_rooms: Loader::new(many, with(pool, &told, load_thread_rooms)),
            session_rooms: Loader::new(many, with(pool, &told, load_session_rooms)),
            agendas: Loader::new(rooms, with(pool, &told, load_agendas)),
            told,
        }
    }
}

type Loaded<K, V> = crate::error::Result<HashMap<K, V>>;

/// Gives each load the pool and what was told.
fn with<K, V, F: Future<Output = Loaded<K, V>>>(
    pool: &Pool,
    told: &Arc<ChangeCounters>,
    load: fn(Pool, Arc<ChangeCounters>, Vec<K>) -> F,
) -> impl Fn(Vec<K>) -> F + use<K, V, F> {
    let (pool, told) = (pool.clone(), told.clone());
    move |keys| load(pool.clone(), told.clone(), keys)
}

async fn load_sign_ins(
    pool: Pool,
    told: Arc<ChangeCounters>,
    keys: Vec<[u8; 32]>,
) -> Loaded<[u8; 32], KnownSignIn> {
    // All of it before the query: nothing may be taken for newer than it is.
    let (version, read, now) = (told.members.load(Ordering::Acquire), Instant::now(), Utc::now());
    let mut db = pool.get().await?;
    let mut found = members::sign_ins_by_token(&mut db, &keys, now - IDLE).await?;
    touch(&mut db, found.values(), now).await?;
    drop(db);
    let known = |key: [u8; 32]| {
        let sign_in = found.remove(&key[..]).map(Arc::new);
        (key, KnownSignIn { sign_in, read, version })
    };
    Ok(keys.into_iter().map(known).collect())
}

async fn load_holders(pool: Pool, told: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, KnownSignIn> {
    let (version, read, now) = (told.members.load(Ordering::Acquire), Instant::now(), Utc::now());
    let mut db = pool.get().await?;
    let found = members::sign_ins_by_id(&mut db, &keys, now - IDLE).await?;
    touch(&mut db, found.iter(), now).await?;
    drop(db);
    let mut found: HashMap<Uuid, SignIn> = found.into_iter().map(|one| (one.id, one)).collect();
    let known = |key: Uuid| (key, KnownSignIn { sign_in: found.remove(&key).map(Arc::new), read, version });
    Ok(keys.into_iter().map(known).collect())
}

/// Notes that these are in use, where that was not noted lately.
async fn touch(
    db: &mut Db,
    sign_ins: impl Iterator<Item = &SignIn>,
    now: DateTime<Utc>,
) -> crate::error::Result<()> {
    let unused: Vec<Uuid> = sign_ins.filter(|one| one.last_used_at < now - TOUCH).map(|one| one.id).collect();
    if !unused.is_empty() {
        members::touch_sign_ins(db, &unused).await?;
    }
    Ok(())
}

async fn load_directory(pool: Pool, told: Arc<ChangeCounters>, _: Vec<()>) -> Loaded<(), Directory> {
    let (version, read) = (told.rooms.load(Ordering::Acquire), Instant::now());
    let rooms = rooms::directory(&mut *pool.get().await?).await?;
    told.heads_read(rooms.iter().map(|room| (room.id, room.head_seq)));
    Ok(HashMap::from([((), Directory::new(read, version, rooms))]))
}

async fn load_rooms(pool: Pool, told: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, KnownRoom> {
    let read = Instant::now();
    let mut db = pool.get().await?;
    // The rooms with their heads first: what is read after them may be newer than they say, never older.
    let found = rooms::by_ids(&mut db, &keys).await?;
    told.heads_read(found.iter().map(|room| (room.id, room.head_seq)));
    let mut roles: HashMap<Uuid, HashMap<_, _>> = HashMap::new();
    for (room, member, role) in rooms::roles_in(&mut db, &keys).await? {
        roles.entry(room).or_default().insert(member, role);
    }
    let mut mutes: HashMap<Uuid, HashMap<_, _>> = HashMap::new();
    for (room, member, until) in rooms::mutes_in(&mut db, &keys).await? {
        mutes.entry(room).or_default().insert(member, until);
    }
    drop(db);
    let mut found: HashMap<Uuid, rooms::Room> = found.into_iter().map(|room| (room.id, room)).collect();
    let known = |id: Uuid| {
        let head = found.get(&id).map_or(0, |room| room.head_seq);
        let roles = roles.remove(&id).unwrap_or_default();
        let mutes = mutes.remove(&id).unwrap_or_default();
        let state = found.remove(&id).map(|room| Arc::new(RoomState { room, roles, mutes }));
        (id, KnownRoom { state, head, read })
    };
    Ok(keys.into_iter().map(known).collect())
}

async fn load_heads(pool: Pool, told: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, u64> {
    let version = told.anything.load(Ordering::Acquire);
    let heads = rooms::heads(&mut *pool.get().await?, &keys).await?;
    told.doubts_settled(version, &heads);
    Ok(heads.into_iter().map(|(room, _)| (room, version)).collect())
}

async fn load_thread_rooms(pool: Pool, _: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, Option<Uuid>> {
    let found = threads::rooms_of(&mut *pool.get().await?, &keys).await?;
    Ok(each(keys, found.into_iter().collect()))
}

async fn load_session_rooms(pool: Pool, _: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, Option<Uuid>> {
    let found = sessions::rooms_of(&mut *pool.get().await?, &keys).await?;
    Ok(each(keys, found.into_iter().collect()))
}

/// Of each key what was found, or that nothing was.
fn each(keys: Vec<Uuid>, mut found: HashMap<Uuid, Uuid>) -> HashMap<Uuid, Option<Uuid>> {
    keys.into_iter().map(|key| (key, found.remove(&key))).collect()
}

async fn load_agendas(pool: Pool, _: Arc<ChangeCounters>, keys: Vec<Uuid>) -> Loaded<Uuid, KnownAgenda> {
    let mut db = pool.get().await?;
    let heads = rooms::heads(&mut db, &keys).await?;
    let mut agendas: HashMap<Uuid, KnownAgenda> =
        heads.into_iter().map(|(id, head)| (id, KnownAgenda { head, sessions: Vec::new() })).collect();
    for session in sessions::of_rooms(&mut db, &keys).await? {
        if let Some(agenda) = agendas.get_mut(&session.room_id) {
            agenda.sessions.push(session);
        }
    }
    Ok(agendas)
}
