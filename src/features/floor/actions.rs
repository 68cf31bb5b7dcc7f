//! The floor of a session: asking for it, giving it, and the clock of whoever speaks.
//!
//! What happens is decided by `rules` and comes as events; each is written to its row and
//! to the log here, in one place, so that the record alone tells the floor again.

mod asking;
mod following;
mod settings;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::features::floor::rules::{
    FLOOR_NOTE_MAX, FloorActKind, FloorEvent, FloorState, Refused, RequestState,
};
use crate::features::floor::store::{self as floor, Floor, FloorAct, Speech};
use crate::kernel::access::Actor;
use crate::kernel::actions::change::{Ctx, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::domain::permissions::{self, Action};
use crate::kernel::domain::text;
use crate::kernel::models::sessions::{self, Session};

pub use asking::{Ask, OnBehalf, ask, pass, withdraw};
pub use following::FloorChanges;
pub use settings::{SettingsEdit, configure};

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown => Self::NotFound,
            Refused::NotNow => not_now("This is not possible as the floor stands."),
        }
    }
}

fn not_now(text: &'static str) -> Error {
    Code::NotPossibleNow.saying(text)
}

fn reason_of(reason: &str) -> Result<String> {
    Ok(text::line("reason", reason, FLOOR_NOTE_MAX)?)
}

/// A change to the floor of a session, under the room's lock.
struct FloorTx<'a> {
    tx: &'a mut RoomTx,
    session: Session,
    floor: Floor,
    state: FloorState,
}

/// Runs `work` as a change to the floor; returns the floor as it is then, with what the work gives.
async fn change<T>(
    ctx: &Ctx,
    actor: &Actor,
    session: Uuid,
    action: Action,
    work: impl AsyncFnOnce(&mut FloorTx<'_>) -> Result<T>,
) -> Result<(Floor, T)> {
    let (room, _) = ctx.access.session(actor, session, Action::Read).await?;
    ctx.change(actor, room.room.id, action, async |tx| {
        let found = sessions::by_id(tx.db(), session).await?.ok_or(Error::NotFound)?;
        let floor = floor::load(tx.db(), session).await?;
        let state = floor.state();
        let mut change = FloorTx { tx, session: found, floor, state };
        let value = work(&mut change).await?;
        Ok((floor::load(change.tx.db(), session).await?, value))
    })
    .await
}

impl FloorTx<'_> {
    fn now(&self) -> i64 {
        self.tx.at.timestamp_millis()
    }

    /// Writes what happened: the log, the rows, and the state that follows.
    async fn write(&mut self, events: Vec<FloorEvent>) -> Result<()> {
        for event in events {
            self.state.apply(event.clone());
            write_event(self.tx, &self.session, &self.state, event).await?;
        }
        Ok(())
    }

    /// Notes what the chair did and why, together with the entry that comes next.
    async fn act(
        &mut self,
        kind: FloorActKind,
        request: Option<Uuid>,
        instead_of: Option<Uuid>,
        reason: &str,
    ) -> Result<()> {
        let act = FloorAct {
            id: Uuid::now_v7(),
            session_id: self.session.id,
            seq: self.tx.next_seq()?,
            kind,
            request_id: request,
            instead_of,
            reason: reason.to_owned(),
            actor_id: self.tx.member.id,
            at: self.tx.at,
        };
        Ok(floor::insert_act(self.tx.db(), &act).await?)
    }

    /// The actor's own right to something more than what the change began with.
    fn also_may(&self, action: Action) -> Result<()> {
        let actor = permissions::Actor { member: Some(self.tx.state.person(&self.tx.member)) };
        Ok(permissions::may(actor, action, self.tx.state.rules())?)
    }
}

/// One event into the log and its row. `state` is the floor after it.
async fn write_event(
    change: &mut RoomTx,
    session: &Session,
    state: &FloorState,
    event: FloorEvent,
) -> Result<()> {
    let at = change.at;
    match event {
        // Their rows hold more than the rules know; whoever makes them writes them.
        FloorEvent::Configured(_) | FloorEvent::Requested(_) => Ok(()),
        FloorEvent::Withdrawn { request } => {
            floor::settle(change.db(), request, RequestState::Withdrawn, at).await?;
            log(change, EntryKind::FloorWithdrawn, request, &[])
        }
        FloorEvent::Passed { request } => {
            floor::settle(change.db(), request, RequestState::Passed, at).await?;
            log(change, EntryKind::FloorPassed, request, &[])
        }
        FloorEvent::Started { speech, request, level, limit_ms, .. } => {
            floor::settle(change.db(), request, RequestState::Given, at).await?;
            let row = Speech {
                id: speech,
                room_id: session.room_id,
                session_id: session.id,
                request_id: request,
                level: i16::from(level),
                limit_s: (limit_ms / 1_000) as i32,
                started_at: at,
                ran_ms: 0,
                running_since: Some(at),
                ended_at: None,
            };
            floor::insert_speech(change.db(), &row).await?;
            log(change, EntryKind::FloorGiven, speech, &[request.as_bytes()])
        }
        FloorEvent::Paused { speech, .. } => {
            clock(change, EntryKind::SpeechPaused, state, speech, None, None).await
        }
        FloorEvent::Resumed { speech, .. } => {
            clock(change, EntryKind::SpeechResumed, state, speech, Some(at), None).await
        }
        FloorEvent::Ended { speech, .. } => {
            clock(change, EntryKind::SpeechEnded, state, speech, None, Some(at)).await
        }
    }
}

fn log(change: &mut RoomTx, kind: EntryKind, subject: Uuid, content: &[&[u8]]) -> Result<()> {
    change.log(kind, subject, content).map(|_| ())
}

async fn clock(
    change: &mut RoomTx,
    kind: EntryKind,
    state: &FloorState,
    speech: Uuid,
    since: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
) -> Result<()> {
    let known = state.speeches.iter().find(|known| known.id == speech).ok_or(Error::NotFound)?;
    let ran = known.clock.ran();
    floor::set_clock(change.db(), speech, ran, since, ended).await?;
    log(change, kind, speech, &[&ran.to_be_bytes()])
}

/// The choice of the next speaker.
#[derive(Debug, Clone, Default)]
pub struct Next {
    /// None for the first in the computed order.
    pub request: Option<Uuid>,
    /// Why, when it is not the first.
    pub reason: Option<String>,
    /// The speech that the chair sees at the microphone: whoever acts on an older view is refused.
    pub current: Option<Uuid>,
}

/// Gives the floor to the first in the order, or to another for a reason. A point of order, and a
/// question that was interposed, interrupt who speaks; anything else ends it.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`, `floor_changed`, `floor_empty`, invalid.
pub async fn give(ctx: &Ctx, actor: &Actor, session: Uuid, next: Next) -> Result<Floor> {
    let (floor, ()) =
        change(ctx, actor, session, Action::RunFloor, async |change| give_under_lock(change, &next).await)
            .await?;
    Ok(floor)
}

async fn give_under_lock(change: &mut FloorTx<'_>, next: &Next) -> Result<()> {
    let reason = next.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let reason = reason.map(reason_of).transpose()?;
    if change.session.state != SessionState::Live {
        return Err(not_now("The floor is given while the session is live."));
    }
    if change.state.current().map(|speech| speech.id) != next.current {
        return Err(Code::FloorChanged.into());
    }
    let first = change.state.order().first().map(|turn| turn.request);
    let request = match (next.request, first) {
        (Some(request), _) | (None, Some(request)) => request,
        (None, None) => return Err(Code::FloorEmpty.into()),
    };
    let waiting = change.state.waiting.iter().find(|waiting| waiting.id == request);
    let waiting = waiting.ok_or_else(|| Error::invalid("request", FieldCode::NotWaiting))?;
    let is_override = first != Some(request) && !change.state.is_interposed(waiting);
    let events = change.state.give(request, Uuid::now_v7(), change.now())?;
    if !is_override {
        return change.write(events).await;
    }
    let reason = reason.ok_or_else(|| Error::invalid("reason", FieldCode::Required))?;
    change.act(FloorActKind::Override, Some(request), first, &reason).await?;
    change.write(events).await
}

/// What is to happen to a speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Pause,
    Resume,
    End,
}

/// Holds, goes on with, or ends a speech. Who speaks may end the own speech.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`.
pub async fn step(ctx: &Ctx, actor: &Actor, speech: Uuid, step: Step) -> Result<Floor> {
    let (_, found) = ctx.access.speech(actor, speech, Action::Read).await?;
    let (floor, ()) = change(ctx, actor, found.session_id, Action::Read, async |change| {
        let request = change.floor.requests.get(&found.request_id);
        let is_own = request.is_some_and(|request| request.member_id == Some(change.tx.member.id));
        if !(is_own && step == Step::End) {
            change.also_may(Action::RunFloor)?;
        }
        let (now, is_live) = (change.now(), change.session.state == SessionState::Live);
        if step != Step::End && !is_live {
            return Err(not_now("The session is not live."));
        }
        let events = match step {
            Step::Pause => vec![change.state.pause(speech, now)?],
            Step::Resume => vec![change.state.resume(speech, now)?],
            Step::End => change.state.end(speech, now, is_live)?,
        };
        change.write(events).await
    })
    .await?;
    Ok(floor)
}
