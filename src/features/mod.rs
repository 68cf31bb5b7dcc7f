//! What hangs on the rooms: one folder a feature, in it one file a layer.

pub mod calendar;
pub mod floor;
pub mod polls;
pub mod questions;
pub mod screens;
pub mod transcript;
