//! How features hang on the kernel: each says what it takes part in, and one list holds them all.

use std::sync::Arc;

use crate::kernel::actions::ChangeHook;
use crate::kernel::http::mount::Routes;
use crate::kernel::log::texts::RecordHook;
use crate::kernel::reads::PartHook;
use crate::kernel::views::events::EventHook;

/// What a feature takes part in.
pub struct Feature {
    /// Its calls.
    pub routes: Option<Routes>,
    /// Its part of the snapshot of a session.
    pub part: Option<PartHook>,
    /// What it tells of the log.
    pub events: Option<&'static dyn EventHook>,
    /// What it adds to the check of the record.
    pub record: Option<&'static dyn RecordHook>,
    /// How the feature follows changes of sessions and members.
    pub changes: Option<&'static dyn ChangeHook>,
}

impl Feature {
    /// Takes part in nothing.
    pub const NONE: Self = Self { routes: None, part: None, events: None, record: None, changes: None };
}

/// The calls of these features.
pub fn routes(features: &'static [Feature]) -> impl Iterator<Item = Routes> {
    features.iter().filter_map(|feature| feature.routes)
}

/// The parts of these features in the snapshot of a session.
pub fn parts(features: &[Feature]) -> Vec<PartHook> {
    features.iter().filter_map(|feature| feature.part).collect()
}

/// What these features tell of the log.
pub fn events(features: &[Feature]) -> Arc<[&'static dyn EventHook]> {
    features.iter().filter_map(|feature| feature.events).collect()
}

/// What these features add to the check of the record.
pub fn record(features: &[Feature]) -> Vec<&'static dyn RecordHook> {
    features.iter().filter_map(|feature| feature.record).collect()
}

/// How these features follow changes of sessions and members.
pub fn changes(features: &[Feature]) -> Arc<[&'static dyn ChangeHook]> {
    features.iter().filter_map(|feature| feature.changes).collect()
}
