//! Reading the log: what a client missed, and the check of the chain.

use std::collections::HashMap;

use uuid::Uuid;

use super::chain::{self, Fault};
use super::texts::{self, RecordHook, text_digest};
use crate::error::{Error, Result};
use crate::kernel::domain::LOG_PAGE;
use crate::kernel::models::room_log::{self, Entry};
use crate::kernel::models::{Db, rooms};

/// All entries in (after, head].
///
/// # Errors
/// From the database.
pub async fn between(db: &mut Db, room: Uuid, after: i64, head: i64) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut seq = after;
    while seq < head {
        let page = room_log::after(db, room, seq, LOG_PAGE.min(head - seq)).await?;
        let Some(last) = page.last() else { break };
        seq = last.seq;
        entries.extend(page);
    }
    Ok(entries)
}

/// Checks one room's record: no gap, an unbroken chain, each text as it was logged last, and what
/// features keep in tables as the log tells it.
/// Returns how many entries it holds.
///
/// # Errors
/// From the database; the fault is the inner result.
pub async fn verify(
    db: &mut Db,
    hooks: &[&'static dyn RecordHook],
    room: Uuid,
) -> Result<std::result::Result<i64, Fault>> {
    let head = room_log::head(db, room).await?;
    let (mut seq, mut hash) = (0, chain::START);
    let mut texts: HashMap<Uuid, Entry> = HashMap::new();
    let mut compared: Vec<Vec<Entry>> = vec![Vec::new(); hooks.len()];
    while seq < head.seq {
        let page = room_log::after(db, room, seq, LOG_PAGE.min(head.seq - seq)).await?;
        match chain::follow(seq, hash, &page) {
            Ok(next) if !page.is_empty() => hash = next,
            Ok(_) => return Ok(Err(Fault::Gap(seq + 1))),
            Err(fault) => return Ok(Err(fault)),
        }
        seq += page.len() as i64;
        for entry in page {
            let comparing = hooks.iter().position(|hook| hook.compares() == Some(entry.kind.subject()));
            if let Some(at) = comparing {
                compared[at].push(entry);
            } else if entry.kind.writes_text() {
                texts.insert(entry.subject_id, entry);
            } else if entry.kind.erases_text() {
                texts.remove(&entry.subject_id);
            }
        }
    }
    if head.hash != hash {
        return Ok(Err(Fault::Broken(head.seq)));
    }
    if let Some(seq) = changed_text(db, hooks, texts).await? {
        return Ok(Err(Fault::Text(seq)));
    }
    for (hook, entries) in hooks.iter().zip(&compared) {
        if let Some(fault) = hook.fault(db, room, entries).await? {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(head.seq))
}

/// The first entry whose text is not the one that was logged.
async fn changed_text(
    db: &mut Db,
    hooks: &[&'static dyn RecordHook],
    mut texts: HashMap<Uuid, Entry>,
) -> Result<Option<i64>> {
    let ids: Vec<Uuid> = texts.keys().copied().collect();
    for chunk in ids.chunks(500) {
        for written in texts::written(db, hooks, chunk).await? {
            let erased = written.salt.is_empty();
            let text = text_digest(&written.salt, &written.body);
            if erased || texts.get(&written.id).is_some_and(|entry| entry.digest == text) {
                texts.remove(&written.id);
            }
        }
    }
    Ok(texts.values().map(|entry| entry.seq).min())
}

/// A room and what the check of its record found.
#[derive(Debug, Clone)]
pub struct Verified {
    pub id: Uuid,
    pub slug: String,
    /// How many entries, or the first fault.
    pub outcome: std::result::Result<i64, Fault>,
}

/// Checks the record of every room. Each is read as it was at one moment, so that a server may go
/// on writing meanwhile.
///
/// # Errors
/// From the database.
pub async fn verify_all(db: &mut Db, hooks: &[&'static dyn RecordHook]) -> Result<Vec<Verified>> {
    let mut verified = Vec::new();
    for id in room_log::room_ids(db).await? {
        let mut snapshot = db.build_transaction().read_only().repeatable_read();
        let found = snapshot
            .run(async |db| Ok::<_, Error>((rooms::by_id(db, id).await?, verify(db, hooks, id).await?)));
        let (room, outcome) = found.await?;
        let slug = room.map_or_else(String::new, |room| room.slug);
        verified.push(Verified { id, slug, outcome });
    }
    Ok(verified)
}
