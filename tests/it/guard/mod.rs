//! What holds against those who mean harm: links, sign-ins, names of hidden rooms, the bus, the log of security.

mod first_admin;
mod names;
mod operators;
mod origin;
mod sign_ins;
mod tries;
