//! The parts of a session's snapshot. The kernel has the room, the agenda and the chat; each feature
//! that shows something in a session adds its own part.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{PageKey, Part, Reads, json};
use crate::error::Result;
use crate::kernel::access::{Actor, RoomState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::event::Audience;
use crate::kernel::models::sessions::Session;
use crate::kernel::views::Page;
use crate::kernel::views::sessions::SessionView;

/// Posts of the chat in a snapshot.
const POSTS: i64 = 50;

/// Who reads a session.
pub struct Reader<'a> {
    pub actor: &'a Actor,
    pub room: &'a Arc<RoomState>,
    pub session: &'a Session,
    /// Every part is at least as new as this number of the room's log.
    pub head: i64,
}

impl Reader<'_> {
    /// How the reader sees what is hidden.
    pub fn audience(&self) -> Audience {
        match self.room.may(self.actor, Action::ReadDesk) {
            Ok(()) => Audience::Desk,
            Err(_) => Audience::Participant,
        }
    }
}

/// What a feature shows of a session, from memory.
pub trait SessionPart: Send + Sync {
    /// The answer of the feature's own call, as JSON, for this reader.
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>>;
}

impl Reads {
    /// The sessions of a room as JSON, for a caller who may read it.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn agenda(&self, room: Uuid) -> Result<Vec<u8>> {
        let agenda = self.access.agenda(room).await?;
        json(&Page::whole(agenda.sessions.iter().map(SessionView::from).collect()))
    }

    /// All that the page of a session shows first: each part as its own call answers it.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn snapshot(
        &self,
        actor: &Actor,
        room: &Arc<RoomState>,
        session: &Session,
        parts: &[(&'static str, &dyn SessionPart)],
    ) -> Result<Vec<u8>> {
        // Before everything else.
        let head = self.access.head(room.room.id).await?;
        let reader = Reader { actor, room, session, head };
        let page = PageKey {
            room: room.room.id,
            thread: session.thread_id,
            audience: reader.audience(),
            part: Part::Before(i64::MAX),
            limit: POSTS,
        };
        let mut snapshot = format!("{{\"head_seq\":{head}").into_bytes();
        let mut add = |name: &str, part: &[&[u8]]| {
            snapshot.extend_from_slice(format!(",\"{name}\":").as_bytes());
            part.iter().for_each(|bytes| snapshot.extend_from_slice(bytes));
        };
        add("session", &[&json(&SessionView::from(session))?]);
        add("room", &[&self.room(actor, room.room.id).await?]);
        add("agenda", &[&self.agenda(room.room.id).await?]);
        add("thread", &[&self.thread(actor, session.thread_id).await?]);
        let [public, end] = self.posts(actor, page).await?.json();
        add("posts", &[&public, &end]);
        for (name, part) in parts {
            add(name, &[&part.read(&reader).await?]);
        }
        snapshot.push(b'}');
        Ok(snapshot)
    }
}
