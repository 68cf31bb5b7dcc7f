//! The parts of a session's snapshot, as each feature adds them.

use std::sync::Arc;

use crate::db::Pool;
use crate::features::floor::reads::FloorReads;
use crate::features::polls::reads::PollReads;
use crate::features::questions::reads::QuestionReads;
use crate::features::transcript::reads::TranscriptReads;
use crate::kernel::access::Access;
use crate::kernel::reads::SessionPart;

/// What the features keep in memory of sessions.
pub struct SessionReads {
    pub floor: FloorReads,
    pub polls: PollReads,
    pub questions: QuestionReads,
    pub transcript: TranscriptReads,
}

impl SessionReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool, access: &Arc<Access>) -> Self {
        Self {
            floor: FloorReads::new(pool),
            polls: PollReads::new(pool, access),
            questions: QuestionReads::new(pool),
            transcript: TranscriptReads::new(pool),
        }
    }

    /// The parts of a session's snapshot by the names that they have there.
    pub fn parts(&self) -> [(&'static str, &dyn SessionPart); 4] {
        [
            ("floor", &self.floor),
            ("polls", &self.polls),
            ("questions", &self.questions),
            ("transcript", &self.transcript),
        ]
    }
}
