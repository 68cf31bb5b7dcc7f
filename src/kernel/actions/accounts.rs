//! Accounts: becoming a member, signing in and out, and what members change about themselves.

mod context;
mod naming;
mod own;
mod registering;
mod signing_in;

pub(super) use context::Fields;
pub use context::{Accounts, Revocation, Revoker};
pub(super) use naming::{check_free, renamed};
pub use own::{change_password, edit_me, reset_password};
pub(super) use registering::{AccountTerms, check, insert};
pub use registering::{NewAccount, create, register};
pub(super) use signing_in::begin;
pub use signing_in::{
    Claim, LIFETIME, SIGN_INS_MAX, SignedIn, claim, end_other_sign_ins, end_sign_in, sign_in, sign_out,
};
