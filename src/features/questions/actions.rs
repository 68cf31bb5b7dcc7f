//! Questions in a session: asking, supporting, merging, steering, and what becomes of the rest.

mod asking;
mod continuing;
mod merging;
mod steering;
mod supporting;
mod translating;

pub use asking::{NewQuestion, OnBehalf, ask};
pub use continuing::QuestionChanges;
pub use merging::{merge, unmerge};
pub use steering::{set_hidden, set_state};
pub use supporting::set_support;
pub use translating::QuestionText;

use uuid::Uuid;

use crate::error::{Code, Error, Result};
use crate::features::questions::rules::{Merges, Support, denominators, united};
use crate::features::questions::store::{self as questions, Question, Step, as_support};
use crate::kernel::actions::{Ctx, RoomTx};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::SessionState;
use crate::kernel::models::sessions;

impl RoomTx {
    /// The question under the lock.
    async fn question(&mut self, id: Uuid) -> Result<Question> {
        questions::by_id(self.db(), id).await?.ok_or(Error::NotFound)
    }

    /// A question of which there is something to do: neither hidden nor part of another.
    async fn question_in_sight(&mut self, id: Uuid) -> Result<Question> {
        let question = self.question(id).await?;
        if question.hidden_at.is_some() {
            return Err(hidden());
        }
        if question.merged_into.is_some() {
            return Err(merged());
        }
        Ok(question)
    }

    /// Questions are asked and supported while the session is open.
    async fn check_open(&mut self, session: Uuid) -> Result<()> {
        let session = sessions::by_id(self.db(), session).await?.ok_or(Error::NotFound)?;
        match session.state {
            SessionState::Lobby | SessionState::Live | SessionState::Paused => Ok(()),
            SessionState::Scheduled | SessionState::Ended => Err(Code::SessionNotOpen.into()),
        }
    }

    /// Logs what became of a question and writes it into its history.
    async fn note(&mut self, kind: EntryKind, id: Uuid, reason: &str, other: Option<Uuid>) -> Result<()> {
        let other_bytes = other.map_or(Vec::new(), |other| other.as_bytes().to_vec());
        let seq = self.log(kind, id, &[reason.as_bytes(), &other_bytes])?;
        self.step(seq, kind, id, reason, other).await
    }

    async fn step(
        &mut self,
        seq: i64,
        kind: EntryKind,
        id: Uuid,
        reason: &str,
        other: Option<Uuid>,
    ) -> Result<()> {
        let at = self.at;
        let step = Step { question_id: id, seq, kind, reason: reason.into(), other_id: other, at };
        Ok(questions::add_step(self.db(), &step).await?)
    }
}

/// Counts anew who supports these questions and those above them, and who is present.
async fn count(ctx: &Ctx, change: &mut RoomTx, session: Uuid, changed: &[Uuid]) -> Result<()> {
    let places = questions::places(change.db(), &[session]).await?;
    let merges = Merges::new(places.iter().map(|place| (place.id, place.merged_into)));
    let mut supports: Vec<(Uuid, Support)> =
        places.iter().map(|place| (place.id, as_support(&place.support))).collect();
    let mut above: Vec<Uuid> = changed.iter().flat_map(|id| merges.up(*id)).collect();
    above.sort_unstable();
    above.dedup();
    for id in above {
        let support = united(questions::supporters(change.db(), &merges.tree(id)).await?);
        questions::set_support(change.db(), id, &support).await?;
        if let Some(kept) = supports.iter_mut().find(|(of, _)| *of == id) {
            kept.1 = support;
        }
    }
    let mut here = Support::new();
    for present in change.here_lately(ctx).await?.into_iter().filter(|present| present.speaks) {
        *here.entry(present.constituency).or_default() += 1;
    }
    let present = denominators(here, supports.iter().map(|(_, support)| support));
    Ok(questions::set_present(change.db(), session, &present).await?)
}

fn hidden() -> Error {
    Error::from(Code::QuestionHidden)
}

fn merged() -> Error {
    Error::from(Code::QuestionMerged)
}
