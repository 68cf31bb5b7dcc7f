//! The floor: who asked for it, who has it, and who speaks next.

pub mod access;
pub mod actions;
pub mod http;
pub mod reads;
pub mod record;
pub mod rules;
pub mod store;
pub mod view;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature = Feature {
    routes: Some(http::ROUTES),
    part: Some(reads::PART),
    events: Some(&view::events::FloorEvents),
    record: Some(&record::FloorRecord),
    changes: Some(&actions::FloorChanges),
};
