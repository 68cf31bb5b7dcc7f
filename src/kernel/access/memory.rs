//! Facts that every request needs, kept in memory: sign-ins, the rooms and their rules, how far
//! each room's log is, the agenda.
//!
//! This node's own changes are seen at once, since each is told to [`Access`](super::Access) between
//! its COMMIT and its answer; those of other nodes within a second.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::changes::{ChangeCounters, Head};
use super::{Actor, IDLE, RoomState, TOUCH};
use crate::db::Pool;
use crate::kernel::models::Db;
use crate::kernel::models::members::{self, SignIn};
use crate::kernel::models::rooms::{self, Listed};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::models::threads;
use crate::loader::{FRESH, Loader, Size};

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

async fn load_thread_rooms(
    pool: Pool,
    _: Arc<ChangeCounters>,
    keys: Vec<Uuid>,
) -> Loaded<Uuid, Option<Uuid>> {
    let found = threads::rooms_of(&mut *pool.get().await?, &keys).await?;
    Ok(each(keys, found.into_iter().collect()))
}

async fn load_session_rooms(
    pool: Pool,
    _: Arc<ChangeCounters>,
    keys: Vec<Uuid>,
) -> Loaded<Uuid, Option<Uuid>> {
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
