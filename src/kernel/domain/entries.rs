//! Kinds of room log entries, by their subject.

use super::words::words;

/// Lists the kinds below what they are about, so that none is without it.
macro_rules! entries {
    ($($subject:ident { $($(#[$meta:meta])* $kind:ident = $word:literal),+ $(,)? })+) => {
        words! {
            /// What an entry of the room log records.
            EntryKind { $($($(#[$meta])* $kind = $word),+),+ }
        }

        impl EntryKind {
            /// What `subject_id` of an entry of this kind names.
            pub const fn subject(self) -> Subject {
                match self { $($(Self::$kind)|+ => Subject::$subject),+ }
            }
        }
    };
}

/// What an entry of the room log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Room,
    Member,
    Thread,
    Post,
    Session,
    Question,
    Translation,
    TranscriptLine,
    /// The floor of a session: the session, a request or a speech.
    Floor,
    Agenda,
    Poll,
}

entries! {
    Room {
        RoomCreated = "room.created",
        RoomEdited = "room.edited",
        RoomSlowed = "room.slowed",
        RoomClosed = "room.closed",
        RoomReopened = "room.reopened",
    }
    Member {
        RoleGranted = "role.granted",
        RoleRevoked = "role.revoked",
        MemberMuted = "member.muted",
        MemberUnmuted = "member.unmuted",
    }
    Thread {
        ThreadCreated = "thread.created",
        ThreadEdited = "thread.edited",
        ThreadLocked = "thread.locked",
        ThreadUnlocked = "thread.unlocked",
        ThreadPinned = "thread.pinned",
        ThreadUnpinned = "thread.unpinned",
        /// Posts wait for a moderator from now on.
        ThreadReviewRequired = "thread.review_required",
        ThreadReviewLifted = "thread.review_lifted",
    }
    Post {
        PostCreated = "post.created",
        PostEdited = "post.edited",
        PostHidden = "post.hidden",
        PostRestored = "post.restored",
        ReactionChanged = "reaction.changed",
    }
    Session {
        SessionCreated = "session.created",
        SessionEdited = "session.edited",
        SessionOpened = "session.opened",
        SessionWithdrawn = "session.withdrawn",
        SessionStarted = "session.started",
        SessionPaused = "session.paused",
        SessionResumed = "session.resumed",
        SessionEnded = "session.ended",
        SessionRemoved = "session.removed",
    }
    Question {
        QuestionAsked = "question.asked",
        QuestionSupported = "question.supported",
        QuestionUnsupported = "question.unsupported",
        QuestionMerged = "question.merged",
        QuestionUnmerged = "question.unmerged",
        QuestionTaken = "question.taken",
        QuestionAnswered = "question.answered",
        QuestionParked = "question.parked",
        QuestionReturned = "question.returned",
        QuestionContinued = "question.continued",
        QuestionHidden = "question.hidden",
        QuestionRestored = "question.restored",
    }
    Translation {
        TranslationPublished = "translation.published",
        TranslationConfirmed = "translation.confirmed",
        TranslationWithdrawn = "translation.withdrawn",
    }
    TranscriptLine {
        TranscriptAdded = "transcript.added",
        TranscriptRemoved = "transcript.removed",
    }
    Poll {
        PollOpened = "poll.opened",
        /// Somebody may answer who was not among those asked when it opened.
        PollVoterAdded = "poll.voter_added",
        PollProgressed = "poll.progressed",
        PollClosed = "poll.closed",
        PollCancelled = "poll.cancelled",
    }
    Agenda {
        AgendaShifted = "agenda.shifted",
    }
    Floor {
        FloorConfigured = "floor.configured",
        FloorRequested = "floor.requested",
        FloorWithdrawn = "floor.withdrawn",
        FloorPassed = "floor.passed",
        FloorGiven = "floor.given",
        SpeechPaused = "speech.paused",
        SpeechResumed = "speech.resumed",
        SpeechEnded = "speech.ended",
    }
}

impl EntryKind {
    /// True when it may take back or reword what an earlier entry told. Kinds that only add, or that carry a
    /// whole new state, do not.
    pub const fn withdraws(self) -> bool {
        !matches!(
            self,
            Self::PostCreated
                | Self::ThreadCreated
                | Self::ReactionChanged
                | Self::SessionOpened
                | Self::SessionStarted
                | Self::SessionPaused
                | Self::SessionResumed
                | Self::SessionEnded
        )
    }

    /// True when it may change who may do what: rules kept in memory are read again.
    pub fn changes_rules(self) -> bool {
        matches!(self.subject(), Subject::Room | Subject::Member)
    }

    /// True when its digest is that of a text, which replaces an earlier one of the same subject.
    pub const fn writes_text(self) -> bool {
        matches!(
            self,
            Self::PostCreated
                | Self::PostEdited
                | Self::QuestionAsked
                | Self::TranslationPublished
                | Self::TranslationConfirmed
                | Self::TranscriptAdded
        )
    }

    /// True when the text of its subject is gone with the row.
    pub const fn erases_text(self) -> bool {
        matches!(self, Self::TranscriptRemoved)
    }
}
