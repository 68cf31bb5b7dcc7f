//! Access to screens in a hall.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::screens::store::{self as screens, Screen};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;

impl Access {
    /// A paired screen of a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn screen(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Screen)> {
        let screen = screens::by_id(&mut *self.pool.get().await?, id).await?;
        let room = screen.as_ref().and_then(|screen| screen.room_id);
        let room = self.room_of(actor, room, action).await?;
        Ok((room, screen.ok_or(Error::NotFound)?))
    }

    /// The room that a join code leads to, which the actor may read.
    ///
    /// # Errors
    /// Not found when there is none, or the actor may not see it.
    pub async fn joined(&self, actor: &Actor, code: &str) -> Result<Arc<RoomState>> {
        let found = screens::room_of_join_code(&mut *self.pool.get().await?, code).await?;
        self.room_of(actor, found, Action::Read).await
    }
}
