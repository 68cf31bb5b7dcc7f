//! Who speaks for a constituency: the one answer for polls, questions, the floor, presence and caucuses.

use super::kinds::MemberStatus;

/// True when a member speaks for the constituency they declared: a steward has confirmed it, and the account is neither
/// waiting nor closed. Who does not may take part, and is counted in no constituency.
pub fn speaks_for_constituency(status: MemberStatus, confirmed: bool) -> bool {
    confirmed && status == MemberStatus::Active
}
