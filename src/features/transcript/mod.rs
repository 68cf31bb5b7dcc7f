//! The running text of a session, and signals to its interpreters.

pub mod access;
pub mod actions;
pub mod http;
pub mod store;
pub mod view;
