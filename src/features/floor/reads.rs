//! The floor of a session, kept in memory as it was last read.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::features::floor::store::{self as floor, Floor};
use crate::features::floor::view::FloorAnswer;
use crate::kernel::models::rooms;
use crate::kernel::reads::{Reader, SessionPart, json};
use crate::loader::{Loader, Size};

struct Facts {
    head: i64,
    floor: Floor,
}

/// The floors of sessions.
pub struct FloorReads(Loader<(Uuid, Uuid), Facts>);

impl FloorReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool) -> Self {
        let pool = pool.clone();
        Self(Loader::new(Size { kept: 500, lanes: 2, batch: 4 }, move |keys| load(pool.clone(), keys)))
    }
}

async fn load(pool: Pool, keys: Vec<(Uuid, Uuid)>) -> Result<HashMap<(Uuid, Uuid), Facts>> {
    let mut db = pool.get().await?;
    let mut facts = HashMap::new();
    for (room, session) in keys {
        // First: what is read after the head may be newer than it says, never older.
        let Some(head) = rooms::head(&mut db, room).await? else { continue };
        let floor = floor::load_consistent(&mut db, session).await?;
        facts.insert((room, session), Facts { head, floor });
    }
    Ok(facts)
}

impl SessionPart for FloorReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let key = (reader.session.room_id, reader.session.id);
            let facts = self.0.get(&key, |facts| facts.head >= reader.head).await?.ok_or(Error::NotFound)?;
            json(&FloorAnswer::new(&facts.floor, reader.actor.id(), None))
        })
    }
}
