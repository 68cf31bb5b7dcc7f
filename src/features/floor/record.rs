//! The floor of a session as the log alone tells it: the record and the tables must say the same.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::error::Result;
use crate::features::floor::rules::{FloorEvent, FloorState};
use crate::features::floor::store::{self as floor, Floor, FloorRequest, Speech};
use crate::kernel::domain::entries::{EntryKind, Subject};
use crate::kernel::log::chain::Fault;
use crate::kernel::log::texts::RecordHook;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::{Db, sessions};

/// Replays the floor of a session from entries of its room's log, in order. What an entry names
/// (who asked, for what) never changes and comes from its row; what happened, and when, from the log.
///
/// # Errors
/// From the database.
pub async fn replay(db: &mut Db, session: Uuid, entries: &[Entry]) -> Result<FloorState> {
    let floor = floor::load(db, session).await?;
    told(db, &floor, entries).await
}

async fn told(db: &mut Db, floor: &Floor, entries: &[Entry]) -> Result<FloorState> {
    let session = floor.settings.session_id;
    let asked = entries.iter().filter(|entry| entry.kind == EntryKind::FloorRequested);
    let asked: Vec<Uuid> = asked.map(|entry| entry.subject_id).collect();
    let mut requests: HashMap<Uuid, FloorRequest> = HashMap::new();
    for ids in asked.chunks(500) {
        let rows = floor::requests_by_ids(db, ids).await?;
        requests.extend(rows.into_iter().map(|request| (request.id, request)));
    }
    requests.retain(|_, request| request.session_id == session);
    let speeches: HashMap<Uuid, &Speech> = floor.speeches.iter().map(|speech| (speech.id, speech)).collect();
    let told = entries.iter().filter_map(|entry| event(entry, session, floor, &requests, &speeches));
    Ok(FloorState::replay(floor.rules(), told))
}

fn event(
    entry: &Entry,
    session: Uuid,
    floor: &Floor,
    requests: &HashMap<Uuid, FloorRequest>,
    speeches: &HashMap<Uuid, &Speech>,
) -> Option<FloorEvent> {
    let (id, at) = (entry.subject_id, entry.at.timestamp_millis());
    let request = || requests.contains_key(&id).then_some(id);
    let speech = || speeches.contains_key(&id).then_some(id);
    match entry.kind {
        EntryKind::FloorConfigured => (id == session).then(|| FloorEvent::Configured(floor.rules())),
        EntryKind::FloorRequested => Some(FloorEvent::Requested(requests.get(&id)?.for_rules())),
        EntryKind::FloorWithdrawn => Some(FloorEvent::Withdrawn { request: request()? }),
        EntryKind::FloorPassed => Some(FloorEvent::Passed { request: request()? }),
        EntryKind::FloorGiven => {
            let speech = speeches.get(&id)?;
            Some(FloorEvent::Started {
                speech: id,
                request: speech.request_id,
                level: speech.level.clamp(0, 2) as u8,
                limit_ms: speech.clock().limit(),
                at,
            })
        }
        EntryKind::SpeechPaused => Some(FloorEvent::Paused { speech: speech()?, at }),
        EntryKind::SpeechResumed => Some(FloorEvent::Resumed { speech: speech()?, at }),
        EntryKind::SpeechEnded => Some(FloorEvent::Ended { speech: speech()?, at }),
        _ => None,
    }
}

/// Compares the floors of a room with the log.
pub struct FloorRecord;

impl RecordHook for FloorRecord {
    fn compares(&self) -> Option<Subject> {
        Some(Subject::Floor)
    }

    fn fault<'a>(
        &'a self,
        db: &'a mut Db,
        room: Uuid,
        entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Option<Fault>>> {
        Box::pin(async move {
            for session in sessions::of_rooms(db, &[room]).await? {
                let floor = floor::load(db, session.id).await?;
                if told(db, &floor, entries).await? != floor.state() {
                    return Ok(Some(Fault::Tables("floor", session.id)));
                }
            }
            Ok(None)
        })
    }
}
