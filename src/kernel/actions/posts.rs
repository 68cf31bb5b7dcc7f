//! Posting and editing.

use uuid::Uuid;

use super::posting::{Composed, Posted};
use super::{Ctx, held};
use crate::error::{Code, Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, BODY_MAX};
use crate::kernel::domain::writing::may_write;
use crate::kernel::log::chain::digest;
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::held::HeldPost;
use crate::kernel::models::posts::{self, Post};
use crate::kernel::models::threads;

/// A post as its author sends it.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub body: String,
    pub parent: Option<Uuid>,
    pub lang: Lang,
    pub attribution: Attribution,
    pub client_id: Uuid,
}

/// What became of a post that was sent.
#[derive(Debug, Clone)]
pub enum Sent {
    Posted(Posted),
    /// It waits for a moderator.
    Held(HeldPost),
}

/// Adds a post to a thread, or has it wait for a moderator where the thread is reviewed first.
///
/// # Errors
/// Not found, not permitted, `thread_locked`, `room_closed`, `muted`, `slow_mode`, invalid,
/// `client_id_reused`, `too_many_held`, busy.
pub async fn create(ctx: &Ctx, actor: &Actor, thread: Uuid, new: NewPost) -> Result<Sent> {
    let author = actor.member()?.id;
    let (room, thread) = ctx.access.thread(actor, thread, Action::Read).await?;
    let body_md = text::block("body", &new.body, BODY_MAX)?;
    let body_html = markdown::render(&body_md)?;
    let composed = Composed {
        room: room.room.id,
        thread,
        parent: new.parent,
        author,
        attribution: new.attribution,
        lang: new.lang,
        request_hash: digest(&[
            thread.as_bytes(),
            body_md.as_bytes(),
            new.lang.as_str().as_bytes(),
            new.attribution.as_str().as_bytes(),
            new.parent.as_ref().map_or(&[][..], |parent| parent.as_bytes()),
        ]),
        body_md,
        body_html,
        client_id: new.client_id,
        salt: rand::random(),
        reviewed: false,
    };
    match ctx.posting.post(composed.clone()).await {
        Err(error) if error.code() == Code::ReviewFirst => {}
        outcome => return outcome.map(Sent::Posted),
    }
    match held::hold(ctx, actor, &composed).await? {
        Some(held) => Ok(Sent::Held(held)),
        // The review ended in between.
        None => ctx.posting.post(composed).await.map(Sent::Posted),
    }
}

/// Changes the text of the actor's own post. The earlier text stays in its history.
///
/// # Errors
/// Not found, not permitted, `conflict` when `revision` is not the current one, `post_hidden`,
/// `thread_locked`, `review_first`, invalid.
pub async fn edit(ctx: &Ctx, actor: &Actor, id: Uuid, body: &str, revision: i32) -> Result<Post> {
    let (_, post) = ctx.access.post(actor, id, Action::CreatePost).await?;
    let body_md = text::block("body", body, BODY_MAX)?;
    let body_html = markdown::render(&body_md)?;
    ctx.change(actor, post.room_id, Action::CreatePost, async |change| {
        let post = posts::by_id(change.db(), id).await?.ok_or(Error::NotFound)?;
        if post.author_id != change.member.id {
            return Err(Code::NotPermitted.into());
        }
        if post.hidden_at.is_some() {
            return Err(Code::PostHidden.saying("A hidden post cannot be changed."));
        }
        let thread = threads::by_id(change.db(), post.thread_id).await?.ok_or(Error::NotFound)?;
        // Under review as well: else anything could be said by changing what was approved.
        may_write(thread.rules(), change.role(), false)?;
        if post.revision != revision {
            return Err(Code::Conflict.saying("The post was changed meanwhile."));
        }
        if post.body_md == body_md {
            return Ok(post);
        }
        let salt: [u8; 16] = rand::random();
        change.log_digest(EntryKind::PostEdited, post.id, text_digest(&salt, &body_md))?;
        let at = change.at;
        Ok(posts::edit(change.db(), &post, &body_md, &body_html, &salt, at).await?)
    })
    .await
}
