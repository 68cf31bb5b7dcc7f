//! Drafts of log entries, and the publisher that committed ones are handed to.

use uuid::Uuid;

use super::frame::Frame;
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::Site;
use crate::kernel::models::members::Member;
use crate::kernel::models::posts::Post;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::threads::ThreadStats;

/// An entry that has no number yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: EntryKind,
    /// The room, member, thread, post or session that it is about.
    pub subject: Uuid,
    pub actor: Option<Uuid>,
    /// Digest of the subject's content, by [`super::chain::digest`].
    pub digest: [u8; 32],
}

/// Who sees an event in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone who may read the room.
    Participant,
    /// Moderators and chairs: with the text of hidden posts.
    Desk,
}

/// Entries of one room that were committed together, in order of number.
#[derive(Debug, Clone)]
pub struct Committed {
    pub room: Uuid,
    pub entries: Vec<Entry>,
    /// New posts among them with the numbers of their thread, so that nobody has to read back
    /// what was just written; in the same order as their entries.
    pub posts: Vec<(Post, ThreadStats)>,
}

/// Whom a passing frame is for.
#[derive(Debug, Clone)]
pub enum To {
    /// Everyone in the room.
    All,
    /// Its moderators and chairs.
    Desk,
    /// These members, where they listen.
    Members(Vec<Uuid>),
    /// Everyone but this member.
    Others(Uuid),
}

/// A member who is in a room now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    pub member: Uuid,
    pub constituency: String,
    /// Speaks for the constituency.
    pub speaks: bool,
    pub site: Site,
}

impl Present {
    /// A member, where they follow from.
    pub fn of(member: &Member, site: Site) -> Self {
        let speaks = member.speaks_for_constituency();
        Self { member: member.id, constituency: member.constituency.clone(), speaks, site }
    }
}

/// The live side, as the changes know it. No call may block.
pub trait Publisher: Send + Sync {
    /// Takes what was committed, between COMMIT and the answer. Batches of one room may arrive out
    /// of order.
    fn publish(&self, committed: Committed);

    /// Sends a frame that takes no number and may be lost to those who listen to a room.
    fn tell(&self, room: Uuid, to: To, frame: &Frame<'_>);

    /// Who is in a room on any node, each member once.
    fn present(&self, room: Uuid) -> Vec<Present>;

    /// As [`Publisher::present`], and who left this node within the last minute.
    fn present_lately(&self, room: Uuid) -> Vec<Present> {
        self.present(room)
    }

    /// This node, as it is called in the record of who is present.
    fn node(&self) -> Uuid {
        Uuid::nil()
    }
}
