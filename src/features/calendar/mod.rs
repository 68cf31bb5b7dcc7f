//! Calendars that other programs subscribe to.

pub mod actions;
pub mod http;
pub mod rules;
pub mod store;
