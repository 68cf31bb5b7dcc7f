//! Plenary: a self-hosted server for social dialogue. docs/ARCHITECTURE.md shows the house.

pub mod app;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
pub mod features;
pub mod kernel;
pub mod schema;
pub mod state;
