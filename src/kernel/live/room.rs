//! One live room: its listeners, and the order of what they are sent.
//!
//! A pure state machine: lines go in as they are committed, in any order and more than once; each
//! listener gets every line above its number, once and in order.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytestring::ByteString;
use uuid::Uuid;

use super::outbox::Outbox;
use crate::kernel::domain::kinds::Site;
use crate::kernel::log::event::{Audience, Present};
use crate::kernel::views::events::Line;

/// Below this many listeners a line is sent at once. Small in tests, so that they see both ways.
const GATHER_FROM: usize = if cfg!(test) { 3 } else { 200 };
/// Longest time that lines are gathered into one write.
const GATHER_MAX: Duration = Duration::from_millis(200);
/// Lines that wait for one before them, and their bytes together.
const EARLY_MAX: usize = 1_000;
const EARLY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Lines are joined into frames of about this many bytes.
const FRAME: usize = 48 * 1024;

mod recent;

use recent::Recent;

enum Stage {
    /// Reads what it missed; what is sent meanwhile waits here.
    Replaying(Vec<Line>),
    Live,
}

/// One socket's subscription to the room.
struct Listener {
    /// Which of the socket's subscriptions to this room it is.
    number: u64,
    outbox: Arc<Outbox>,
    audience: Audience,
    site: Site,
    /// Sent up to this number.
    sent: i64,
    stage: Stage,
    typed: Option<Instant>,
}

/// What the caller has to do after lines were taken in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FollowUp {
    /// Call [`Room::flush`] after this time.
    pub flush_in: Option<Duration>,
    /// Numbers are missing: read them from the log.
    pub gap: bool,
}

/// A subscription that is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    socket: u64,
    number: u64,
}

/// What became of a subscription.
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// It gets each line as it comes.
    Live(FollowUp),
    /// Lines up to this number went out without it: read them, and call again.
    Behind(i64),
    /// It ended, or a newer one of the same socket took its place.
    Gone,
}

/// The listeners of one room on this node.
pub struct Room {
    id: Uuid,
    listeners: HashMap<u64, Listener>,
    next_number: u64,
    /// Everything up to this number has gone to the listeners or to `gathered`.
    last: Option<i64>,
    /// Lines that came before one that is still missing.
    early: BTreeMap<i64, Line>,
    gathered: Vec<Line>,
    recent: Recent,
    flush_planned: bool,
    presence_planned: bool,
    /// Who is present changed, and other nodes do not know it yet.
    presence_untold: bool,
    catch_up_planned: bool,
}

/// Joins lines into frames.
pub fn frames(lines: &[&Line], audience: Audience) -> Vec<ByteString> {
    let mut frames = Vec::new();
    let mut frame = String::new();
    for line in lines {
        let text = line.text(audience);
        if lines.len() == 1 {
            return vec![text.clone()];
        }
        if !frame.is_empty() && frame.len() + text.len() > FRAME {
            frames.push(std::mem::take(&mut frame).into());
        }
        if !frame.is_empty() {
            frame.push('\n');
        }
        frame.push_str(text);
    }
    if !frame.is_empty() {
        frames.push(frame.into());
    }
    frames
}

impl Room {
    /// A room with nobody in it.
    pub fn new(id: Uuid) -> Self {
        Self {
            id,
            listeners: HashMap::new(),
            next_number: 0,
            last: None,
            early: BTreeMap::new(),
            gathered: Vec::new(),
            recent: Recent::default(),
            flush_planned: false,
            presence_planned: false,
            presence_untold: false,
            catch_up_planned: false,
        }
    }

    /// How many listen.
    pub fn len(&self) -> usize {
        self.listeners.len()
    }

    /// The room's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Nobody listens: the hub forgets the room.
    pub fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    /// The newest number that went out.
    pub fn last(&self) -> Option<i64> {
        self.last
    }

    /// A listener comes in; it gets nothing until [`Room::go_live`]. Replaces its earlier subscription.
    pub fn join(&mut self, outbox: Arc<Outbox>, audience: Audience) -> Ticket {
        let (socket, number) = (outbox.id, self.next_number);
        self.next_number += 1;
        let site = self.listeners.get(&socket).map_or(Site::Online, |before| before.site);
        let stage = Stage::Replaying(Vec::new());
        self.listeners
            .insert(socket, Listener { number, outbox, audience, site, sent: 0, stage, typed: None });
        Ticket { socket, number }
    }

    /// Gives the listener `frames`, with which it has everything up to `head`, a number read from
    /// the log after it joined; then what came meanwhile, and from now on each line as it comes.
    pub fn go_live(&mut self, ticket: Ticket, head: i64, frames: Vec<ByteString>) -> Joined {
        let alone = self.listeners.len() == 1;
        let Some(listener) = self.listeners.get_mut(&ticket.socket).filter(|l| l.number == ticket.number)
        else {
            return Joined::Gone;
        };
        for frame in frames {
            listener.outbox.push(Some(self.id), frame);
        }
        listener.sent = head;
        let mut last = *self.last.get_or_insert(head);
        if last < head && alone {
            // Nobody else waits for what is between.
            last = head;
            self.last = Some(head);
            self.gathered.clear();
        }
        self.early = self.early.split_off(&(last + 1));
        // What others were sent while this one was replaying must be among what waits for it.
        // It is not where the first to go live was ahead: lines up to its head were never sent.
        let sent = self.gathered.first().map_or(last, |line| line.seq - 1);
        if let Stage::Replaying(waiting) = &mut listener.stage {
            waiting.retain(|line| line.seq > head);
            if waiting.first().map_or(sent > head, |line| line.seq > head + 1) {
                return Joined::Behind(sent);
            }
            let lines: Vec<&Line> = waiting.iter().collect();
            for frame in self::frames(&lines, listener.audience) {
                listener.outbox.push(Some(self.id), frame);
            }
            listener.sent = lines.last().map_or(head, |line| line.seq);
            listener.stage = Stage::Live;
        }
        Joined::Live(self.advance())
    }

    /// The newest number and every line above `since` up to it, if all of them are in memory. Called under the
    /// same lock as [`Room::join`], this is a replay.
    pub fn kept_after(&self, since: i64) -> Option<(i64, Vec<Line>)> {
        let last = self.last.filter(|last| since <= *last)?;
        let lines = self.recent.after(since)?;
        (lines.last().map_or(since, |line| line.seq) == last).then_some((last, lines))
    }

    /// Lines up to `head` were read from the log: the next who missed them need not read them.
    pub fn keep(&mut self, head: i64, lines: &[Line]) {
        if self.last == Some(head) {
            self.recent.seed(lines, head);
        }
    }

    /// Entry `seq` was committed and takes back something earlier; its line is on its way.
    pub fn expire(&mut self, seq: i64) {
        self.recent.expire(seq);
    }

    /// A listener leaves. Returns whose it was, when it was there.
    pub fn leave(&mut self, socket: u64) -> Option<Arc<Outbox>> {
        self.listeners.remove(&socket).map(|listener| listener.outbox)
    }

    /// Takes in committed lines, in any order, known ones too.
    pub fn take_in(&mut self, lines: Vec<Line>) -> FollowUp {
        for line in lines {
            if self.last.is_none_or(|last| line.seq > last) {
                self.early.insert(line.seq, line);
            }
        }
        let todo = self.advance();
        self.bound_early();
        todo
    }

    /// What is far ahead is let go: it is read from the log when its turn has come.
    fn bound_early(&mut self) {
        let mut bytes: usize = self.early.values().map(Line::bytes).sum();
        while self.early.len() > EARLY_MAX || bytes > EARLY_BYTES_MAX {
            let Some((_, line)) = self.early.pop_last() else { return };
            bytes -= line.bytes();
        }
    }

    /// Sends on, or gathers, what has become complete.
    fn advance(&mut self) -> FollowUp {
        let Some(mut last) = self.last else { return FollowUp::default() };
        let mut ready = Vec::new();
        while let Some(line) = self.early.remove(&(last + 1)) {
            last += 1;
            ready.push(line);
        }
        self.last = Some(last);
        ready.iter().for_each(|line| self.recent.push(line));
        let mut todo = FollowUp { flush_in: None, gap: !self.early.is_empty() };
        if ready.is_empty() {
            return todo;
        }
        if self.listeners.len() < GATHER_FROM && self.gathered.is_empty() {
            self.send(&ready);
        } else {
            self.gathered.extend(ready);
            if !self.flush_planned {
                self.flush_planned = true;
                todo.flush_in = Some(self.window());
            }
        }
        todo
    }

    /// Grows with the room: the more sockets, the more a write for each of them costs.
    fn window(&self) -> Duration {
        Duration::from_millis(self.listeners.len() as u64 / 100).min(GATHER_MAX)
    }

    /// Sends what was gathered.
    pub fn flush(&mut self) {
        self.flush_planned = false;
        let lines = std::mem::take(&mut self.gathered);
        self.send(&lines);
    }

    fn send(&mut self, lines: &[Line]) {
        let (Some(first), Some(newest)) = (lines.first(), lines.last()) else { return };
        let all: Vec<&Line> = lines.iter().collect();
        let mut shared: [Option<Vec<ByteString>>; 2] = [None, None];
        for listener in self.listeners.values_mut() {
            match &mut listener.stage {
                Stage::Replaying(waiting) => waiting.extend(lines.iter().cloned()),
                Stage::Live if listener.sent >= newest.seq => {}
                Stage::Live => {
                    let push = |frames: &[ByteString]| {
                        for frame in frames {
                            listener.outbox.push(Some(self.id), frame.clone());
                        }
                    };
                    if listener.sent < first.seq {
                        let slot = &mut shared[usize::from(listener.audience == Audience::Desk)];
                        push(slot.get_or_insert_with(|| frames(&all, listener.audience)));
                    } else {
                        let rest: Vec<&Line> = lines.iter().filter(|line| line.seq > listener.sent).collect();
                        push(&frames(&rest, listener.audience));
                    }
                    listener.sent = newest.seq;
                }
            }
        }
    }

    /// Sends a frame without a number to everyone of these who can take it.
    pub fn tell(&self, frame: &ByteString, to: impl Fn(Audience, Option<Uuid>) -> bool) {
        for listener in self.listeners.values() {
            if matches!(listener.stage, Stage::Live) && to(listener.audience, listener.outbox.actor.id()) {
                listener.outbox.push_if_room(Some(self.id), frame.clone());
            }
        }
    }

    /// Notes where a listener follows from. True when that is new.
    pub fn set_site(&mut self, socket: u64, site: Site) -> bool {
        match self.listeners.get_mut(&socket) {
            Some(listener) if listener.site != site => {
                listener.site = site;
                true
            }
            _ => false,
        }
    }

    /// May this listener's typing be passed on now? At most once in 3 s, in rooms of at most 50.
    pub fn may_tell_typing(&mut self, socket: u64, now: Instant) -> bool {
        if self.listeners.len() > 50 {
            return false;
        }
        let Some(listener) = self.listeners.get_mut(&socket) else { return false };
        if listener.typed.is_some_and(|at| now.duration_since(at) < Duration::from_secs(3)) {
            return false;
        }
        listener.typed = Some(now);
        true
    }

    /// Plans one presence message; true when the caller has to send it in a second.
    pub fn plan_presence(&mut self) -> bool {
        !std::mem::replace(&mut self.presence_planned, true)
    }

    /// Notes that who is present here changed.
    pub fn presence_changed(&mut self) {
        self.presence_untold = true;
    }

    /// The presence message that was planned is due. True when other nodes have to be told, too.
    pub fn presence_is_due(&mut self) -> bool {
        self.presence_planned = false;
        std::mem::take(&mut self.presence_untold)
    }

    /// Plans a look at the log for what is missing; true when the caller has to see to it.
    pub fn plan_catch_up(&mut self) -> bool {
        !std::mem::replace(&mut self.catch_up_planned, true)
    }

    /// The look that was planned is due: true when something is still missing.
    pub fn catch_up_is_due(&mut self) -> bool {
        self.catch_up_planned = false;
        !self.early.is_empty()
    }

    /// Every member who listens, once for each connection. Without an account nobody is present, nor with a connection
    /// that is being closed.
    pub fn present(&self) -> impl Iterator<Item = Present> {
        self.listeners
            .values()
            .filter(|listener| !listener.outbox.is_closing())
            .filter_map(|listener| Some(Present::of(listener.outbox.actor.member().ok()?, listener.site)))
    }

    /// Every listener and its audience.
    pub fn audiences(&self) -> Vec<(Arc<Outbox>, Audience)> {
        self.listeners.values().map(|listener| (listener.outbox.clone(), listener.audience)).collect()
    }
}

#[cfg(test)]
mod tests;
