//! All that the page of a session shows first, in one answer.

pub mod http;
pub mod reads;
