//! The words of the floor.

use crate::kernel::domain::words::words;

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
