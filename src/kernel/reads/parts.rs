//! The parts of a session's snapshot. The kernel has the room, the agenda and the chat; each feature
//! that shows something in a session adds its own part.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{PageKey, Part, Reads, json};
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::log::event::Audience;
use crate::kernel::models::sessions::Session;
use crate::kernel::models::{Db, rooms};
use crate::kernel::views::Page;
use crate::kernel::views::sessions::SessionView;
use crate::loader::{Loader, Size};

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
pub trait SessionPart: Any + Send + Sync {
    /// The answer of the feature's own call, as JSON, for this reader.
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>>;
}

/// A feature's part of the snapshot of a session.
#[derive(Clone, Copy)]
pub struct PartHook {
    /// Its name in the snapshot.
    pub name: &'static str,
    /// The name of its schema in the OpenAPI.
    pub schema: &'static str,
    /// Makes its reader, with nothing in memory.
    pub reader: fn(&Pool, &Arc<Access>) -> Box<dyn SessionPart>,
}

/// The readers of all features that have a part in the snapshot, by name.
pub struct SessionParts(Vec<(&'static str, Box<dyn SessionPart>)>);

impl SessionParts {
    /// With nothing in memory.
    pub fn new(hooks: &[PartHook], pool: &Pool, access: &Arc<Access>) -> Self {
        Self(hooks.iter().map(|hook| (hook.name, (hook.reader)(pool, access))).collect())
    }

    /// The reader of a feature, by its type.
    ///
    /// # Errors
    /// The feature has no [`PartHook`].
    pub fn of<T: SessionPart>(&self) -> Result<&dyn SessionPart> {
        let found = self.0.iter().find(|(_, part)| {
            let part: &dyn Any = &**part;
            part.is::<T>()
        });
        let found = found.map(|(_, part)| &**part);
        found.ok_or_else(|| Error::Internal("a part of the snapshot is not registered".into()))
    }
}

/// Facts of one session, and the number of the room's log that they are at least as new as.
pub struct FactsAtHead<T> {
    pub head: i64,
    pub facts: T,
}

/// Reads the facts of a session.
type ReadFacts<T> = for<'a> fn(&'a mut Db, Uuid) -> BoxFuture<'a, Result<T>>;

/// Facts of sessions that are the same for everyone, kept in memory until their room's log goes on.
pub struct SessionFacts<T>(Loader<(Uuid, Uuid), FactsAtHead<T>>);

impl<T: Send + Sync + 'static> SessionFacts<T> {
    /// With nothing in memory.
    pub fn new(pool: &Pool, read: ReadFacts<T>) -> Self {
        let pool = pool.clone();
        Self(Loader::new(Size { kept: 500, lanes: 2, batch: 4 }, move |keys| load(pool.clone(), keys, read)))
    }

    /// The facts of the session that is read.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn get(&self, reader: &Reader<'_>) -> Result<Arc<FactsAtHead<T>>> {
        let key = (reader.session.room_id, reader.session.id);
        self.0.get(&key, |facts| facts.head >= reader.head).await?.ok_or(Error::NotFound)
    }
}

async fn load<T>(
    pool: Pool,
    keys: Vec<(Uuid, Uuid)>,
    read: ReadFacts<T>,
) -> Result<HashMap<(Uuid, Uuid), FactsAtHead<T>>> {
    let mut db = pool.get().await?;
    let mut found = HashMap::new();
    for (room, session) in keys {
        // First: what is read after the head may be newer than it says, never older.
        let Some(head) = rooms::head(&mut db, room).await? else { continue };
        found.insert((room, session), FactsAtHead { head, facts: read(&mut db, session).await? });
    }
    Ok(found)
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
        parts: &SessionParts,
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
        for (name, part) in &parts.0 {
            add(name, &[&part.read(&reader).await?]);
        }
        snapshot.push(b'}');
        Ok(snapshot)
    }
}
