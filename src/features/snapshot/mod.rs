//! The snapshot of a session: all that its page shows first, in one answer.

pub mod http;
pub mod reads;

use crate::kernel::hooks::Feature;

/// What it takes part in.
pub const FEATURE: Feature = Feature { routes: Some(http::ROUTES), ..Feature::NONE };
