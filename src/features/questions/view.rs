//! Questions of a session as readers see them, and their order. Who supports a question is never
//! served, only how many of each constituency.

pub mod events;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Result;
use crate::features::questions::rules::{Merges, QuestionState, Standing, Support, rank};
use crate::features::questions::store::{self as questions, Place, Question, Step, as_support};
use crate::kernel::domain::entries::EntryKind;
use crate::kernel::domain::kinds::{Attribution, Lang};
use crate::kernel::log::event::Audience;
use crate::kernel::models::Db;
use crate::kernel::models::translations::{self, Translation};
use crate::kernel::views::AuthorView;
use crate::kernel::views::posts::Hidden;
use crate::kernel::views::translations::{TranslationView, by_original};

/// A question. The text of a hidden one is there for the desk only.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Question)]
pub struct QuestionView<'a> {
    pub id: Uuid,
    pub room: Uuid,
    pub session: Uuid,
    pub seq: i64,
    pub author: AuthorView<'a>,
    pub attribution: Attribution,
    /// Entered by a moderator or steward for somebody without a device.
    pub on_behalf: bool,
    pub lang: Lang,
    pub body_md: &'a str,
    pub body_html: &'a str,
    pub created_at: DateTime<Utc>,
    pub state: QuestionState,
    pub state_at: DateTime<Utc>,
    /// Supporters by constituency, with those of the questions merged into this one, each once.
    #[schema(value_type = std::collections::BTreeMap<String, u32>)]
    pub support: Support,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Uuid>,
    /// The thread in which it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues_in: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Hidden<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<TranslationView<'a>>,
}

/// What a view of a question needs beside its row: its thread and its translations.
#[derive(Debug, Default)]
pub struct QuestionContext {
    threads: HashMap<Uuid, Uuid>,
    translations: HashMap<Uuid, Vec<Translation>>,
}

impl QuestionContext {
    /// Reads it for some questions.
    ///
    /// # Errors
    /// From the database.
    pub async fn load(db: &mut Db, ids: &[Uuid]) -> Result<Self> {
        Ok(Self {
            threads: questions::continued(db, ids).await?.into_iter().collect(),
            translations: by_original(translations::of_questions(db, ids).await?),
        })
    }
}

impl<'a> QuestionView<'a> {
    /// The question as an audience sees it.
    pub fn new(question: &'a Question, beside: &'a QuestionContext, audience: Audience) -> Self {
        let hidden = question.hidden_at.map(|at| Hidden {
            reason: question.hidden_reason.as_deref().unwrap_or("other"),
            note: question.hidden_note.as_deref().unwrap_or(""),
            at,
        });
        let readable = hidden.is_none() || audience == Audience::Desk;
        let translations = beside.translations.get(&question.id).filter(|_| readable);
        Self {
            id: question.id,
            room: question.room_id,
            session: question.session_id,
            seq: question.seq,
            author: author(question),
            attribution: question.attribution,
            on_behalf: question.on_behalf,
            lang: question.lang,
            body_md: if readable { &question.body_md } else { "" },
            body_html: if readable { &question.body_html } else { "" },
            created_at: question.created_at,
            state: question.state,
            state_at: question.state_at,
            support: as_support(&question.support),
            merged_into: question.merged_into,
            continues_in: beside.threads.get(&question.id).copied(),
            hidden,
            translations: translations.into_iter().flatten().map(|t| TranslationView::new(t, 1)).collect(),
        }
    }
}

/// A person without a device has no account: the one of who entered the question is not theirs.
fn author(question: &Question) -> AuthorView<'_> {
    let mut author = AuthorView::new(
        question.attribution,
        question.author_id,
        &question.author_name,
        &question.author_organisation,
        &question.constituency,
        question.author_confirmed,
    );
    if question.on_behalf {
        author.id = None;
        author.organisation = author.organisation.filter(|name| !name.is_empty());
    }
    author
}

/// The order of the questions of a session.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = QuestionOrder)]
pub struct OrderView {
    /// Those that wait, in the order in which they are to be taken.
    pub order: Vec<Uuid>,
    /// What support is divided by: members present by constituency.
    #[schema(value_type = std::collections::BTreeMap<String, u32>)]
    pub present: Support,
}

impl OrderView {
    fn new(places: &[&Place], present: Support) -> Self {
        let waiting = places.iter().filter(|place| {
            place.state == QuestionState::Waiting && place.merged_into.is_none() && place.hidden_at.is_none()
        });
        let standings = waiting
            .map(|place| Standing { id: place.id, seq: place.seq, support: as_support(&place.support) })
            .collect();
        Self { order: rank(standings, &present), present }
    }
}

/// The questions of some sessions: who comes after whom, and what is part of what.
#[derive(Debug, Default)]
pub struct Boards {
    orders: HashMap<Uuid, OrderView>,
    merges: Merges,
}

impl Boards {
    /// Reads how the questions of some sessions stand.
    ///
    /// # Errors
    /// From the database.
    pub async fn load(db: &mut Db, sessions: &[Uuid]) -> Result<Self> {
        let places = questions::places(db, sessions).await?;
        let present = questions::present(db, sessions).await?;
        let of = |session: Uuid| places.iter().filter(|p| p.session_id == session).collect::<Vec<_>>();
        Ok(Self {
            orders: present.into_iter().map(|(id, present)| (id, OrderView::new(&of(id), present))).collect(),
            merges: Merges::new(places.iter().map(|place| (place.id, place.merged_into))),
        })
    }

    /// The order of a session's questions.
    pub fn order(&self, session: Uuid) -> OrderView {
        self.orders.get(&session).cloned().unwrap_or_default()
    }

    /// The questions whose support counts this one's, too.
    pub fn above(&self, id: Uuid) -> Vec<Uuid> {
        self.merges.up(id).split_off(1)
    }
}

/// What an event about a question tells: the question, those that a merge changed with it, and the
/// order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuestionEvent)]
pub struct QuestionEvent<'a> {
    pub id: Uuid,
    pub session: Uuid,
    pub question: QuestionView<'a>,
    pub others: Vec<QuestionView<'a>>,
    #[serde(flatten)]
    pub order: OrderView,
}

/// The questions of a session; `mine` is the caller's own part.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage<'a> {
    /// In the order in which they were asked.
    pub items: Vec<QuestionView<'a>>,
    #[serde(flatten)]
    pub order: OrderView,
    pub head_seq: i64,
    pub mine: MyQuestions,
}

/// The caller's own part of a session's questions.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct MyQuestions {
    /// Questions that the caller asked, whatever name they show.
    pub asked: Vec<Uuid>,
    /// Questions that the caller supports. Support of a question counts for the one that it is merged into.
    pub supported: Vec<Uuid>,
}

/// A question after the caller's change.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionAnswer<'a> {
    pub question: QuestionView<'a>,
    #[serde(flatten)]
    pub order: OrderView,
    pub supported_by_me: bool,
}

/// A step in the history of a question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuestionStep)]
pub struct StepView {
    pub seq: i64,
    pub kind: EntryKind,
    pub reason: String,
    /// The question that it was merged into, or taken out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<Uuid>,
    pub at: DateTime<Utc>,
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self { seq: step.seq, kind: step.kind, reason: step.reason, other: step.other_id, at: step.at }
    }
}

/// A question with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionWithHistory<'a> {
    #[serde(flatten)]
    pub question: QuestionView<'a>,
    pub history: Vec<StepView>,
    pub supported_by_me: bool,
}
