//! Whatever the order in which commits, messages and subscriptions come: each listener gets every
//! line after the number where it began, once and in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::{Joined, Room, Ticket, frames};
use crate::kernel::access::Actor;
use crate::kernel::live::outbox::Outbox;
use crate::kernel::log::event::Audience;
use crate::kernel::views::events::Line;

const SOCKETS: u64 = 4;

#[derive(Debug, Clone)]
enum Step {
    /// Another entry is committed.
    Commit,
    /// The message of one of the entries that were not told yet reaches the room.
    Tell(prop::sample::Index),
    /// A message is lost for good.
    Lose(prop::sample::Index),
    Join(u64),
    /// A socket that joined reads the head of the log.
    Read(u64),
    /// It is given what it read, and becomes live unless it is behind.
    GoLive(u64),
    Leave(u64),
    Flush,
    /// The sweep, or a gap, makes the room read the log.
    CatchUp,
}

fn step() -> impl Strategy<Value = Step> {
    let socket = 0..SOCKETS;
    prop_oneof![
        4 => Just(Step::Commit),
        4 => any::<prop::sample::Index>().prop_map(Step::Tell),
        1 => any::<prop::sample::Index>().prop_map(Step::Lose),
        2 => socket.clone().prop_map(Step::Join),
        2 => socket.clone().prop_map(Step::Read),
        3 => socket.clone().prop_map(Step::GoLive),
        1 => socket.prop_map(Step::Leave),
        1 => Just(Step::Flush),
        1 => Just(Step::CatchUp),
    ]
}

struct Socket {
    outbox: Arc<Outbox>,
    ticket: Option<Ticket>,
    /// Where it began, the head that it read, and whether it is live.
    since: i64,
    read: Option<i64>,
    live: bool,
    got: Vec<i64>,
}

impl Socket {
    fn drain(&mut self) {
        let (frames, close) = self.outbox.take();
        assert_eq!(close, None);
        let lines = frames.iter().flat_map(|(_, frame)| frame.lines());
        self.got.extend(lines.map(|line| line.parse::<i64>().unwrap()));
    }
}

struct World {
    room: Room,
    head: i64,
    untold: Vec<i64>,
    sockets: BTreeMap<u64, Socket>,
}

fn lines(after: i64, until: i64) -> Vec<Line> {
    (after + 1..=until).map(Line::bare).collect()
}

impl World {
    fn run(&mut self, step: Step) {
        match step {
            Step::Commit => {
                self.head += 1;
                self.untold.push(self.head);
            }
            Step::Tell(_) | Step::Lose(_) if self.untold.is_empty() => {}
            Step::Tell(which) => {
                let seq = self.untold.remove(which.index(self.untold.len()));
                self.room.take_in(vec![Line::bare(seq)]);
            }
            Step::Lose(which) => {
                self.untold.remove(which.index(self.untold.len()));
            }
            Step::Join(id) => {
                let socket = self.sockets.entry(id).or_insert_with(|| Socket {
                    outbox: Arc::new(Outbox::new(id, Actor::default(), Box::new(|| {}))),
                    ticket: None,
                    since: self.head / 2,
                    read: None,
                    live: false,
                    got: Vec::new(),
                });
                // One that joins again asks for what comes after what it has.
                socket.ticket = Some(self.room.join(socket.outbox.clone(), Audience::Participant));
                socket.drain();
                (socket.read, socket.live) = (None, false);
                let from = socket.got.last().copied().unwrap_or(socket.since);
                if let Some((head, kept)) = self.room.kept_after(from) {
                    let numbers: Vec<i64> = kept.iter().map(|line| line.seq).collect();
                    assert_eq!(numbers, (from + 1..=head).collect::<Vec<_>>());
                    socket.read = Some(head);
                }
            }
            Step::Read(id) => {
                if let Some(socket) = self.sockets.get_mut(&id).filter(|socket| socket.read.is_none()) {
                    socket.read = Some(self.head);
                }
            }
            Step::GoLive(id) => self.go_live(id),
            Step::Leave(id) => {
                self.sockets.remove(&id);
                self.room.leave(id);
            }
            Step::Flush => self.room.flush(),
            Step::CatchUp => {
                if let Some(last) = self.room.last() {
                    self.room.take_in(lines(last, self.head));
                }
            }
        }
    }

    fn go_live(&mut self, id: u64) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|socket| !socket.live) else { return };
        let (Some(ticket), Some(read)) = (socket.ticket, socket.read) else { return };
        let missed = lines(socket.got.last().copied().unwrap_or(socket.since), read);
        let out = frames(&missed.iter().collect::<Vec<_>>(), Audience::Participant);
        match self.room.go_live(ticket, read, out) {
            Joined::Live(_) => {
                socket.live = true;
                self.room.keep(read, &missed);
            }
            Joined::Behind(until) => {
                assert!(until > read && until <= self.head);
                socket.read = Some(until);
            }
            Joined::Gone => panic!("it is there"),
        }
        socket.drain();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_listener_gets_every_line_once_and_in_order(steps in prop::collection::vec(step(), 0..80)) {
        let mut world =
            World { room: Room::new(Uuid::nil()), head: 0, untold: Vec::new(), sockets: BTreeMap::new() };
        for step in steps {
            world.run(step);
        }
        for id in world.sockets.keys().copied().collect::<Vec<_>>() {
            world.run(Step::Read(id));
            for _ in 0..3 {
                world.run(Step::GoLive(id));
            }
        }
        world.run(Step::CatchUp);
        world.run(Step::Flush);
        for (id, socket) in &mut world.sockets {
            socket.drain();
            prop_assert!(socket.live);
            let all: Vec<i64> = (socket.since + 1..=world.head).collect();
            prop_assert_eq!(&socket.got, &all, "socket {}", id);
        }
    }
}

#[test]
fn an_older_subscription_of_the_same_socket_is_gone() {
    let mut room = Room::new(Uuid::nil());
    let outbox = Arc::new(Outbox::new(1, Actor::default(), Box::new(|| {})));
    let first = room.join(outbox.clone(), Audience::Participant);
    let second = room.join(outbox.clone(), Audience::Participant);
    assert_eq!(room.go_live(first, 3, vec!["late".into()]), Joined::Gone);
    assert!(matches!(room.go_live(second, 3, Vec::new()), Joined::Live(_)));
    assert!(outbox.take().0.is_empty());
}
