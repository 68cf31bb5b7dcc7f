//! Questions of sessions and lines of their running text.

use std::sync::Arc;

use uuid::Uuid;

use super::{Access, Actor, RoomState};
use crate::domain::permissions::Action;
use crate::error::{Error, Result};
use crate::models::questions::{self, Question};
use crate::models::transcript::{self, Line};

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
        let question = questions::by_id(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        Ok((self.room(actor, question.room_id, action).await?, question))
    }

    /// A line of a session's running text in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn transcript_line(
        &self,
        actor: &Actor,
        id: Uuid,
        action: Action,
    ) -> Result<(Arc<RoomState>, Line)> {
        let line = transcript::by_id(&mut *self.pool.get().await?, id).await?.ok_or(Error::NotFound)?;
        Ok((self.room(actor, line.room_id, action).await?, line))
    }
}
