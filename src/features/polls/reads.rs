//! The polls of a session and the caller's own part of them, kept in memory as they were last read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::Result;
use crate::features::polls::rules::Ballot;
use crate::features::polls::store::ballots as voters;
use crate::features::polls::store::{self as polls, PollWithOptions};
use crate::features::polls::view::PollWithYours;
use crate::kernel::access::Access;
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::rooms;
use crate::kernel::reads::{PartHook, Reader, SessionFacts, SessionPart, json};
use crate::kernel::views::Page;
use crate::loader::{FRESH, Loader, Size};

/// The polls in the snapshot of a session.
pub const PART: PartHook = PartHook {
    name: "polls",
    schema: "Page_Poll",
    reader: |pool, access| Box::new(PollReads::new(pool, access)),
};

/// A member's part of the polls of a session.
#[derive(Default)]
struct OwnPart {
    /// Poll → has the member voted? For the polls that the member may answer.
    places: HashMap<Uuid, bool>,
    ballots: HashMap<Uuid, Ballot>,
}

struct Own {
    head: i64,
    version: u64,
    read: Instant,
    part: OwnPart,
}

/// (member, room, session)
type OwnKey = (Uuid, Uuid, Uuid);

/// The polls of sessions.
pub struct PollReads {
    access: Arc<Access>,
    pool: Pool,
    polls: SessionFacts<Vec<PollWithOptions>>,
    own: Loader<OwnKey, Own>,
}

impl PollReads {
    /// With nothing in memory.
    pub fn new(pool: &Pool, access: &Arc<Access>) -> Self {
        let (of_own, versions) = (pool.clone(), access.clone());
        let own = Size { kept: 50_000, lanes: 2, batch: 200 };
        Self {
            access: access.clone(),
            pool: pool.clone(),
            polls: SessionFacts::new(pool, |db, session| {
                Box::pin(async move { Ok(polls::of_session(db, session, false).await?) })
            }),
            own: Loader::new(own, move |keys| load_own(of_own.clone(), versions.clone(), keys)),
        }
    }
}

async fn load_own(pool: Pool, access: Arc<Access>, keys: Vec<OwnKey>) -> Result<HashMap<OwnKey, Own>> {
    let (version, read) = (access.version(), Instant::now());
    let unique = |of: fn(&OwnKey) -> Uuid| -> Vec<Uuid> {
        keys.iter().map(of).collect::<HashSet<_>>().into_iter().collect()
    };
    let (members, rooms, sessions) = (unique(|key| key.0), unique(|key| key.1), unique(|key| key.2));
    let mut db = pool.get().await?;
    let heads: HashMap<Uuid, i64> = rooms::heads(&mut db, &rooms).await?.into_iter().collect();
    let mut parts: HashMap<(Uuid, Uuid), OwnPart> = HashMap::new();
    for (session, member, poll, voted) in voters::places_in(&mut db, &sessions, &members).await? {
        parts.entry((member, session)).or_default().places.insert(poll, voted);
    }
    for (session, member, poll, ballot) in voters::ballots_in(&mut db, &sessions, &members).await? {
        parts.entry((member, session)).or_default().ballots.insert(poll, ballot);
    }
    drop(db);
    let own = |key: OwnKey| {
        let part = parts.remove(&(key.0, key.2)).unwrap_or_default();
        Some((key, Own { head: *heads.get(&key.1)?, version, read, part }))
    };
    Ok(keys.into_iter().filter_map(own).collect())
}

fn with_yours(whole: &PollWithOptions, own: Option<&OwnPart>) -> PollWithYours {
    let id = whole.poll.id;
    let voted = own.and_then(|own| own.places.get(&id).copied());
    PollWithYours::new(whole, voted, own.and_then(|own| own.ballots.get(&id)))
}

impl PollReads {
    async fn own(&self, reader: &Reader<'_>) -> Result<Option<Arc<Own>>> {
        let Some(member) = reader.actor.id() else { return Ok(None) };
        let version = self.access.own_version(member);
        let key = (member, reader.session.room_id, reader.session.id);
        let fresh =
            |own: &Own| own.head >= reader.head && own.version >= version && own.read.elapsed() < FRESH;
        self.own.get(&key, fresh).await
    }
}

impl SessionPart for PollReads {
    fn read<'a>(&'a self, reader: &'a Reader<'a>) -> BoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let own = self.own(reader).await?;
            let views = |all: &[PollWithOptions]| -> Result<Vec<u8>> {
                let own = own.as_deref().map(|own| &own.part);
                json(&Page::whole(all.iter().map(|whole| with_yours(whole, own)).collect()))
            };
            if reader.room.may(reader.actor, Action::EndPolls).is_ok() {
                // Drafts are in no log, and few may see them.
                let session = reader.session.id;
                return views(&polls::of_session(&mut *self.pool.get().await?, session, true).await?);
            }
            views(&self.polls.get(reader).await?.facts)
        })
    }
}
