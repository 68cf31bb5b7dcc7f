//! The closed sets of words that the tables, the API and the code share.

/// Makes an enum whose values are words: in JSON, in the database (text) and in the code.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
                 diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        // By hand: the derive does not see words that come out of a macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>)
                -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.as_str().as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }

        impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = std::str::from_utf8(value.as_bytes())?;
                Self::parse(word).ok_or_else(|| format!("not a {}: {word}", stringify!($name)).into())
            }
        }
    };
}

words! {
    /// What a member may do on the whole installation.
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
    /// Where a question in a session stands.
    QuestionState {
        Waiting = "waiting",
        /// Put to the room now.
        Taken = "taken",
        Answered = "answered",
        /// Set aside.
        Parked = "parked",
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
    /// What a listener asks of the speaker, unheard by the room.
    SignalKind { Slower = "slower", Repeat = "repeat", Term = "term" }
}
words! {
    /// What an entry of the room log records.
    EntryKind {
        RoomCreated = "room.created",
        RoomEdited = "room.edited",
        RoomSlowed = "room.slowed",
        RoomClosed = "room.closed",
        RoomReopened = "room.reopened",
        RoleGranted = "role.granted",
        RoleRevoked = "role.revoked",
        MemberMuted = "member.muted",
        MemberUnmuted = "member.unmuted",
        ThreadCreated = "thread.created",
        ThreadEdited = "thread.edited",
        ThreadLocked = "thread.locked",
        ThreadUnlocked = "thread.unlocked",
        ThreadPinned = "thread.pinned",
        ThreadUnpinned = "thread.unpinned",
        /// Posts wait for a moderator from now on.
        ThreadReviewRequired = "thread.review_required",
        ThreadReviewLifted = "thread.review_lifted",
        PostCreated = "post.created",
        PostEdited = "post.edited",
        PostHidden = "post.hidden",
        PostRestored = "post.restored",
        ReactionChanged = "reaction.changed",
        SessionCreated = "session.created",
        SessionEdited = "session.edited",
        SessionOpened = "session.opened",
        SessionWithdrawn = "session.withdrawn",
        SessionStarted = "session.started",
        SessionPaused = "session.paused",
        SessionResumed = "session.resumed",
        SessionEnded = "session.ended",
        SessionRemoved = "session.removed",
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
        TranslationPublished = "translation.published",
        TranslationConfirmed = "translation.confirmed",
        TranslationWithdrawn = "translation.withdrawn",
        TranscriptAdded = "transcript.added",
        TranscriptRemoved = "transcript.removed",
        PollOpened = "poll.opened",
        PollProgressed = "poll.progressed",
        PollClosed = "poll.closed",
        PollCancelled = "poll.cancelled",
        AgendaShifted = "agenda.shifted",
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
words! {
    /// What somebody asks the floor for.
    FloorKind {
        Contribution = "contribution",
        Question = "question",
        /// About how the meeting is run: goes before everything else.
        PointOfOrder = "point_of_order",
        /// To what was said about the speaker.
        Reply = "reply",
    }
}
words! {
    /// What became of a request for the floor.
    RequestState {
        Waiting = "waiting",
        /// Got the floor.
        Given = "given",
        /// By who had asked.
        Withdrawn = "withdrawn",
        /// By the chair, with a reason.
        Passed = "passed",
    }
}
words! {
    /// Why a request stands before those behind it.
    OrderReason {
        PointOfOrder = "point_of_order",
        /// Its constituency has had the least of its target.
        LeastHeard = "least_heard",
        /// The person has spoken least.
        SpokeLeast = "spoke_least",
        AskedFirst = "asked_first",
        /// Nobody is behind it.
        Remaining = "remaining",
    }
}
words! {
    /// What the chair did to the floor, with a reason.
    FloorActKind {
        /// Gave it to another than the first in the order.
        Override = "override",
        /// Passed over a request.
        Pass = "pass",
        /// Changed the targets.
        Targets = "targets",
    }
}
words! {
    /// Where a member follows a session from.
    Site { Hall = "hall", Online = "online" }
}

words! {
    /// How a poll is answered.
    PollKind {
        /// One option.
        Single = "single",
        /// Some of the options.
        Multiple = "multiple",
        /// Every option that one can live with.
        Approval = "approval",
        /// A number from 1 up.
        Scale = "scale",
        /// Where one stands on a text.
        SenseCheck = "sense_check",
    }
}
words! {
    /// Where a poll stands.
    PollState {
        /// Known to the desk only.
        Draft = "draft",
        Open = "open",
        Closed = "closed",
        Cancelled = "cancelled",
    }
}
words! {
    /// Who may answer a poll, of those who may talk in the room when it opens.
    Eligible {
        /// Who holds a role, is present, or has written in the session.
        Room = "room",
        /// Who holds a role.
        Roles = "roles",
        /// Who is present.
        Present = "present",
    }
}
words! {
    /// An answer to a sense-check, in the order of its columns.
    Stance {
        Agree = "agree",
        CanLiveWith = "can_live_with",
        /// Takes a reason.
        Object = "object",
    }
}
words! {
    /// Where a party stands, by the answers of its members.
    Position {
        Agrees = "agrees",
        CanLiveWith = "can_live_with",
        /// Its members are divided.
        Divided = "divided",
        Objects = "objects",
        /// Fewer than half of them answered.
        Silent = "silent",
        /// Too few to be shown.
        Withheld = "withheld",
    }
}
words! {
    /// What the positions of the parties come to.
    Consensus {
        /// Every party agrees or can live with it.
        Convergent = "convergent",
        /// Some accept and some object.
        Contested = "contested",
        /// Some object and none accepts.
        Opposed = "opposed",
        /// Nobody objects, and not everybody has a position yet.
        Open = "open",
        /// Nobody who is shown objects, and some are not shown.
        Withheld = "withheld",
    }
}

impl ReactionName {
    /// True for agree, unsure and disagree.
    pub const fn is_stance(self) -> bool {
        !matches!(self, Self::Thanks)
    }
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

impl EntryKind {
    /// What `subject_id` of an entry of this kind names.
    pub fn subject(self) -> Subject {
        match self.as_str().split('.').next() {
            Some("room") => Subject::Room,
            Some("role" | "member") => Subject::Member,
            Some("thread") => Subject::Thread,
            Some("session") => Subject::Session,
            Some("floor" | "speech") => Subject::Floor,
            Some("agenda") => Subject::Agenda,
            Some("poll") => Subject::Poll,
            Some("question") => Subject::Question,
            Some("translation") => Subject::Translation,
            Some("transcript") => Subject::TranscriptLine,
            _ => Subject::Post,
        }
    }

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
