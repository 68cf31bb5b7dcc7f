//! What hangs on the rooms: one folder a feature, in it one file a layer. Here they are listed.

pub mod calendar;
pub mod floor;
pub mod polls;
pub mod questions;
pub mod screens;
pub mod snapshot;
pub mod transcript;

use std::sync::Arc;

use crate::db::Pool;
use crate::kernel::access::Access;
use crate::kernel::hooks::Feature;
use crate::kernel::reads::SessionPart;
use floor::reads::FloorReads;
use polls::reads::PollReads;
use questions::reads::QuestionReads;
use transcript::reads::TranscriptReads;

/// All features. In the order in which they follow a change.
pub static FEATURES: [Feature; 7] = [
    floor::FEATURE,
    polls::FEATURE,
    questions::FEATURE,
    transcript::FEATURE,
    screens::FEATURE,
    calendar::FEATURE,
    snapshot::FEATURE,
];

/// What the features keep in memory.
pub struct Features {
    pub floor: FloorReads,
    pub polls: PollReads,
    pub questions: QuestionReads,
    pub transcript: TranscriptReads,
}

impl Features {
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
    pub fn session_parts(&self) -> [(&'static str, &dyn SessionPart); 4] {
        [
            ("floor", &self.floor),
            ("polls", &self.polls),
            ("questions", &self.questions),
            ("transcript", &self.transcript),
        ]
    }
}
