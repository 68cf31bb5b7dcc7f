//! Acts of moderation as readers see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::PublicMemberView;
use crate::kernel::models::moderation::{Act, Mute};
use crate::kernel::models::rooms::PublicMember;

/// An entry of the public moderation log. It names nobody; the desk also sees whom a mute hit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Act)]
pub struct ActView {
    pub id: Uuid,
    pub seq: i64,
    pub action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Uuid>,
    pub reason: String,
    pub note: String,
    pub detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    pub actor_role: String,
    pub at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<PublicMemberView>,
}

impl ActView {
    /// The act; `member` is dropped unless the reader is at the desk.
    pub fn new(act: Act, member: Option<PublicMember>, desk: bool) -> Self {
        Self {
            id: act.id,
            seq: act.seq,
            action: act.action,
            thread: act.thread_id,
            post: act.post_id,
            question: act.question_id,
            reason: act.reason,
            note: act.note,
            detail: act.detail,
            until: act.until,
            actor_role: act.actor_role,
            at: act.at,
            member: member.filter(|_| desk).map(PublicMemberView::from),
        }
    }
}

/// A mute: the member, its end and its reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mute)]
pub struct MuteView {
    pub member: PublicMemberView,
    pub until: DateTime<Utc>,
    pub reason: String,
    pub note: String,
}

impl From<Mute> for MuteView {
    fn from(mute: Mute) -> Self {
        Self { member: mute.member.into(), until: mute.until, reason: mute.reason, note: mute.note }
    }
}
