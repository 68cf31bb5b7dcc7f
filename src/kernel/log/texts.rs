//! Texts that the log holds a digest of, wherever they are kept.

use uuid::Uuid;

use crate::error::Result;
use crate::features::questions::store as questions;
use crate::features::transcript::store as transcript;
use crate::kernel::models::{Db, posts, translations};

/// A text with the salt of its digest. Without the salt it was erased on purpose.
pub struct Written {
    pub id: Uuid,
    pub salt: Vec<u8>,
    pub body: String,
}

/// The texts with these ids: posts, questions, translations, lines of running texts.
///
/// # Errors
/// From the database.
pub async fn written(db: &mut Db, ids: &[Uuid]) -> Result<Vec<Written>> {
    let mut texts: Vec<Written> = posts::by_ids(db, ids)
        .await?
        .into_iter()
        .map(|post| Written { id: post.id, salt: post.salt, body: post.body_md })
        .collect();
    if texts.len() == ids.len() {
        return Ok(texts);
    }
    let questions = questions::by_ids(db, ids).await?.into_iter();
    texts.extend(questions.map(|row| Written { id: row.id, salt: row.salt, body: row.body_md }));
    let translations = translations::by_ids(db, ids).await?.into_iter();
    texts.extend(translations.map(|row| Written { id: row.id, salt: row.salt, body: row.body_md }));
    let lines = transcript::by_ids(db, ids).await?.into_iter();
    texts.extend(lines.map(|row| Written { id: row.id, salt: row.salt, body: row.body }));
    Ok(texts)
}
