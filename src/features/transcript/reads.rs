//! The newest lines of a session's transcript, kept in memory as they were last read.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::Result;
use crate::features::transcript::store as transcript;
use crate::features::transcript::view::LineView;
use crate::kernel::models::Db;
use crate::kernel::reads::{PartHook, Reader, SessionFacts, SessionPart, json};
use crate::kernel::views::Page;

/// Lines on the first page.
const LINES: i64 = 50;

/// The transcript in the snapshot of a session.
pub const PART: PartHook = PartHook {
    name: "transcript",
    schema: "Page_TranscriptLine",
    reader: |pool, _| Box::new(TranscriptReads::new(pool)),
};

/// The transcripts of sessions: the first page of each as JSON, which is the same for everyone.
pub struct TranscriptReads(SessionFacts<Vec<u8>>);

impl TranscriptReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool) -> Self {
        Self(SessionFacts::new(pool, |db, session| Box::pin(page(db, session))))
    }
}

async fn page(db: &mut Db, session: Uuid) -> Result<Vec<u8>> {
    let mut rows = transcript::page(db, session, None, None, LINES + 1).await?;
    let more = rows.len() as i64 > LINES;
    rows.truncate(LINES as usize);
    let next = rows.last().filter(|_| more).map(|line| line.seq.to_string());
    json(&Page { items: rows.iter().map(LineView::from).collect(), next })
}

impl SessionPart for TranscriptReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move { Ok(self.0.get(reader).await?.facts.clone()) })
    }
}
