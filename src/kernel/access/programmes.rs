//! Programmes: one sees those of rooms that one sees.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Access, Actor};
use crate::error::{Error, Result};
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::rooms::{self, Programme, Seen};

impl Access {
    /// Which programmes the actor sees. A steward also sees those that have no room yet.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn programmes(&self, actor: &Actor) -> Result<Seen> {
        let directory = self.directory().await?;
        let placed = directory.rooms.iter().filter(|room| room.programme_id.is_some());
        let ids: Vec<Uuid> = placed.map(|room| room.id).collect();
        let mut of_rooms = BTreeSet::new();
        for some in ids.chunks(500) {
            let states = self.room_states(some).await?;
            let visible = states.iter().filter(|state| state.may(actor, Action::Read).is_ok());
            of_rooms.extend(visible.filter_map(|state| state.room.programme_id));
        }
        let steward = actor.steward().ok().map(|steward| steward.id);
        Ok(Seen { of_rooms: of_rooms.into_iter().collect(), steward })
    }

    /// A programme that the actor sees.
    ///
    /// # Errors
    /// Not found when there is none, or the actor does not see it.
    pub async fn programme(&self, actor: &Actor, id: Uuid) -> Result<Programme> {
        self.programme_where(actor, id, |seen| seen.steward.is_some()).await
    }

    /// A programme that the actor may put a room into: one that the actor sees, or one that has no room yet.
    ///
    /// # Errors
    /// Not found when there is none, or the actor does not see it.
    pub async fn programme_for_room(&self, actor: &Actor, id: Uuid) -> Result<Programme> {
        self.programme_where(actor, id, |_| true).await
    }

    async fn programme_where(
        &self,
        actor: &Actor,
        id: Uuid,
        may_be_empty: impl FnOnce(&Seen) -> bool,
    ) -> Result<Programme> {
        let seen = self.programmes(actor).await?;
        let mut db = self.pool.get().await?;
        let found = rooms::programme(&mut db, id).await?.ok_or(Error::NotFound)?;
        let is_seen = seen.of_rooms.contains(&id)
            || seen.steward == Some(found.created_by)
            || (may_be_empty(&seen) && !rooms::programme_has_rooms(&mut db, id).await?);
        if is_seen { Ok(found) } else { Err(Error::NotFound) }
    }
}
