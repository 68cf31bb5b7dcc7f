//! Texts of which the log holds digests, wherever they are kept.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::error::Result;
use crate::kernel::domain::entries::Subject;
use crate::kernel::log::chain::Fault;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::{Db, posts, translations};

/// A text with the salt of its digest. Without the salt it was erased on purpose.
pub struct Written {
    pub id: Uuid,
    pub salt: Vec<u8>,
    pub body: String,
}

/// What a feature adds to the check of a room's record.
pub trait RecordHook: Send + Sync {
    /// The feature's texts with these ids.
    fn texts<'a>(&'a self, _: &'a mut Db, _ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Written>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Whose entries [`RecordHook::fault`] compares with the tables.
    fn compares(&self) -> Option<Subject> {
        None
    }

    /// The first thing that is not, in the tables, as these entries of a room tell it.
    fn fault<'a>(
        &'a self,
        _: &'a mut Db,
        _room: Uuid,
        _entries: &'a [Entry],
    ) -> BoxFuture<'a, Result<Option<Fault>>> {
        Box::pin(async { Ok(None) })
    }
}

/// The texts with these ids: posts, translations, and those of features.
///
/// # Errors
/// From the database.
pub async fn written(db: &mut Db, hooks: &[&'static dyn RecordHook], ids: &[Uuid]) -> Result<Vec<Written>> {
    let mut texts: Vec<Written> = posts::by_ids(db, ids)
        .await?
        .into_iter()
        .map(|post| Written { id: post.id, salt: post.salt, body: post.body_md })
        .collect();
    if texts.len() == ids.len() {
        return Ok(texts);
    }
    let translations = translations::by_ids(db, ids).await?.into_iter();
    texts.extend(translations.map(|row| Written { id: row.id, salt: row.salt, body: row.body_md }));
    for hook in hooks {
        texts.extend(hook.texts(db, ids).await?);
    }
    Ok(texts)
}

/// The digest of a text in the log.
pub fn text_digest(salt: &[u8], body: &str) -> [u8; 32] {
    super::chain::digest(&[salt, body.as_bytes()])
}
