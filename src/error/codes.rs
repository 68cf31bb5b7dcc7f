//! The one list of what a call can be refused with.

/// Makes the enum of codes: name, HTTP status, word on the wire, message for people.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $status:literal $word:literal $message:literal;)+) => {
        /// A stable code of a failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$meta])* $name),+ }

        impl Code {
            /// Every code, by status.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as the API has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// The message, in English.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message),+ }
            }
        }
    };
}

codes! {
    Malformed = 400 "malformed" "The request is not what this call takes.";

    NotSignedIn = 401 "not_signed_in" "Sign in first.";
    /// Never says which of the two is wrong.
    WrongCredentials = 401 "wrong_credentials" "The address or the password is wrong.";

    NotPermitted = 403 "not_permitted" "You may not do this here.";
    NotEligible = 403 "not_eligible" "You were not among those who may answer when this opened.";
    ForbiddenOrigin = 403 "forbidden_origin" "Changes are accepted from this site's own pages only.";
    Pending = 403 "pending" "Your account waits for a steward's confirmation.";
    Muted = 403 "muted" "You are muted in this room for now.";
    Banned = 403 "banned" "This account is closed.";
    RegistrationClosed = 403 "registration_closed" "Registration is by invitation. Ask the organisers for one.";
    InvitationInvalid = 403 "invitation_invalid" "This invitation has been used or is no longer valid.";
    OwnAccount = 403 "own_account" "Somebody else must change this about you.";

    /// Does not exist, or the actor may not know that it does.
    NotFound = 404 "not_found" "There is nothing here, or you may not see it.";

    /// The path has other methods; they stand in `Allow`.
    MethodNotAllowed = 405 "method_not_allowed" "This cannot be done here.";

    BodyTimeout = 408 "body_timeout" "The body of the request took too long.";

    NotPossibleNow = 409 "not_possible_now" "This is not possible now.";
    FloorChanged = 409 "floor_changed" "Somebody else has the floor by now. Look again.";
    FloorEmpty = 409 "floor_empty" "Nobody waits for the floor.";
    FloorClosed = 409 "floor_closed" "No more requests are taken.";
    FloorFull = 409 "floor_full" "Too many wait for the floor.";
    AlreadyAsked = 409 "already_asked" "This person asks for the same already.";
    TooManyPolls = 409 "too_many_polls" "This session has enough polls.";
    NobodyEligible = 409 "nobody_eligible" "There is nobody who may answer.";
    LanguageMissing = 409 "language_missing" "The question or an option is missing in a language that this poll needs.";
    ManyDisconnected = 409 "many_disconnected" "Many of a constituency are disconnected and have not answered.";
    PollNotDraft = 409 "poll_not_draft" "This poll is not a draft any more.";
    PollNotOpen = 409 "poll_not_open" "This poll is not open.";
    AlreadyVoted = 409 "already_voted" "A secret ballot cannot be changed.";
    SessionNotOpen = 409 "session_not_open" "The session is not open now.";
    QuestionHidden = 409 "question_hidden" "The question is hidden.";
    QuestionMerged = 409 "question_merged" "The question is part of another one.";
    QuestionsFull = 409 "questions_full" "This session takes no more questions.";
    TooManyQuestions = 409 "too_many_questions" "Too many questions of yours wait already.";
    TooManyScreens = 409 "too_many_screens" "This room has as many screens as it can have.";
    TooManyConnections = 409 "too_many_connections" "This screen is open too often.";
    TranscriptFull = 409 "transcript_full" "The text of this session is full.";
    RoomClosed = 409 "room_closed" "This room is closed.";
    EmailTaken = 409 "email_taken" "There is an account with this address already.";
    NotAWorkshop = 409 "not_a_workshop" "Only a workshop has an agenda.";
    Conflict = 409 "conflict" "It was changed meanwhile.";
    NotEmpty = 409 "not_empty" "This database is not empty.";
    ThreadLocked = 409 "thread_locked" "This thread is locked.";
    TooManyHeld = 409 "too_many_held" "Too many posts wait for a moderator already.";
    AlreadyDecided = 409 "already_decided" "This post was decided on already.";
    Claimed = 409 "claimed" "Another moderator looks at this post.";
    AuthorMayNotPost = 409 "author_may_not_post" "Its author may not post here any more.";
    LastAdmin = 409 "last_admin" "The last admin stays.";
    ReviewFirst = 409 "review_first" "A moderator sees posts in this thread first.";
    ClientIdReused = 409 "client_id_reused" "This client_id was already used for something else.";
    PostHidden = 409 "post_hidden" "The post is hidden.";
    SlugTaken = 409 "slug_taken" "Another room has this short name.";
    CannotHoldRole = 409 "cannot_hold_role" "This member cannot hold a role in this room.";
    LastChair = 409 "last_chair" "A room keeps at least one chair.";
    AgendaFull = 409 "agenda_full" "The agenda is full.";
    SessionInUse = 409 "session_in_use" "A session that began, or in which something was said, stays in the record.";
    AnotherSessionLive = 409 "another_session_live" "End the session that is live first.";
    TranslationOutdated = 409 "translation_outdated" "The original was edited since this was translated.";
    TooManyRooms = 409 "too_many_rooms" "Too many rooms on one connection.";

    TooLarge = 413 "too_large" "The request is too large.";

    /// A name that leads here without being ours.
    WrongHost = 421 "wrong_host" "This server does not answer to that name. Set PLENARY_URL.";

    Invalid = 422 "invalid" "Some fields are not valid.";

    SlowMode = 429 "slow_mode" "Slow mode: one post at a time.";
    RateLimited = 429 "rate_limited" "Too often. Please wait a moment.";

    /// The text of the failure goes to the log only.
    Internal = 500 "internal" "Something went wrong on the server.";

    Unavailable = 503 "unavailable" "The server is busy. Try again shortly.";
    Busy = 503 "busy" "The server is busy. Try again shortly.";
    ShuttingDown = 503 "shutting_down" "The server is busy. Try again shortly.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

// By hand: the derive does not see words that come out of a macro.
impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl utoipa::ToSchema for Code {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_words_of_their_own_with_statuses_of_failures() {
        let words: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(
            Code::ALL.iter().all(|code| (400..600).contains(&code.status()) && !code.message().is_empty())
        );
        assert!(Code::ALL.is_sorted_by_key(|code| code.status()));
    }
}
