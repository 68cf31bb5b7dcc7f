//! Duplicates become one question, and can be taken apart again exactly.

use uuid::Uuid;

use super::{count, merged};
use crate::error::{Code, Error, Result};
use crate::features::questions::rules::{Merges, NoMerge, QuestionState};
use crate::features::questions::store as questions;
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::permissions::Action;

/// Merges a question into another one of the same session. Support stays where it was given and is
/// counted together.
///
/// # Errors
/// Not found, not permitted, `question_hidden`, `question_merged`, `not_possible_now`, invalid.
pub async fn merge(ctx: &Ctx, actor: &Actor, id: Uuid, target: Uuid) -> Result<()> {
    let (room, _) = ctx.access.question(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::RunSession, async |change| {
        if change.question(id).await?.merged_into == Some(target) {
            return Ok(());
        }
        let question = change.question_in_sight(id).await?;
        let session = question.session_id;
        let places = questions::places(change.db(), &[session]).await?;
        let merges = Merges::new(places.iter().map(|place| (place.id, place.merged_into)));
        merges.may_merge(id, target).map_err(|no| match no {
            NoMerge::Itself => Error::invalid("question", FieldCode::Itself),
            NoMerge::Unknown => Error::invalid("question", FieldCode::NotInSession),
            NoMerge::Merged => merged(),
            NoMerge::IntoMerged => Error::invalid("question", FieldCode::Merged),
        })?;
        let into = change.question_in_sight(target).await?;
        let is_done = |state| matches!(state, QuestionState::Answered | QuestionState::Taken);
        if is_done(question.state) || into.state == QuestionState::Answered {
            return Err(Code::NotPossibleNow
                .saying("Only a question that waits is merged, and not into an answered one."));
        }
        change.note(EntryKind::QuestionMerged, id, "", Some(target)).await?;
        questions::set_merged(change.db(), id, Some(target)).await?;
        count(ctx, change, session, &[id]).await
    })
    .await
}

/// Takes a question out of the one that it was merged into.
///
/// # Errors
/// Not found, not permitted.
pub async fn unmerge(ctx: &Ctx, actor: &Actor, id: Uuid) -> Result<()> {
    let (room, _) = ctx.access.question(actor, id, Action::Read).await?;
    ctx.change(actor, room.room.id, Action::RunSession, async |change| {
        let question = change.question(id).await?;
        let Some(target) = question.merged_into else { return Ok(()) };
        change.note(EntryKind::QuestionUnmerged, id, "", Some(target)).await?;
        questions::set_merged(change.db(), id, None).await?;
        count(ctx, change, question.session_id, &[id, target]).await
    })
    .await
}
