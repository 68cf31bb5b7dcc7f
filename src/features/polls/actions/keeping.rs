//! The change hook of polls: a session with polls stays.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::error::Result;
use crate::features::polls::store as polls;
use crate::kernel::actions::ChangeHook;
use crate::kernel::models::Db;

/// A session stays when one of its polls was opened.
pub struct PollChanges;

impl ChangeHook for PollChanges {
    fn keeps<'a>(&'a self, db: &'a mut Db, session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(polls::any_opened(db, session).await?) })
    }
}
