//! Questions of a session, their supporters, and their order.

pub mod access;
pub mod actions;
pub mod http;
pub mod rules;
pub mod store;
pub mod view;
