//! Support: one member counts once.

use uuid::Uuid;

use super::count;
use crate::error::{Code, Result};
use crate::features::questions::rules::{Merges, QuestionState};
use crate::features::questions::store as questions;
use crate::kernel::access::Actor;
use crate::kernel::actions::change::Ctx;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::event::To;
use crate::kernel::log::frame::{Frame, OwnPart};

/// Supports a question or takes that back. Doing what is done already changes nothing. Support of
/// any question that is merged into this one is support of this one.
///
/// # Errors
/// Not found, not permitted, `room_closed`, `muted`, `session_not_open`, `question_hidden`,
/// `question_merged`, `not_possible_now`.
pub async fn set_support(ctx: &Ctx, actor: &Actor, id: Uuid, on: bool) -> Result<()> {
    let (room, _) = ctx.access.question(actor, id, Action::Read).await?;
    let (member, changed) = ctx
        .change(actor, room.room.id, Action::React, async |change| {
            let question = change.question_in_sight(id).await?;
            change.check_open(question.session_id).await?;
            if question.state == QuestionState::Answered {
                return Err(Code::NotPossibleNow.saying("The question is answered."));
            }
            let places = questions::places(change.db(), &[question.session_id]).await?;
            let tree = Merges::new(places.iter().map(|place| (place.id, place.merged_into))).tree(id);
            let (member, at) = (change.member.clone(), change.at);
            let changed = if on {
                !questions::is_supporter(change.db(), &tree, member.id).await?
                    && questions::add_support(change.db(), id, member.id, &member.constituency, at).await?
            } else {
                questions::remove_support(change.db(), &tree, member.id).await?
            };
            if changed {
                let kind = if on { EntryKind::QuestionSupported } else { EntryKind::QuestionUnsupported };
                change.log(kind, id, &[&[u8::from(on)]])?;
                count(ctx, change, question.session_id, &tree).await?;
            }
            Ok((member.id, changed))
        })
        .await?;
    if changed {
        let frame = Frame::Own { room: room.room.id, part: OwnPart::Support, id };
        ctx.publisher.tell(room.room.id, To::Members(vec![member]), &frame);
    }
    Ok(())
}
