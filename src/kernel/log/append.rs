//! The numbered write.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::chain;
use super::event::Draft;
use crate::error::{Error, Result};
use crate::kernel::models::Db;
use crate::kernel::models::room_log::{self, Entry, Head};

/// The time as the database keeps it, in whole microseconds, so that what is answered now and
/// what is read later are the same.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// The heads of locked rooms, from which numbers are given.
#[derive(Debug)]
pub struct Numbers {
    heads: HashMap<Uuid, Head>,
    entries: Vec<Entry>,
}

impl Numbers {
    /// Locks the rooms, in order of id, until the transaction ends.
    ///
    /// # Errors
    /// From the database.
    pub async fn lock(db: &mut Db, rooms: &[Uuid]) -> Result<Self> {
        let heads = room_log::lock_heads(db, rooms).await?;
        Ok(Self { heads: heads.into_iter().map(|head| (head.room_id, head)).collect(), entries: Vec::new() })
    }

    /// The number that the next entry of this room will get.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn next(&self, room: Uuid) -> Result<i64> {
        self.heads.get(&room).map(|head| head.seq + 1).ok_or(Error::NotFound)
    }

    /// Gives an entry its number. The number counts only once [`Numbers::write`] and COMMIT have
    /// gone through.
    ///
    /// # Errors
    /// Not found when the room is gone.
    pub fn add(&mut self, room: Uuid, draft: &Draft, at: DateTime<Utc>) -> Result<i64> {
        let head = self.heads.get_mut(&room).ok_or(Error::NotFound)?;
        let entry = Entry {
            room_id: room,
            seq: head.seq + 1,
            kind: draft.kind,
            subject_id: draft.subject,
            actor_id: draft.actor,
            at,
            digest: draft.digest.to_vec(),
            prev: std::mem::take(&mut head.hash),
        };
        head.seq = entry.seq;
        head.hash = chain::hash(&entry).to_vec();
        self.entries.push(entry);
        Ok(head.seq)
    }

    /// Writes all entries and moves the heads.
    ///
    /// # Errors
    /// From the database.
    pub async fn write(self, db: &mut Db) -> Result<Vec<Entry>> {
        if !self.entries.is_empty() {
            let heads: Vec<Head> = self.heads.into_values().collect();
            room_log::append(db, &self.entries, &heads).await?;
        }
        Ok(self.entries)
    }
}
