//! The floor of a session as everyone sees it.
//!
//! It says nothing that depends on when it is read: a clock that runs is told by its start, so the
//! same view is right in an event, in a replay and in an answer.

pub mod events;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::floor::rules::{FloorActKind, FloorKind, OrderReason, RequestState};
use crate::features::floor::store::{Floor, FloorAct, FloorRequest, Speech};
use crate::kernel::domain::kinds::Attribution;
use crate::kernel::views::AuthorView;

/// A request for the floor that waits, as screens show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FloorRequest)]
pub struct FloorRequestView<'a> {
    pub id: Uuid,
    pub kind: FloorKind,
    pub speaker: AuthorView<'a>,
    pub attribution: Attribution,
    pub note: &'a str,
    pub asked_at: DateTime<Utc>,
    /// Entered by the desk for a person without a device.
    pub by_desk: bool,
    /// Place in the computed order, from 1; none for a question that asks to interrupt who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// What put it before those behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<OrderReason>,
}

impl<'a> FloorRequestView<'a> {
    fn new(request: &'a FloorRequest, place: Option<(usize, OrderReason)>) -> Self {
        Self {
            id: request.id,
            kind: request.kind,
            speaker: speaker(request),
            attribution: request.attribution,
            note: &request.note,
            asked_at: request.created_at,
            by_desk: request.member_id.is_none(),
            position: place.map(|(position, _)| position),
            why: place.map(|(_, why)| why),
        }
    }
}

/// Who asked, as the attribution allows. A person without a device has no profile to link to.
fn speaker(request: &FloorRequest) -> AuthorView<'_> {
    let id = request.member_id.unwrap_or(Uuid::nil());
    let mut author = AuthorView::new(
        request.attribution,
        id,
        &request.speaker_name,
        &request.speaker_organisation,
        &request.constituency,
        request.speaker_confirmed,
    );
    author.id = author.id.filter(|id| !id.is_nil());
    author
}

/// A speech that is not over, with what a clock needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Speech)]
pub struct SpeechView<'a> {
    pub id: Uuid,
    pub request: Uuid,
    pub kind: FloorKind,
    pub speaker: AuthorView<'a>,
    pub attribution: Attribution,
    pub note: &'a str,
    pub by_desk: bool,
    pub started_at: DateTime<Utc>,
    pub limit_s: i32,
    /// What ran before the last pause.
    pub ran_ms: i64,
    /// Time when the clock was started; null while it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_since: Option<DateTime<Utc>>,
    /// When its time is up, or was; none while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_is_up_at: Option<DateTime<Utc>>,
}

impl<'a> SpeechView<'a> {
    fn new(speech: &Speech, request: &'a FloorRequest) -> Self {
        Self {
            id: speech.id,
            request: request.id,
            kind: request.kind,
            speaker: speaker(request),
            attribution: request.attribution,
            note: &request.note,
            by_desk: request.member_id.is_none(),
            started_at: speech.started_at,
            limit_s: speech.limit_s,
            ran_ms: speech.ran_ms,
            running_since: speech.running_since,
            time_is_up_at: speech.clock().time_is_up_at().and_then(DateTime::from_timestamp_millis),
        }
    }
}

/// A constituency's part of the speaking time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FloorShare<'a> {
    pub constituency: &'a str,
    /// Its part is this among the sum of all weights.
    pub weight: u32,
    /// Without what the open speech ran since `running_since`.
    pub spoken_ms: i64,
    pub speeches: usize,
    pub waiting: usize,
}

/// An act of the chair on the speaking order, with its reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FloorAct)]
pub struct FloorActView<'a> {
    pub kind: FloorActKind,
    pub at: DateTime<Utc>,
    pub reason: &'a str,
    /// Who got the floor, or was passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<AuthorView<'a>>,
    /// Who was first in the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<AuthorView<'a>>,
}

impl<'a> FloorActView<'a> {
    fn new(act: &'a FloorAct, requests: &'a BTreeMap<Uuid, FloorRequest>) -> Self {
        let who = |id: Option<Uuid>| id.and_then(|id| requests.get(&id)).map(speaker);
        Self {
            kind: act.kind,
            at: act.at,
            reason: &act.reason,
            speaker: who(act.request_id),
            instead_of: who(act.instead_of),
        }
    }
}

/// The floor of a session, without personal parts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Floor)]
pub struct FloorView<'a> {
    pub session: Uuid,
    /// Whether one may ask to speak. A point of order may be raised at any time.
    pub open: bool,
    /// Seconds that a speech has.
    pub limit_s: i32,
    /// In the computed order.
    pub queue: Vec<FloorRequestView<'a>>,
    /// Questions that ask to interrupt who speaks.
    pub interposed: Vec<FloorRequestView<'a>>,
    /// Who speaks now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<SpeechView<'a>>,
    /// The speaker whose speech is interrupted, and who continues first.
    pub interrupted: Vec<SpeechView<'a>>,
    /// Every constituency, in their usual order.
    pub balance: Vec<FloorShare<'a>>,
    /// The latest acts of the chair on the speaking order, newest first.
    pub acts: Vec<FloorActView<'a>>,
}

impl<'a> FloorView<'a> {
    /// The floor as everyone sees it.
    pub fn new(floor: &'a Floor) -> Self {
        let state = floor.state();
        let order = state.order();
        let request = |id: &Uuid| floor.requests.get(id);
        let queue = order.iter().enumerate().filter_map(|(at, turn)| {
            Some(FloorRequestView::new(request(&turn.request)?, Some((at + 1, turn.why))))
        });
        let interposed = state.waiting.iter().filter(|waiting| state.is_interposed(waiting));
        let mut open = state.open().into_iter().filter_map(|open| {
            let speech = floor.speeches.iter().find(|speech| speech.id == open.id)?;
            Some(SpeechView::new(speech, request(&speech.request_id)?))
        });
        let balance = floor.constituencies.iter().map(|constituency| {
            let of = || state.speeches.iter().filter(|speech| speech.request.constituency == constituency.id);
            FloorShare {
                constituency: &constituency.id,
                weight: state.settings.targets.weights.get(&constituency.id).copied().unwrap_or(0),
                spoken_ms: of().map(|speech| speech.clock.ran()).sum(),
                speeches: of().count(),
                waiting: state.waiting.iter().filter(|r| r.constituency == constituency.id).count(),
            }
        });
        Self {
            session: floor.settings.session_id,
            open: floor.settings.open,
            limit_s: floor.settings.limit_s,
            queue: queue.collect(),
            interposed: interposed
                .filter_map(|waiting| Some(FloorRequestView::new(request(&waiting.id)?, None)))
                .collect(),
            current: open.next(),
            interrupted: open.collect(),
            balance: balance.collect(),
            acts: floor.acts.iter().map(|act| FloorActView::new(act, &floor.requests)).collect(),
        }
    }
}

/// The floor with what belongs to the caller.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FloorOfCaller)]
pub struct FloorAnswer<'a> {
    #[serde(flatten)]
    pub floor: FloorView<'a>,
    /// The caller's own requests that wait or have the floor, however they are shown to others.
    pub yours: Vec<Uuid>,
    /// The request for the floor that this call created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Uuid>,
}

impl<'a> FloorAnswer<'a> {
    /// The floor as a member sees it.
    pub fn new(floor: &'a Floor, member: Option<Uuid>, request: Option<Uuid>) -> Self {
        let speaks = |id: Uuid| {
            floor.speeches.iter().any(|speech| speech.request_id == id && speech.ended_at.is_none())
        };
        let yours = floor.requests.values().filter(|request| {
            member.is_some()
                && request.member_id == member
                && (request.state == RequestState::Waiting || speaks(request.id))
        });
        Self { yours: yours.map(|request| request.id).collect(), floor: FloorView::new(floor), request }
    }
}
