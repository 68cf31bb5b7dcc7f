//! An agenda as a whole: how late it is, and what a delay does to it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::sessions::SessionView;
use crate::kernel::domain::kinds::TimetableWarning;
use crate::kernel::domain::timetable::{self, Timetable, Warning};
use crate::kernel::models::agenda::Shift;
use crate::kernel::models::sessions::Session;

/// A delay that was announced.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Delay)]
pub struct DelayView {
    /// By how much it changed; less than nothing when time was caught up.
    pub minutes: i32,
    /// Empty when none was given.
    pub reason: String,
    pub at: DateTime<Utc>,
}

impl From<&Shift> for DelayView {
    fn from(shift: &Shift) -> Self {
        Self { minutes: shift.minutes, reason: shift.reason.clone(), at: shift.created_at }
    }
}

/// How late the room of this agenda is.
pub fn late_minutes<'a>(agenda: impl Iterator<Item = &'a Session>) -> i64 {
    timetable::late_minutes(&agenda.map(Session::item).collect::<Vec<_>>())
}

/// What `agenda.shifted` carries: the delay, and the whole agenda as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agenda)]
pub struct AgendaView {
    pub room: Uuid,
    pub delay: DelayView,
    pub late_minutes: i64,
    pub sessions: Vec<SessionView>,
}

impl AgendaView {
    /// A delay and the room's agenda.
    pub fn new(delay: &Shift, agenda: &[Session]) -> Self {
        Self {
            room: delay.room_id,
            delay: delay.into(),
            late_minutes: late_minutes(agenda.iter()),
            sessions: agenda.iter().map(SessionView::from).collect(),
        }
    }
}

/// The times of a session after a delay and before it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Slot)]
pub struct SlotView {
    pub session: Uuid,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub before_start: DateTime<Utc>,
    pub before_end: DateTime<Utc>,
}

/// A warning about a timetable: a session that does not fit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimetableProblem)]
pub struct WarningView {
    pub kind: TimetableWarning,
    /// The session that does not give way.
    pub session: Uuid,
    /// The one that runs into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Uuid>,
    pub minutes: i64,
}

impl From<&Warning> for WarningView {
    fn from(warning: &Warning) -> Self {
        Self {
            kind: warning.kind,
            session: warning.session,
            before: warning.before,
            minutes: warning.minutes,
        }
    }
}

/// The timetable after a delay, announced or previewed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Timetable)]
pub struct TimetableView {
    /// False for a preview, and where nothing moves.
    pub applied: bool,
    pub late_minutes: i64,
    /// The whole agenda, in order of the plan.
    pub slots: Vec<SlotView>,
    pub warnings: Vec<WarningView>,
}

impl TimetableView {
    /// A timetable beside the agenda that it was made from.
    pub fn new(timetable: &Timetable, before: &[Session], applied: bool) -> Self {
        let slots = timetable.slots.iter().filter_map(|slot| {
            let before = before.iter().find(|session| session.id == slot.id)?;
            Some(SlotView {
                session: slot.id,
                starts_at: slot.span.start,
                ends_at: slot.span.end,
                before_start: before.starts_at,
                before_end: before.ends_at,
            })
        });
        Self {
            applied,
            late_minutes: timetable.late_minutes,
            slots: slots.collect(),
            warnings: timetable.warnings.iter().map(WarningView::from).collect(),
        }
    }
}
