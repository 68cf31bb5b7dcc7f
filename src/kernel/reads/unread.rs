//! Unread counts of each member.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;

use super::Reads;
use crate::db::Pool;
use crate::error::Result;
use crate::kernel::access::Access;
use crate::kernel::models::threads::Unread;
use crate::kernel::models::unread::{self, UNREAD_MAX};
use crate::loader::{FRESH, Loader, Size};

/// A floor is written when it rises by more than this.
const STEP: i64 = 100;

struct Known<T> {
    head: i64,
    own: u64,
    read: Instant,
    of: T,
}

impl<T> Known<T> {
    fn is_fresh(&self, head: i64, own: u64) -> bool {
        self.head >= head && self.own >= own && self.read.elapsed() < FRESH
    }
}

pub(super) struct Counts {
    /// (member, room)
    rooms: Loader<(Uuid, Uuid), Known<i64>>,
    /// (member, room, thread)
    threads: Loader<(Uuid, Uuid, Uuid), Known<Unread>>,
    /// (member, room, thread) → the numbers of the posts.
    seqs: Loader<(Uuid, Uuid, Uuid), Known<Vec<i64>>>,
}

impl Counts {
    pub fn new(pool: &Pool, access: &Arc<Access>) -> Self {
        let size = Size { kept: 200_000, lanes: 2, batch: 100 };
        let (pool_of_rooms, access_of_rooms) = (pool.clone(), access.clone());
        let (pool_of_seqs, access_of_seqs) = (pool.clone(), access.clone());
        let (pool, access) = (pool.clone(), access.clone());
        let size_of_seqs = Size { kept: 5_000, lanes: 2, batch: 50 };
        Self {
            seqs: Loader::new(size_of_seqs, move |keys| {
                seqs_of_threads(pool_of_seqs.clone(), access_of_seqs.clone(), keys)
            }),
            rooms: Loader::new(size, move |keys| {
                of_rooms(pool_of_rooms.clone(), access_of_rooms.clone(), keys)
            }),
            threads: Loader::new(size, move |keys| of_threads(pool.clone(), access.clone(), keys)),
        }
    }
}

type Loaded<K, V> = Result<HashMap<K, Known<V>>>;

async fn of_rooms(pool: Pool, access: Arc<Access>, keys: Vec<(Uuid, Uuid)>) -> Loaded<(Uuid, Uuid), i64> {
    let (own, read) = (access.version(), Instant::now());
    let mut db = pool.get().await?;
    let rows = unread::of_rooms(&mut db, &keys).await?;
    let risen = rows.iter().filter(|row| row.unread < UNREAD_MAX).filter_map(|row| {
        let floor = row.first.map_or(row.head, |first| first - 1);
        (floor > row.floor + STEP).then_some((row.member, row.room, floor))
    });
    let risen: Vec<(Uuid, Uuid, i64)> = risen.collect();
    if !risen.is_empty() {
        unread::raise_floors(&mut db, &risen).await?;
    }
    let known = |row: unread::RoomUnread| {
        ((row.member, row.room), Known { head: row.head, own, read, of: row.unread })
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The heads of the rooms of some threads. Asked for before what is counted: a count is never older than it says.
async fn heads_of(access: &Access, keys: &[(Uuid, Uuid, Uuid)]) -> Result<HashMap<Uuid, i64>> {
    let mut heads: HashMap<Uuid, i64> = HashMap::new();
    for (_, room, _) in keys {
        if !heads.contains_key(room) {
            heads.insert(*room, access.head(*room).await?);
        }
    }
    Ok(heads)
}

async fn of_threads(
    pool: Pool,
    access: Arc<Access>,
    keys: Vec<(Uuid, Uuid, Uuid)>,
) -> Loaded<(Uuid, Uuid, Uuid), Unread> {
    let (own, read) = (access.version(), Instant::now());
    let heads = heads_of(&access, &keys).await?;
    let pairs: Vec<(Uuid, Uuid)> = keys.iter().map(|(member, _, thread)| (*member, *thread)).collect();
    let rows = unread::of_threads(&mut *pool.get().await?, &pairs).await?;
    let mut found: HashMap<(Uuid, Uuid), Unread> =
        rows.into_iter().map(|row| ((row.member, row.of.id), row.of)).collect();
    let known = |key: (Uuid, Uuid, Uuid)| {
        let of = found.remove(&(key.0, key.2))?;
        Some((key, Known { head: *heads.get(&key.1)?, own, read, of }))
    };
    Ok(keys.into_iter().filter_map(known).collect())
}

async fn seqs_of_threads(
    pool: Pool,
    access: Arc<Access>,
    keys: Vec<(Uuid, Uuid, Uuid)>,
) -> Loaded<(Uuid, Uuid, Uuid), Vec<i64>> {
    let (own, read) = (access.version(), Instant::now());
    let heads = heads_of(&access, &keys).await?;
    let pairs: Vec<(Uuid, Uuid)> = keys.iter().map(|(member, _, thread)| (*member, *thread)).collect();
    let rows = unread::seqs_of_threads(&mut *pool.get().await?, &pairs).await?;
    let mut found: HashMap<(Uuid, Uuid), Vec<i64>> =
        rows.into_iter().map(|(member, thread, seqs)| ((member, thread), seqs)).collect();
    let known = |key: (Uuid, Uuid, Uuid)| {
        let of = found.remove(&(key.0, key.2))?;
        Some((key, Known { head: *heads.get(&key.1)?, own, read, of }))
    };
    Ok(keys.into_iter().filter_map(known).collect())
}

impl Reads {
    /// What a member has not read of some rooms: room → number, at most [`UNREAD_MAX`].
    pub(super) async fn unread_of_rooms(
        &self,
        member: Uuid,
        rooms: &[(Uuid, i64)],
    ) -> Result<HashMap<Uuid, i64>> {
        let own = self.access.own_version(member);
        let heads: HashMap<Uuid, i64> = rooms.iter().copied().collect();
        let keys: Vec<(Uuid, Uuid)> = rooms.iter().map(|(room, _)| (member, *room)).collect();
        let fresh = |key: &(Uuid, Uuid), known: &Known<i64>| {
            known.is_fresh(heads.get(&key.1).copied().unwrap_or(0), own)
        };
        let counts = self.unread.rooms.get_all(&keys, fresh).await?;
        let counted = keys.iter().zip(counts);
        Ok(counted.filter_map(|(key, known)| Some((key.1, known?.of))).collect())
    }

    /// What a member has not read of some threads of a room.
    pub(super) async fn unread_of_threads(
        &self,
        member: Uuid,
        room: Uuid,
        head: i64,
        threads: &[Uuid],
    ) -> Result<HashMap<Uuid, Unread>> {
        let own = self.access.own_version(member);
        let keys: Vec<(Uuid, Uuid, Uuid)> = threads.iter().map(|thread| (member, room, *thread)).collect();
        let counts = self.unread.threads.get_all(&keys, |_, known| known.is_fresh(head, own)).await?;
        Ok(counts.into_iter().flatten().map(|known| (known.of.id, known.of.clone())).collect())
    }

    /// The posts of a thread that a member has not read, the oldest first.
    pub(super) async fn unread_seqs(
        &self,
        member: Uuid,
        (room, thread): (Uuid, Uuid),
        head: i64,
    ) -> Result<Vec<i64>> {
        let own = self.access.own_version(member);
        let known = self.unread.seqs.get(&(member, room, thread), |known| known.is_fresh(head, own)).await?;
        Ok(known.map_or_else(Vec::new, |known| known.of.clone()))
    }
}
