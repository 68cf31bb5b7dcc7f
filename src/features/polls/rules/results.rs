//! Results of polls: parties of equal strength, their positions, and all that is shown.

use serde::{Deserialize, Serialize};

use super::Shape;
use crate::features::polls::rules::{Consensus, PollKind, Position};
use crate::features::polls::suppression::{Cell, Others, Row, Shown};

/// What one vote of each group weighs, so that all groups are of equal strength: the least common
/// multiple of their sizes, divided by the size. None when a group is empty, or it is too large to count.
pub fn weights(sizes: &[u32]) -> Option<(u128, Vec<u128>)> {
    let mut lcm = 1u128;
    for size in sizes {
        let size = u128::from(*size);
        lcm = (lcm / gcd(lcm, size)).checked_mul(size)?;
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
    /// Votes of each column in thousandths of the total, rounded.
    pub permille: Vec<u32>,
}

/// Weighs the rows of the parties. None when one is missing: what is weighed could be computed back.
pub fn weighted(rows: &[Row], parties: &[String]) -> Option<EqualStrength> {
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
    let permille = |votes: &u128| -> Option<u32> {
        let twice = votes.checked_mul(2000)?.checked_add(total)?;
        u32::try_from(twice.checked_div(total.checked_mul(2)?)?).ok()
    };
    Some(EqualStrength {
        permille: votes.iter().map(permille).collect::<Option<_>>()?,
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
    /// Left out where it would point at somebody of a small group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constituency: Option<String>,
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
    let mut objections: Vec<Objection> = objections
        .into_iter()
        .filter_map(|(constituency, reason)| {
            let alone = shown.rows.iter().any(|row| row.constituency == constituency)
                || (shape.positions && parties.contains(&constituency));
            (alone || shown.total.is_some())
                .then_some(Objection { constituency: alone.then_some(constituency), reason })
        })
        .collect();
    // By text: their order must not say who was first.
    objections.sort();
    PollResults {
        equal_strength: weighted(&shown.rows, parties),
        consensus: outcome,
        objections,
        rows: shown.rows,
        hidden: shown.hidden,
        others: shown.others,
        total: shown.total,
    }
}
