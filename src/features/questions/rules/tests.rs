use super::*;
use proptest::prelude::*;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn support(of: &[(&str, u32)]) -> Support {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// The order of questions 1, 2, 3, … with these supporters, asked in this order.
fn order(present: &[(&str, u32)], supports: &[&[(&str, u32)]]) -> Vec<u128> {
    let standings = supports
        .iter()
        .zip(1..)
        .map(|(of, n)| Standing { id: id(n), seq: n as i64, support: support(of) })
        .collect();
    rank(standings, &support(present)).into_iter().map(|id| id.as_u128()).collect()
}

/// Members present, supporters of each question, and the order that follows.
type Example = (&'static [(&'static str, u32)], &'static [&'static [(&'static str, u32)]], &'static [u128]);

const EXAMPLES: &[Example] = &[
    // Nothing is supported: who asked first.
    (&[("workers", 60), ("employers", 8)], &[&[], &[], &[]], &[1, 2, 3]),
    // All eight employers weigh as much as all sixty workers, and more than thirty.
    (
        &[("workers", 60), ("employers", 8)],
        &[&[("workers", 30)], &[("employers", 8)], &[("workers", 60)]],
        &[2, 3, 1],
    ),
    // A little from each party is more than much from one.
    (
        &[("workers", 60), ("employers", 8), ("government", 12)],
        &[&[("workers", 40)], &[("workers", 20), ("employers", 2), ("government", 3)]],
        &[2, 1],
    ),
    // Thirds that add up to one are exactly one: no rounding tips the order.
    (
        &[("workers", 3), ("employers", 3), ("government", 3), ("un", 7)],
        &[&[("un", 7)], &[("workers", 1), ("employers", 1), ("government", 1)]],
        &[1, 2],
    ),
    (
        &[("workers", 3), ("employers", 3), ("government", 3), ("un", 7)],
        &[&[("workers", 1), ("employers", 1), ("government", 1)], &[("un", 7)]],
        &[1, 2],
    ),
    // The committee of 81 governments, 32 employers and 61 workers: 27/81 = 1/3 is more than 10/32 and
    // than 20/61, and 20/61 is more than 10/32.
    (
        &[("government", 81), ("employers", 32), ("workers", 61)],
        &[&[("employers", 10)], &[("workers", 20)], &[("government", 27)]],
        &[3, 2, 1],
    ),
    // 103, 45 and 66: 15/45 = 22/66 = 1/3 are equal, 34/103 is a little less.
    (
        &[("government", 103), ("employers", 45), ("workers", 66)],
        &[&[("government", 34)], &[("employers", 15)], &[("workers", 22)]],
        &[2, 3, 1],
    ),
    // 105, 48 and 72: 35/105 = 16/48 = 24/72.
    (
        &[("government", 105), ("employers", 48), ("workers", 72)],
        &[&[("government", 35)], &[("employers", 16)], &[("workers", 24)], &[("workers", 25)]],
        &[4, 1, 2, 3],
    ),
    // 109, 46 and 71: 1/46 > 1/71 > 1/109, and 2/109 > 1/71.
    (
        &[("government", 109), ("employers", 46), ("workers", 71)],
        &[&[("government", 1)], &[("workers", 1)], &[("government", 2)], &[("employers", 1)]],
        &[4, 3, 2, 1],
    ),
];

#[test]
fn the_order_follows_from_the_numbers() {
    for (present, supports, expected) in EXAMPLES {
        assert_eq!(order(present, supports), *expected, "{supports:?} of {present:?}");
    }
}

#[test]
fn one_member_counts_once_with_the_first_constituency() {
    let of = |member, constituency: &str| (id(member), constituency.to_owned());
    let given = [of(1, "workers"), of(2, "employers"), of(1, "workers"), of(1, "un"), of(3, "workers")];
    assert_eq!(united(given), support(&[("workers", 2), ("employers", 1)]));
}

#[test]
fn nobody_is_divided_by_less_than_support() {
    let present = support(&[("workers", 2), ("un", 0)]);
    let supports = [support(&[("workers", 3)]), support(&[("employers", 1)])];
    assert_eq!(denominators(present, &supports), support(&[("workers", 3), ("employers", 1)]));
}

#[test]
fn states() {
    use S::{Answered, Parked, Taken, Waiting};
    for (from, to, kind) in [
        (Waiting, Taken, Some(EntryKind::QuestionTaken)),
        (Waiting, Answered, Some(EntryKind::QuestionAnswered)),
        (Waiting, Parked, Some(EntryKind::QuestionParked)),
        (Taken, Answered, Some(EntryKind::QuestionAnswered)),
        (Taken, Waiting, Some(EntryKind::QuestionReturned)),
        (Answered, Parked, Some(EntryKind::QuestionParked)),
        (Answered, Taken, None),
        (Parked, Waiting, Some(EntryKind::QuestionReturned)),
        (Parked, Taken, None),
        (Parked, Answered, None),
    ] {
        assert_eq!(may_pass(from, to), kind, "{from} → {to}");
    }
    for state in S::ALL {
        assert_eq!(may_pass(*state, *state), None);
        assert!(S::ALL.iter().any(|to| may_pass(*state, *to).is_some()), "{state} is a dead end");
    }
}

#[test]
fn merges_are_links_between_heads() {
    let links =
        |of: &[(u128, Option<u128>)]| Merges::new(of.iter().map(|(from, to)| (id(*from), to.map(id))));
    let merges = links(&[(1, None), (2, Some(1)), (3, Some(2)), (4, None)]);
    assert_eq!(merges.head(id(3)), id(1));
    assert_eq!(merges.up(id(3)), [id(3), id(2), id(1)]);
    assert_eq!(merges.tree(id(1)), [id(1), id(2), id(3)]);
    assert_eq!(merges.tree(id(4)), [id(4)]);
    assert_eq!(merges.may_merge(id(1), id(4)), Ok(()));
    assert_eq!(merges.may_merge(id(1), id(1)), Err(NoMerge::Itself));
    assert_eq!(merges.may_merge(id(2), id(4)), Err(NoMerge::Merged));
    assert_eq!(merges.may_merge(id(4), id(2)), Err(NoMerge::IntoMerged));
    assert_eq!(merges.may_merge(id(4), id(9)), Err(NoMerge::Unknown));
}

#[test]
fn a_headline_is_cut_between_words() {
    assert_eq!(headline("What  of\nus?"), "What of us?");
    let long = headline(&"retraining ".repeat(40));
    assert!(long.ends_with("retraining…") && long.chars().count() <= HEADLINE_MAX, "{long}");
    assert_eq!(headline(&"转".repeat(400)).chars().count(), HEADLINE_MAX);
}

fn any_support() -> impl Strategy<Value = Support> {
    prop::collection::btree_map("[a-e]", 0..2_000u32, 0..5)
}

proptest! {
    /// Whatever order the questions come in, everybody gets the same one, and it is a permutation.
    #[test]
    fn the_order_is_the_same_for_everybody(
        supports in prop::collection::vec(any_support(), 0..12), present in any_support(), turn in 0..12usize,
    ) {
        let present = denominators(present, &supports);
        let standings: Vec<Standing> = supports.into_iter().zip(1..)
            .map(|(support, n)| Standing { id: id(n), seq: n as i64, support }).collect();
        let mut turned = standings.clone();
        let len = turned.len().max(1);
        turned.rotate_left(turn % len);
        turned.reverse();
        let order = rank(standings.clone(), &present);
        prop_assert_eq!(&rank(turned, &present), &order);
        let mut ids: Vec<Uuid> = order.clone();
        ids.sort_unstable();
        prop_assert_eq!(ids, standings.iter().map(|s| s.id).collect::<Vec<_>>());
        // As anyone could work it out with fractions.
        let share = |id: &Uuid| -> f64 {
            let of = &standings.iter().find(|s| s.id == *id).unwrap().support;
            of.iter().filter(|(_, n)| **n > 0).map(|(c, n)| f64::from(*n) / f64::from(present[c])).sum()
        };
        for pair in order.windows(2) {
            prop_assert!(share(&pair[0]) > share(&pair[1]) - 1e-9);
        }
    }

    /// No share is above one, and one more supporter never moves a question down.
    #[test]
    fn more_support_never_harms(
        supports in prop::collection::vec(any_support(), 1..8), present in any_support(), which in 0..8usize,
        constituency in "[a-e]",
    ) {
        let which = which % supports.len();
        let mut more = supports.clone();
        *more[which].entry(constituency).or_default() += 1;
        // Divided by the same numbers.
        let present = denominators(present, &more);
        for support in &more {
            prop_assert!(support.iter().all(|(name, count)| *count == 0 || *count <= present[name]));
        }
        let place = |supports: &[Support]| {
            let standings = supports.iter().zip(1..)
                .map(|(support, n)| Standing { id: id(n), seq: n as i64, support: support.clone() }).collect();
            rank(standings, &present).iter().position(|at| *at == id(which as u128 + 1)).unwrap()
        };
        prop_assert!(place(&more) <= place(&supports));
    }

    /// However merges are made and taken back, nobody is counted twice or lost, no circle comes to be,
    /// and taking all of them back leaves what was there.
    #[test]
    fn merges_lose_nobody(
        supporters in prop::collection::vec(prop::collection::hash_set(0..12u128, 0..8), 2..8),
        steps in prop::collection::vec((any::<bool>(), 0..8usize, 0..8usize), 0..24),
    ) {
        let n = supporters.len();
        let given = |ids: &[Uuid]| united(ids.iter().flat_map(|question| {
            let of = &supporters[question.as_u128() as usize - 1];
            of.iter().map(|m| (id(*m), if m % 2 == 0 { "workers" } else { "employers" }.to_owned()))
        }));
        let mut links: Vec<Option<Uuid>> = vec![None; n];
        let merges = |links: &[Option<Uuid>]| Merges::new(links.iter().zip(1..).map(|(to, from)| (id(from), *to)));
        for (merge, a, b) in steps {
            let (a, b) = (a % n, b % n);
            if !merge {
                links[a] = None;
            } else if merges(&links).may_merge(id(a as u128 + 1), id(b as u128 + 1)).is_ok() {
                links[a] = Some(id(b as u128 + 1));
            }
            let now = merges(&links);
            let mut seen = Vec::new();
            for head in (1..=n as u128).map(id).filter(|q| now.head(*q) == *q) {
                let tree = now.tree(head);
                let everyone: HashSet<u128> = tree.iter()
                    .flat_map(|q| supporters[q.as_u128() as usize - 1].iter().copied()).collect();
                prop_assert_eq!(given(&tree).values().sum::<u32>() as usize, everyone.len());
                seen.extend(tree);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (1..=n as u128).map(id).collect::<Vec<_>>());
        }
        let apart = merges(&vec![None; n]);
        for q in (1..=n as u128).map(id) {
            prop_assert_eq!(apart.tree(q), [q]);
            prop_assert_eq!(given(&[q]).values().sum::<u32>() as usize, supporters[q.as_u128() as usize - 1].len());
        }
    }
}
