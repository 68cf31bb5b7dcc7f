//! "We run 12 minutes late": the rest of an agenda moves by its own rules.

use uuid::Uuid;

use super::change::Ctx;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::RoomKind;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text;
use crate::kernel::domain::timetable::{self, DELAY_MAX, Slot, Timetable};
use crate::kernel::models::agenda::{self, Shift};
use crate::kernel::models::sessions::{self, Session};

/// Characters in the reason of a delay.
pub const REASON_MAX: usize = 200;

/// A delay as a moderator announces it.
#[derive(Debug, Clone)]
pub struct Delay {
    /// How much later the room runs than it is known to; fewer than none when time was caught up.
    pub minutes: i32,
    pub reason: String,
    /// How late the moderator believes the room to be: of two who announce the same delay at
    /// the same time, one is told.
    pub late_minutes: Option<i64>,
}

/// What a delay does.
#[derive(Debug, Clone)]
pub struct Delayed {
    /// The agenda before it, in order of the plan.
    pub before: Vec<Session>,
    pub timetable: Timetable,
}

impl Delay {
    fn check(&self) -> Result<String> {
        if self.minutes == 0 || !(-DELAY_MAX..=DELAY_MAX).contains(&self.minutes) {
            return Err(Error::invalid("minutes", FieldCode::OutOfRange));
        }
        Ok(text::optional_line("reason", &self.reason, REASON_MAX)?)
    }

    fn of(&self, kind: RoomKind, agenda: Vec<Session>) -> Result<Delayed> {
        if kind != RoomKind::Workshop {
            return Err(Code::NotAWorkshop.into());
        }
        let items: Vec<_> = agenda.iter().map(Session::item).collect();
        if self.late_minutes.is_some_and(|known| known != timetable::late_minutes(&items)) {
            return Err(Code::Conflict.saying("Somebody has changed the agenda in the meantime."));
        }
        let timetable = timetable::shift(&items, self.minutes).ok_or_else(|| {
            Code::NotPossibleNow.saying("Nothing is left on the agenda that could be late.")
        })?;
        Ok(Delayed { before: agenda, timetable })
    }
}

/// What a delay would do; changes nothing.
///
/// # Errors
/// Not found, not permitted, `not_a_workshop`, `not_possible_now`, `conflict`, invalid.
pub async fn preview(ctx: &Ctx, actor: &Actor, room: Uuid, delay: &Delay) -> Result<Delayed> {
    let state = ctx.access.room(actor, room, Action::RunSession).await?;
    delay.check()?;
    let agenda = sessions::of_rooms(&mut *ctx.db.get().await?, &[room]).await?;
    delay.of(state.room.kind, agenda)
}

/// Announces a delay: the agenda moves, and everyone is told at once.
///
/// # Errors
/// Not found, not permitted, `not_a_workshop`, `not_possible_now`, `conflict`, invalid.
pub async fn shift(ctx: &Ctx, actor: &Actor, room: Uuid, delay: &Delay) -> Result<Delayed> {
    ctx.change(actor, room, Action::RunSession, async |change| {
        let reason = delay.check()?;
        let agenda = sessions::of_rooms(change.db(), &[room]).await?;
        let delayed = delay.of(change.state.room.kind, agenda)?;
        let moved = delayed.moved();
        if moved.is_empty() {
            // Nothing to tell: nobody is to be woken for it.
            return Ok(delayed);
        }
        let shift = Shift {
            id: Uuid::now_v7(),
            room_id: room,
            minutes: delay.minutes,
            late_minutes: i32::try_from(delayed.timetable.late_minutes).unwrap_or(i32::MAX),
            reason,
            created_by: change.member.id,
            created_at: change.at,
        };
        agenda::insert_shift(change.db(), &shift).await?;
        let at = change.at;
        agenda::move_to(change.db(), &moved, at).await?;
        let times: String = moved
            .iter()
            .map(|Slot { id, span }| {
                format!("{id} {} {};", span.start.timestamp_micros(), span.end.timestamp_micros())
            })
            .collect();
        let numbers = format!("{} {}", shift.minutes, shift.late_minutes);
        let content = [numbers.as_bytes(), shift.reason.as_bytes(), times.as_bytes()];
        change.log(EntryKind::AgendaShifted, shift.id, &content)?;
        Ok(delayed)
    })
    .await
}

impl Delayed {
    /// The sessions whose times change.
    pub fn moved(&self) -> Vec<Slot> {
        let is_moved = |slot: &&Slot| {
            let before = self.before.iter().find(|session| session.id == slot.id);
            before.is_some_and(|before| before.item().now != slot.span)
        };
        self.timetable.slots.iter().filter(is_moved).copied().collect()
    }
}
