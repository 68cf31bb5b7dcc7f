//! Results of polls: parties of equal strength, their positions, and all that is shown.

use serde::{Deserialize, Serialize};

use super::Shape;
use crate::features::polls::rules::{Consensus, PollKind, Position};
use crate::features::polls::suppression::{Apart, Cell, Others, Row, Shown, UNCONFIRMED};

/// What one vote of each group weighs, so that all groups are of equal strength: the least common
/// multiple of their sizes, divided by the size. None when a group is empty, or it is too large to count.
pub fn weights(sizes: &[u32]) -> Option<(u128, Vec<u128>)> {
    let mut lcm = 1u128;
    for size in sizes {
        let size = u128::from(*size);
        lcm = lcm.checked_div(gcd(lcm, size))?.checked_mul(size)?;
    }
    // Zero where a size is.
    let weights = sizes.iter().map(|size| lcm.checked_div(u128::from(*size))).collect::<Option<_>>()?;
    (!sizes.is_empty()).then_some((lcm, weights))
}

pub(super) fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What one vote of a party weighs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = PollWeight)]
pub struct Weight {
    pub constituency: String,
    /// How many of it may answer.
    pub members: u32,
    /// A whole number, possibly larger than a number in JavaScript can be.
    pub weight: String,
}

/// The result with parties of equal strength.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EqualStrength {
    pub weights: Vec<Weight>,
    /// Weighted votes of each column, as whole numbers.
    pub votes: Vec<String>,
    /// Weight of all ballots.
    pub total: String,
    /// Votes of each column in thousandths of the total, rounded; where a ballot names one column they add up to 1,000.
    pub permille: Vec<u32>,
}

/// Weighs the rows of the parties. None when one is missing: what is weighed could be computed back.
pub fn weighted(rows: &[Row], parties: &[String], exclusive: bool) -> Option<EqualStrength> {
    let rows = parties_of(rows, parties)?;
    let sizes: Vec<u32> = rows.iter().map(|row| row.eligible).collect();
    let (_, weights) = weights(&sizes)?;
    let columns = rows.first()?.cell.counts.len();
    let weigh = |count: &dyn Fn(&Row) -> u32| -> Option<u128> {
        rows.iter().zip(&weights).try_fold(0u128, |sum, (row, weight)| {
            sum.checked_add(weight.checked_mul(u128::from(count(row)))?)
        })
    };
    let total = weigh(&|row| row.cell.ballots)?;
    let votes = (0..columns).map(|at| weigh(&|row| row.cell.counts[at])).collect::<Option<Vec<_>>>()?;
    Some(EqualStrength {
        permille: permille(&votes, total, exclusive)?,
        votes: votes.iter().map(u128::to_string).collect(),
        total: total.to_string(),
        weights: rows
            .iter()
            .zip(weights)
            .map(|(row, weight)| Weight {
                constituency: row.constituency.clone(),
                members: row.eligible,
                weight: weight.to_string(),
            })
            .collect(),
    })
}

/// Thousandths of the total. Those of columns that exclude each other add up: what rounding down leaves over goes to the
/// largest remainders, among equals to the first.
fn permille(votes: &[u128], total: u128, exclusive: bool) -> Option<Vec<u32>> {
    let parts = |votes: &u128| -> Option<(u128, u128)> {
        let thousands = votes.checked_mul(1000)?;
        Some((thousands.checked_div(total)?, thousands.checked_rem(total)?))
    };
    let parts: Vec<(u128, u128)> = votes.iter().map(parts).collect::<Option<_>>()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(parts[*at].1), *at));
    let left = 1000u128.saturating_sub(parts.iter().map(|(whole, _)| whole).sum()) as usize;
    let up = |at: usize| match exclusive {
        true => order.iter().take(left).any(|one| *one == at),
        false => parts[at].1.checked_mul(2).is_none_or(|twice| twice >= total),
    };
    parts.iter().enumerate().map(|(at, (whole, _))| u32::try_from(whole + u128::from(up(at))).ok()).collect()
}

fn parties_of<'a>(rows: &'a [Row], parties: &[String]) -> Option<Vec<&'a Row>> {
    parties.iter().map(|id| rows.iter().find(|row| row.constituency == *id)).collect()
}

/// Where a party stands, from the answers of its members to a sense-check.
///
/// With A who agree or can live with it, D who object and S answers, its acceptance is
/// (A+½)/(S+1) × (1 − (D+½)/(S+1)): a share that a few answers move less than many. From 0.5 up the
/// party accepts, up to 0.3 it objects, and where fewer than half of it answered it is silent.
pub fn party_position(row: &Row) -> Position {
    let [agree, can_live, object] = row.cell.counts[..] else { return Position::Silent };
    let answers = u64::from(row.cell.ballots);
    if answers == 0 || answers * 2 < u64::from(row.eligible) {
        return Position::Silent;
    }
    // Times (2S+2)², so that there are no fractions.
    let accepts = 2 * (u64::from(agree) + u64::from(can_live)) + 1;
    let not_objects = (2 * answers + 1).saturating_sub(2 * u64::from(object));
    let (acceptance, whole) = (accepts * not_objects, (2 * answers + 2).pow(2));
    if 2 * acceptance >= whole {
        if agree >= can_live { Position::Agrees } else { Position::CanLiveWith }
    } else if 10 * acceptance <= 3 * whole {
        Position::Objects
    } else {
        Position::Divided
    }
}

/// What the positions of all parties come to: a consensus when none objects and each accepts.
pub fn consensus(positions: &[Position]) -> Consensus {
    let accepts = |position: &Position| matches!(position, Position::Agrees | Position::CanLiveWith);
    if positions.contains(&Position::Objects) {
        return if positions.iter().any(accepts) { Consensus::Contested } else { Consensus::Opposed };
    }
    if !positions.is_empty() && positions.iter().all(accepts) {
        Consensus::Convergent
    } else if positions.contains(&Position::Withheld) {
        Consensus::Withheld
    } else {
        Consensus::Open
    }
}

/// Where a party stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartyPosition {
    pub constituency: String,
    pub position: Position,
}

/// The result of a sense-check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SenseOutcome {
    pub state: Consensus,
    pub parties: Vec<PartyPosition>,
}

/// The reason that a member gives with an objection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Objection {
    /// Left out of an objection from one of those who are shown together only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constituency: Option<String>,
    /// It is of somebody who speaks for no constituency.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
    pub reason: String,
}

/// The results of a poll as everybody may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PollResults {
    /// Constituencies that are shown by themselves.
    pub rows: Vec<Row>,
    /// Constituencies that are not, since too few of them answered.
    pub hidden: Vec<String>,
    /// The hidden ones together, where that is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
    /// All that is shown, together; left out below five ballots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Cell>,
    /// Those whom nobody has confirmed, where they are enough. They are part of nothing else here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<Apart>,
    /// Left out unless each party is shown by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_strength: Option<EqualStrength>,
    /// Of a sense-check only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consensus: Option<SenseOutcome>,
    /// Why members object, once the sense-check has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<Objection>,
}

/// Puts together what may be shown. `rows` are all ballots, which only the positions of parties are
/// taken from, and only where they are public.
pub fn results(
    shape: &Shape,
    rows: &[Row],
    shown: Shown,
    parties: &[String],
    objections: Vec<(String, String)>,
) -> PollResults {
    let position = |id: &String| {
        let visible = shown.rows.iter().find(|row| row.constituency == *id);
        let known = if shape.positions { rows.iter().find(|row| row.constituency == *id) } else { visible };
        // Of a party that nobody is here for nothing has to be withheld.
        let absent = !rows.iter().any(|row| row.constituency == *id && row.eligible > 0);
        let position = match known {
            Some(row) => party_position(row),
            None if absent => Position::Silent,
            None => Position::Withheld,
        };
        PartyPosition { constituency: id.clone(), position }
    };
    let outcome = (shape.kind == PollKind::SenseCheck).then(|| {
        let parties: Vec<PartyPosition> = parties.iter().map(position).collect();
        let positions: Vec<Position> = parties.iter().map(|party| party.position).collect();
        SenseOutcome { state: consensus(&positions), parties }
    });
    PollResults {
        equal_strength: weighted(&shown.rows, parties, shape.is_exclusive()),
        consensus: outcome,
        objections: objections_shown(&shown, objections),
        unconfirmed: shown.unconfirmed,
        rows: shown.rows,
        hidden: shown.hidden,
        others: shown.others,
        total: shown.total,
    }
}

/// The objections of groups that are shown: of those shown together without the group. Of a group that is in no block
/// there is neither the words nor the number, also where its position is public.
fn objections_shown(shown: &Shown, given: Vec<(String, String)>) -> Vec<Objection> {
    let is_shown = |group: &str| shown.rows.iter().any(|row| row.constituency == group);
    let is_joined =
        |group: &String| shown.others.as_ref().is_some_and(|others| others.constituencies.contains(group));
    let mut objections: Vec<Objection> = given
        .into_iter()
        .filter_map(|(group, reason)| {
            let unconfirmed = group == UNCONFIRMED;
            if unconfirmed {
                shown.unconfirmed.as_ref()?;
                return Some(Objection { constituency: None, unconfirmed, reason });
            }
            let joined = is_joined(&group);
            (joined || is_shown(&group)).then(|| Objection {
                constituency: (!joined).then_some(group),
                unconfirmed,
                reason,
            })
        })
        .collect();
    // By text: their order must not say who was first.
    objections.sort();
    objections
}
