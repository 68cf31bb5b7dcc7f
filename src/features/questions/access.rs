//! Access to questions of sessions.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::questions::store::{self as questions, Question};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;

impl Access {
    /// A question in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn question(
        &self,
        actor: &Actor,
        id: Uuid,
        action: Action,
    ) -> Result<(Arc<RoomState>, Question)> {
        let question = questions::by_id(&mut *self.pool.get().await?, id).await?;
        let room = self.room_of(actor, question.as_ref().map(|question| question.room_id), action).await?;
        Ok((room, question.ok_or(Error::NotFound)?))
    }
}
