//! The floor of a session as the log alone tells it: the record and the tables must say the same.

use std::collections::HashMap;

use uuid::Uuid;

use super::replay::between;
use crate::domain::floor::{FloorEvent, FloorState};
use crate::domain::kinds::EntryKind;
use crate::error::{Error, Result};
use crate::models::Db;
use crate::models::floor::{self, Floor, FloorRequest, Speech};
use crate::models::room_log::Entry;

/// Replays the floor of a session from its entries in the room's log. What an entry names (who
/// asked, for what) never changes and comes from its row; what happened, and when, from the log.
///
/// # Errors
/// From the database.
pub async fn replay(db: &mut Db, room: Uuid, session: Uuid, head: i64) -> Result<FloorState> {
    let floor = floor::load(db, session).await?;
    let entries = between(db, room, 0, head).await?;
    let mut requests: HashMap<Uuid, FloorRequest> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == EntryKind::FloorRequested) {
        let request = floor::request_by_id(db, entry.subject_id).await?;
        requests.extend(request.map(|request| (request.id, request)));
    }
    requests.retain(|_, request| request.session_id == session);
    let speeches: HashMap<Uuid, &Speech> = floor.speeches.iter().map(|speech| (speech.id, speech)).collect();
    let told = entries.iter().filter_map(|entry| event(entry, session, &floor, &requests, &speeches));
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

/// Checks that the tables of a session's floor say what the log says.
///
/// # Errors
/// From the database.
pub async fn agrees(db: &mut Db, room: Uuid, session: Uuid) -> Result<bool> {
    let head = crate::models::rooms::head(db, room).await?.ok_or(Error::NotFound)?;
    Ok(replay(db, room, session, head).await? == floor::load(db, session).await?.state())
}
