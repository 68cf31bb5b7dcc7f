//! Who is in a room of this node without a socket: who follows by asking again and again, and who left a moment ago.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::kernel::domain::kinds::Site;
use crate::kernel::log::event::Present;

/// Who asked for the log and waits no longer is present for so long: time to ask again.
pub const ASKS_AGAIN: Duration = Duration::from_secs(15);
/// Who left less than this ago may answer what is asked now: phones lock their screens, and networks change.
pub const GRACE: Duration = Duration::from_secs(60);

struct Seen {
    present: Present,
    /// Present until then without a socket.
    asks_until: Option<Instant>,
    /// When the member was here for the last time, as far as is known.
    last: Instant,
}

/// Room → member.
#[derive(Default)]
pub struct Lately(HashMap<Uuid, HashMap<Uuid, Seen>>);

impl Lately {
    /// A member asks for the log of a room, and waits for it until a moment. True when that makes the member present.
    pub fn asks(&mut self, room: Uuid, present: Present, until: Instant, now: Instant) -> bool {
        let until = until + ASKS_AGAIN;
        let members = self.0.entry(room).or_default();
        let before = members.insert(present.member, Seen { present, asks_until: Some(until), last: until });
        before.is_none_or(|before| before.asks_until.is_none_or(|until| until <= now))
    }

    /// A member's socket left a room.
    pub fn left(&mut self, room: Uuid, present: Present, now: Instant) {
        let members = self.0.entry(room).or_default();
        let asks_until = members.get(&present.member).and_then(|seen| seen.asks_until);
        members
            .insert(present.member, Seen { present, asks_until, last: asks_until.unwrap_or(now).max(now) });
    }

    /// Who follows a room by asking.
    pub fn asking(&self, room: Uuid, now: Instant) -> impl Iterator<Item = Present> {
        self.of(room).filter(move |seen| seen.asks_until.is_some_and(|until| until > now)).map(Seen::present)
    }

    /// Who asks, and who left within the last minute.
    pub fn all(&self, room: Uuid, now: Instant) -> impl Iterator<Item = Present> {
        self.of(room).filter(move |seen| seen.last + GRACE > now).map(Seen::present)
    }

    fn of(&self, room: Uuid) -> impl Iterator<Item = &Seen> {
        self.0.get(&room).into_iter().flat_map(HashMap::values)
    }

    /// The rooms that somebody follows by asking.
    pub fn rooms(&self) -> Vec<Uuid> {
        let asked = |members: &HashMap<Uuid, Seen>| members.values().any(|seen| seen.asks_until.is_some());
        self.0.iter().filter(|(_, members)| asked(members)).map(|(room, _)| *room).collect()
    }

    /// A member's rights ended: they are nowhere any more.
    pub fn forget(&mut self, member: Uuid) {
        self.0.values_mut().for_each(|members| {
            members.remove(&member);
        });
    }

    /// Forgets what is too old. Returns the rooms that somebody is present in no more.
    pub fn expire(&mut self, now: Instant) -> Vec<Uuid> {
        let mut changed = Vec::new();
        self.0.retain(|room, members| {
            let mut gone = false;
            members.retain(|_, seen| {
                if seen.asks_until.is_some_and(|until| until <= now) {
                    seen.asks_until = None;
                    gone = true;
                }
                seen.last + GRACE > now
            });
            if gone {
                changed.push(*room);
            }
            !members.is_empty()
        });
        changed
    }
}

impl Seen {
    fn present(&self) -> Present {
        Present { site: Site::Online, ..self.present.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Uuid = Uuid::from_u128(1);

    fn member(id: u128) -> Present {
        let member = Uuid::from_u128(id);
        Present { member, constituency: "workers".into(), speaks: true, site: Site::Online }
    }

    #[test]
    fn who_asks_is_present_until_they_stop_and_counts_for_a_minute_more() {
        let (mut lately, start) = (Lately::default(), Instant::now());
        let wait = Duration::from_secs(25);
        assert!(lately.asks(ROOM, member(7), start + wait, start), "new");
        assert!(!lately.asks(ROOM, member(7), start + wait, start), "known");
        let end = start + wait + ASKS_AGAIN;
        let asking = |lately: &Lately, at| lately.asking(ROOM, at).count();
        assert_eq!((asking(&lately, end - ASKS_AGAIN), asking(&lately, end)), (1, 0));
        assert_eq!(lately.expire(end - ASKS_AGAIN), [] as [Uuid; 0]);
        assert_eq!(lately.expire(end), [ROOM]);
        assert_eq!(lately.expire(end), [] as [Uuid; 0], "once");
        assert_eq!(lately.all(ROOM, end + GRACE - ASKS_AGAIN).count(), 1);
        assert_eq!(lately.all(ROOM, end + GRACE).count(), 0);
        assert!(lately.asks(ROOM, member(7), end, end), "again");
    }

    #[test]
    fn who_left_counts_for_a_minute_and_is_not_present() {
        let (mut lately, start) = (Lately::default(), Instant::now());
        lately.left(ROOM, member(7), start);
        assert_eq!((lately.asking(ROOM, start).count(), lately.all(ROOM, start).count()), (0, 1));
        assert_eq!(lately.all(ROOM, start + GRACE).count(), 0);
        // A socket that leaves does not end the asking of another device.
        lately.asks(ROOM, member(8), start, start);
        lately.left(ROOM, member(8), start);
        assert_eq!(lately.asking(ROOM, start).count(), 1);
        lately.forget(Uuid::from_u128(8));
        assert_eq!(lately.asking(ROOM, start).count(), 0);
        assert_eq!(lately.expire(start + GRACE), [] as [Uuid; 0]);
        assert!(lately.0.is_empty());
    }
}
