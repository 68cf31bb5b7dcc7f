//! Polls as readers see them.

pub mod events;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::polls::rules::{Ballot, BallotInput, Eligible, PollKind, PollResults, PollState};
use crate::features::polls::store::{Addition, PollOption, PollWithOptions};
use crate::kernel::domain::kinds::Lang;
use crate::kernel::views::Localized;

/// Somebody who may answer although they were not among those asked when the poll opened.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PollAddition)]
pub struct AdditionView {
    pub member: Uuid,
    pub name: String,
    pub constituency: String,
    /// Why.
    pub note: String,
    pub at: DateTime<Utc>,
}

/// A poll, without what is the caller's own. Of the ballots it holds what everybody may see only.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PollPublic)]
pub struct PollView {
    pub id: Uuid,
    pub room: Uuid,
    pub session: Uuid,
    pub kind: PollKind,
    pub state: PollState,
    /// Empty where a language is missing.
    pub question: Localized,
    /// Of a scale none, or the words at its two ends.
    pub options: Vec<Localized>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale_max: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_choices: Option<i32>,
    /// Ballots are not linked to their voters, and are final.
    pub secret: bool,
    /// Results are shown, in steps, while it is open.
    pub visible: bool,
    /// At the end the position of each party is shown, of a small delegation too.
    pub positions_public: bool,
    pub eligible_rule: Eligible,
    /// Languages that must be there before it opens.
    pub languages: Vec<Lang>,
    pub quorum_share: i32,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<DateTime<Utc>>,
    /// Reason why the poll was cancelled, or closed although many voters were disconnected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// It was closed because its session ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub with_session: bool,
    /// How many may answer, with those who were let in later.
    pub eligible: i32,
    /// Whom the chair let in after it had opened, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<AdditionView>,
    /// How many have answered, as far as was told.
    pub ballots: i32,
    /// Once it has closed, or in steps where they are visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PollResults>)]
    pub results: Option<Value>,
}

impl PollView {
    /// The poll as it is now.
    pub fn new(whole: &PollWithOptions) -> Self {
        let poll = &whole.poll;
        let option = |one: &PollOption| Localized { en: one.text_en.clone(), zh: one.text_zh.clone() };
        let added = |one: &Addition| AdditionView {
            member: one.member_id,
            name: one.name.clone(),
            constituency: one.constituency.clone(),
            note: one.note.clone(),
            at: one.at,
        };
        Self {
            id: poll.id,
            room: poll.room_id,
            session: poll.session_id,
            kind: poll.kind,
            state: poll.state,
            question: Localized { en: poll.question_en.clone(), zh: poll.question_zh.clone() },
            options: whole.options.iter().map(option).collect(),
            scale_max: poll.scale_max,
            max_choices: poll.max_choices,
            secret: poll.is_secret,
            visible: poll.is_visible,
            positions_public: poll.positions_public,
            eligible_rule: poll.eligible_rule,
            languages: poll.languages.iter().filter_map(|word| Lang::parse(word)).collect(),
            quorum_share: poll.quorum_share,
            created_at: poll.created_at,
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            reason: poll.reason.clone(),
            with_session: poll.with_session,
            eligible: poll.eligible,
            added: whole.added.iter().map(added).collect(),
            ballots: poll.ballots,
            results: poll.results.clone(),
        }
    }
}

/// The caller's own part of a poll.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct YourPoll {
    /// Among those who may answer since it opened.
    pub eligible: bool,
    pub voted: bool,
    /// What was answered, unless it is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ballot: Option<BallotInput>,
}

/// A poll with the caller's own part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Poll)]
pub struct PollWithYours {
    #[serde(flatten)]
    pub poll: PollView,
    pub yours: YourPoll,
}

impl PollWithYours {
    /// The poll for a member who may answer it and has or has not `voted`, or for somebody who may not.
    pub fn new(whole: &PollWithOptions, voted: Option<bool>, ballot: Option<&Ballot>) -> Self {
        Self {
            poll: PollView::new(whole),
            yours: YourPoll {
                eligible: voted.is_some(),
                voted: voted.unwrap_or_default(),
                ballot: ballot.map(|ballot| whole.shape().of_ballot(ballot)),
            },
        }
    }
}
