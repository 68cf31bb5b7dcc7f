//! Translations: drafted, published, confirmed, withdrawn.

use std::sync::Arc;

use uuid::Uuid;

use super::{Ctx, RoomTx};
use crate::error::{Code, Error, Result};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::kinds::{Lang, RoomRole, TranslationState as State};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::Action;
use crate::kernel::domain::text::{self, BODY_MAX};
use crate::kernel::log::texts::text_digest;
use crate::kernel::models::translations::{self, OriginalId, Translation, TranslationChange};
use crate::kernel::models::{Db, posts};

/// A translation as its interpreter sends it.
#[derive(Debug, Clone)]
pub struct NewTranslation {
    pub body: String,
    /// A draft, or published by an interpreter; no other is written.
    pub state: State,
    /// The version of the original that it renders; the newest when it is not said.
    pub based_on: Option<i32>,
    /// The version of the translation that was edited, none for a first one; another one is a conflict.
    pub version: Option<i32>,
}

/// What is translated, as it is under the lock.
pub struct Original {
    pub lang: Lang,
    pub revision: i32,
    /// Who can say what was meant.
    pub author: Option<Uuid>,
}

/// The original of a translation, as somebody who may read it sees it.
pub struct Seen {
    pub room: Arc<RoomState>,
    pub revision: i32,
    pub is_hidden: bool,
}

/// A kind of text that can be translated.
pub trait Translatable: Copy + Send + Sync + 'static {
    /// Characters in a translation.
    const BODY_MAX: usize;

    /// The text's place in the table.
    fn of(self) -> OriginalId;

    /// The text for an actor.
    ///
    /// # Errors
    /// Not found when the actor may not read it.
    fn seen(self, access: &Access, actor: &Actor) -> impl Future<Output = Result<Seen>> + Send;

    /// The text under the lock.
    ///
    /// # Errors
    /// Not found; a conflict when it is hidden.
    fn original(self, db: &mut Db) -> impl Future<Output = Result<Original>> + Send;
}

/// A post.
#[derive(Debug, Clone, Copy)]
pub struct PostText(pub Uuid);

impl Translatable for PostText {
    const BODY_MAX: usize = BODY_MAX;

    fn of(self) -> OriginalId {
        OriginalId::Post(self.0)
    }

    async fn seen(self, access: &Access, actor: &Actor) -> Result<Seen> {
        let (room, post) = access.post(actor, self.0, Action::Read).await?;
        Ok(Seen { room, revision: post.revision, is_hidden: post.hidden_at.is_some() })
    }

    async fn original(self, db: &mut Db) -> Result<Original> {
        let post = posts::by_id(db, self.0).await?.ok_or(Error::NotFound)?;
        if post.hidden_at.is_some() {
            return Err(Code::PostHidden.into());
        }
        Ok(Original { lang: post.lang, revision: post.revision, author: Some(post.author_id) })
    }
}

/// The room of what is translated, which the actor may read.
async fn room_of(ctx: &Ctx, actor: &Actor, text: impl Translatable) -> Result<Uuid> {
    Ok(text.seen(&ctx.access, actor).await?.room.room.id)
}

/// Keeps a draft, or publishes.
///
/// # Errors
/// Not found, not permitted, `post_hidden`, `question_hidden`, `conflict`, invalid.
pub async fn put<T: Translatable>(
    ctx: &Ctx,
    actor: &Actor,
    original: T,
    lang: Lang,
    new: NewTranslation,
) -> Result<Translation> {
    let of = original.of();
    let room = room_of(ctx, actor, original).await?;
    ctx.access.room(actor, room, Action::Translate).await?;
    let publish = match new.state {
        State::Draft => false,
        State::Interpreter => true,
        State::Confirmed | State::Withdrawn => return Err(Error::invalid("state", FieldCode::NotOffered)),
    };
    let body_md = text::block("body", &new.body, T::BODY_MAX)?;
    let body_html = markdown::render(&body_md)?;
    ctx.change(actor, room, Action::Translate, async |change| {
        let original = original.original(change.db()).await?;
        if original.lang == lang {
            return Err(Error::invalid("lang", FieldCode::SameAsOriginal));
        }
        let based_on = new.based_on.unwrap_or(original.revision);
        if !(1..=original.revision).contains(&based_on) {
            return Err(Error::invalid("based_on", FieldCode::OutOfRange));
        }
        let draft = translations::one(change.db(), of, lang, true).await?;
        let published = translations::one(change.db(), of, lang, false).await?;
        let edited = if publish { published.as_ref() } else { draft.as_ref() };
        let written = Written { of, lang, publish, based_on, body_md, body_html };
        // The same again is a repeat whose answer was lost, not a conflict.
        let translation = match edited.filter(|old| written.is(old)) {
            Some(same) => same.clone(),
            None => {
                check_version(new.version.unwrap_or(0), edited)?;
                written.write(change, edited).await?
            }
        };
        if publish && let Some(draft) = draft {
            translations::delete(change.db(), draft.id).await?;
        }
        Ok(translation)
    })
    .await
}

/// Whoever writes a translation has read the one that it replaces; what was withdrawn is read by nobody.
fn check_version(version: i32, edited: Option<&Translation>) -> Result<()> {
    let read = edited.filter(|translation| translation.state != State::Withdrawn);
    if version != read.map_or(0, |translation| translation.version) {
        return Err(Code::Conflict.saying("The translation was changed meanwhile."));
    }
    Ok(())
}

struct Written {
    of: OriginalId,
    lang: Lang,
    publish: bool,
    based_on: i32,
    body_md: String,
    body_html: String,
}

impl Written {
    /// True when this is what is there.
    fn is(&self, old: &Translation) -> bool {
        old.body_md == self.body_md && old.based_on == self.based_on && old.state != State::Withdrawn
    }

    /// Writes the row, and the entry of what all may read.
    async fn write(self, change: &mut RoomTx, before: Option<&Translation>) -> Result<Translation> {
        let state = if self.publish { State::Interpreter } else { State::Draft };
        let salt: [u8; 16] = rand::random();
        let (at, by, room) = (change.at, change.member.id, change.state.room.id);
        let translation = match before {
            Some(old) => {
                let new = TranslationChange {
                    state,
                    body_md: &self.body_md,
                    body_html: &self.body_html,
                    salt: &salt,
                    based_on: self.based_on,
                    version: old.version.saturating_add(1),
                    interpreter_id: by,
                    updated_at: at,
                };
                translations::update(change.db(), old.id, &new).await?
            }
            None => {
                let new = Translation {
                    id: Uuid::now_v7(),
                    room_id: room,
                    post_id: self.of.post(),
                    question_id: self.of.question(),
                    lang: self.lang,
                    state,
                    body_md: self.body_md,
                    body_html: self.body_html,
                    salt: salt.to_vec(),
                    based_on: self.based_on,
                    version: 1,
                    interpreter_id: by,
                    updated_at: at,
                };
                translations::insert(change.db(), &new).await?;
                new
            }
        };
        if self.publish {
            let digest = text_digest(&translation.salt, &translation.body_md);
            change.log_digest(EntryKind::TranslationPublished, translation.id, digest)?;
        }
        Ok(translation)
    }
}

/// The author of the original says that the translation says the same.
///
/// # Errors
/// Not found, not permitted, `post_hidden`, `question_hidden`, `conflict` when it is not the version
/// that was read, `translation_outdated` when the original was edited since.
pub async fn confirm(
    ctx: &Ctx,
    actor: &Actor,
    original: impl Translatable,
    lang: Lang,
    version: i32,
) -> Result<Translation> {
    let of = original.of();
    let room = room_of(ctx, actor, original).await?;
    ctx.change(actor, room, Action::React, async |change| {
        let original = original.original(change.db()).await?;
        if original.author != Some(change.member.id) {
            return Err(Code::NotPermitted.into());
        }
        let found = translations::one(change.db(), of, lang, false).await?;
        let found = found.filter(|found| found.state != State::Withdrawn).ok_or(Error::NotFound)?;
        check_version(version, Some(&found))?;
        if found.based_on < original.revision {
            return Err(Code::TranslationOutdated.into());
        }
        if found.state == State::Confirmed {
            return Ok(found);
        }
        let new = TranslationChange {
            state: State::Confirmed,
            body_md: &found.body_md,
            body_html: &found.body_html,
            salt: &found.salt,
            based_on: found.based_on,
            version: found.version,
            interpreter_id: found.interpreter_id,
            updated_at: change.at,
        };
        let digest = text_digest(&found.salt, &found.body_md);
        change.log_digest(EntryKind::TranslationConfirmed, found.id, digest)?;
        Ok(translations::update(change.db(), found.id, &new).await?)
    })
    .await
}

/// Takes a translation back, with its draft. The text is erased.
///
/// # Errors
/// Not found, not permitted.
pub async fn withdraw(ctx: &Ctx, actor: &Actor, original: impl Translatable, lang: Lang) -> Result<()> {
    let of = original.of();
    let room = room_of(ctx, actor, original).await?;
    ctx.change(actor, room, Action::Translate, async |change| {
        let draft = translations::one(change.db(), of, lang, true).await?;
        let published = translations::one(change.db(), of, lang, false).await?;
        let published = published.filter(|found| found.state != State::Withdrawn);
        if draft.is_none() && published.is_none() {
            return Err(Error::NotFound);
        }
        if let Some(draft) = draft {
            translations::delete(change.db(), draft.id).await?;
        }
        if let Some(found) = published {
            let new = TranslationChange {
                state: State::Withdrawn,
                body_md: "",
                body_html: "",
                salt: &[],
                based_on: found.based_on,
                version: found.version.saturating_add(1),
                interpreter_id: change.member.id,
                updated_at: change.at,
            };
            translations::update(change.db(), found.id, &new).await?;
            change.log(EntryKind::TranslationWithdrawn, found.id, &[])?;
        }
        Ok(())
    })
    .await
}

/// Who works on translations in a room: its interpreters, moderators and chairs.
pub(crate) fn interpreters(state: &RoomState) -> Vec<Uuid> {
    let works =
        |role: RoomRole| matches!(role, RoomRole::Interpreter | RoomRole::Moderator | RoomRole::Chair);
    state.roles.iter().filter(|(_, role)| works(**role)).map(|(member, _)| *member).collect()
}
