//! Plenary: a self-hosted server for social dialogue. docs/ARCHITECTURE.md shows the house.

pub mod access;
pub mod actions;
pub mod app;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod domain;
pub mod error;
pub mod http;
pub mod live;
pub mod loader;
pub mod log;
pub mod models;
pub mod reads;
pub mod schema;
pub mod state;
pub mod views;
