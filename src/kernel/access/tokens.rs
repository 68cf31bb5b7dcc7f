//! Tokens of sign-ins: how they are made and kept.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// How a token is kept: nobody who reads the database can sign in with what is there.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A token of 256 random bits, in hexadecimal.
pub fn new_token() -> String {
    hex(&rand::random::<[u8; 32]>())
}

/// 256 bits in hexadecimal.
pub fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
