//! Live rooms: who listens on this node, and what they are sent.

pub mod admission;
pub mod bus;
pub mod hub;
mod lately;
pub mod limit;
pub mod outbox;
pub mod presence;
pub mod room;
pub mod socket;
