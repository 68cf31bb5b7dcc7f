//! The hash chain over a room's log.
//!
//! Each entry holds the hash of the entry before it; the room holds the hash of the newest. A hash
//! is SHA-256 over length-framed fields, so that no two different entries share an encoding. It
//! covers the digest of the content, not the content: text may be erased (with its salt) and the
//! chain still verifies.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kernel::models::room_log::Entry;

/// The hash before the first entry.
pub const START: [u8; 32] = [0; 32];

/// SHA-256 over length-framed parts.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The hash of an entry, which the next one carries as `prev`.
pub fn hash(entry: &Entry) -> [u8; 32] {
    let actor = entry.actor_id.unwrap_or(Uuid::nil());
    digest(&[
        b"plenary room log 1",
        entry.room_id.as_bytes(),
        &entry.seq.to_be_bytes(),
        entry.kind.as_str().as_bytes(),
        entry.subject_id.as_bytes(),
        actor.as_bytes(),
        &entry.at.timestamp_micros().to_be_bytes(),
        &entry.digest,
        &entry.prev,
    ])
}

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A number is missing or out of order; the expected one.
    Gap(i64),
    /// The entry with this number, or the one before it, was changed.
    Broken(i64),
    /// The text that the entry with this number recorded was changed, or is gone.
    Text(i64),
    /// What is kept of this is not, in the tables, as the log tells it: what it is, and of which session.
    Tables(&'static str, Uuid),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gap(seq) => write!(f, "entry {seq} is missing"),
            Self::Broken(seq) => write!(f, "entry {seq}, or the one before it, was changed"),
            Self::Text(seq) => write!(f, "the text of entry {seq} was changed, or is gone"),
            Self::Tables(what, session) => {
                write!(f, "the {what} of session {session} is not what was logged")
            }
        }
    }
}

/// Follows a chain. Returns the hash after the last entry.
///
/// # Errors
/// The first fault found.
pub fn follow(mut seq: i64, mut prev: [u8; 32], entries: &[Entry]) -> Result<[u8; 32], Fault> {
    for entry in entries {
        seq += 1;
        if entry.seq != seq {
            return Err(Fault::Gap(seq));
        }
        if entry.prev != prev {
            return Err(Fault::Broken(seq));
        }
        prev = hash(entry);
    }
    Ok(prev)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::domain::entries::EntryKind;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn chain(length: i64) -> Vec<Entry> {
        let mut prev = START;
        (1..=length)
            .map(|seq| {
                let entry = Entry {
                    room_id: Uuid::from_u128(7),
                    seq,
                    kind: EntryKind::PostCreated,
                    subject_id: Uuid::from_u128(seq as u128),
                    actor_id: None,
                    at: DateTime::from_timestamp(1_700_000_000 + seq, 0).unwrap(),
                    digest: digest(&[&seq.to_be_bytes()]).to_vec(),
                    prev: prev.to_vec(),
                };
                prev = hash(&entry);
                entry
            })
            .collect()
    }

    #[test]
    fn framing_keeps_fields_apart() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }

    proptest! {
        #[test]
        fn an_untouched_chain_verifies(length in 0..40i64) {
            prop_assert!(follow(0, START, &chain(length)).is_ok());
        }

        #[test]
        fn any_change_is_found(length in 2..40i64, at in 0..38usize, what in 0..5) {
            let whole = chain(length);
            let end = follow(0, START, &whole).unwrap();
            let at = at % (whole.len() - 1);
            let mut entries = whole.clone();
            match what {
                0 => entries[at].subject_id = Uuid::from_u128(999),
                1 => entries[at].digest[0] ^= 1,
                2 => entries[at].kind = EntryKind::PostEdited,
                3 => { entries.remove(at); }
                _ => entries.swap(at, at + 1),
            }
            prop_assert_ne!(follow(0, START, &entries), Ok(end));
        }
    }
}
