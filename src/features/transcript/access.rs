//! Access to lines of a session's transcript.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::transcript::store::{self as transcript, Line};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;

impl Access {
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
        let line = transcript::by_id(&mut *self.pool.get().await?, id).await?;
        let room = self.room_of(actor, line.as_ref().map(|line| line.room_id), action).await?;
        Ok((room, line.ok_or(Error::NotFound)?))
    }
}
