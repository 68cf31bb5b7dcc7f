//! The newest lines of a session's transcript, kept in memory as they were last read.

use std::collections::HashMap;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::features::transcript::store as transcript;
use crate::features::transcript::view::LineView;
use crate::kernel::models::rooms;
use crate::kernel::reads::{Reader, SessionPart, json};
use crate::kernel::views::Page;
use crate::loader::{Loader, Size};

/// Lines on the first page.
const LINES: i64 = 50;

struct Facts {
    head: i64,
    /// The page as JSON: it is the same for everyone.
    page: Vec<u8>,
}

/// The running texts of sessions.
pub struct TranscriptReads(Loader<(Uuid, Uuid), Facts>);

impl TranscriptReads {
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
        let mut rows = transcript::page(&mut db, session, None, None, LINES + 1).await?;
        let more = rows.len() as i64 > LINES;
        rows.truncate(LINES as usize);
        let next = rows.last().filter(|_| more).map(|line| line.seq.to_string());
        let page = json(&Page { items: rows.iter().map(LineView::from).collect(), next })?;
        facts.insert((room, session), Facts { head, page });
    }
    Ok(facts)
}

impl SessionPart for TranscriptReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let key = (reader.session.room_id, reader.session.id);
            let facts = self.0.get(&key, |facts| facts.head >= reader.head).await?.ok_or(Error::NotFound)?;
            Ok(facts.page.clone())
        })
    }
}
