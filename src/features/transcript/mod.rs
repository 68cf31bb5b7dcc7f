//! The transcript of a session, and signals of its interpreters.

pub mod access;
pub mod actions;
pub mod http;
pub mod reads;
pub mod record;
pub mod store;
pub mod view;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature = Feature {
    routes: Some(http::ROUTES),
    part: Some(reads::PART),
    events: Some(&view::TranscriptEvents),
    record: Some(&record::TranscriptRecord),
    ..Feature::NONE
};
