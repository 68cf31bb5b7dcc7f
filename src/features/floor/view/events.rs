//! Events about floors: each carries the whole floor as it is now.

use std::borrow::Cow;
use std::collections::HashMap;

use futures_util::future::BoxFuture;
use utoipa::ToSchema;
use uuid::Uuid;

use super::FloorView;
use crate::error::Result;
use crate::features::floor::store::{self as floor, Floor};
use crate::kernel::domain::entries::Subject;
use crate::kernel::models::Db;
use crate::kernel::models::room_log::Entry;
use crate::kernel::views::events::{EventHook, Line, ids};

/// Events about floors, requests and speeches.
pub struct FloorEvents;

impl EventHook for FloorEvents {
    fn subjects(&self) -> &'static [Subject] {
        &[Subject::Floor]
    }

    fn data(&self, _: Subject) -> Cow<'static, str> {
        FloorView::name()
    }

    fn lines<'a>(&'a self, db: &'a mut Db, entries: &'a [&'a Entry]) -> BoxFuture<'a, Result<Vec<Line>>> {
        Box::pin(async move {
            let found = floor::sessions_of(db, &ids(entries, Subject::Floor)).await?;
            // Floor, request or speech → its session.
            let sessions: HashMap<Uuid, Uuid> = found.into_iter().collect();
            let mut floors: HashMap<Uuid, Floor> = HashMap::new();
            for session in sessions.values() {
                if !floors.contains_key(session) {
                    floors.insert(*session, floor::load_consistent(db, *session).await?);
                }
            }
            let told = |entry: &&Entry| {
                let floor = floors.get(sessions.get(&entry.subject_id)?)?;
                Some(Line::new(entry, &FloorView::new(floor), None))
            };
            entries.iter().filter_map(told).collect()
        })
    }
}
