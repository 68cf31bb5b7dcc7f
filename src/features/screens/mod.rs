//! Screens in a hall: pairing, what they show, and how they are sent it.

pub mod access;
pub mod actions;
pub mod http;
pub mod live;
pub mod rules;
pub mod store;
pub mod view;
