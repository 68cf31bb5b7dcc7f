//! The floor of a session, kept in memory as it was last read.

use futures_util::future::BoxFuture;

use crate::db::Pool;
use crate::error::Result;
use crate::features::floor::store::{self as floor, Floor};
use crate::features::floor::view::FloorAnswer;
use crate::kernel::reads::{PartHook, Reader, SessionFacts, SessionPart, json};

/// The floor in the snapshot of a session.
pub const PART: PartHook =
    PartHook { name: "floor", schema: "FloorOfCaller", reader: |pool, _| Box::new(FloorReads::new(pool)) };

/// The floors of sessions.
pub struct FloorReads(SessionFacts<Floor>);

impl FloorReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool) -> Self {
        Self(SessionFacts::new(pool, |db, session| {
            Box::pin(async move { Ok(floor::load_consistent(db, session).await?) })
        }))
    }
}

impl SessionPart for FloorReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let floor = self.0.get(reader).await?;
            json(&FloorAnswer::new(&floor.facts, reader.actor.id(), None))
        })
    }
}
