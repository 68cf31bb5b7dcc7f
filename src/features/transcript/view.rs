//! The transcript of a session as readers see it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::features::transcript::store::{self as transcript, Line};
use crate::kernel::domain::entries::Subject;
use crate::kernel::domain::kinds::Lang;
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;
use crate::kernel::views::events::{self, EventHook, ids};

/// A line of a session's transcript.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TranscriptLine)]
pub struct LineView {
    pub id: Uuid,
    pub room: Uuid,
    pub session: Uuid,
    pub seq: i64,
    pub lang: Lang,
    /// The language that was spoken; another one than `lang` when this is an interpretation.
    pub original_lang: Lang,
    pub body: String,
    pub at: DateTime<Utc>,
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        Self {
            id: line.id,
            room: line.room_id,
            session: line.session_id,
            seq: line.seq,
            lang: line.lang,
            original_lang: line.original_lang,
            body: line.body.clone(),
            at: line.at,
        }
    }
}

/// Events about lines of running texts.
pub struct TranscriptEvents;

impl EventHook for TranscriptEvents {
    fn subjects(&self) -> &'static [Subject] {
        &[Subject::TranscriptLine]
    }

    fn data(&self, _: Subject) -> Cow<'static, str> {
        LineView::name()
    }

    fn lines<'a>(
        &'a self,
        db: &'a mut Db,
        entries: &'a [&'a Entry],
    ) -> BoxFuture<'a, Result<Vec<events::Line>>> {
        Box::pin(async move {
            let rows = transcript::by_ids(db, &ids(entries, Subject::TranscriptLine)).await?;
            let told = |entry: &&Entry| {
                let row = rows.iter().find(|row| row.id == entry.subject_id)?;
                Some(events::Line::new(entry, &LineView::from(row), None))
            };
            entries.iter().filter_map(told).collect()
        })
    }
}
