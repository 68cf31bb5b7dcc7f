//! Posts that wait for a moderator, as their authors and the desk see them. Nobody else ever does.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AuthorView;
use crate::kernel::domain::kinds::{Attribution, HeldState, Lang};
use crate::kernel::models::held::HeldPost;
use crate::kernel::models::members::Member;

/// The claim of a moderator on a held post: no other moderator can decide on it meanwhile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Claim {
    /// Name of the moderator.
    pub by: String,
    /// True when the caller holds the claim.
    pub yours: bool,
    pub until: DateTime<Utc>,
}

/// A post that waits for a moderator, or that was declined.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HeldPost)]
pub struct HeldView<'a> {
    pub id: Uuid,
    /// Always true: tells it from a post.
    pub held: bool,
    pub room: Uuid,
    pub thread: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    /// The author as they would be shown.
    pub author: AuthorView<'a>,
    pub attribution: Attribution,
    pub lang: Lang,
    pub body_md: &'a str,
    pub body_html: &'a str,
    pub client_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub state: HeldState,
    /// Reason why the post was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: &'a str,
    /// For the desk only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

impl<'a> HeldView<'a> {
    /// The post with its author; without the claim, which is not the author's to see.
    pub fn new(held: &'a HeldPost, author: &'a Member) -> Self {
        Self {
            id: held.id,
            held: true,
            room: held.room_id,
            thread: held.thread_id,
            parent_id: held.parent_id,
            author: AuthorView::new(
                held.attribution,
                author.id,
                &author.display_name,
                &author.organisation,
                &author.constituency,
                author.confirmed_at.is_some(),
            ),
            attribution: held.attribution,
            lang: held.lang,
            body_md: &held.body_md,
            body_html: &held.body_html,
            client_id: held.client_id,
            created_at: held.created_at,
            state: held.state,
            reason: held.reason.as_deref(),
            note: &held.note,
            claim: None,
        }
    }

    /// The view with the claim on the post at a time; `caller` is a moderator.
    pub fn with_claim(
        mut self,
        held: &HeldPost,
        claimant: Option<&Member>,
        caller: Uuid,
        at: DateTime<Utc>,
    ) -> Self {
        let claim = held.claimant(at).zip(held.claimed_until);
        self.claim = claim.map(|(by, until)| Claim {
            by: claimant.map_or_else(String::new, |member| member.display_name.clone()),
            yours: by == caller,
            until,
        });
        self
    }
}

/// The desk of a room: the posts that wait for a moderator.
#[derive(Debug, Serialize, ToSchema)]
pub struct Desk<'a> {
    /// Oldest first.
    pub held: Vec<HeldView<'a>>,
}
