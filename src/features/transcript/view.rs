//! The running text of a session as readers see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::transcript::store::Line;
use crate::kernel::domain::kinds::Lang;

/// A line of what is said in a session.
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
