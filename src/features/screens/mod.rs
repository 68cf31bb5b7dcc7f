//! Screens in a hall: pairing, what they show, and how they are sent it.

pub mod access;
pub mod actions;
pub mod http;
pub mod live;
pub mod rules;
pub mod store;
pub mod view;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature = Feature { routes: Some(http::ROUTES), ..Feature::NONE };
