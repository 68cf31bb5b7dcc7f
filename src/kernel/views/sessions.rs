//! Agenda items as readers see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::domain::kinds::{SessionState, TimeKind};
use crate::kernel::domain::links::Material;
use crate::kernel::models::sessions::Session;

/// A session: an item of an agenda.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    pub id: Uuid,
    pub room: Uuid,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_zh: Option<String>,
    pub organisation: String,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub state: SessionState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The session's chat thread.
    pub thread: Uuid,
    pub time_kind: TimeKind,
    /// What was planned; `starts_at` and `ends_at` are what counts now.
    pub planned_start: DateTime<Utc>,
    pub planned_end: DateTime<Utc>,
    pub materials: Vec<Material>,
}

impl From<&Session> for SessionView {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id,
            room: session.room_id,
            title: session.title.clone(),
            title_zh: session.title_zh.clone(),
            organisation: session.organisation.clone(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            state: session.state,
            started_at: session.started_at,
            ended_at: session.ended_at,
            thread: session.thread_id,
            time_kind: session.time_kind,
            planned_start: session.planned_start,
            planned_end: session.planned_end,
            materials: serde_json::from_value(session.materials.clone()).unwrap_or_default(),
        }
    }
}
