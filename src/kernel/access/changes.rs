//! What changed, by which what is kept in memory is known to be old.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use moka::sync::Cache;
use uuid::Uuid;

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
    pub fn doubts_settled(&self, version: u64, read: &[(Uuid, i64)]) {
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
