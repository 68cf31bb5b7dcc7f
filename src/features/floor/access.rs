//! Access to requests for the floor and speeches.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::floor::store::{self as floor, FloorRequest, Speech};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;

impl Access {
    /// A request for the floor in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn floor_request(
        &self,
        actor: &Actor,
        id: Uuid,
        action: Action,
    ) -> Result<(Arc<RoomState>, FloorRequest)> {
        let request = floor::request_by_id(&mut *self.pool.get().await?, id).await?;
        let room = self.room_of(actor, request.as_ref().map(|request| request.room_id), action).await?;
        Ok((room, request.ok_or(Error::NotFound)?))
    }

    /// A speech in a room in which the actor may do this.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn speech(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Speech)> {
        let speech = floor::speech_by_id(&mut *self.pool.get().await?, id).await?;
        let room = self.room_of(actor, speech.as_ref().map(|speech| speech.room_id), action).await?;
        Ok((room, speech.ok_or(Error::NotFound)?))
    }
}
