//! The words of polls.

use crate::kernel::domain::words::words;

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
