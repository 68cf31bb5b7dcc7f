//! Reactions to a post.

use uuid::Uuid;

use super::Ctx;
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::ReactionName;
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::posts::{self, Post};

/// Sets or takes back a reaction. A stance takes the place of another stance.
///
/// # Errors
/// Not found, not permitted, `post_hidden`.
pub async fn set(ctx: &Ctx, actor: &Actor, id: Uuid, name: ReactionName, on: bool) -> Result<Post> {
    let (_, post) = ctx.access.post(actor, id, Action::Read).await?;
    ctx.change(actor, post.room_id, Action::React, async |change| {
        let post = posts::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        if post.hidden_at.is_some() && on {
            return Err(Code::PostHidden.saying("Nobody can react to a hidden post."));
        }
        let member = change.member.clone();
        let changed = if on {
            posts::add_reaction(change.db(), id, member.id, &member.constituency, name).await?
        } else {
            posts::remove_reaction(change.db(), id, member.id, name).await?
        };
        if changed {
            change.log(EntryKind::ReactionChanged, id, &[name.as_str().as_bytes(), &[u8::from(on)]])?;
        }
        Ok(post)
    })
    .await
}
