//! Threads as readers see them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AuthorView;
use super::posts::PostView;
use crate::kernel::domain::kinds::{Attribution, Lang, ThreadKind};
use crate::kernel::models::threads::{Thread, ThreadStats, Unread};

/// A thread, as everyone in the room sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ThreadPublic)]
pub struct ThreadView<'a> {
    pub id: Uuid,
    pub room: Uuid,
    /// The session whose chat it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Uuid>,
    /// The question of a session that goes on here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Uuid>,
    pub kind: ThreadKind,
    pub title: &'a str,
    pub lang: Lang,
    pub seq: i64,
    pub author: AuthorView<'a>,
    pub attribution: Attribution,
    pub locked: bool,
    pub pinned: bool,
    /// Posts of all but moderators wait for a moderator.
    pub review_first: bool,
    pub post_count: i32,
    pub last_post_seq: i64,
    pub last_post_at: DateTime<Utc>,
    /// Posts by constituency.
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub counts: &'a Value,
    pub created_at: DateTime<Utc>,
}

impl<'a> ThreadView<'a> {
    /// The thread; `session` when it is a chat.
    pub fn new(thread: &'a Thread, session: Option<Uuid>) -> Self {
        Self {
            id: thread.id,
            room: thread.room_id,
            session,
            question: thread.question_id,
            kind: thread.kind,
            title: &thread.title,
            lang: thread.lang,
            seq: thread.seq,
            author: AuthorView::new(
                thread.attribution,
                thread.author_id,
                &thread.author_name,
                &thread.author_organisation,
                &thread.constituency,
                thread.author_confirmed,
            ),
            attribution: thread.attribution,
            locked: thread.locked,
            pinned: thread.pinned,
            review_first: thread.review_first,
            post_count: thread.post_count,
            last_post_seq: thread.last_post_seq,
            last_post_at: thread.last_post_at,
            counts: &thread.counts,
            created_at: thread.created_at,
        }
    }
}

/// A thread with the caller's own part.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Thread)]
pub struct MyThreadView<'a> {
    #[serde(flatten)]
    pub thread: ThreadView<'a>,
    /// How far the caller has read.
    pub read_seq: i64,
    /// What the caller has read above that, one by one: ranges of numbers, both ends included.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<(i64, i64)>,
    /// Posts of others that the caller has not read; 1,000 means 1,000 or more.
    pub unread: i64,
    /// The caller opened it, whatever name it shows.
    pub yours: bool,
}

impl<'a> MyThreadView<'a> {
    /// The thread for a caller; nothing is unread for who has no account.
    pub fn new(
        thread: &'a Thread,
        session: Option<Uuid>,
        unread: Option<&Unread>,
        caller: Option<Uuid>,
    ) -> Self {
        Self {
            thread: ThreadView::new(thread, session),
            read_seq: unread.map_or(0, |unread| unread.read_seq),
            seen: unread.map_or_else(Vec::new, Unread::seen),
            unread: unread.map_or(0, |unread| unread.unread),
            yours: caller == Some(thread.author_id),
        }
    }
}

/// A new thread with its first post.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewThreadView<'a> {
    #[serde(flatten)]
    pub thread: MyThreadView<'a>,
    pub first_post: PostView<'a>,
}

/// The part of a thread that changes with every post; comes with each event about a post.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ThreadState<'a> {
    pub id: Uuid,
    pub post_count: i32,
    pub last_post_seq: i64,
    pub last_post_at: DateTime<Utc>,
    #[schema(value_type = std::collections::BTreeMap<String, i64>)]
    pub counts: &'a Value,
}

impl<'a> From<&'a Thread> for ThreadState<'a> {
    fn from(thread: &'a Thread) -> Self {
        Self {
            id: thread.id,
            post_count: thread.post_count,
            last_post_seq: thread.last_post_seq,
            last_post_at: thread.last_post_at,
            counts: &thread.counts,
        }
    }
}

impl<'a> From<&'a ThreadStats> for ThreadState<'a> {
    fn from(stats: &'a ThreadStats) -> Self {
        Self {
            id: stats.id,
            post_count: stats.post_count,
            last_post_seq: stats.last_post_seq,
            last_post_at: stats.last_post_at,
            counts: &stats.counts,
        }
    }
}
