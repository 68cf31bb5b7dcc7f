//! The floor: who asked for it, who has it, and who speaks next.

pub mod access;
pub mod actions;
pub mod http;
pub mod replay;
pub mod rules;
pub mod store;
pub mod view;
