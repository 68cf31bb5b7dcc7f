//! The integration tests: one binary, each test with a server and a database of its own.

mod accounts;
mod agenda;
mod bad_input;
mod demo;
mod discussion;
mod doors;
mod floor;
mod guard;
mod interpretation;
mod live;
mod nodes;
mod operations;
mod polls;
mod private_postgres;
mod questions;
mod reads;
mod routes;
mod schema;
mod screen;
mod snapshots;
mod support;
mod texts;
