//! Calendars that other programs subscribe to.

pub mod actions;
pub mod http;
pub mod rules;
pub mod store;
pub mod view;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature =
    Feature { routes: Some(http::ROUTES), changes: Some(&actions::Feeds), ..Feature::NONE };
