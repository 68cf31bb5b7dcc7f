//! Access to polls.

use std::sync::Arc;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::features::polls::rules::PollState;
use crate::features::polls::store::{self as polls, Poll};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;

impl Access {
    /// A poll in a room in which the actor may do this. A draft is there for the desk only.
    ///
    /// # Errors
    /// Not found when the actor may not see it; otherwise why not.
    pub async fn poll(&self, actor: &Actor, id: Uuid, action: Action) -> Result<(Arc<RoomState>, Poll)> {
        let poll = polls::by_id(&mut *self.pool.get().await?, id).await?;
        let state = self.room_of(actor, poll.as_ref().map(|poll| poll.room_id), Action::Read).await?;
        let poll = poll.ok_or(Error::NotFound)?;
        if poll.state == PollState::Draft && state.may(actor, Action::EndPolls).is_err() {
            return Err(Error::NotFound);
        }
        state.may(actor, action)?;
        Ok((state, poll))
    }
}
