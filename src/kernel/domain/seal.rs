//! Seals: that something was written by a node of this installation. Whoever lacks the installation's secret can make
//! none.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a seal.
pub const SEAL: usize = 32;

/// Seals for one purpose: a seal of one never passes for one of another.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

fn begin(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes a key of any length")
}

impl Key {
    /// The key for a purpose.
    pub fn new(secret: &[u8], purpose: &str) -> Self {
        Self(begin(&begin(secret).chain_update(purpose).finalize().into_bytes()))
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            // With their lengths: what stands in one part cannot move to the next.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// The seal of these parts.
    pub fn seal(&self, parts: &[&[u8]]) -> [u8; SEAL] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// True when it is the seal of these parts. Takes as long for a wrong one.
    pub fn is_seal(&self, seal: &[u8], parts: &[&[u8]]) -> bool {
        self.over(parts).verify_slice(seal).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_its_secret_its_purpose_and_its_parts() {
        let key = Key::new(b"secret", "bus");
        let seal = key.seal(&[b"room", b"text"]);
        assert!(key.is_seal(&seal, &[b"room", b"text"]));
        for (other, parts) in [
            (Key::new(b"secret", "browser"), [&b"room"[..], b"text"]),
            (Key::new(b"other", "bus"), [b"room", b"text"]),
            (key.clone(), [b"roomt", b"ext"]),
            (key.clone(), [b"room", b"texts"]),
        ] {
            assert!(!other.is_seal(&seal, &parts));
        }
        assert!(!key.is_seal(&seal[..31], &[b"room", b"text"]) && !key.is_seal(&[], &[b"room", b"text"]));
    }
}
