//! Features, which hang on rooms: one folder a feature, in it one file a layer.

pub mod calendar;
pub mod floor;
pub mod polls;
pub mod questions;
pub mod screens;
pub mod transcript;

use crate::kernel::hooks::Feature;

/// All features, in the order in which they follow a change.
pub static FEATURES: [Feature; 6] = [
    floor::FEATURE,
    polls::FEATURE,
    questions::FEATURE,
    transcript::FEATURE,
    screens::FEATURE,
    calendar::FEATURE,
];
