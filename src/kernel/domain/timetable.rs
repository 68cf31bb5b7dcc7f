//! The timetable of an agenda after a delay.
//!
//! Every timetable is made from the plan and from how late the room is, never from an earlier
//! timetable: a delay that is taken back leaves the plan as it was. Pauses between sessions take up
//! delay, so a delay of today does not reach tomorrow. Nothing begins before its planned time,
//! because people come by the programme.
//!
//! - `fixed` never moves.
//! - `hard_stop` may begin late and ends on time.
//! - `compressible` keeps its planned end as long as it can by becoming shorter; then it moves.
//!
//! A session that gives way keeps [`LEAST_PERCENT`] of its planned length. Who runs into a session
//! that does not give way (any more) is told in a warning; nobody is cut off by a rule.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::kinds::{TimeKind, TimetableWarning};

/// What a session keeps of its planned length, in percent, rounded up to whole minutes.
pub const LEAST_PERCENT: i64 = 60;
/// Most minutes by which the delay can be changed at once, either way.
pub const DELAY_MAX: i32 = 600;
/// Most minutes that a room can be late.
pub const LATE_MAX: i64 = 24 * 60;

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Span {
    fn length(self) -> TimeDelta {
        self.end - self.start
    }

    /// The shortest that this may become.
    fn least(self) -> TimeDelta {
        let length = self.length();
        let part = TimeDelta::milliseconds(length.num_milliseconds() / 100 * LEAST_PERCENT);
        let minutes = part.num_minutes() + i64::from(part.subsec_nanos() > 0 || part.num_seconds() % 60 > 0);
        TimeDelta::minutes(minutes).min(length)
    }
}

/// An agenda item, as far as the rule needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub id: Uuid,
    pub kind: TimeKind,
    pub plan: Span,
    /// What counts now.
    pub now: Span,
    pub began: bool,
    pub ended: bool,
}

/// When a session takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub id: Uuid,
    pub span: Span,
}

/// A warning about a timetable: a session that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    pub kind: TimetableWarning,
    /// The session that does not give way.
    pub session: Uuid,
    /// The one that runs into it.
    pub before: Option<Uuid>,
    pub minutes: i64,
}

/// A whole agenda after a delay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    /// Every item, in order of the plan.
    pub slots: Vec<Slot>,
    pub warnings: Vec<Warning>,
    /// How late the room is now.
    pub late_minutes: i64,
}

/// In order of the plan.
fn ordered(items: &[Item]) -> Vec<Item> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| (item.plan.start, item.id));
    items
}

/// The item on which a delay falls: the one under way, else the first after all that began.
fn anchor(ordered: &[Item]) -> Option<usize> {
    let running = ordered.iter().position(|item| item.began && !item.ended);
    running.or_else(|| {
        let after = ordered.iter().rposition(|item| item.began || item.ended).map_or(0, |last| last + 1);
        (after < ordered.len()).then_some(after)
    })
}

/// How late an item is: its end when it is under way, else its start.
fn lateness(item: &Item) -> TimeDelta {
    let late = if item.began { item.now.end - item.plan.end } else { item.now.start - item.plan.start };
    late.max(TimeDelta::zero())
}

/// Whole minutes by which the room is late; 0 when on time or over.
pub fn late_minutes(items: &[Item]) -> i64 {
    let items = ordered(items);
    anchor(&items).map_or(0, |at| lateness(&items[at]).num_minutes())
}

/// The agenda when the delay changes by some minutes; fewer than none when time was caught up.
/// None when nothing is left on the agenda.
pub fn shift(items: &[Item], minutes: i32) -> Option<Timetable> {
    let items = ordered(items);
    let at = anchor(&items)?;
    let late = lateness(&items[at]) + TimeDelta::minutes(minutes.into());
    let late = late.clamp(TimeDelta::zero(), TimeDelta::minutes(LATE_MAX));
    let mut rest = Rest { late, free: None, warnings: Vec::new() };
    let slots: Vec<Slot> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let span = if index < at { item.now } else { rest.place(item) };
            Slot { id: item.id, span }
        })
        .collect();
    let anchor = Item { now: slots[at].span, ..items[at] };
    Some(Timetable { slots, warnings: rest.warnings, late_minutes: lateness(&anchor).num_minutes() })
}

/// The room while its rest is placed, one session after the other.
struct Rest {
    late: TimeDelta,
    /// When the room is free by plan and really, and who leaves it then. None before the first.
    free: Option<(DateTime<Utc>, DateTime<Utc>, Uuid)>,
    warnings: Vec<Warning>,
}

impl Rest {
    fn place(&mut self, item: &Item) -> Span {
        let span = if item.began { self.under_way(item) } else { self.waiting(item) };
        let (planned, free, by) = self.free.unwrap_or((item.plan.end, span.end, item.id));
        let by = if span.end >= free { item.id } else { by };
        self.free = Some((planned.max(item.plan.end), free.max(span.end), by));
        span
    }

    /// A session under way keeps its start. Its end takes the delay, unless it must end on time.
    fn under_way(&mut self, item: &Item) -> Span {
        let plan = item.plan;
        if item.kind == TimeKind::Compressible {
            let end = (plan.end + self.late).max(item.now.start + plan.least());
            return Span { start: item.now.start, end };
        }
        self.warn(TimetableWarning::Unmoved, item, None, self.late);
        Span { start: item.now.start, end: plan.end.max(item.now.start + TimeDelta::minutes(1)) }
    }

    fn waiting(&mut self, item: &Item) -> Span {
        let plan = item.plan;
        let (late, before) = match self.free {
            // Sessions that overlap by plan go on to do so.
            Some((planned, free, by)) => ((free - plan.start.max(planned)).max(TimeDelta::zero()), Some(by)),
            None => (self.late, None),
        };
        let room = match item.kind {
            TimeKind::Fixed => TimeDelta::zero(),
            TimeKind::HardStop => plan.length() - plan.least(),
            TimeKind::Compressible => TimeDelta::MAX,
        };
        if late > room {
            let kind = if before.is_some() { TimetableWarning::Overlap } else { TimetableWarning::Unmoved };
            self.warn(kind, item, before, late - room);
        }
        let start = plan.start + late.min(room);
        let end = match item.kind {
            TimeKind::Fixed | TimeKind::HardStop => plan.end,
            TimeKind::Compressible => plan.end.max(start + plan.least()),
        };
        Span { start, end }
    }

    fn warn(&mut self, kind: TimetableWarning, item: &Item, before: Option<Uuid>, by: TimeDelta) {
        // Less than a minute is nothing to talk about.
        if by.num_minutes() > 0 {
            self.warnings.push(Warning { kind, session: item.id, before, minutes: by.num_minutes() });
        }
    }
}

#[cfg(test)]
mod tests;
