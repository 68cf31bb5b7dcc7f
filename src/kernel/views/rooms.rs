//! Rooms and programmes as readers see them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::PublicMemberView;
use super::agenda::{DelayView, late_minutes};
use super::sessions::SessionView;
use crate::kernel::domain::kinds::{RoomKind, RoomRole, SessionState, Visibility};
use crate::kernel::domain::markdown;
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::rooms::{Programme, Room, RoomMember, RoomStats};
use crate::kernel::models::sessions::Session;

/// A programme.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Programme)]
pub struct ProgrammeView {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
}

impl From<Programme> for ProgrammeView {
    fn from(programme: Programme) -> Self {
        Self {
            id: programme.id,
            slug: programme.slug,
            title: programme.title,
            description: programme.description,
            starts_on: programme.starts_on,
            ends_on: programme.ends_on,
            created_at: programme.created_at,
        }
    }
}

/// The programme of a room, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgrammeLink {
    pub id: Uuid,
    pub slug: String,
    pub title: String,
}

/// The data of an event about a room: its settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoomSettings<'a> {
    pub id: Uuid,
    pub slug: &'a str,
    pub title: &'a str,
    pub description: &'a str,
    pub description_html: String,
    pub kind: RoomKind,
    pub visibility: Visibility,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constituency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme: Option<ProgrammeLink>,
    pub slow_mode_s: i32,
    pub closed: bool,
}

impl<'a> RoomSettings<'a> {
    /// The settings; `programme` is the one that the room names.
    pub fn new(room: &'a Room, programme: Option<&Programme>) -> Self {
        Self {
            id: room.id,
            slug: &room.slug,
            title: &room.title,
            description: &room.description,
            // What is too complex to be rendered is shown as it was written.
            description_html: markdown::render(&room.description).unwrap_or_default(),
            kind: room.kind,
            visibility: room.visibility,
            constituency: room.constituency.as_deref(),
            programme: programme.map(|programme| ProgrammeLink {
                id: programme.id,
                slug: programme.slug.clone(),
                title: programme.title.clone(),
            }),
            slow_mode_s: room.slow_mode_s,
            closed: room.closed_at.is_some(),
        }
    }
}

/// The caller's own mute in a room.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct YourMute {
    pub until: DateTime<Utc>,
    pub reason: String,
    pub note: String,
}

/// A room with its numbers and the caller's own part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
pub struct RoomView<'a> {
    #[serde(flatten)]
    pub settings: RoomSettings<'a>,
    pub head_seq: i64,
    pub created_at: DateTime<Utc>,
    pub thread_count: i64,
    pub post_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_post_at: Option<DateTime<Utc>>,
    /// Posts by constituency.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub counts: Value,
    /// The session that is live or paused now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_session: Option<SessionView>,
    /// The next session that has not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_session: Option<SessionView>,
    /// How late the session under way ends, or the next one begins.
    pub late_minutes: i64,
    /// The newest delay that was announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<DelayView>,
    #[schema(required)]
    pub your_role: Option<RoomRole>,
    /// What the caller may do here.
    pub may: Vec<Action>,
    /// Posts of others that the caller has not read; 1,000 means 1,000 or more.
    pub unread: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub your_mute: Option<YourMute>,
}

/// The caller's own part of a room.
#[derive(Debug, Default)]
pub struct Yours {
    pub role: Option<RoomRole>,
    pub may: Vec<Action>,
    /// Posts of others that the caller has not read; 1,000 means 1,000 or more.
    pub unread: i64,
    pub mute: Option<YourMute>,
}

impl<'a> RoomView<'a> {
    /// The room; `agenda` are its own sessions in order of time.
    pub fn new(
        room: &'a Room,
        programme: Option<&Programme>,
        stats: Option<&RoomStats>,
        agenda: &[&Session],
        yours: Yours,
    ) -> Self {
        let first = |wanted: &[SessionState]| {
            agenda
                .iter()
                .find(|session| wanted.contains(&session.state))
                .map(|session| SessionView::from(*session))
        };
        Self {
            settings: RoomSettings::new(room, programme),
            head_seq: room.head_seq,
            created_at: room.created_at,
            thread_count: stats.map_or(0, |stats| stats.threads),
            post_count: stats.map_or(0, |stats| stats.posts),
            last_post_at: stats.and_then(|stats| stats.last_post_at),
            counts: stats
                .and_then(|stats| serde_json::from_str(&stats.counts).ok())
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            live_session: first(&[SessionState::Live, SessionState::Paused]),
            next_session: first(&[SessionState::Lobby, SessionState::Scheduled]),
            late_minutes: late_minutes(agenda.iter().copied()),
            delay: None,
            your_role: yours.role,
            may: yours.may,
            unread: yours.unread,
            your_mute: yours.mute,
        }
    }
}

/// A role that a member holds in a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
    pub member: PublicMemberView,
    pub role: RoomRole,
    pub granted_at: Option<DateTime<Utc>>,
}

/// A member who takes part in a room or may be given a role in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomMember)]
pub struct RoomMemberView {
    #[serde(flatten)]
    pub member: PublicMemberView,
    #[schema(required)]
    pub role: Option<RoomRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<DateTime<Utc>>,
}

impl From<RoomMember> for RoomMemberView {
    fn from(row: RoomMember) -> Self {
        Self { member: row.member.into(), role: row.role, muted_until: row.muted_until }
    }
}
