//! Helpers that handlers share.

pub mod asked;
pub mod cursor;
pub mod translating;
