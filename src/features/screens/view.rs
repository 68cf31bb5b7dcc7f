//! Views of screens in a hall. They hold nothing that may not be read from the last row: no ids of members, and
//! nothing at all while the screen is blank.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::floor::rules::FloorKind;
use crate::features::floor::view::{FloorRequestView, FloorShare, FloorView, SpeechView};
use crate::features::screens::rules::{Scene, pairing, qr};
use crate::features::screens::store::{Screen, Stage};
use crate::kernel::domain::kinds::{Attribution, Lang, SessionState};
use crate::kernel::models::posts::Post;
use crate::kernel::models::sessions::Session;
use crate::kernel::views::AuthorView;

/// Who is named after the one who speaks.
const NEXT_SPEAKERS: usize = 5;
/// Agenda items after the one that is on.
const NEXT_ITEMS: usize = 4;
/// A screen that was heard of so lately is there.
const THERE_S: i64 = 12;

/// The presence in the room, as counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScreenPresence {
    pub hall: usize,
    pub online: usize,
    pub by_constituency: BTreeMap<String, usize>,
}

/// A QR code.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QrView {
    /// Its side in modules, the light margin included.
    pub size: usize,
    /// The dark modules, as the path of an SVG.
    pub path: String,
}

/// The link and code for joining the room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct JoinView {
    /// In two groups, as people read it.
    pub code: String,
    pub link: String,
    /// The link without the code and what browsers leave out.
    pub place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr: Option<QrView>,
}

impl JoinView {
    /// `site` is the public address.
    pub fn new(site: &str, code: &str) -> Self {
        let link = format!("{site}/j/{code}");
        let place = format!("{}/j", site.split_once("://").map_or(site, |(_, host)| host));
        let qr = qr::path(&link).map(|(size, path)| QrView { size, path });
        Self { code: pairing::grouped(code), link, place, qr }
    }
}

/// A session as screens show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreenItem<'a> {
    pub title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_zh: Option<&'a str>,
    pub organisation: &'a str,
    pub state: SessionState,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// From 1.
    pub position: usize,
    pub total: usize,
}

/// A speaker as screens show them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreenSpeaker<'a> {
    pub speaker: AuthorView<'a>,
    pub kind: FloorKind,
}

/// A speech as screens show it, with the times for its clock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreenSpeech<'a> {
    #[serde(flatten)]
    pub who: ScreenSpeaker<'a>,
    pub limit_s: i32,
    pub ran_ms: i64,
    /// Null while the clock is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running_since: Option<DateTime<Utc>>,
}

/// A contribution as screens show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreenPost<'a> {
    pub author: AuthorView<'a>,
    pub attribution: Attribution,
    pub lang: Lang,
    pub body_html: &'a str,
}

/// The end that a countdown runs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountdownTo {
    /// The beginning of an agenda item.
    Start,
    /// The end of an agenda item.
    End,
    /// A moment that somebody chose.
    Moment,
}

/// What is shown, with all that it takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "scene", rename_all = "snake_case")]
pub enum SceneView<'a> {
    Blank,
    Welcome {
        present: ScreenPresence,
    },
    Agenda {
        #[serde(skip_serializing_if = "Option::is_none")]
        now: Option<ScreenItem<'a>>,
        next: Vec<ScreenItem<'a>>,
    },
    Floor {
        /// Whether one may ask to speak; none without a session under way.
        #[serde(skip_serializing_if = "Option::is_none")]
        open: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        current: Option<ScreenSpeech<'a>>,
        next: Vec<ScreenSpeaker<'a>>,
        waiting: usize,
        balance: Vec<FloorShare<'a>>,
    },
    Countdown {
        to: CountdownTo,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<ScreenItem<'a>>,
        en: &'a str,
        zh: &'a str,
    },
    Message {
        en: &'a str,
        zh: &'a str,
    },
    Post {
        /// None once it is hidden.
        #[serde(skip_serializing_if = "Option::is_none")]
        post: Option<ScreenPost<'a>>,
    },
}

/// What stands around every scene but the blank one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScreenFrame<'a> {
    pub room: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<ScreenItem<'a>>,
    pub join: JoinView,
}

/// The view of a screen: all that a screen may know.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ScreenView)]
pub struct ScreenView<'a> {
    pub show: SceneView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<ScreenFrame<'a>>,
}

impl<'a> ScreenView<'a> {
    /// `site` is the public address.
    pub fn new(stage: &'a Stage, site: &str, present: ScreenPresence) -> Self {
        let show = match &stage.scene {
            Scene::Blank => return Self { show: SceneView::Blank, frame: None },
            Scene::Welcome => SceneView::Welcome { present },
            Scene::Agenda => SceneView::Agenda {
                now: stage.now().map(|now| item(stage, now)),
                next: next(stage).take(NEXT_ITEMS).map(|next| item(stage, next)).collect(),
            },
            Scene::Floor => floor_scene(stage.floor.as_ref().map(FloorView::new)),
            Scene::Countdown { until, en, zh } => countdown(stage, *until, en, zh),
            Scene::Message { en, zh } => SceneView::Message { en, zh },
            Scene::Post { .. } => SceneView::Post { post: stage.post.as_ref().and_then(post) },
        };
        let frame = ScreenFrame {
            room: &stage.room.title,
            item: stage.now().map(|now| item(stage, now)),
            join: JoinView::new(site, &stage.state.join_code),
        };
        Self { show, frame: Some(frame) }
    }
}

fn item<'a>(stage: &'a Stage, session: &'a Session) -> ScreenItem<'a> {
    ScreenItem {
        title: &session.title,
        title_zh: session.title_zh.as_deref(),
        organisation: &session.organisation,
        state: session.state,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        position: stage.sessions.iter().position(|one| one.id == session.id).map_or(0, |at| at + 1),
        total: stage.sessions.len(),
    }
}

fn next(stage: &Stage) -> impl Iterator<Item = &Session> {
    let now = stage.now().map(|now| now.id);
    let waits = |session: &&Session| matches!(session.state, SessionState::Scheduled | SessionState::Lobby);
    stage.sessions.iter().filter(waits).filter(move |session| Some(session.id) != now)
}

fn countdown<'a>(stage: &'a Stage, until: Option<DateTime<Utc>>, en: &'a str, zh: &'a str) -> SceneView<'a> {
    let runs = |session: &&Session| matches!(session.state, SessionState::Live | SessionState::Paused);
    let (to, until, session) = match (until, stage.now().filter(runs)) {
        (Some(until), _) => (CountdownTo::Moment, Some(until), None),
        (None, Some(now)) => (CountdownTo::End, Some(now.ends_at), Some(now)),
        (None, None) => {
            let first = stage.now().or_else(|| next(stage).next());
            (CountdownTo::Start, first.map(|first| first.starts_at), first)
        }
    };
    SceneView::Countdown { to, until, item: session.map(|session| item(stage, session)), en, zh }
}

/// An author without the id that would lead to their page.
fn nameless(mut author: AuthorView<'_>) -> AuthorView<'_> {
    author.id = None;
    author
}

fn waits(request: FloorRequestView<'_>) -> ScreenSpeaker<'_> {
    ScreenSpeaker { speaker: nameless(request.speaker), kind: request.kind }
}

fn speaks(speech: SpeechView<'_>) -> ScreenSpeech<'_> {
    ScreenSpeech {
        who: ScreenSpeaker { speaker: nameless(speech.speaker), kind: speech.kind },
        limit_s: speech.limit_s,
        ran_ms: speech.ran_ms,
        running_since: speech.running_since,
    }
}

fn floor_scene(floor: Option<FloorView<'_>>) -> SceneView<'_> {
    let Some(floor) = floor else {
        return SceneView::Floor { open: None, current: None, next: vec![], waiting: 0, balance: vec![] };
    };
    SceneView::Floor {
        open: Some(floor.open),
        current: floor.current.map(speaks),
        waiting: floor.queue.len(),
        next: floor.queue.into_iter().take(NEXT_SPEAKERS).map(waits).collect(),
        balance: floor.balance,
    }
}

fn post(post: &Post) -> Option<ScreenPost<'_>> {
    post.hidden_at.is_none().then(|| ScreenPost {
        author: nameless(AuthorView::new(
            post.attribution,
            post.author_id,
            &post.author_name,
            &post.author_organisation,
            &post.constituency,
            post.author_confirmed,
        )),
        attribution: post.attribution,
        lang: post.lang,
        body_html: &post.body_html,
    })
}

/// A paired screen as the desk sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Screen)]
pub struct PairedScreen {
    pub id: Uuid,
    pub name: String,
    #[schema(required)]
    pub paired_at: Option<DateTime<Utc>>,
    pub last_seen_at: DateTime<Utc>,
    pub connected: bool,
}

impl PairedScreen {
    /// The screen as it stands at a moment.
    pub fn new(screen: Screen, now: DateTime<Utc>) -> Self {
        let silent = (now - screen.last_seen_at).num_seconds();
        Self {
            id: screen.id,
            name: screen.name.unwrap_or_default(),
            paired_at: screen.paired_at,
            last_seen_at: screen.last_seen_at,
            connected: screen.settled && silent < THERE_S,
        }
    }
}

/// The scene of a room's screens, as the desk sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomScreenView<'a> {
    /// The scene as it was chosen.
    pub scene: &'a Scene,
    pub changed_at: DateTime<Utc>,
    /// Also while the screens are blank.
    pub join: JoinView,
    /// As the screens show it.
    pub view: ScreenView<'a>,
}
