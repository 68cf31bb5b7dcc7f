//! Rules for writing into a thread, beyond the right to write in its room: one for posting, for keeping a post
//! for a moderator, for changing one's own post and for renaming.

use super::kinds::RoomRole;

/// A thread, as far as the rule needs to know.
#[derive(Debug, Clone, Copy)]
pub struct ThreadRules {
    /// Only moderators write.
    pub locked: bool,
    /// What others write waits for a moderator.
    pub review_first: bool,
}

/// Why nothing is written now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotWritable {
    Locked,
    /// A moderator has to see it first.
    Review,
}

/// True for those who write into a locked thread too, and whose posts wait for nobody.
pub const fn moderates(role: Option<RoomRole>) -> bool {
    match role {
        Some(role) => role.moderates(),
        None => false,
    }
}

/// May who holds `role` write into the thread? `reviewed` when a moderator has seen the text.
///
/// # Errors
/// Why not.
pub const fn may_write(
    thread: ThreadRules,
    role: Option<RoomRole>,
    reviewed: bool,
) -> Result<(), NotWritable> {
    if moderates(role) {
        Ok(())
    } else if thread.locked {
        Err(NotWritable::Locked)
    } else if thread.review_first && !reviewed {
        Err(NotWritable::Review)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_and_a_review_bind_all_but_moderators() {
        let threads = [(false, false), (true, false), (false, true), (true, true)];
        for (locked, review_first) in threads {
            let thread = ThreadRules { locked, review_first };
            for role in RoomRole::ALL.iter().copied().map(Some).chain([None]) {
                for reviewed in [false, true] {
                    let expected = match (locked, review_first && !reviewed) {
                        _ if role >= Some(RoomRole::Moderator) => Ok(()),
                        (true, _) => Err(NotWritable::Locked),
                        (false, true) => Err(NotWritable::Review),
                        (false, false) => Ok(()),
                    };
                    assert_eq!(may_write(thread, role, reviewed), expected, "{thread:?} {role:?} {reviewed}");
                }
            }
        }
    }
}
