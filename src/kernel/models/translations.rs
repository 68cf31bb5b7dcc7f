//! Translations of posts and questions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Maybe};
use crate::kernel::domain::kinds::{Lang, TranslationState};
use crate::schema::translations;

/// A translation as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = translations)]
pub struct Translation {
    pub id: Uuid,
    pub room_id: Uuid,
    pub post_id: Option<Uuid>,
    pub question_id: Option<Uuid>,
    pub lang: Lang,
    pub state: TranslationState,
    pub body_md: String,
    pub body_html: String,
    pub salt: Vec<u8>,
    pub based_on: i32,
    pub version: i32,
    pub interpreter_id: Uuid,
    pub updated_at: DateTime<Utc>,
}

/// What may be changed about a translation.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = translations)]
pub struct TranslationChange<'a> {
    pub state: TranslationState,
    pub body_md: &'a str,
    pub body_html: &'a str,
    pub salt: &'a [u8],
    pub based_on: i32,
    pub version: i32,
    pub interpreter_id: Uuid,
    pub updated_at: DateTime<Utc>,
}

/// The original of a translation, by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginalId {
    Post(Uuid),
    Question(Uuid),
}

impl OriginalId {
    /// The id of the post.
    pub fn post(self) -> Option<Uuid> {
        if let Self::Post(id) = self { Some(id) } else { None }
    }

    /// The id of the question.
    pub fn question(self) -> Option<Uuid> {
        if let Self::Question(id) = self { Some(id) } else { None }
    }

    /// The id of either.
    pub fn id(self) -> Uuid {
        match self {
            Self::Post(id) | Self::Question(id) => id,
        }
    }
}

/// # Errors
/// From the database.
pub async fn insert(db: &mut Db, translation: &Translation) -> QueryResult<()> {
    diesel::insert_into(translations::table).values(translation).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn update(db: &mut Db, id: Uuid, change: &TranslationChange<'_>) -> QueryResult<Translation> {
    diesel::update(translations::table.find(id))
        .set(change)
        .returning(Translation::as_returning())
        .get_result(db)
        .await
}

/// # Errors
/// From the database.
pub async fn delete(db: &mut Db, id: Uuid) -> QueryResult<()> {
    diesel::delete(translations::table.find(id)).execute(db).await?;
    Ok(())
}

/// # Errors
/// From the database.
pub async fn by_ids(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Translation>> {
    translations::table.filter(translations::id.eq_any(ids)).select(Translation::as_select()).load(db).await
}

/// Everything there is of one original: drafts and what was withdrawn, too.
///
/// # Errors
/// From the database.
pub async fn of(db: &mut Db, of: OriginalId) -> QueryResult<Vec<Translation>> {
    let query =
        translations::table.order((translations::lang, translations::id)).select(Translation::as_select());
    match of {
        OriginalId::Post(id) => query.filter(translations::post_id.eq(id)).load(db).await,
        OriginalId::Question(id) => query.filter(translations::question_id.eq(id)).load(db).await,
    }
}

/// The row of one language: the draft, or what is (or was) published.
///
/// # Errors
/// From the database.
pub async fn one(
    db: &mut Db,
    original: OriginalId,
    lang: Lang,
    draft: bool,
) -> QueryResult<Option<Translation>> {
    let rows = translations::table.filter(translations::lang.eq(lang)).select(Translation::as_select());
    let is_draft = translations::state.eq(TranslationState::Draft);
    let found = match (original, draft) {
        (OriginalId::Post(id), true) => {
            rows.filter(translations::post_id.eq(id)).filter(is_draft).first(db).await
        }
        (OriginalId::Post(id), false) => {
            rows.filter(translations::post_id.eq(id)).filter(diesel::dsl::not(is_draft)).first(db).await
        }
        (OriginalId::Question(id), true) => {
            rows.filter(translations::question_id.eq(id)).filter(is_draft).first(db).await
        }
        (OriginalId::Question(id), false) => {
            rows.filter(translations::question_id.eq(id)).filter(diesel::dsl::not(is_draft)).first(db).await
        }
    };
    found.maybe()
}

const PUBLISHED: [TranslationState; 2] = [TranslationState::Interpreter, TranslationState::Confirmed];

/// What all may read of the translations of these posts, in order of language.
///
/// # Errors
/// From the database.
pub async fn of_posts(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Translation>> {
    translations::table
        .filter(translations::post_id.eq_any(ids).and(translations::state.eq_any(PUBLISHED)))
        .order((translations::lang, translations::id))
        .select(Translation::as_select())
        .load(db)
        .await
}

/// What all may read of the translations of these questions, in order of language.
///
/// # Errors
/// From the database.
pub async fn of_questions(db: &mut Db, ids: &[Uuid]) -> QueryResult<Vec<Translation>> {
    translations::table
        .filter(translations::question_id.eq_any(ids).and(translations::state.eq_any(PUBLISHED)))
        .order((translations::lang, translations::id))
        .select(Translation::as_select())
        .load(db)
        .await
}
