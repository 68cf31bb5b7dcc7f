//! Polls and sense-checks: what a ballot may say, how ballots are counted, what parties of unequal
//! size weigh, and when there is a consensus. Everything is counted in whole numbers.

mod kinds;
mod results;

pub use kinds::{Consensus, Eligible, PollKind, PollState, Position, Stance};
pub use results::*;

use serde::{Deserialize, Serialize};

use crate::features::polls::suppression::{Cell, Row};
use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::text::{self, FieldError};

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
            return wrong("options", FieldCode::OutOfRange);
        }
        match (self.kind, self.scale_max) {
            (PollKind::Scale, Some(2..=10)) => {}
            (PollKind::Scale, None) => return wrong("scale_max", FieldCode::Required),
            (_, None) => {}
            _ => return wrong("scale_max", FieldCode::OutOfRange),
        }
        match (self.kind, self.max_choices) {
            (_, None) => {}
            (PollKind::Multiple, Some(n)) if (1..=self.options as i32).contains(&n) => {}
            _ => return wrong("max_choices", FieldCode::OutOfRange),
        }
        if self.secret && self.visible {
            return wrong("visible", FieldCode::NotWithSecret);
        }
        if self.positions && (self.secret || self.kind != PollKind::SenseCheck) {
            return wrong(
                "positions_public",
                if self.secret { FieldCode::NotWithSecret } else { FieldCode::SenseCheckOnly },
            );
        }
        Ok(())
    }

    /// True when a ballot names one column, so that the columns of a group add up to its ballots.
    pub const fn is_exclusive(&self) -> bool {
        matches!(self.kind, PollKind::Single | PollKind::Scale | PollKind::SenseCheck)
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
                let value = ballot.value.ok_or(FieldError::new("value", FieldCode::Required))?;
                if !(1..=self.scale_max.unwrap_or(0)).contains(&value) {
                    return Err(FieldError::new("value", FieldCode::OutOfRange));
                }
                1 << (value - 1)
            }
            PollKind::SenseCheck => {
                let stance = ballot.stance.ok_or(FieldError::new("stance", FieldCode::Required))?;
                1 << Stance::ALL.iter().position(|one| *one == stance).unwrap_or(0)
            }
            _ => self.check_options(ballot.options.as_deref())?,
        };
        Ok(Ballot { choices, reason: self.check_reason(ballot)? })
    }

    fn check_options(&self, given: Option<&[i64]>) -> Result<i32, FieldError> {
        let given = given.ok_or(FieldError::new("options", FieldCode::Required))?;
        let mut choices = 0;
        for option in given {
            let bit = match usize::try_from(*option) {
                Ok(at) if at < self.options => 1 << at,
                _ => return Err(FieldError::new("options", FieldCode::OutOfRange)),
            };
            if choices & bit != 0 {
                return Err(FieldError::new("options", FieldCode::Twice));
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
            Err(FieldError::new(
                "options",
                if given.is_empty() { FieldCode::Required } else { FieldCode::TooMany },
            ))
        }
    }

    /// An objection has a reason, unless it is secret: words give away whose they are.
    fn check_reason(&self, ballot: &BallotInput) -> Result<Option<String>, FieldError> {
        let given = ballot.reason.as_deref().filter(|reason| !reason.trim().is_empty());
        let objects = self.kind == PollKind::SenseCheck && ballot.stance == Some(Stance::Object);
        match given {
            Some(_) if self.secret => Err(FieldError::new("reason", FieldCode::NotWithSecret)),
            Some(_) if !objects => Err(FieldError::new("reason", FieldCode::OnlyWithObjection)),
            None if objects && !self.secret => Err(FieldError::new("reason", FieldCode::Required)),
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
            PollKind::SenseCheck => {
                input.stance = columns.first().and_then(|at| Stance::ALL.get(*at)).copied()
            }
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
    /// Reason of an objection.
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

/// A constituency of which many voters are disconnected and have not answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingVoters {
    pub constituency: String,
    pub eligible: usize,
    pub missing: usize,
}

/// The constituencies of which more than a share, in percent, is missing. `voters` says of each who
/// may answer the constituency, and whether they can: who has answered loses nothing by leaving.
pub fn missing<'a>(voters: impl Iterator<Item = (&'a str, bool)>, share: i32) -> Vec<MissingVoters> {
    let mut all: Vec<MissingVoters> = Vec::new();
    for (constituency, is_missing) in voters {
        let at = all.iter().position(|one| one.constituency == constituency).unwrap_or_else(|| {
            all.push(MissingVoters { constituency: constituency.to_owned(), eligible: 0, missing: 0 });
            all.len() - 1
        });
        all[at].eligible += 1;
        all[at].missing += usize::from(is_missing);
    }
    all.retain(|one| one.missing * 100 > one.eligible * usize::try_from(share).unwrap_or(0));
    all
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

#[cfg(test)]
mod tests;
