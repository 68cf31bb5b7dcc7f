//! The screens in halls that are connected to this node. They have an audience of their own: what they are sent is
//! what is put on them, worked out here, never an event or a name of who is present.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytestring::ByteString;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::Pool;
use crate::error::{Error, Result};
use crate::features::screens::rules::Scene;
use crate::features::screens::store as screens;
use crate::features::screens::view::{ScreenPresence, ScreenView};
use crate::kernel::access::Actor;
use crate::kernel::live::hub::Hub;
use crate::kernel::live::limit::in_time;
use crate::kernel::live::outbox::{Close, Outbox};
use crate::kernel::live::presence::Counts;
use crate::kernel::live::socket::ListenOnly;
use crate::kernel::log::event::{Committed, Present, Publisher, To};
use crate::kernel::log::frame::{Frame, PROTOCOL};

/// Time between two heartbeats of a screen: one that hears nothing for 10 s says so.
pub const HEARTBEAT: Duration = Duration::from_secs(4);
/// Least time between two views of one room.
const WINDOW: Duration = Duration::from_millis(250);
/// Connections of one screen.
const SOCKETS_MAX: usize = 4;

/// Whose connection it is.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    pub screen: Uuid,
    pub room: Uuid,
}

/// A view as it was sent, and what it was made of.
struct Shown {
    frame: ByteString,
    head: i64,
    version: i64,
    /// Who was present, when the view tells.
    present: Option<Counts>,
}

/// The screens of one room.
#[derive(Default)]
struct RoomWall {
    sockets: HashMap<u64, (Uuid, Arc<Outbox>)>,
    shown: Option<Shown>,
    sent: Option<Instant>,
    planned: bool,
    /// Views are made one after the other, so that an older one never follows a newer one.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// The screens of this node.
pub struct Screens {
    pool: Pool,
    hub: Arc<Hub>,
    /// The public address of the site.
    site: String,
    walls: Mutex<HashMap<Uuid, RoomWall>>,
    next_id: AtomicU64,
    runtime: tokio::runtime::Handle,
}

/// A frame that the server sends to a screen, one JSON object a line.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScreenMessage<'a> {
    /// The greeting.
    Hello { version: u32, time: DateTime<Utc> },
    /// What it shows from now on.
    Screen { view: Box<ScreenView<'a>> },
    /// The regular sign of life.
    Heartbeat { time: DateTime<Utc> },
}

impl ScreenMessage<'_> {
    fn text(&self) -> ByteString {
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

impl Screens {
    /// No screens yet; must be called inside a Tokio runtime.
    pub fn new(pool: Pool, hub: Arc<Hub>, site: String) -> Arc<Self> {
        Arc::new(Self {
            pool,
            hub,
            site,
            walls: Mutex::default(),
            next_id: AtomicU64::new(1),
            runtime: tokio::runtime::Handle::current(),
        })
    }

    fn walls(&self) -> MutexGuard<'_, HashMap<Uuid, RoomWall>> {
        self.walls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public address of the site.
    pub fn site(&self) -> &str {
        &self.site
    }

    /// True when a screen has as many connections as it can have.
    pub fn is_full(&self, ticket: Ticket) -> bool {
        self.walls().get(&ticket.room).is_some_and(|wall| {
            wall.sockets.values().filter(|(screen, _)| *screen == ticket.screen).count() >= SOCKETS_MAX
        })
    }

    /// A screen connects; it is greeted, and sent what it shows.
    pub fn connect(self: &Arc<Self>, ticket: Ticket, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Outbox> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::new(id, Actor::default(), wake));
        outbox.push(None, ScreenMessage::Hello { version: PROTOCOL, time: Utc::now() }.text());
        self.walls().entry(ticket.room).or_default().sockets.insert(id, (ticket.screen, outbox.clone()));
        let screens = self.clone();
        self.runtime.spawn(async move { screens.refresh(ticket.room, Some(id)).await });
        outbox
    }

    /// A screen is gone.
    pub fn disconnect(&self, socket: u64, room: Uuid) {
        let mut walls = self.walls();
        if let Some(wall) = walls.get_mut(&room) {
            wall.sockets.remove(&socket);
            if wall.sockets.is_empty() {
                walls.remove(&room);
            }
        }
    }

    /// The regular sign of life.
    pub fn beat(&self, outbox: &Outbox) {
        outbox.push(None, ScreenMessage::Heartbeat { time: Utc::now() }.text());
    }

    /// Notes that a screen is there, and ends it where it is paired no longer.
    pub async fn check(&self, outbox: &Outbox, screen: Uuid) {
        let seen =
            async { Ok::<_, Error>(screens::seen(&mut *self.pool.get().await?, screen, Utc::now()).await?) };
        if let Ok(false) = in_time(seen).await {
            outbox.close(Close::unpaired());
        }
    }

    /// BusEnds the connections of a screen that is paired no longer. Other nodes find out within a second.
    pub fn unpaired(&self, screen: Uuid) {
        self.close_where(&Close::unpaired(), |_, of| of == screen);
    }

    fn close_where(&self, close: &Close, which: impl Fn(Uuid, Uuid) -> bool) {
        let walls = self.walls();
        for (room, wall) in walls.iter() {
            for (screen, outbox) in wall.sockets.values().filter(|(screen, _)| which(*room, *screen)) {
                tracing::debug!(%screen, code = close.code, "a screen's connection ends");
                outbox.close(close.clone());
            }
        }
    }

    /// Closes every connection, each with its own wait.
    pub fn shut_down(&self) {
        let walls = self.walls();
        for (_, outbox) in walls.values().flat_map(|wall| wall.sockets.values()) {
            outbox.close(Close::shutting_down(rand::random_range(0..2_000)));
        }
    }

    /// Something happened in a room: its screens are told soon, several changes together.
    pub fn changed(self: &Arc<Self>, room: Uuid) {
        let wait = {
            let mut walls = self.walls();
            let Some(wall) = walls.get_mut(&room) else { return };
            if std::mem::replace(&mut wall.planned, true) {
                return;
            }
            wall.sent.map_or(Duration::ZERO, |sent| WINDOW.saturating_sub(sent.elapsed()))
        };
        let screens = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(wall) = screens.walls().get_mut(&room) {
                wall.planned = false;
            }
            screens.refresh(room, None).await;
        });
    }

    /// Sends the screens of a room what they show now, where it is not what they were sent last; `only` gets it anyway.
    pub async fn refresh(&self, room: Uuid, only: Option<u64>) {
        let Some(turn) = self.walls().get(&room).map(|wall| wall.turn.clone()) else { return };
        let _turn = turn.lock().await;
        let made = in_time(self.make(room)).await;
        let mut walls = self.walls();
        let Some(wall) = walls.get_mut(&room) else { return };
        match made {
            Ok(shown) => {
                let is_new = wall.shown.as_ref().is_none_or(|before| before.frame != shown.frame);
                for (id, (_, outbox)) in &wall.sockets {
                    if is_new || only == Some(*id) {
                        outbox.push(None, shown.frame.clone());
                    }
                }
                wall.shown = Some(shown);
                wall.sent = Some(Instant::now());
            }
            Err(error) => {
                tracing::warn!(%error, "what a screen shows could not be read; it will be tried again");
                wall.shown = None;
            }
        }
    }

    async fn make(&self, room: Uuid) -> Result<Shown> {
        let stage = screens::stage(&mut *self.pool.get().await?, room).await?.ok_or(Error::NotFound)?;
        let counts = self.hub.present(room).0;
        let view = ScreenView::new(&stage, &self.site, presence(&counts));
        Ok(Shown {
            frame: ScreenMessage::Screen { view: Box::new(view) }.text(),
            head: stage.room.head_seq,
            version: stage.state.version,
            present: (stage.scene == Scene::Welcome).then_some(counts),
        })
    }

    /// What the screens of a room show, written.
    ///
    /// # Errors
    /// Not found; the database is not available.
    pub async fn stage(&self, room: Uuid) -> Result<(screens::Stage, ScreenPresence)> {
        let stage = screens::stage(&mut *self.pool.get().await?, room).await?.ok_or(Error::NotFound)?;
        Ok((stage, presence(&self.hub.present(room).0)))
    }

    /// Once a second: finds what changed on other nodes, and who is present now.
    pub async fn sweep(&self) {
        let rooms: Vec<Uuid> = self.walls().keys().copied().collect();
        if rooms.is_empty() {
            return;
        }
        let read = async {
            let mut db = self.pool.get().await?;
            let progress = screens::progress(&mut db, &rooms).await?;
            Ok::<_, Error>((progress, screens::paired(&mut db, &rooms).await?))
        };
        let Ok((progress, paired)) = in_time(read).await else { return };
        for now in progress {
            if self.is_stale(now) {
                self.refresh(now.room, None).await;
            }
        }
        self.close_where(&Close::unpaired(), |room, screen| {
            rooms.contains(&room) && !paired.contains(&screen)
        });
    }

    fn is_stale(&self, now: screens::Progress) -> bool {
        let walls = self.walls();
        let Some(wall) = walls.get(&now.room) else { return false };
        wall.shown.as_ref().is_none_or(|shown| {
            (shown.head, shown.version) != (now.head, now.version)
                || shown.present.as_ref().is_some_and(|counts| *counts != self.hub.present(now.room).0)
        })
    }
}

/// The connection of a screen.
pub struct Listener {
    pub screens: Arc<Screens>,
    pub ticket: Ticket,
}

impl ListenOnly for Listener {
    fn heartbeat(&self) -> Duration {
        HEARTBEAT
    }

    fn connect(&self, wake: Box<dyn Fn() + Send + Sync>) -> Arc<Outbox> {
        self.screens.connect(self.ticket, wake)
    }

    fn beat(&self, outbox: &Outbox) {
        self.screens.beat(outbox);
    }

    fn check(&self, outbox: Arc<Outbox>) -> BoxFuture<'static, ()> {
        let (screens, screen) = (self.screens.clone(), self.ticket.screen);
        Box::pin(async move { screens.check(&outbox, screen).await })
    }

    fn disconnect(&self, outbox: &Outbox) {
        self.screens.disconnect(outbox.id, self.ticket.room);
    }
}

fn presence(counts: &Counts) -> ScreenPresence {
    ScreenPresence {
        hall: counts.hall,
        online: counts.online,
        by_constituency: counts.by_constituency.clone(),
    }
}

/// Tells the screens, too, what is told to the live rooms.
pub struct ScreenPublisher<P> {
    pub rooms: P,
    pub screens: Arc<Screens>,
}

impl<P: Publisher> Publisher for ScreenPublisher<P> {
    fn publish(&self, committed: Committed) {
        let room = committed.room;
        self.rooms.publish(committed);
        self.screens.changed(room);
    }

    fn tell(&self, room: Uuid, to: To, frame: &Frame<'_>) {
        self.rooms.tell(room, to, frame);
    }

    fn present(&self, room: Uuid) -> Vec<Present> {
        self.rooms.present(room)
    }

    fn present_lately(&self, room: Uuid) -> Vec<Present> {
        self.rooms.present_lately(room)
    }

    fn node(&self) -> Uuid {
        self.rooms.node()
    }
}
