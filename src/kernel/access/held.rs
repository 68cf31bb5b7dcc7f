//! Posts that wait for a moderator.

use std::sync::Arc;

use uuid::Uuid;

use super::{Access, Actor, RoomState};
use crate::error::{Error, Result};
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::held::{self, HeldPost};

impl Access {
    /// A held post, for those who may decide on it. To everyone else it is not there.
    ///
    /// # Errors
    /// Not found when the actor is not at the desk; otherwise why not.
    pub async fn held(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, HeldPost)> {
        actor.member()?;
        let held = held::by_id(&mut *self.pool.get().await?, id).await?;
        let room = self
            .room_of(actor, held.as_ref().map(|held| held.room_id), action)
            .await
            .map_err(|error| if error.is_forbidden() { Error::NotFound } else { error })?;
        Ok((room, held.ok_or(Error::NotFound)?))
    }
}
