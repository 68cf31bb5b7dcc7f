//! Translations of questions.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::questions::rules::QUESTION_MAX;
use crate::features::questions::store as questions;
use crate::kernel::access::{Access, Actor};
use crate::kernel::actions::translations::{Original, Seen, Translatable};
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::Db;
use crate::kernel::models::translations::OriginalId;

/// A question as a text to translate. It is never edited, so that its revision is 1.
#[derive(Debug, Clone, Copy)]
pub struct QuestionText(pub Uuid);

impl Translatable for QuestionText {
    const BODY_MAX: usize = 2 * QUESTION_MAX;

    fn of(self) -> OriginalId {
        OriginalId::Question(self.0)
    }

    async fn seen(self, access: &Access, actor: &Actor) -> Result<Seen> {
        let (room, question) = access.question(actor, self.0, Action::Read).await?;
        Ok(Seen { room, revision: 1, is_hidden: question.hidden_at.is_some() })
    }

    async fn original(self, db: &mut Db) -> Result<Original> {
        let question = questions::by_id(db, self.0).await?.ok_or(Error::NotFound)?;
        if question.hidden_at.is_some() {
            return Err(super::hidden());
        }
        // Who entered a question for somebody else cannot say what was meant.
        let author = (!question.on_behalf).then_some(question.author_id);
        Ok(Original { lang: question.lang, revision: 1, author })
    }
}
