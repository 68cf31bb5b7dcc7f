//! The rooms of the demo, their roles and the workshop's agenda.

use futures_util::{StreamExt, TryStreamExt, stream};
use uuid::Uuid;

use super::people::Cast;
use super::talk::Place;
use super::{Loaded, at, data};
use crate::error::Result;
use crate::kernel::actions::sessions::{self, NewSession};
use crate::kernel::actions::{Ctx, rooms};
use crate::kernel::domain::kinds::{RoomRole, SessionState, TimeKind, Visibility};
use crate::kernel::models;

/// Threads of one room that go on at the same time.
const AT_ONCE: usize = 3;

/// Makes the programme, or finds it.
pub async fn programme(ctx: &Ctx, cast: &Cast, programme: &data::Programme) -> Result<Uuid> {
    let steward = cast.steward()?;
    let seen = ctx.access.programmes(steward).await?;
    let known = models::rooms::programmes(&mut *ctx.db.get().await?, &seen, None, 100).await?;
    if let Some(known) = known.iter().find(|known| known.slug == programme.slug) {
        return Ok(known.id);
    }
    let new = rooms::NewProgramme {
        title: programme.title.clone(),
        slug: Some(programme.slug.clone()),
        description: programme.description.clone(),
        starts_on: Some(programme.starts_on),
        ends_on: Some(programme.ends_on),
    };
    Ok(rooms::create_programme(ctx, steward, new).await?.id)
}

/// Makes a room with everything in it.
pub async fn make(ctx: &Ctx, cast: &Cast, room: &data::Room, programme: Uuid) -> Result<Loaded> {
    let id = open(ctx, cast, room, programme).await.map_err(|error| at(&room.slug, error))?;
    let place = Place { ctx, cast, room, id };
    let mut loaded = Loaded { rooms: 1, ..Loaded::default() };
    let mut threads = Vec::with_capacity(room.threads.len());
    for thread in &room.threads {
        threads.push((thread, place.open(thread).await.map_err(|error| at(&thread.title, error))?));
    }
    let talk = async {
        let place = &place;
        let talk = threads.into_iter().map(|(thread, opened)| async move {
            place.fill(thread, opened).await.map_err(|error| at(&thread.title, error))
        });
        stream::iter(talk).buffer_unordered(AT_ONCE).try_collect::<Vec<Loaded>>().await
    };
    let (talked, held) = futures_util::future::try_join(talk, agenda(&place)).await?;
    talked.into_iter().for_each(|thread| loaded += thread);
    loaded += held;
    Ok(loaded)
}

async fn open(ctx: &Ctx, cast: &Cast, room: &data::Room, programme: Uuid) -> Result<Uuid> {
    let chair = cast.actor(&room.chair)?;
    // By its title: the short name of a caucus has an end that nobody can know.
    let directory = ctx.access.directory().await?;
    let known = directory.rooms.iter().find(|known| known.title == room.title).map(|known| known.id);
    let new = rooms::NewRoom {
        title: room.title.clone(),
        slug: Some(room.slug.clone()),
        description: room.description.clone(),
        kind: room.kind,
        visibility: room.visibility,
        constituency: room.constituency.clone(),
        programme: Some(programme),
        chair: Some(chair.member()?.id),
    };
    let id = match known {
        Some(known) => known,
        None => rooms::create(ctx, cast.steward()?, new).await?.id,
    };
    for (key, role) in &room.roles {
        rooms::set_role(ctx, chair, id, cast.actor(key)?.member()?.id, *role).await?;
    }
    Ok(id)
}

/// Holds the sessions one after the other, as far as the workshop has come.
async fn agenda(place: &Place<'_>) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let known = models::sessions::of_rooms(&mut *place.ctx.db.get().await?, &[place.id]).await?;
    let chair = place.cast.actor(&place.room.chair)?;
    let mut agenda = Vec::with_capacity(place.room.sessions.len());
    for session in &place.room.sessions {
        let row = match known.iter().find(|known| known.title == session.title) {
            Some(known) => known.clone(),
            None => sessions::create(place.ctx, chair, place.id, new_session(session)).await?,
        };
        agenda.push((session, row));
    }
    for (session, row) in agenda {
        loaded += hold(place, session, &row).await.map_err(|error| at(&session.title, error))?;
        loaded.sessions += 1;
    }
    Ok(loaded)
}

fn new_session(session: &data::Session) -> NewSession {
    NewSession {
        title: session.title.clone(),
        title_zh: Some(session.title_zh.clone()),
        organisation: session.organisation.clone(),
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        time_kind: TimeKind::Compressible,
        materials: Vec::new(),
    }
}

async fn hold(place: &Place<'_>, session: &data::Session, row: &models::sessions::Session) -> Result<Loaded> {
    let chair = place.cast.actor(&place.room.chair)?;
    let begins = matches!(session.state, SessionState::Live | SessionState::Ended);
    if begins && row.state == SessionState::Scheduled {
        sessions::set_state(place.ctx, chair, row.id, SessionState::Live).await?;
    }
    let loaded = place.chat(&session.title, row.thread_id, &session.chat).await?;
    if session.state == SessionState::Ended && row.state != SessionState::Ended {
        sessions::set_state(place.ctx, chair, row.id, SessionState::Ended).await?;
    }
    Ok(loaded)
}

impl data::Room {
    /// True when this delegate may react here.
    pub fn admits(&self, key: &str) -> bool {
        match self.roles.get(key) {
            Some(role) => *role != RoomRole::Observer,
            None => self.visibility != Visibility::Invited,
        }
    }
}
