//! The live connection: what arrives, in which order, and for whom.

mod frames;
mod listening;
mod presence;
mod replay;
mod revocation;
mod slow;
mod stream;
