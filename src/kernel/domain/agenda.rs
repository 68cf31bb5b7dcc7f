//! The states of a session and how it passes from one to the next.

use std::ops::RangeInclusive;

use super::entries::EntryKind;
use super::kinds::SessionState as S;

/// Years that an agenda or a programme can lie in; the database knows fewer than JSON can say.
pub const YEARS: RangeInclusive<i32> = 1990..=2200;

/// The log entry kind of a change of state, or None when the change is not possible.
///
/// scheduled → lobby → live ⇄ paused → ended; the lobby may be left out or closed again, and an
/// ended session may be taken up again, since "end" is sometimes pressed too early.
pub const fn transition(from: S, to: S) -> Option<EntryKind> {
    match (from, to) {
        (S::Scheduled, S::Lobby) => Some(EntryKind::SessionOpened),
        (S::Lobby, S::Scheduled) => Some(EntryKind::SessionWithdrawn),
        (S::Scheduled | S::Lobby, S::Live) => Some(EntryKind::SessionStarted),
        (S::Live, S::Paused) => Some(EntryKind::SessionPaused),
        (S::Paused | S::Ended, S::Live) => Some(EntryKind::SessionResumed),
        (S::Live | S::Paused, S::Ended) => Some(EntryKind::SessionEnded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_leads_to_itself_and_none_is_a_dead_end() {
        for from in S::ALL {
            assert_eq!(transition(*from, *from), None);
            assert!(S::ALL.iter().any(|to| transition(*from, *to).is_some()), "{from} is a dead end");
        }
    }

    #[test]
    fn a_session_does_not_end_before_it_began() {
        assert_eq!(transition(S::Scheduled, S::Ended), None);
        assert_eq!(transition(S::Lobby, S::Paused), None);
    }
}
