//! Members, rooms, sessions, threads and posts, their moderation, and the log: layer by layer.

pub mod access;
pub mod actions;
pub mod domain;
pub mod hooks;
pub mod http;
pub mod live;
pub mod log;
pub mod models;
pub mod reads;
pub mod views;
