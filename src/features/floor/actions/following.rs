//! The change hook of the floor: it follows sessions and mutes.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{log, write_event};
use crate::error::Result;
use crate::features::floor::rules::{FloorEvent, RequestState};
use crate::features::floor::store::{self as floor, FloorRequest, FloorSettings};
use crate::kernel::actions::{ChangeHook, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::models::Db;
use crate::kernel::models::sessions::Session;

/// The floor of a room follows its sessions and its mutes.
pub struct FloorChanges;

impl ChangeHook for FloorChanges {
    fn session_changed<'a>(
        &'a self,
        change: &'a mut RoomTx,
        session: &'a Session,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(follow_session(change, session))
    }

    fn silenced<'a>(&'a self, change: &'a mut RoomTx, member: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(withdraw_all(change, member))
    }

    fn rooms_of<'a>(&'a self, db: &'a mut Db, member: Uuid) -> BoxFuture<'a, Result<Vec<Uuid>>> {
        Box::pin(async move { Ok(floor::rooms_where_waiting(db, member).await?) })
    }

    fn keeps<'a>(&'a self, db: &'a mut Db, session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(floor::is_used(db, session).await?) })
    }
}

/// The floor follows its session: who speaks is held when it is paused, and done when it ends; with
/// it the floor closes.
///
/// # Errors
/// From the database.
async fn follow_session(change: &mut RoomTx, session: &Session) -> Result<()> {
    if !matches!(session.state, SessionState::Paused | SessionState::Ended) {
        return Ok(());
    }
    let floor = floor::load(change.db(), session.id).await?;
    let mut state = floor.state();
    let now = change.at.timestamp_millis();
    let mut events = Vec::new();
    if session.state == SessionState::Ended {
        events.extend(state.open().iter().map(|open| FloorEvent::Ended { speech: open.id, at: now }));
    } else if let Some(current) = state.current().filter(|current| current.clock.since().is_some()) {
        events.push(FloorEvent::Paused { speech: current.id, at: now });
    }
    for event in events {
        state.apply(event.clone());
        write_event(change, session, &state, event).await?;
    }
    if session.state == SessionState::Ended && floor.is_used() && floor.settings.open {
        let closed = FloorSettings { open: false, ..floor.settings };
        floor::set(change.db(), &closed).await?;
        log(change, EntryKind::FloorConfigured, session.id, &[b"closed"])?;
    }
    Ok(())
}

/// Who may not talk any more does not wait for the floor.
///
/// # Errors
/// From the database.
async fn withdraw_all(change: &mut RoomTx, member: Uuid) -> Result<()> {
    let room = change.state.room.id;
    for FloorRequest { id, .. } in floor::waiting_of(change.db(), room, member).await? {
        let at = change.at;
        floor::settle(change.db(), id, RequestState::Withdrawn, at).await?;
        log(change, EntryKind::FloorWithdrawn, id, &[])?;
    }
    Ok(())
}
