//! Questions in a session: their order, who supports what, what is merged, and their states.
//!
//! The order weighs each constituency by itself: sixty supporters out of sixty count as much as
//! eight out of eight. It follows from numbers that everyone sees, so anyone can work it out again.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use QuestionState as S;

use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::words::words;

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

/// Characters in a question.
pub const QUESTION_MAX: usize = 1_000;
/// Questions of one member that may wait at the same time.
pub const WAITING_MAX: usize = 3;
/// Questions in a session.
pub const SESSION_MAX: i64 = 300;
/// Characters in the title of the thread that a question continues in.
const HEADLINE_MAX: usize = 120;
/// What a supporter weighs is a fraction of this where no common multiple is small enough.
const COARSE: u128 = 1_000_000_000_000;

/// Members by constituency.
pub type Support = BTreeMap<String, u32>;

/// A question as the order sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub id: Uuid,
    /// Number in the room's log: who asked first stands first among equals.
    pub seq: i64,
    pub support: Support,
}

/// Supporters of one question: each member once, however many of the merged questions they
/// support, in the constituency of the first support given.
pub fn united(supporters: impl IntoIterator<Item = (Uuid, String)>) -> Support {
    let mut counted = HashSet::new();
    let mut support = Support::new();
    for (member, constituency) in supporters {
        if counted.insert(member) {
            *support.entry(constituency).or_default() += 1;
        }
    }
    support
}

/// What support is divided by: the members present of each constituency, and never less than the
/// supporters of any one question, who need not be there any more.
pub fn denominators<'a>(mut present: Support, supports: impl IntoIterator<Item = &'a Support>) -> Support {
    for support in supports {
        for (constituency, count) in support {
            let most = present.entry(constituency.clone()).or_default();
            *most = (*most).max(*count);
        }
    }
    present.retain(|_, count| *count > 0);
    present
}

/// The order in which questions are to be taken: by the sum, over the constituencies, of supporters
/// ÷ members present; among equals by who asked first. Exact, without rounding, as long as the
/// least common multiple of the numbers present fits 128 bits.
pub fn rank(mut standings: Vec<Standing>, present: &Support) -> Vec<Uuid> {
    let unit = common_multiple(present.values().copied()).unwrap_or(COARSE);
    let score = |standing: &Standing| -> u128 {
        let share = |(constituency, count): (&String, &u32)| {
            let of = present.get(constituency).copied().unwrap_or(*count).max(1);
            (unit / u128::from(of)).saturating_mul(u128::from(*count))
        };
        standing.support.iter().map(share).fold(0, u128::saturating_add)
    };
    standings.sort_by_cached_key(|standing| (std::cmp::Reverse(score(standing)), standing.seq, standing.id));
    standings.into_iter().map(|standing| standing.id).collect()
}

fn common_multiple(numbers: impl IntoIterator<Item = u32>) -> Option<u128> {
    // With room for the sum of some shares.
    const MOST: u128 = u128::MAX >> 40;
    numbers.into_iter().filter(|n| *n > 0).try_fold(1u128, |multiple, n| {
        let n = u128::from(n);
        multiple.checked_mul(n / common_divisor(multiple, n)).filter(|multiple| *multiple <= MOST)
    })
}

fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The kind of log entry with which a question passes from one state to the next, or None when it
/// may not. Whatever was done can be taken back: a question returns to those that wait.
pub const fn may_pass(from: S, to: S) -> Option<EntryKind> {
    match (from, to) {
        (S::Waiting, S::Taken) => Some(EntryKind::QuestionTaken),
        (S::Waiting | S::Taken, S::Answered) => Some(EntryKind::QuestionAnswered),
        (S::Waiting | S::Taken | S::Answered, S::Parked) => Some(EntryKind::QuestionParked),
        (S::Taken | S::Answered | S::Parked, S::Waiting) => Some(EntryKind::QuestionReturned),
        _ => None,
    }
}

/// Why two questions are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMerge {
    /// One of them is not there.
    Unknown,
    /// A question is not its own duplicate.
    Itself,
    /// It is part of another one already.
    Merged,
    /// The other one is part of a third.
    IntoMerged,
}

/// Which question is merged into which. Only the direct link is kept, so that each merge can be
/// taken back by itself.
#[derive(Debug, Clone, Default)]
pub struct Merges {
    into: HashMap<Uuid, Option<Uuid>>,
}

impl Merges {
    /// From (question, merged into).
    pub fn new(links: impl IntoIterator<Item = (Uuid, Option<Uuid>)>) -> Self {
        Self { into: links.into_iter().collect() }
    }

    /// The question and those above it, up to the one that stands for them all.
    pub fn up(&self, id: Uuid) -> Vec<Uuid> {
        let mut up = vec![id];
        while let Some(next) = self.into.get(&up[up.len() - 1]).copied().flatten() {
            // No circle can be made; one that is there all the same must not hold anyone up.
            if up.contains(&next) {
                break;
            }
            up.push(next);
        }
        up
    }

    /// The question that stands for this one.
    pub fn head(&self, id: Uuid) -> Uuid {
        self.up(id).last().copied().unwrap_or(id)
    }

    /// The question and all that is merged into it, however deep, in order of id.
    pub fn tree(&self, id: Uuid) -> Vec<Uuid> {
        let mut tree: Vec<Uuid> =
            self.into.keys().copied().filter(|other| self.up(*other).contains(&id)).collect();
        tree.sort_unstable();
        tree
    }

    /// May `id` be merged into `target`?
    ///
    /// # Errors
    /// Why not.
    pub fn may_merge(&self, id: Uuid, target: Uuid) -> Result<(), NoMerge> {
        if id == target {
            return Err(NoMerge::Itself);
        }
        match (self.into.get(&id), self.into.get(&target)) {
            (None, _) | (_, None) => Err(NoMerge::Unknown),
            (Some(Some(_)), _) => Err(NoMerge::Merged),
            (_, Some(Some(_))) => Err(NoMerge::IntoMerged),
            (Some(None), Some(None)) => Ok(()),
        }
    }
}

/// A title for the thread in which a question continues: its beginning, cut between words.
pub fn headline(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= HEADLINE_MAX {
        return line;
    }
    let start: String = line.chars().take(HEADLINE_MAX - 1).collect();
    // Chinese has no spaces to cut at.
    let cut = start.rfind(' ').filter(|at| *at > start.len() / 2).unwrap_or(start.len());
    format!("{}…", start[..cut].trim_end_matches([',', ';', ':', '，', '；', '：', ' ']))
}

#[cfg(test)]
mod tests;
