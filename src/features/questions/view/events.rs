//! Events about questions and their translations.

use std::borrow::Cow;
use std::collections::HashMap;

use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Boards, QuestionContext, QuestionEvent, QuestionView};
use crate::error::Result;
use crate::features::questions::store::{self as questions, Question};
use crate::kernel::domain::entries::{EntryKind, Subject};
use crate::kernel::log::event::Audience;
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::translations::{self, Translation};
use crate::kernel::views::events::{EventHook, Line, ids};

/// Events about questions and their translations.
pub struct QuestionEvents;

impl EventHook for QuestionEvents {
    fn subjects(&self) -> &'static [Subject] {
        &[Subject::Question, Subject::Translation]
    }

    fn data(&self, subject: Subject) -> Cow<'static, str> {
        if subject == Subject::Translation { QuestionTranslationEvent::name() } else { QuestionEvent::name() }
    }

    fn lines<'a>(&'a self, db: &'a mut Db, entries: &'a [&'a Entry]) -> BoxFuture<'a, Result<Vec<Line>>> {
        Box::pin(async move {
            let rows = Rows::load(db, entries).await?;
            entries.iter().filter_map(|entry| rows.line(entry).transpose()).collect()
        })
    }
}

/// The current rows behind entries of these kinds.
#[derive(Default)]
struct Rows {
    questions: HashMap<Uuid, Question>,
    beside: QuestionContext,
    boards: Boards,
    /// Number of a merge taken back → the question that it had been part of.
    parted: HashMap<i64, Uuid>,
    translations: HashMap<Uuid, Translation>,
}

/// A new or another translation of a question, with the question.
#[derive(Serialize, ToSchema)]
pub struct QuestionTranslationEvent<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionEvent<'a>>,
}

impl Rows {
    async fn load(db: &mut Db, entries: &[&Entry]) -> Result<Self> {
        let mut rows = Self::default();
        let translation_ids = ids(entries, Subject::Translation);
        if !translation_ids.is_empty() {
            let found = translations::by_ids(db, &translation_ids).await?.into_iter();
            let of_questions = found.filter(|row| row.question_id.is_some());
            rows.translations = of_questions.map(|row| (row.id, row)).collect();
        }
        let mut wanted = ids(entries, Subject::Question);
        wanted.extend(rows.translations.values().filter_map(|row| row.question_id));
        if !wanted.is_empty() {
            rows.load_questions(db, entries, wanted).await?;
        }
        Ok(rows)
    }

    async fn load_questions(&mut self, db: &mut Db, entries: &[&Entry], mut wanted: Vec<Uuid>) -> Result<()> {
        let of_kind = |kind| entries.iter().filter(move |entry| entry.kind == kind);
        let parted: Vec<Uuid> = of_kind(EntryKind::QuestionUnmerged).map(|entry| entry.subject_id).collect();
        if !parted.is_empty() {
            let steps = questions::history(db, &parted).await?;
            let steps = steps.into_iter().filter(|step| step.kind == EntryKind::QuestionUnmerged);
            self.parted = steps.filter_map(|step| Some((step.seq, step.other_id?))).collect();
        }
        wanted.extend(self.parted.values());
        let rows = questions::by_ids(db, &wanted).await?;
        let mut sessions: Vec<Uuid> = rows.iter().map(|question| question.session_id).collect();
        sessions.sort_unstable();
        sessions.dedup();
        self.boards = Boards::load(db, &sessions).await?;
        self.questions = rows.into_iter().map(|question| (question.id, question)).collect();
        // Those above, whose support changed with it.
        let above = self.questions.keys().flat_map(|id| self.boards.above(*id));
        let more: Vec<Uuid> = above.filter(|id| !self.questions.contains_key(id)).collect();
        if !more.is_empty() {
            let rows = questions::by_ids(db, &more).await?;
            self.questions.extend(rows.into_iter().map(|question| (question.id, question)));
        }
        let all: Vec<Uuid> = self.questions.keys().copied().collect();
        self.beside = QuestionContext::load(db, &all).await?;
        Ok(())
    }

    fn view(&self, id: Uuid, audience: Audience) -> Option<QuestionView<'_>> {
        Some(QuestionView::new(self.questions.get(&id)?, &self.beside, audience))
    }

    fn event(&self, entry: &Entry, id: Uuid, audience: Audience) -> Option<QuestionEvent<'_>> {
        let question = self.view(id, audience)?;
        let mut others = self.boards.above(id);
        if let Some(parted) =
            self.parted.get(&entry.seq).filter(|_| entry.kind == EntryKind::QuestionUnmerged)
        {
            others.push(*parted);
            others.extend(self.boards.above(*parted));
        }
        others.sort_unstable();
        others.dedup();
        Some(QuestionEvent {
            id,
            session: question.session,
            order: self.boards.order(question.session),
            question,
            others: others.into_iter().filter_map(|other| self.view(other, audience)).collect(),
        })
    }

    /// The line of an entry; None when it is about a post, or the question is not there.
    fn line(&self, entry: &Entry) -> Result<Option<Line>> {
        let id = entry.subject_id;
        if entry.kind.subject() == Subject::Question {
            let Some(event) = self.event(entry, id, Audience::Participant) else { return Ok(None) };
            let desk = tells_hidden(&event).then(|| self.event(entry, id, Audience::Desk)).flatten();
            return Line::new(entry, &event, desk.as_ref()).map(Some);
        }
        let Some(question) = self.translations.get(&id).and_then(|row| row.question_id) else {
            return Ok(None);
        };
        let event =
            |audience| QuestionTranslationEvent { id, question: self.event(entry, question, audience) };
        let everyone = event(Audience::Participant);
        let desk = everyone.question.as_ref().is_some_and(tells_hidden).then(|| event(Audience::Desk));
        Line::new(entry, &everyone, desk.as_ref()).map(Some)
    }
}

/// True when a question that is told is hidden, so that the desk sees more.
fn tells_hidden(event: &QuestionEvent<'_>) -> bool {
    event.question.hidden.is_some() || event.others.iter().any(|other| other.hidden.is_some())
}
