//! Events about polls: each carries the poll as everyone may see it now.

use std::borrow::Cow;

use futures_util::future::BoxFuture;
use utoipa::ToSchema;

use super::PollView;
use crate::error::Result;
use crate::features::polls::store as polls;
use crate::kernel::domain::entries::Subject;
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;
use crate::kernel::views::events::{EventHook, Line, ids};

/// Events about polls.
pub struct PollEvents;

impl EventHook for PollEvents {
    fn subjects(&self) -> &'static [Subject] {
        &[Subject::Poll]
    }

    fn data(&self, _: Subject) -> Cow<'static, str> {
        PollView::name()
    }

    fn lines<'a>(&'a self, db: &'a mut Db, entries: &'a [&'a Entry]) -> BoxFuture<'a, Result<Vec<Line>>> {
        Box::pin(async move {
            let rows = polls::by_ids(db, &ids(entries, Subject::Poll)).await?;
            let told = |entry: &&Entry| {
                let whole = rows.iter().find(|whole| whole.poll.id == entry.subject_id)?;
                Some(Line::new(entry, &PollView::new(whole), None))
            };
            entries.iter().filter_map(told).collect()
        })
    }
}
