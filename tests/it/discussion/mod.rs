//! Threads and posts as members meet them.

mod attribution;
mod editing;
mod held;
mod limits;
mod moderation;
mod pages;
mod posting;
mod reading;
