//! The order of a reply tree: each post before its replies, siblings by number.

use std::collections::HashMap;

use uuid::Uuid;

/// What the order needs to know of a post. The caller lists posts by ascending `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub id: Uuid,
    pub parent: Option<Uuid>,
    pub seq: i64,
}

/// Depth-first order as positions into `nodes`. Without recursion: a tree may be as deep as it
/// is large. A post whose parent is not in the list counts as a root.
pub fn depth_first(nodes: &[Node]) -> Vec<usize> {
    let position: HashMap<Uuid, usize> = nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut roots = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        // A parent is always older than its reply; anything else would be a loop.
        match node.parent.and_then(|parent| position.get(&parent)).filter(|parent| **parent < at) {
            Some(parent) => children[*parent].push(at),
            None => roots.push(at),
        }
    }
    let mut order = Vec::with_capacity(nodes.len());
    let mut stack: Vec<usize> = roots.into_iter().rev().collect();
    while let Some(at) = stack.pop() {
        order.push(at);
        stack.extend(children[at].iter().rev());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128 + 1)
    }

    fn nodes(parents: &[Option<usize>]) -> Vec<Node> {
        let node = |(at, parent): (usize, &Option<usize>)| Node {
            id: id(at),
            parent: parent.map(id),
            seq: at as i64,
        };
        parents.iter().enumerate().map(node).collect()
    }

    #[test]
    fn replies_follow_their_post() {
        // 0 ── 2 ── 4, 0 ── 3, 1
        let order = depth_first(&nodes(&[None, None, Some(0), Some(0), Some(2)]));
        assert_eq!(order, [0, 2, 4, 3, 1]);
    }

    #[test]
    fn a_chain_of_100_000_replies_does_not_overflow() {
        let chain: Vec<_> = (0..100_000usize).map(|n| n.checked_sub(1)).collect();
        assert_eq!(depth_first(&nodes(&chain)).len(), 100_000);
    }

    proptest! {
        #[test]
        fn every_post_once_and_parents_first(raw in prop::collection::vec(any::<u16>(), 1..200)) {
            let parents: Vec<_> = raw.iter().enumerate()
                .map(|(at, r)| (at > 0 && r % 4 != 0).then(|| *r as usize % at.max(1))).collect();
            let order = depth_first(&nodes(&parents));
            let mut seen = order.clone();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..parents.len()).collect::<Vec<_>>());
            for (at, parent) in parents.iter().enumerate() {
                if let Some(parent) = parent {
                    let place = |n: usize| order.iter().position(|o| *o == n).unwrap();
                    prop_assert!(place(*parent) < place(at));
                }
            }
        }
    }
}
