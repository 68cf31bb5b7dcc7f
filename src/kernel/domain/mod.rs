//! The pure rules: no I/O, no async, no database. The most tested folder.

pub mod agenda;
pub mod email;
pub mod entries;
pub mod field_code;
pub mod kinds;
pub mod links;
pub mod markdown;
pub mod passwords;
pub mod permissions;
pub mod seal;
pub mod shape;
pub mod slow_mode;
pub mod standing;
pub mod text;
pub mod timetable;
pub mod tree;
pub mod words;
pub mod writing;

/// Largest page of a list, in items.
pub const PAGE_MAX: i64 = 100;
/// Page of a list when the caller names no limit, in items.
pub const PAGE_DEFAULT: i64 = 50;
/// Page of the room log, in entries.
pub const LOG_PAGE: i64 = 500;
/// A socket that is further behind than this many entries is told to reload.
pub const REPLAY_MAX: i64 = 1_000;
