//! Posts as readers see them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::AuthorView;
use super::translations::TranslationView;
use crate::kernel::domain::kinds::{Attribution, Lang, ReactionName};
use crate::kernel::log::event::Audience;
use crate::kernel::models::posts::{Post, ReactionCount};
use crate::kernel::models::translations::Translation;

/// Reaction → constituency → how many.
pub type Reactions = BTreeMap<ReactionName, BTreeMap<String, i64>>;

/// Reason why a text is hidden.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hidden<'a> {
    pub reason: &'a str,
    pub note: &'a str,
    pub at: DateTime<Utc>,
}

/// A post. The text of a hidden one is there for the desk only.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Post)]
pub struct PostView<'a> {
    pub id: Uuid,
    pub thread: Uuid,
    pub room: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    pub depth: i32,
    pub seq: i64,
    /// Its number in the thread, from 1.
    pub number: i32,
    pub author: AuthorView<'a>,
    pub attribution: Attribution,
    pub lang: Lang,
    pub body_md: &'a str,
    pub body_html: &'a str,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    pub revision: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Hidden<'a>>,
    #[schema(value_type = BTreeMap<String, BTreeMap<String, i64>>)]
    pub reactions: Reactions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<TranslationView<'a>>,
}

impl<'a> PostView<'a> {
    /// The post as an audience sees it.
    pub fn new(post: &'a Post, reactions: Reactions, audience: Audience) -> Self {
        let hidden = post.hidden_at.map(|at| Hidden {
            reason: post.hidden_reason.as_deref().unwrap_or("other"),
            note: post.hidden_note.as_deref().unwrap_or(""),
            at,
        });
        let readable = hidden.is_none() || audience == Audience::Desk;
        Self {
            id: post.id,
            thread: post.thread_id,
            room: post.room_id,
            parent_id: post.parent_id,
            depth: post.depth,
            seq: post.seq,
            number: post.number,
            author: AuthorView::new(
                post.attribution,
                post.author_id,
                &post.author_name,
                &post.author_organisation,
                &post.constituency,
                post.author_confirmed,
            ),
            attribution: post.attribution,
            lang: post.lang,
            body_md: if readable { &post.body_md } else { "" },
            body_html: if readable { &post.body_html } else { "" },
            created_at: post.created_at,
            edited_at: post.edited_at,
            revision: post.revision,
            hidden,
            reactions,
            translations: Vec::new(),
        }
    }

    /// With its translations, where the text itself may be read.
    pub fn with(mut self, translations: &'a [Translation], post: &Post) -> Self {
        if self.hidden.is_none() || !self.body_md.is_empty() {
            self.translations = translations.iter().map(|t| TranslationView::new(t, post.revision)).collect();
        }
        self
    }
}

/// Sorts counts by post.
pub fn by_post(counts: Vec<ReactionCount>) -> HashMap<Uuid, Reactions> {
    let mut posts: HashMap<Uuid, Reactions> = HashMap::new();
    for row in counts {
        posts
            .entry(row.post_id)
            .or_default()
            .entry(row.name)
            .or_default()
            .insert(row.constituency, row.count);
    }
    posts
}

/// The caller's own part of a page of posts.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Mine {
    /// Posts that the caller wrote, whatever name they show.
    pub posts: Vec<Uuid>,
    pub reactions: BTreeMap<Uuid, Vec<ReactionName>>,
}

/// A page of posts; `mine` is the caller's own part.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostPage<'a> {
    pub items: Vec<PostView<'a>>,
    #[schema(required)]
    pub next: Option<String>,
    #[schema(required)]
    pub prev: Option<String>,
    /// Where the first of them stands among all posts of the thread, in the order asked for, from 1; 0 when there is
    /// none.
    pub position: i64,
    pub head_seq: i64,
    pub mine: Mine,
}

/// A version of a post with what changed since the one before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub struct RevisionView {
    pub revision: i32,
    pub at: DateTime<Utc>,
    pub body_md: String,
    pub body_html: String,
    pub diff: Vec<Change>,
}

/// A run of text that was kept, added or removed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Change {
    /// `equal`, `insert` or `delete`.
    pub op: &'static str,
    pub text: String,
}

/// What changed between two versions, by word; by character where there are no spaces between words.
pub fn diff(before: &str, after: &str) -> Vec<Change> {
    use similar::{ChangeTag, TextDiff};
    let config = || {
        let mut config = TextDiff::configure();
        config.timeout(std::time::Duration::from_millis(200));
        config
    };
    let spaced = |text: &str| text.split_whitespace().count() * 12 >= text.chars().count();
    let diff = if spaced(before) && spaced(after) {
        config().diff_words(before, after)
    } else {
        config().diff_chars(before, after)
    };
    let mut changes: Vec<Change> = Vec::new();
    for change in diff.iter_all_changes() {
        let op = match change.tag() {
            ChangeTag::Equal => "equal",
            ChangeTag::Insert => "insert",
            ChangeTag::Delete => "delete",
        };
        match changes.last_mut() {
            Some(last) if last.op == op => last.text.push_str(change.value()),
            _ => changes.push(Change { op, text: change.value().to_owned() }),
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Both versions can be read out of the difference.
        #[test]
        fn diff_holds_both_versions(before in "[a-c 工人\n]{0,60}", after in "[a-c 工人\n]{0,60}") {
            let changes = diff(&before, &after);
            let side = |left_out: &str| changes.iter().filter(|c| c.op != left_out).map(|c| c.text.as_str()).collect::<String>();
            prop_assert_eq!(side("insert"), before);
            prop_assert_eq!(side("delete"), after);
        }
    }
}
