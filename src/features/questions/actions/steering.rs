//! Steering of questions by moderators: take, answer, park, return, hide, restore.

use uuid::Uuid;

use super::count;
use crate::error::{Code, Error, Result};
use crate::features::questions::rules::{QuestionState, may_pass};
use crate::features::questions::store as questions;
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::actions::moderation::{ActReasonInput, Target};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, NOTE_MAX};

/// Takes a question, marks it as answered, parks it or returns it to those that wait. To park one
/// takes a reason.
///
/// # Errors
/// Not found, not permitted, `not_possible_now`, `question_hidden`, `question_merged`, invalid.
pub async fn set_state(
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    to: QuestionState,
    reason: Option<&str>,
) -> Result<()> {
    let (room, _) = ctx.access.question(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::RunSession, async |change| {
        let reason = text::optional_block("reason", reason.unwrap_or(""), NOTE_MAX)?;
        let question = change.question_in_sight(id).await?;
        let kind = may_pass(question.state, to).ok_or_else(|| {
            let text = format!("A question that is {} cannot become {to}.", question.state);
            Code::NotPossibleNow.saying(text)
        })?;
        if to == QuestionState::Parked && reason.is_empty() {
            return Err(Error::invalid("reason", FieldCode::Required));
        }
        change.note(kind, id, &reason, None).await?;
        let at = change.at;
        questions::set_state(change.db(), id, to, at).await?;
        count(ctx, change, question.session_id, &[]).await
    })
    .await
}

/// Hides a question from everyone but the room's moderators, or restores it. Doing what is done
/// already changes nothing.
///
/// # Errors
/// Not found, not permitted, invalid.
pub async fn set_hidden(
    ctx: &Ctx,
    actor: &Actor,
    id: Uuid,
    hidden: bool,
    why: &ActReasonInput,
) -> Result<()> {
    let (room, _) = ctx.access.question(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::HidePost, async |change| {
        let why = why.check()?;
        let question = change.question(id).await?;
        if question.hidden_at.is_some() == hidden {
            return Ok(());
        }
        let kind = if hidden { EntryKind::QuestionHidden } else { EntryKind::QuestionRestored };
        let seq = change.next_seq()?;
        let target = Target { question: Some(id), ..Target::default() };
        change.act(kind, target, &why, String::new(), None).await?;
        change.step(seq, kind, id, &why.reason, None).await?;
        let (at, by) = (change.at, change.member.id);
        let state = hidden.then_some((why.reason.as_str(), why.note.as_str(), by));
        questions::set_hidden(change.db(), id, state, at).await?;
        count(ctx, change, question.session_id, &[]).await
    })
    .await
}
