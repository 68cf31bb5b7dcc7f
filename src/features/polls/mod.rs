//! Polls: questions with options or positions, ballots, and results that protect small groups.

pub mod access;
pub mod actions;
pub mod http;
pub mod rules;
pub mod store;
pub mod suppression;
pub mod view;
