//! The closed sets of words that the tables, the API and the code share.

use super::words::words;

words! {
    /// The rights of a member on the installation.
    PlatformRole { Member = "member", Steward = "steward", Admin = "admin" }
}
words! {
    /// Whether an account may be used.
    MemberStatus {
        /// Waits for a steward.
        Pending = "pending",
        Active = "active",
        Banned = "banned",
    }
}
words! {
    /// Languages of the interface and of posts.
    Lang { En = "en", Zh = "zh" }
}
words! {
    /// What a room is for.
    RoomKind {
        /// Standing.
        Forum = "forum",
        /// Has an agenda.
        Workshop = "workshop",
        /// One constituency only.
        Caucus = "caucus",
    }
}
words! {
    /// Who may read a room.
    Visibility {
        /// Anyone, without an account.
        Public = "public",
        /// Every active member.
        Members = "members",
        /// Who holds a role in it.
        Invited = "invited",
    }
}
words! {
    /// What a member may do in one room; each includes less than the next, with exceptions in the table.
    RoomRole {
        Observer = "observer",
        Participant = "participant",
        Interpreter = "interpreter",
        Rapporteur = "rapporteur",
        Moderator = "moderator",
        Chair = "chair",
    }
}
words! {
    /// What a thread is for.
    ThreadKind { Discussion = "discussion", Question = "question", Proposal = "proposal", Chat = "chat" }
}
words! {
    /// What became of a post that waits for a moderator.
    HeldState { Waiting = "waiting", Approved = "approved", Declined = "declined" }
}
words! {
    /// How an author is shown to others.
    Attribution {
        /// Name, organisation, constituency.
        Named = "named",
        /// Organisation and constituency.
        Organisation = "organisation",
        /// Constituency alone.
        Constituency = "constituency",
    }
}
words! {
    /// A member's short answer to a post. The first three are one stance: at most one of them at a time.
    ReactionName { Agree = "agree", Unsure = "unsure", Disagree = "disagree", Thanks = "thanks" }
}
words! {
    /// Where an agenda item stands.
    SessionState { Scheduled = "scheduled", Lobby = "lobby", Live = "live", Paused = "paused", Ended = "ended" }
}
words! {
    /// How a session takes a delay.
    TimeKind {
        /// Never moves.
        Fixed = "fixed",
        /// May start late, but ends on time.
        HardStop = "hard_stop",
        /// Shortens, within reason, to make up for lost time.
        Compressible = "compressible",
    }
}
words! {
    /// What moderators are told of a timetable that does not work out.
    TimetableWarning {
        /// The session before runs into one that does not make way.
        Overlap = "overlap",
        /// The delay hits a session that does not take it.
        Unmoved = "unmoved",
    }
}
words! {
    /// What a translation is worth. A text without one has none.
    TranslationState {
        /// Seen by interpreters and the desk only.
        Draft = "draft",
        /// Published by an interpreter.
        Interpreter = "interpreter",
        /// Confirmed by the author of the original.
        Confirmed = "confirmed",
        /// Taken back; nothing of it is shown.
        Withdrawn = "withdrawn",
    }
}
words! {
    /// Where a member follows a session from.
    Site { Hall = "hall", Online = "online" }
}

impl ReactionName {
    /// True for agree, unsure and disagree.
    pub const fn is_stance(self) -> bool {
        !matches!(self, Self::Thanks)
    }
}

impl RoomRole {
    /// True for who moderates: chairs and moderators.
    pub const fn moderates(self) -> bool {
        matches!(self, Self::Moderator | Self::Chair)
    }
}

words! {
    /// What a listener asks of the speaker, unheard by the room.
    SignalKind { Slower = "slower", Repeat = "repeat", Term = "term" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for role in RoomRole::ALL {
            assert_eq!(RoomRole::parse(role.as_str()), Some(*role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!(RoomRole::parse("owner"), None);
    }
}
