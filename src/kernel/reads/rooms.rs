//! Rooms with their numbers and the caller's own part.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use uuid::Uuid;

use super::Reads;
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::kernel::access::{Access, Actor, RoomState};
use crate::kernel::domain::permissions::Action;
use crate::kernel::models::agenda::{self, Shift};
use crate::kernel::models::moderation;
use crate::kernel::models::rooms::{self, Listed, Programme, Room, RoomStats};
use crate::kernel::models::sessions::{self, Session};
use crate::kernel::views::agenda::DelayView;
use crate::kernel::views::rooms::{RoomView, YourMute, Yours};
use crate::loader::{FRESH, Loader, Size};

/// What everyone sees of a room.
pub(super) struct RoomFacts {
    read: Instant,
    programmes: u64,
    pub room: Room,
    pub programme: Option<Programme>,
    stats: Option<RoomStats>,
    pub agenda: Vec<Session>,
    delay: Option<Shift>,
}

impl RoomFacts {
    fn view(&self, yours: Yours) -> RoomView<'_> {
        let agenda: Vec<&Session> = self.agenda.iter().collect();
        let mut view =
            RoomView::new(&self.room, self.programme.as_ref(), self.stats.as_ref(), &agenda, yours);
        view.delay = self.delay.as_ref().map(DelayView::from);
        view
    }
}

pub(super) struct Facts(Loader<Uuid, RoomFacts>);

impl Facts {
    pub fn new(pool: &Pool, access: &Arc<Access>) -> Self {
        let (pool, access) = (pool.clone(), access.clone());
        let size = Size { kept: 2_000, lanes: 1, batch: 200 };
        Self(Loader::new(size, move |keys| load(pool.clone(), access.clone(), keys)))
    }
}

async fn load(pool: Pool, access: Arc<Access>, keys: Vec<Uuid>) -> Result<HashMap<Uuid, RoomFacts>> {
    let (read, programmes_version) = (Instant::now(), access.programmes_version());
    let mut db = pool.get().await?;
    // With their heads first: what is read after them may be newer than they say, never older.
    let found = rooms::by_ids(&mut db, &keys).await?;
    access.heads_read(found.iter().map(|room| (room.id, room.head_seq)));
    let stats = rooms::stats(&mut db, &keys).await?;
    let agenda = sessions::of_rooms(&mut db, &keys).await?;
    let delays = agenda::latest_shifts(&mut db, &keys).await?;
    let programmes: Vec<Uuid> = found.iter().filter_map(|room| room.programme_id).collect();
    let programmes = rooms::programmes_by_id(&mut db, &programmes).await?;
    drop(db);
    let mut stats: HashMap<Uuid, RoomStats> = stats.into_iter().map(|row| (row.room_id, row)).collect();
    let mut delays: HashMap<Uuid, Shift> = delays.into_iter().map(|delay| (delay.room_id, delay)).collect();
    let mut agendas: HashMap<Uuid, Vec<Session>> = HashMap::new();
    for session in agenda {
        agendas.entry(session.room_id).or_default().push(session);
    }
    let facts = |room: Room| {
        let id = room.id;
        let facts = RoomFacts {
            read,
            programmes: programmes_version,
            programme: programmes.iter().find(|programme| Some(programme.id) == room.programme_id).cloned(),
            stats: stats.remove(&id),
            agenda: agendas.remove(&id).unwrap_or_default(),
            delay: delays.remove(&id),
            room,
        };
        (id, facts)
    };
    Ok(found.into_iter().map(facts).collect())
}

/// Which rooms are asked for.
#[derive(Debug, Clone, Default)]
pub struct RoomList {
    pub programme: Option<Uuid>,
    /// (title, id): where the page before ended.
    pub after: Option<(String, Uuid)>,
    pub limit: usize,
}

/// The rooms of a page, and whether more follow.
type Visible = (Vec<Arc<RoomState>>, bool);

impl Reads {
    /// The room as JSON, for a caller who may read it.
    ///
    /// # Errors
    /// Not found when it is gone; the database is not available.
    pub async fn room(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
        let state = self.access.room(actor, id, Action::Read).await?;
        self.room_views(actor, &[state]).await?.pop().ok_or(Error::NotFound)
    }

    /// A room that was just made, as its maker sees it once, even where it is of others.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn new_room(&self, actor: &Actor, id: Uuid) -> Result<Vec<u8>> {
        let state = self.access.room_state(id).await?;
        self.room_views(actor, &[state]).await?.pop().ok_or(Error::NotFound)
    }

    /// A page of the rooms that the caller may see, each as JSON, and the title and id of the last one
    /// if more follow.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn rooms(
        &self,
        actor: &Actor,
        list: &RoomList,
    ) -> Result<(Vec<Vec<u8>>, Option<(String, Uuid)>)> {
        let (visible, more) = self.visible(actor, list).await?;
        let last = visible.last().filter(|_| more).map(|state| (state.room.title.clone(), state.room.id));
        Ok((self.room_views(actor, &visible).await?, last))
    }

    async fn visible(&self, actor: &Actor, list: &RoomList) -> Result<Visible> {
        let directory = self.access.directory().await?;
        let start = list.after.as_ref().map_or(0, |after| behind(&directory.rooms, after));
        let wanted = directory.rooms[start..]
            .iter()
            .filter(|room| list.programme.is_none() || room.programme_id == list.programme)
            .map(|room| room.id);
        let wanted: Vec<Uuid> = wanted.collect();
        let mut visible: Vec<Arc<RoomState>> = Vec::new();
        // Those that the caller may not see are skipped, so several looks may fill one page.
        for some in wanted.chunks(500) {
            let states = self.access.room_states(some).await?;
            visible.extend(states.into_iter().filter(|state| state.may(actor, Action::Read).is_ok()));
            if visible.len() > list.limit {
                visible.truncate(list.limit);
                return Ok((visible, true));
            }
        }
        Ok((visible, false))
    }

    async fn room_views(&self, actor: &Actor, states: &[Arc<RoomState>]) -> Result<Vec<Vec<u8>>> {
        let mut rooms: Vec<(Uuid, i64)> = Vec::with_capacity(states.len());
        for state in states {
            rooms.push((state.room.id, self.access.head(state.room.id).await?));
        }
        let facts = self.room_facts(&rooms).await?;
        let unread = match actor.id() {
            Some(member) => self.unread_of_rooms(member, &rooms).await?,
            None => HashMap::new(),
        };
        let mut views = Vec::with_capacity(states.len());
        for (state, facts) in states.iter().zip(facts) {
            let Some(facts) = facts else { continue };
            let yours = Yours {
                role: state.role(actor),
                may: state.allowed(actor),
                unread: unread.get(&state.room.id).copied().unwrap_or(0),
                mute: self.mute(actor, state).await?,
            };
            views.push(super::json(&facts.view(yours))?);
        }
        Ok(views)
    }

    pub(super) async fn room_facts(&self, rooms: &[(Uuid, i64)]) -> Result<Vec<Option<Arc<RoomFacts>>>> {
        let heads: HashMap<Uuid, i64> = rooms.iter().copied().collect();
        let programmes = self.access.programmes_version();
        let ids: Vec<Uuid> = rooms.iter().map(|(id, _)| *id).collect();
        let fresh = |id: &Uuid, facts: &RoomFacts| {
            facts.room.head_seq >= heads.get(id).copied().unwrap_or(0)
                && facts.programmes >= programmes
                && facts.read.elapsed() < FRESH
        };
        self.rooms.0.get_all(&ids, fresh).await
    }

    async fn mute(&self, actor: &Actor, state: &RoomState) -> Result<Option<YourMute>> {
        let Some(member) = actor.id().filter(|member| state.mutes.contains_key(member)) else {
            return Ok(None);
        };
        let mute = moderation::mute_of(&mut *self.pool.get().await?, state.room.id, member).await?;
        Ok(mute.map(|(until, reason, note)| YourMute { until, reason, note }))
    }
}

/// The place behind a room in the list; where it is gone, behind all titles that are not greater.
fn behind(rooms: &[Listed], (title, id): &(String, Uuid)) -> usize {
    match rooms.iter().position(|room| room.id == *id && room.title == *title) {
        Some(at) => at + 1,
        None => rooms.iter().rposition(|room| room.title <= *title).map_or(0, |at| at + 1),
    }
}
