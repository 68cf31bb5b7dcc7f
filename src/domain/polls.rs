//! Polls and sense-checks: what a ballot may say, how ballots are counted, what parties of unequal
//! size weigh, and when there is a consensus. Everything is counted in whole numbers.

use serde::{Deserialize, Serialize};

use super::kinds::{Consensus, PollKind, Position, Stance};
use super::suppression::{Cell, Others, Row, Shown};
use super::text::{self, FieldError};

/// Characters in a question.
pub const QUESTION_MAX: usize = 500;
/// Characters in an option.
pub const OPTION_MAX: usize = 200;
/// Characters in the reason of an objection, and in the reason of who runs the poll.
pub const REASON_MAX: usize = 500;
/// Options of a poll.
pub const OPTIONS_MAX: usize = 12;
/// Polls of a session, drafts included.
pub const POLLS_MAX: i64 = 50;
/// Share of a constituency, in percent, that may be missing without a warning at the end.
pub const QUORUM_SHARE: i32 = 20;

/// What a poll asks for, without its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub kind: PollKind,
    /// How many texts of options there are; of a scale none, or two for its ends.
    pub options: usize,
    pub scale_max: Option<i32>,
    pub max_choices: Option<i32>,
    pub secret: bool,
    /// Results are shown while it is open.
    pub visible: bool,
    /// The positions of parties are public.
    pub positions: bool,
}

impl Shape {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    /// The field that does not, and why.
    pub fn validate(&self) -> Result<(), FieldError> {
        let wrong = |field, code| Err(FieldError::new(field, code));
        let range = match self.kind {
            PollKind::Single | PollKind::Multiple | PollKind::Approval => 2..=OPTIONS_MAX,
            PollKind::Scale => 0..=2,
            PollKind::SenseCheck => 0..=0,
        };
        if !range.contains(&self.options) || (self.kind == PollKind::Scale && self.options == 1) {
            return wrong("options", "out_of_range");
        }
        match (self.kind, self.scale_max) {
            (PollKind::Scale, Some(2..=10)) => {}
            (PollKind::Scale, None) => return wrong("scale_max", "required"),
            (_, None) => {}
            _ => return wrong("scale_max", "out_of_range"),
        }
        match (self.kind, self.max_choices) {
            (_, None) => {}
            (PollKind::Multiple, Some(n)) if (1..=self.options as i32).contains(&n) => {}
            _ => return wrong("max_choices", "out_of_range"),
        }
        if self.secret && self.visible {
            return wrong("results", "not_with_secret");
        }
        if self.positions && (self.secret || self.kind != PollKind::SenseCheck) {
            return wrong("positions", if self.secret { "not_with_secret" } else { "sense_check_only" });
        }
        Ok(())
    }

    /// How many columns the results have.
    pub fn columns(&self) -> usize {
        match self.kind {
            PollKind::Scale => self.scale_max.unwrap_or(0) as usize,
            PollKind::SenseCheck => Stance::ALL.len(),
            _ => self.options,
        }
    }

    /// Checks a ballot.
    ///
    /// # Errors
    /// The field that is not valid, and why.
    pub fn check_ballot(&self, ballot: &BallotInput) -> Result<Ballot, FieldError> {
        let choices = match self.kind {
            PollKind::Scale => {
                let value = ballot.value.ok_or(FieldError::new("value", "required"))?;
                if !(1..=self.scale_max.unwrap_or(0)).contains(&value) {
                    return Err(FieldError::new("value", "out_of_range"));
                }
                1 << (value - 1)
            }
            PollKind::SenseCheck => {
                let stance = ballot.stance.ok_or(FieldError::new("stance", "required"))?;
                1 << Stance::ALL.iter().position(|one| *one == stance).unwrap_or(0)
            }
            _ => self.check_options(ballot.options.as_deref())?,
        };
        Ok(Ballot { choices, reason: self.check_reason(ballot)? })
    }

    fn check_options(&self, given: Option<&[i64]>) -> Result<i32, FieldError> {
        let given = given.ok_or(FieldError::new("options", "required"))?;
        let mut choices = 0;
        for option in given {
            let bit = match usize::try_from(*option) {
                Ok(at) if at < self.options => 1 << at,
                _ => return Err(FieldError::new("options", "out_of_range")),
            };
            if choices & bit != 0 {
                return Err(FieldError::new("options", "twice"));
            }
            choices |= bit;
        }
        let allowed = match self.kind {
            PollKind::Single => 1..=1,
            PollKind::Multiple => 1..=self.max_choices.map_or(self.options, |n| n as usize),
            // Nothing that one could live with is an answer too.
            _ => 0..=self.options,
        };
        if allowed.contains(&given.len()) {
            Ok(choices)
        } else {
            Err(FieldError::new("options", if given.is_empty() { "required" } else { "too_many" }))
        }
    }

    /// An objection has a reason, unless it is secret: words give away whose they are.
    fn check_reason(&self, ballot: &BallotInput) -> Result<Option<String>, FieldError> {
        let given = ballot.reason.as_deref().filter(|reason| !reason.trim().is_empty());
        let objects = self.kind == PollKind::SenseCheck && ballot.stance == Some(Stance::Object);
        match given {
            Some(_) if self.secret => Err(FieldError::new("reason", "not_with_secret")),
            Some(_) if !objects => Err(FieldError::new("reason", "only_with_objection")),
            None if objects && !self.secret => Err(FieldError::new("reason", "required")),
            Some(reason) => text::block("reason", reason, REASON_MAX).map(Some),
            None => Ok(None),
        }
    }

    /// A ballot as its voter gave it.
    pub fn of_ballot(&self, ballot: &Ballot) -> BallotInput {
        let columns = columns_of(ballot.choices);
        let mut input = BallotInput { reason: ballot.reason.clone(), ..BallotInput::default() };
        match self.kind {
            PollKind::Scale => input.value = columns.first().map(|at| *at as i32 + 1),
            PollKind::SenseCheck => input.stance = columns.first().and_then(|at| Stance::ALL.get(*at)).copied(),
            _ => input.options = Some(columns.into_iter().map(|at| at as i64).collect()),
        }
        input
    }
}

/// A ballot as it is given: the field that fits the kind of poll.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BallotInput {
    /// Places of the chosen options, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<i64>>,
    /// The number on the scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stance: Option<Stance>,
    /// Why one objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A ballot that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// One bit for each column.
    pub choices: i32,
    pub reason: Option<String>,
}

/// The columns that a ballot names.
pub fn columns_of(choices: i32) -> Vec<usize> {
    (0..OPTIONS_MAX).filter(|at| choices >> at & 1 == 1).collect()
}

/// Counts ballots: (constituency, choices). `eligible` says who may answer, in the order of the rows.
pub fn tally<'a>(
    eligible: &[(String, u32)],
    columns: usize,
    ballots: impl Iterator<Item = (&'a str, i32)>,
) -> Vec<Row> {
    let empty = Cell { ballots: 0, counts: vec![0; columns] };
    let mut rows: Vec<Row> = eligible
        .iter()
        .map(|(constituency, eligible)| Row {
            constituency: constituency.clone(),
            eligible: *eligible,
            cell: empty.clone(),
        })
        .collect();
    for (constituency, choices) in ballots {
        if let Some(row) = rows.iter_mut().find(|row| row.constituency == constituency) {
            row.cell.ballots += 1;
            for (at, count) in row.cell.counts.iter_mut().enumerate() {
                *count += (choices >> at & 1) as u32;
            }
        }
    }
    rows
}

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

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What one vote of a party weighs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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

/// What a sense-check comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SenseOutcome {
    pub state: Consensus,
    pub parties: Vec<PartyPosition>,
}

/// Why somebody objects.
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
    /// All that is shown; left out below five ballots.
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

#[cfg(test)]
mod tests;
