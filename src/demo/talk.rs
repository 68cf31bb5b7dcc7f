//! The threads and posts of the demo.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::people::Cast;
use super::{Loaded, data};
use crate::error::{Error, Result};
use crate::kernel::access::Actor;
use crate::kernel::actions::moderation::{self, ActReasonInput, Switch};
use crate::kernel::actions::posts::{self, NewPost, Sent};
use crate::kernel::actions::threads::{self, NewThread};
use crate::kernel::actions::{Ctx, reactions};
use crate::kernel::domain::kinds::ReactionName;
use crate::kernel::models::posts::Post;
use crate::kernel::models::threads::Thread;

/// A room that is being filled.
pub struct Place<'a> {
    pub ctx: &'a Ctx,
    pub cast: &'a Cast,
    pub room: &'a data::Room,
    pub id: Uuid,
}

impl Place<'_> {
    /// Opens a thread with its first post.
    pub async fn open(&self, thread: &data::Thread) -> Result<(Thread, Post)> {
        let (body, lang) = thread.opening.text();
        let new = NewThread {
            kind: thread.kind,
            title: thread.title.clone(),
            body: body.into(),
            lang,
            attribution: thread.opening.attribution,
            client_id: self.client_id(&thread.title, 0),
        };
        let author = self.cast.actor(&thread.opening.by)?;
        let (thread, post, _) = threads::create(self.ctx, author, self.id, new).await?;
        Ok((thread, post))
    }

    /// Adds the replies and what moderators did to the thread.
    pub async fn fill(&self, thread: &data::Thread, (opened, first): (Thread, Post)) -> Result<Loaded> {
        let mut loaded = Loaded { threads: 1, posts: 1, ..Loaded::default() };
        loaded.reactions += self.after(&thread.opening, &first).await?;
        // Each post after the one it answers, and before the next at its own level.
        let mut waiting: Vec<(&data::Post, Uuid)> =
            thread.opening.replies.iter().rev().map(|reply| (reply, first.id)).collect();
        while let Some((post, parent)) = waiting.pop() {
            let made = self.post(&thread.title, loaded.posts, opened.id, Some(parent), post).await?;
            loaded.posts += 1;
            loaded.reactions += self.after(post, &made).await?;
            waiting.extend(post.replies.iter().rev().map(|reply| (reply, made.id)));
        }
        for (switch, act) in [(Switch::Pin, &thread.pinned), (Switch::Lock, &thread.locked)] {
            if let Some(act) = act {
                let (moderator, why) = (self.cast.actor(&act.by)?, why(act));
                moderation::set_thread(self.ctx, moderator, opened.id, switch, true, &why).await?;
            }
        }
        Ok(loaded)
    }

    /// Adds the posts of a session's chat.
    pub async fn chat(&self, title: &str, thread: Uuid, posts: &[data::Post]) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        for post in posts {
            loaded.posts += 1;
            let made = self.post(title, loaded.posts, thread, None, post).await?;
            loaded.reactions += self.after(post, &made).await?;
        }
        Ok(loaded)
    }

    async fn post(
        &self,
        title: &str,
        number: usize,
        thread: Uuid,
        parent: Option<Uuid>,
        post: &data::Post,
    ) -> Result<Post> {
        let (body, lang) = post.text();
        let new = NewPost {
            body: body.into(),
            parent,
            lang,
            attribution: post.attribution,
            client_id: self.client_id(title, number),
        };
        match posts::create(self.ctx, self.cast.actor(&post.by)?, thread, new).await? {
            Sent::Posted(posted) => Ok(posted.post),
            Sent::Held(_) => Err(Error::Internal("a post of the demo waits for a moderator".into())),
        }
    }

    /// What happens to a post once it is there. Returns how many react.
    async fn after(&self, post: &data::Post, made: &Post) -> Result<usize> {
        let mut reacted = 0;
        for (name, actor) in self.reactors(post)? {
            reactions::set(self.ctx, actor, made.id, name, true).await?;
            reacted += 1;
        }
        if let Some(text) = &post.edited
            && made.revision == 1
        {
            posts::edit(self.ctx, self.cast.actor(&post.by)?, made.id, text, 1).await?;
        }
        if let Some(act) = &post.hidden {
            let moderator = self.cast.actor(&act.by)?;
            moderation::set_hidden(self.ctx, moderator, made.id, true, &why(act)).await?;
        }
        Ok(reacted)
    }

    /// Who reacts: delegates in turn, beginning at another one for each post, never the author, and
    /// nobody with two stances.
    fn reactors(&self, post: &data::Post) -> Result<Vec<(ReactionName, &Actor)>> {
        let mut taken = HashSet::new();
        let mut chosen = Vec::new();
        for (name, key, count) in post.counts() {
            let may: Vec<(String, &Actor)> = self
                .cast
                .delegates(key)
                .filter(|(key, _)| self.room.admits(key) && *key != post.by)
                .collect();
            let start = post.text().0.len() % may.len().max(1);
            let free: Vec<(String, &Actor)> = (0..may.len())
                .map(|step| may[(start + step) % may.len()].clone())
                .filter(|(key, _)| !taken.contains(&(key.clone(), name.is_stance())))
                .take(count)
                .collect();
            if free.len() < count {
                return Err(Error::Internal(format!("fewer than {count} of {key} can react")));
            }
            for (key, actor) in free {
                taken.insert((key, name.is_stance()));
                chosen.push((name, actor));
            }
        }
        Ok(chosen)
    }

    /// The same at every try, so that what is there already is found.
    fn client_id(&self, title: &str, number: usize) -> Uuid {
        let hash: [u8; 32] = Sha256::digest(format!("{}/{title}/{number}", self.room.slug)).into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

fn why(act: &data::Act) -> ActReasonInput {
    ActReasonInput { reason: act.reason.clone(), note: act.note.clone() }
}
