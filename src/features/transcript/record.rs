//! The texts of which the log holds digests.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::error::Result;
use crate::features::transcript::store::by_ids;
use crate::kernel::log::texts::{RecordHook, Written};
use crate::kernel::models::Db;

/// The texts of the lines of running texts.
pub struct TranscriptRecord;

impl RecordHook for TranscriptRecord {
    fn texts<'a>(&'a self, db: &'a mut Db, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Written>>> {
        Box::pin(async move {
            let rows = by_ids(db, ids).await?.into_iter();
            Ok(rows.map(|row| Written { id: row.id, salt: row.salt, body: row.body }).collect())
        })
    }
}
