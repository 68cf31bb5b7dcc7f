//! Who is in a room, counted.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::domain::kinds::Site;
use crate::kernel::log::event::Present;

/// A node that was not heard of for this long counts nobody.
pub const EXPIRES: Duration = Duration::from_secs(10);

/// Nodes that are believed to have somebody in one room.
const NODES_MAX: usize = 100;

/// Members present, each once however many devices they use. By constituency are those who speak for one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    pub hall: usize,
    pub online: usize,
    pub by_constituency: BTreeMap<String, usize>,
}

/// Counts members, each once, as [`merged`] gives them.
pub fn count<'a>(members: impl Iterator<Item = &'a Present>) -> Counts {
    let mut counts = Counts::default();
    for present in members {
        match present.site {
            Site::Hall => counts.hall += 1,
            Site::Online => counts.online += 1,
        }
        if present.speaks {
            *counts.by_constituency.entry(present.constituency.clone()).or_default() += 1;
        }
    }
    counts
}

/// Each member once. Someone with one device in the hall is in the hall.
pub fn merged(present: impl Iterator<Item = Present>) -> Vec<Present> {
    let mut members: HashMap<Uuid, Present> = HashMap::new();
    for one in present {
        let known = members.entry(one.member).or_insert_with(|| one.clone());
        if one.site == Site::Hall {
            known.site = Site::Hall;
        }
    }
    let mut members: Vec<Present> = members.into_values().collect();
    members.sort_unstable_by_key(|one| one.member);
    members
}

/// Who is present on other nodes, as each of them said last: room → node.
#[derive(Debug, Default)]
pub struct RemotePresence(HashMap<Uuid, HashMap<Uuid, (Instant, Vec<Present>)>>);

impl RemotePresence {
    /// Takes what a node says of a room. True when that is new.
    pub fn set(&mut self, room: Uuid, node: Uuid, members: Vec<Present>, now: Instant) -> bool {
        let nodes = self.0.entry(room).or_default();
        if nodes.len() >= NODES_MAX && !nodes.contains_key(&node) {
            return false;
        }
        if members.is_empty() {
            let was_there = nodes.remove(&node).is_some();
            if nodes.is_empty() {
                self.0.remove(&room);
            }
            return was_there;
        }
        let before = nodes.insert(node, (now, members));
        before.is_none_or(|(_, before)| Some(&before) != nodes.get(&node).map(|(_, members)| members))
    }

    /// Everyone who is in a room on another node.
    pub fn present(&self, room: Uuid) -> impl Iterator<Item = Present> {
        self.0.get(&room).into_iter().flat_map(HashMap::values).flat_map(|(_, members)| members).cloned()
    }

    /// Forgets what is too old, and all of a node that is gone. Returns the rooms that changed.
    pub fn expire(&mut self, now: Instant, gone: Option<Uuid>) -> Vec<Uuid> {
        let mut changed = Vec::new();
        self.0.retain(|room, nodes| {
            let before = nodes.len();
            nodes.retain(|node, (at, _)| Some(*node) != gone && now.duration_since(*at) < EXPIRES);
            if nodes.len() != before {
                changed.push(*room);
            }
            !nodes.is_empty()
        });
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn present(member: u128, site: Site) -> Present {
        Present { member: Uuid::from_u128(member), constituency: "workers".into(), speaks: true, site }
    }

    #[test]
    fn other_nodes_are_heard_of_and_forgotten() {
        let (mut elsewhere, start) = (RemotePresence::default(), Instant::now());
        let [room, a, b] = [1, 2, 3].map(Uuid::from_u128);
        let (ana, ben) = (present(11, Site::Online), present(12, Site::Hall));
        assert!(elsewhere.set(room, a, vec![ana.clone()], start));
        assert!(!elsewhere.set(room, a, vec![ana.clone()], start), "nothing new");
        assert!(elsewhere.set(room, b, vec![present(11, Site::Hall), ben.clone()], start + EXPIRES / 2));
        let everyone = merged(elsewhere.present(room));
        assert_eq!(everyone, [present(11, Site::Hall), ben]);
        // One is silent for too long; the other says that it stops.
        assert_eq!(elsewhere.expire(start + EXPIRES, None), [room]);
        assert_eq!(elsewhere.present(room).count(), 2);
        assert_eq!(elsewhere.expire(start + EXPIRES, Some(b)), [room]);
        assert_eq!(elsewhere.present(room).count(), 0);
        assert!(!elsewhere.set(room, a, Vec::new(), start), "nobody as before");
        assert!(elsewhere.0.is_empty());
    }

    proptest! {
        #[test]
        fn everyone_counts_once(present in prop::collection::vec((0..20u128, any::<bool>()), 0..60)) {
            let sites = |hall: bool| if hall { Site::Hall } else { Site::Online };
            let everyone = present.iter().map(|(m, hall)| Present {
                constituency: if m % 2 == 0 { "workers".into() } else { "employers".into() },
                speaks: m % 3 > 0,
                ..self::present(*m, sites(*hall))
            });
            let counts = count(merged(everyone).iter());
            let distinct: std::collections::HashSet<_> = present.iter().map(|(m, _)| m).collect();
            prop_assert_eq!(counts.hall + counts.online, distinct.len());
            let speaking = distinct.iter().filter(|m| ***m % 3 > 0).count();
            prop_assert_eq!(counts.by_constituency.values().sum::<usize>(), speaking);
            let in_hall: std::collections::HashSet<_> = present.iter().filter(|p| p.1).map(|(m, _)| m).collect();
            prop_assert_eq!(counts.hall, in_hall.len());
        }
    }
}
