//! One function a change: transaction, access, models, log entries. Nothing else writes.

pub mod accounts;
pub mod agenda;
pub mod ballots;
pub mod calendar;
pub mod change;
pub mod demo;
pub mod floor;
pub mod held;
pub mod invitations;
pub mod members;
pub mod moderation;
pub mod passwords;
pub mod polls;
pub mod posting;
pub mod posts;
pub mod questions;
pub mod reactions;
pub mod rooms;
pub mod screens;
pub mod sessions;
pub mod signals;
pub mod threads;
pub mod transcript;
pub mod translations;

pub use accounts::{Accounts, Revocation, Revoker};
pub use change::{Ctx, RoomChange};
