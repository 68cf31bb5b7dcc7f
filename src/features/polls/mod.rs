//! Polls: questions with options or positions, ballots, and results that protect small groups.

pub mod access;
pub mod actions;
pub mod http;
pub mod reads;
pub mod rules;
pub mod store;
pub mod suppression;
pub mod view;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature = Feature {
    routes: Some(http::ROUTES),
    part: Some(reads::PART),
    events: Some(&view::events::PollEvents),
    changes: Some(&actions::PollChanges),
    ..Feature::NONE
};
