//! The bounded queue between the hub and one socket.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytestring::ByteString;
use uuid::Uuid;

use crate::kernel::access::Actor;

/// Frames that may wait.
const FRAMES_MAX: usize = 256;
/// Bytes that may wait.
const BYTES_MAX: usize = 1024 * 1024;

/// Why and how a socket is closed. Codes 4000–4499 mean "connect again", 4500–4999 mean "do not".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    /// The client reads too slowly; it resumes from its number.
    pub fn too_slow() -> Self {
        Self { code: 4008, reason: "too_slow".into() }
    }

    /// The server shuts down; the client waits so long before it connects again.
    pub fn shutting_down(wait_ms: u32) -> Self {
        Self { code: 4012, reason: format!("wait={wait_ms}") }
    }

    /// What the client asked for could not be read; another connection may do better.
    pub fn unavailable() -> Self {
        Self { code: 4013, reason: "unavailable".into() }
    }

    /// The sign-in has ended.
    pub fn signed_out() -> Self {
        Self { code: 4501, reason: "signed_out".into() }
    }

    /// The screen is paired no longer.
    pub fn unpaired() -> Self {
        Self { code: 4504, reason: "unpaired".into() }
    }

    /// The member was banned.
    pub fn banned() -> Self {
        Self { code: 4503, reason: "banned".into() }
    }
}

struct Queue {
    frames: VecDeque<(Option<Uuid>, ByteString)>,
    bytes: usize,
    close: Option<Close>,
    /// The socket was told that something waits and has not come yet.
    woken: bool,
}

/// What waits to be written to one socket, and whose socket it is.
pub struct Outbox {
    pub id: u64,
    pub actor: Actor,
    wake: Box<dyn Fn() + Send + Sync>,
    queue: Mutex<Queue>,
}

impl Outbox {
    /// `wake` makes the socket call [`Outbox::take`] soon; it must not block.
    pub fn new(id: u64, actor: Actor, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        let queue = Queue { frames: VecDeque::new(), bytes: 0, close: None, woken: false };
        Self { id, actor, wake, queue: Mutex::new(queue) }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, mut queue: MutexGuard<'_, Queue>) {
        let sleeps = !std::mem::replace(&mut queue.woken, true);
        drop(queue);
        if sleeps {
            (self.wake)();
        }
    }

    /// Queues a frame that must arrive. A socket whose queue overflows is closed with 4008.
    pub fn push(&self, room: Option<Uuid>, frame: ByteString) {
        let mut queue = self.queue();
        if queue.close.is_some() {
            return;
        }
        if queue.frames.len() >= FRAMES_MAX || queue.bytes + frame.len() > BYTES_MAX {
            queue.frames = VecDeque::new();
            queue.bytes = 0;
            queue.close = Some(Close::too_slow());
        } else {
            queue.bytes += frame.len();
            queue.frames.push_back((room, frame));
        }
        self.wake(queue);
    }

    /// Queues a frame that may be left out when the client is slow: presence and typing go first.
    pub fn push_if_room(&self, room: Option<Uuid>, frame: ByteString) {
        let mut queue = self.queue();
        if queue.close.is_some() || queue.frames.len() >= FRAMES_MAX / 2 || queue.bytes > BYTES_MAX / 2 {
            return;
        }
        queue.bytes += frame.len();
        queue.frames.push_back((room, frame));
        self.wake(queue);
    }

    /// Takes back what waits for a room: nobody reads on after losing the right to.
    pub fn purge(&self, room: Uuid) {
        let mut queue = self.queue();
        queue.frames.retain(|(of, _)| *of != Some(room));
        queue.bytes = queue.frames.iter().map(|(_, frame)| frame.len()).sum();
    }

    /// Drops what waits and closes the socket.
    pub fn close(&self, close: Close) {
        let mut queue = self.queue();
        if queue.close.is_none() {
            queue.frames = VecDeque::new();
            queue.bytes = 0;
            queue.close = Some(close);
            self.wake(queue);
        }
    }

    /// True once the socket is to be closed, even when the client is too slow to be told.
    pub fn is_closing(&self) -> bool {
        self.queue().close.is_some()
    }

    /// True once the socket is closed because the member may not come back: signed out, or banned.
    pub fn is_closed_for_good(&self) -> bool {
        self.queue().close.as_ref().is_some_and(|close| close.code >= 4500)
    }

    /// Takes all that waits.
    pub fn take(&self) -> (VecDeque<(Option<Uuid>, ByteString)>, Option<Close>) {
        let mut queue = self.queue();
        queue.woken = false;
        queue.bytes = 0;
        (std::mem::take(&mut queue.frames), queue.close.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn outbox() -> (Outbox, Arc<AtomicUsize>) {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let wake = Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        (Outbox::new(1, Actor::default(), wake), woken)
    }

    #[test]
    fn wakes_once_until_taken() {
        let (outbox, woken) = outbox();
        outbox.push(None, "a".into());
        outbox.push(None, "b".into());
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(outbox.take().0.len(), 2);
        outbox.push(None, "c".into());
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn overflow_closes_and_keeps_nothing() {
        let (outbox, _) = outbox();
        for _ in 0..=FRAMES_MAX {
            outbox.push(None, "x".into());
        }
        let (frames, close) = outbox.take();
        assert!(frames.is_empty());
        assert_eq!(close.unwrap().code, 4008);
        let (outbox, _) = self::outbox();
        outbox.push(None, "x".repeat(BYTES_MAX + 1).into());
        assert_eq!(outbox.take().1.unwrap().code, 4008);
    }

    #[test]
    fn purge_takes_one_room_only() {
        let (outbox, _) = outbox();
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        outbox.push(Some(a), "a".into());
        outbox.push(Some(b), "b".into());
        outbox.purge(a);
        assert_eq!(outbox.take().0, [(Some(b), ByteString::from("b"))]);
    }

    #[test]
    fn presence_goes_first() {
        let (outbox, _) = outbox();
        for _ in 0..FRAMES_MAX {
            outbox.push_if_room(None, "p".into());
        }
        for _ in 0..FRAMES_MAX / 2 {
            outbox.push(None, "e".into());
        }
        let (frames, close) = outbox.take();
        assert_eq!(close, None);
        assert_eq!(frames.len(), FRAMES_MAX);
    }
}
