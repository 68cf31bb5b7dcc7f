//! An old snapshot with the events since then equals a fresh snapshot: for every
//! kind of entry and everyone who may look.

mod acts;
mod caucus;
pub mod client;
mod floor;
mod schema;

use futures_util::future::join_all;
use plenary::kernel::domain::entries::EntryKind;
use serde_json::Value;

use crate::support::Browser;
use crate::support::rooms::Person;
use crate::support::socket::Socket;
use acts::Cast;
use client::Snapshot;
use schema::Schemas;

/// Someone who looks, with what they had and what they hear.
struct Onlooker {
    who: &'static str,
    browser: Browser,
    socket: Socket,
    /// Kept up to date by live events from the very beginning.
    live: Snapshot,
    start: Snapshot,
}

impl Onlooker {
    async fn new(cast: &Cast, who: &'static str, person: Option<&Person>) -> Self {
        let server = &cast.stage.server;
        let (browser, mut socket) = match person {
            Some(person) => (person.browser.clone(), Socket::of(server, person).await),
            None => (server.browser(), Socket::of_nobody(server).await),
        };
        // Subscribe, then load: what comes between is applied twice, which does no harm.
        socket.subscribe(&cast.stage.room, None).await;
        let start = Snapshot::load(&browser, &cast.stage.room).await;
        Self { who, browser, socket, live: start.clone(), start }
    }

    /// The events after a number, from the log.
    async fn log(&self, room: &str, after: i64) -> Vec<Value> {
        let page = self.browser.get(&format!("/rooms/{room}/log?after={after}")).await;
        page.body["items"].as_array().unwrap_or_else(|| panic!("{page:?}")).clone()
    }

    async fn hear(&mut self, head: i64) {
        if self.live.head() < head {
            for event in self.socket.events_to(head).await {
                self.live.apply(&event);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_snapshot_and_events_make_the_fresh_snapshot() {
    let cast = Cast::new().await;
    let room = cast.stage.room.clone();
    let mut onlookers = Vec::new();
    for (who, person) in [
        ("anonymous", None),
        ("observer", Some(&cast.observer)),
        ("participant", Some(&cast.participant)),
        ("author", Some(&cast.author)),
        ("moderator", Some(&cast.moderator)),
        ("chair", Some(&cast.stage.chair)),
        ("steward", Some(&cast.stage.steward)),
    ] {
        onlookers.push(Onlooker::new(&cast, who, person).await);
    }
    for kind in EntryKind::ALL {
        let on = cast.prepare(*kind).await;
        let look = || join_all(onlookers.iter().map(|onlooker| Snapshot::load(&onlooker.browser, &room)));
        let before = look().await;
        cast.act(*kind, &on).await;
        let fresh = look().await;
        for (onlooker, (before, fresh)) in onlookers.iter_mut().zip(before.into_iter().zip(fresh)) {
            let who = onlooker.who;
            let events = onlooker.log(&room, before.head()).await;
            if *kind != EntryKind::RoomCreated {
                assert!(events.iter().any(|event| event["kind"] == kind.as_str()), "{kind}: {events:?}");
                assert_ne!(before, fresh, "{kind} changes nothing for {who}");
            }
            let mut after = before.clone();
            for event in &events {
                after.apply(event);
            }
            assert_eq!(
                after.without_new_chats(&before),
                fresh.without_new_chats(&before),
                "{kind} for {who}"
            );
            // A second time, as after a reconnect, it does no harm.
            for event in &events {
                after.apply(event);
            }
            assert_eq!(
                after.without_new_chats(&before),
                fresh.without_new_chats(&before),
                "{kind} for {who}"
            );
            onlooker.hear(fresh.head()).await;
            assert_eq!(
                onlooker.live.without_new_chats(&onlooker.start),
                fresh.without_new_chats(&onlooker.start),
                "{kind} live for {who}"
            );
        }
        cast.tidy(*kind, &on).await;
    }
    let schemas = Schemas::new();
    // The whole history at once.
    for onlooker in &onlookers {
        let events = onlooker.log(&room, onlooker.start.head()).await;
        assert!(events.len() > EntryKind::ALL.len());
        let mut after = onlooker.start.clone();
        events.iter().for_each(|event| after.apply(event));
        let fresh = Snapshot::load(&onlooker.browser, &room).await;
        assert_eq!(after.without_new_chats(&onlooker.start), fresh.without_new_chats(&onlooker.start));
        events.iter().for_each(|event| schemas.check("LogEvent", event));
        // Who wrote for an organisation or a constituency is not named to anyone.
        for event in &events {
            let shown = event["data"].get("attribution").is_some_and(|attribution| attribution != "named");
            assert!(!shown || event["data"]["author"].get("name").is_none(), "{event}");
        }
    }
    cast.stage.server.stop().await;
}
