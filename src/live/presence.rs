//! Who is in a room, counted.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::kinds::Site;

/// Members present, each once however many devices they use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    pub hall: usize,
    pub online: usize,
    pub by_constituency: BTreeMap<String, usize>,
}

/// Counts (member, constituency, site). Someone with one device in the hall is in the hall.
pub fn count<'a>(present: impl Iterator<Item = (Uuid, &'a str, Site)>) -> Counts {
    let mut members: HashMap<Uuid, (&str, Site)> = HashMap::new();
    for (member, constituency, site) in present {
        let entry = members.entry(member).or_insert((constituency, site));
        if site == Site::Hall {
            entry.1 = Site::Hall;
        }
    }
    let mut counts = Counts::default();
    for (constituency, site) in members.into_values() {
        match site {
            Site::Hall => counts.hall += 1,
            Site::Online => counts.online += 1,
        }
        *counts.by_constituency.entry(constituency.to_owned()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn everyone_counts_once(present in prop::collection::vec((0..20u128, any::<bool>()), 0..60)) {
            let sites = |hall: bool| if hall { Site::Hall } else { Site::Online };
            let counts = count(present.iter().map(|(m, hall)| {
                (Uuid::from_u128(*m), if m % 2 == 0 { "workers" } else { "employers" }, sites(*hall))
            }));
            let distinct: std::collections::HashSet<_> = present.iter().map(|(m, _)| m).collect();
            prop_assert_eq!(counts.hall + counts.online, distinct.len());
            prop_assert_eq!(counts.by_constituency.values().sum::<usize>(), distinct.len());
            let in_hall: std::collections::HashSet<_> = present.iter().filter(|p| p.1).map(|(m, _)| m).collect();
            prop_assert_eq!(counts.hall, in_hall.len());
        }
    }
}
