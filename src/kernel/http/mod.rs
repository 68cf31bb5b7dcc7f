//! Thin handlers over the actions, one file a feature, and the one route table.

pub mod accounts;
pub mod agenda;
pub mod api;
pub mod docs;
pub mod extract;
pub mod guard;
pub mod held;
pub mod installation;
pub mod invitations;
pub mod kit;
pub mod limits;
pub mod live;
pub mod members;
pub mod moderation;
pub mod mount;
pub mod ops;
pub mod posts;
pub mod reading;
pub mod rooms;
pub mod routes;
pub mod run;
pub mod sessions;
pub mod threads;
pub mod translations;
pub mod ui;
