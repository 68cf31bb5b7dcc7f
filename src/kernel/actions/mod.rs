//! One function a change: transaction, access, models, log entries. Nothing else writes.

pub mod accounts;
pub mod agenda;
pub mod change;
pub mod demo;
pub mod held;
pub mod invitations;
pub mod members;
pub mod moderation;
pub mod passwords;
pub mod posting;
pub mod posts;
pub mod reactions;
pub mod rooms;
pub mod sessions;
pub mod threads;
pub mod translations;
pub mod tx;

pub use accounts::{Accounts, Revocation, Revoker};
pub use change::{ChangeHook, Ctx, RoomTx};
