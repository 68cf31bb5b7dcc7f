//! The room log: the numbered, append-only record of everything that changed in a room.

pub mod append;
pub mod chain;
pub mod event;
pub mod frame;
pub mod replay;
pub mod texts;
