//! Events about questions, translations and the running text of a session.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Line, PostData, RemovedEvent, Subjects, for_all, frame, ids};
use crate::error::Result;
use crate::features::questions::store::{self as questions, Question};
use crate::features::questions::view::{Beside, Boards, QuestionEvent, QuestionView};
use crate::features::transcript::store::{self as transcript, Line as Spoken};
use crate::features::transcript::view::LineView;
use crate::kernel::domain::kinds::{EntryKind, Subject};
use crate::kernel::log::event::Audience;
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;
use crate::kernel::models::translations::{self, Translation};

/// The current rows behind entries of these kinds.
#[derive(Default)]
pub(super) struct QuestionSubjects {
    questions: HashMap<Uuid, Question>,
    beside: Beside,
    boards: Boards,
    /// Number of a merge taken back → the question that it had been part of.
    parted: HashMap<i64, Uuid>,
    translations: HashMap<Uuid, Translation>,
    lines: HashMap<Uuid, Spoken>,
}

/// A new or another translation of a post or of a question, with what it belongs to.
#[derive(Serialize, ToSchema)]
pub struct TranslationEvent<'a> {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<PostData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<QuestionEvent<'a>>,
}

impl QuestionSubjects {
    pub(super) async fn load(db: &mut Db, entries: &[Entry]) -> Result<Self> {
        let mut subjects = Self::default();
        let line_ids = ids(entries, Subject::TranscriptLine);
        if !line_ids.is_empty() {
            let rows = transcript::by_ids(db, &line_ids).await?;
            subjects.lines = rows.into_iter().map(|line| (line.id, line)).collect();
        }
        let translation_ids = ids(entries, Subject::Translation);
        if !translation_ids.is_empty() {
            let rows = translations::by_ids(db, &translation_ids).await?;
            subjects.translations = rows.into_iter().map(|row| (row.id, row)).collect();
        }
        let mut wanted = ids(entries, Subject::Question);
        wanted.extend(subjects.translations.values().filter_map(|row| row.question_id));
        if !wanted.is_empty() {
            subjects.load_questions(db, entries, wanted).await?;
        }
        Ok(subjects)
    }

    async fn load_questions(&mut self, db: &mut Db, entries: &[Entry], mut wanted: Vec<Uuid>) -> Result<()> {
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
        self.beside = Beside::load(db, &all).await?;
        Ok(())
    }

    /// The posts of which translations are told.
    pub(super) fn translated_posts(&self) -> impl Iterator<Item = Uuid> {
        self.translations.values().filter_map(|row| row.post_id)
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
}

/// True when a question that is told is hidden, so that the desk sees more.
fn tells_hidden(event: &QuestionEvent<'_>) -> bool {
    event.question.hidden.is_some() || event.others.iter().any(|other| other.hidden.is_some())
}

impl Subjects {
    pub(super) fn question_line(&self, entry: &Entry) -> Result<Line> {
        let id = entry.subject_id;
        let gone = RemovedEvent::of(entry);
        let of = &self.asked;
        match entry.kind.subject() {
            Subject::TranscriptLine => match of.lines.get(&id) {
                Some(line) => for_all(entry, &LineView::from(line)),
                None => for_all(entry, &gone),
            },
            Subject::Translation => match of.translations.get(&id) {
                Some(translation) => self.translation_line(entry, translation),
                None => for_all(entry, &gone),
            },
            _ => match of.event(entry, id, Audience::Participant) {
                Some(event) => {
                    let desk = tells_hidden(&event).then(|| of.event(entry, id, Audience::Desk)).flatten();
                    two(entry, &event, desk.as_ref())
                }
                None => for_all(entry, &gone),
            },
        }
    }

    fn translation_line(&self, entry: &Entry, translation: &Translation) -> Result<Line> {
        let event = |audience| TranslationEvent {
            id: translation.id,
            post: translation.post_id.and_then(|id| self.post_data(id, audience)),
            question: translation.question_id.and_then(|id| self.asked.event(entry, id, audience)),
        };
        let told = event(Audience::Participant);
        let hidden = told.post.as_ref().is_some_and(|data| data.post.hidden.is_some())
            || told.question.as_ref().is_some_and(tells_hidden);
        let desk = hidden.then(|| event(Audience::Desk));
        two(entry, &told, desk.as_ref())
    }
}

fn two<T: Serialize>(entry: &Entry, participant: &T, desk: Option<&T>) -> Result<Line> {
    let desk = desk.map(|desk| frame(entry, desk)).transpose()?;
    Ok(Line {
        seq: entry.seq,
        withdraws: entry.kind.withdraws(),
        participant: frame(entry, participant)?,
        desk,
    })
}
