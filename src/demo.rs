//! The demo: a workshop that took place, with invented people, loaded into an empty database.
//!
//! Everything is written by the same actions as what members do, so the demo is also a test of
//! them. Every step finds what an earlier try made, so that a load that was cut off goes on.

mod data;
mod people;
mod rooms;
mod talk;

use std::fmt;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::kernel::actions::{Accounts, Ctx, demo};

/// What was loaded.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    pub members: usize,
    pub rooms: usize,
    pub sessions: usize,
    pub threads: usize,
    pub posts: usize,
    pub reactions: usize,
}

impl std::ops::AddAssign for Loaded {
    fn add_assign(&mut self, more: Self) {
        self.members += more.members;
        self.rooms += more.rooms;
        self.sessions += more.sessions;
        self.threads += more.threads;
        self.posts += more.posts;
        self.reactions += more.reactions;
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { members, rooms, sessions, threads, posts, reactions } = self;
        write!(
            f,
            "{members} members, {rooms} rooms, {sessions} sessions, {threads} threads, {posts} posts, \
             {reactions} reactions"
        )
    }
}

/// Loads the demo unless it is there. None when it was.
///
/// # Errors
/// One line for the operator.
pub async fn load(ctx: &Ctx, accounts: &Accounts) -> Result<Option<Loaded>, String> {
    let begun = Instant::now();
    let loaded = demo::once(accounts, async || everything(ctx, accounts).await).await;
    let loaded = loaded.map_err(|error| format!("The demo cannot be loaded: {}", error.one_line()))?;
    if let Some(loaded) = loaded {
        tracing::info!(%loaded, seconds = begun.elapsed().as_secs_f32(), "the demo is loaded");
    }
    Ok(loaded)
}

async fn everything(ctx: &Ctx, accounts: &Accounts) -> Result<Loaded> {
    let cast = people::make(ctx, accounts, &data::people()).await?;
    let workshop = data::workshop();
    let programme = rooms::programme(ctx, &cast, &workshop.programme).await?;
    let all = workshop.rooms.iter().map(|room| rooms::make(ctx, &cast, room, programme));
    let mut loaded = Loaded { members: cast.len(), ..Loaded::default() };
    for room in futures_util::future::try_join_all(all).await? {
        loaded += room;
    }
    Ok(loaded)
}

/// Says at which text a load failed.
fn at(place: &str, error: Error) -> Error {
    Error::Internal(format!("{place}: {}", error.one_line()))
}
