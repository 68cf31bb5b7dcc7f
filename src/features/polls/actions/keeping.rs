//! The change hook of polls: a session with polls stays.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::closing::close_all;
use crate::error::Result;
use crate::features::polls::store as polls;
use crate::kernel::actions::{ChangeHook, RoomTx};
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::models::Db;
use crate::kernel::models::sessions::Session;

/// Polls end with their session, and a session stays when one of its polls was opened.
pub struct PollChanges;

impl ChangeHook for PollChanges {
    fn session_changed<'a>(
        &'a self,
        change: &'a mut RoomTx,
        session: &'a Session,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match session.state {
                SessionState::Ended => close_all(change, session.id).await,
                _ => Ok(()),
            }
        })
    }

    fn keeps<'a>(&'a self, db: &'a mut Db, session: Uuid) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(polls::any_opened(db, session).await?) })
    }
}
