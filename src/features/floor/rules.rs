//! Who speaks next, and the floor of a session as it follows from what happened.
//!
//! The order is computed, never set by hand: points of order first, then the constituency that has
//! had the least of its target speaking time, then the person who has spoken least, then who asked
//! first. The chair may give the floor to another, with a reason; the order itself stays as it is.

mod kinds;
pub mod speech;
mod state;
#[cfg(test)]
mod tests;

pub use kinds::{FloorActKind, FloorKind, OrderReason, RequestState};

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use uuid::Uuid;

pub use state::{FloorEvent, FloorState, Refused, Settings, Speech};

/// Seconds that a speech may be given.
pub const LIMIT_S: RangeInclusive<i32> = 30..=3_600;
/// Seconds that a speech has when nobody chose.
pub const LIMIT_DEFAULT_S: i32 = 180;
/// Open requests of a session.
pub const WAITING_MAX: usize = 200;
/// Characters in the note of a request, and in the reason of an act on the floor.
pub const FLOOR_NOTE_MAX: usize = 280;
/// Largest weight of a constituency's target.
pub const WEIGHT_MAX: i64 = 1_000;
/// Weight of a party when nobody chose: the parties are equal.
const PARTY_WEIGHT: u32 = 2;
/// Weight of those who advise the parties.
const ADVISER_WEIGHT: u32 = 1;

/// Someone who asks to speak, as far as the order needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub id: Uuid,
    pub kind: FloorKind,
    /// Who it is, whatever others are shown: a person's requests and speeches have the same one.
    pub person: String,
    pub constituency: String,
    /// Grows with every request; no two have the same.
    pub asked: i64,
    /// The speech that it would interrupt. It waits in the order only once that one is over.
    pub interposes: Option<Uuid>,
}

/// Speaking time so far, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    pub by_constituency: BTreeMap<String, i64>,
    pub by_person: BTreeMap<String, i64>,
}

impl Spoken {
    /// Counts time of a person who speaks for a constituency.
    pub fn add(&mut self, constituency: &str, person: &str, ms: i64) {
        for (times, key) in [(&mut self.by_constituency, constituency), (&mut self.by_person, person)] {
            match times.get_mut(key) {
                Some(time) => *time = time.saturating_add(ms),
                None => {
                    times.insert(key.to_owned(), ms);
                }
            }
        }
    }

    fn of(&self, constituency: &str) -> i64 {
        self.by_constituency.get(constituency).copied().unwrap_or(0)
    }

    fn of_person(&self, person: &str) -> i64 {
        self.by_person.get(person).copied().unwrap_or(0)
    }
}

/// What part of the speaking time each constituency should have: its weight among all weights.
/// Those without a weight speak when nobody else waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    pub weights: BTreeMap<String, u32>,
}

impl Targets {
    /// The targets when nobody chose: the parties are equal, who advises them has half of a party's
    /// time. `constituencies` are (id, is a party).
    pub fn usual<'a>(constituencies: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let weight = |is_party| if is_party { PARTY_WEIGHT } else { ADVISER_WEIGHT };
        Self {
            weights: constituencies.into_iter().map(|(id, party)| (id.to_owned(), weight(party))).collect(),
        }
    }

    fn of(&self, constituency: &str) -> u32 {
        self.weights.get(constituency).copied().unwrap_or(0)
    }
}

/// One place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub request: Uuid,
    /// What put it before those behind it.
    pub why: OrderReason,
}

/// Compares how much of its target each of two constituencies has had: `time / weight`, exactly.
fn compare_shares(a: &str, b: &str, spoken: &Spoken, targets: &Targets) -> Ordering {
    let (weight_a, weight_b) = (targets.of(a), targets.of(b));
    let (time_a, time_b) = (i128::from(spoken.of(a)), i128::from(spoken.of(b)));
    match (weight_a, weight_b) {
        (0, 0) => time_a.cmp(&time_b),
        (0, _) => Ordering::Greater,
        (_, 0) => Ordering::Less,
        _ => (time_a * i128::from(weight_b)).cmp(&(time_b * i128::from(weight_a))),
    }
}

fn compare(a: &Request, b: &Request, spoken: &Spoken, targets: &Targets) -> Ordering {
    let later = |request: &Request| request.kind != FloorKind::PointOfOrder;
    later(a)
        .cmp(&later(b))
        .then_with(|| compare_shares(&a.constituency, &b.constituency, spoken, targets))
        .then_with(|| spoken.of_person(&a.person).cmp(&spoken.of_person(&b.person)))
        .then_with(|| a.asked.cmp(&b.asked))
        .then_with(|| a.id.cmp(&b.id))
}

/// What put the first of `waiting` before the others.
fn reason(first: &Request, others: &[&Request], spoken: &Spoken, targets: &Targets) -> OrderReason {
    let is_order = |request: &Request| request.kind == FloorKind::PointOfOrder;
    if is_order(first) && !others.iter().all(|other| is_order(other)) {
        return OrderReason::PointOfOrder;
    }
    let equals = || others.iter().filter(|other| is_order(other) == is_order(first));
    let mut of_others = equals().filter(|other| other.constituency != first.constituency).peekable();
    let share = |other: &Request| compare_shares(&first.constituency, &other.constituency, spoken, targets);
    if of_others.peek().is_some() && of_others.all(|other| share(other) == Ordering::Less) {
        return OrderReason::LeastHeard;
    }
    let Some(second) = equals().min_by(|a, b| compare(a, b, spoken, targets)) else {
        return OrderReason::Remaining;
    };
    match spoken.of_person(&first.person).cmp(&spoken.of_person(&second.person)) {
        // With another constituency behind, theirs has had more of its target.
        _ if share(second) == Ordering::Less => OrderReason::LeastHeard,
        Ordering::Less => OrderReason::SpokeLeast,
        _ => OrderReason::AskedFirst,
    }
}

/// The order in which those who wait will speak, if each speaks for `assumed_ms` and nobody else
/// asks. Depends on nothing but what is given, in whatever order it is given.
pub fn speaking_order(
    requests: &[Request],
    spoken: &Spoken,
    targets: &Targets,
    assumed_ms: i64,
) -> Vec<Turn> {
    let mut spoken = spoken.clone();
    let mut waiting: Vec<&Request> = requests.iter().collect();
    let mut turns = Vec::with_capacity(waiting.len());
    while let Some(at) = (0..waiting.len()).min_by(|a, b| compare(waiting[*a], waiting[*b], &spoken, targets))
    {
        let first = waiting.swap_remove(at);
        turns.push(Turn { request: first.id, why: reason(first, &waiting, &spoken, targets) });
        spoken.add(&first.constituency, &first.person, assumed_ms);
    }
    turns
}
