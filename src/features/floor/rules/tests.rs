//! Examples and properties of the speaking order and of the floor.

mod state;

use proptest::prelude::*;

use super::*;
use crate::features::floor::rules::{FloorKind as K, OrderReason as W};

const MINUTE: i64 = 60_000;

fn id(n: i64) -> Uuid {
    Uuid::from_u128(n as u128)
}

/// A request: kind, constituency, person, when.
fn ask(kind: K, constituency: &str, person: &str, asked: i64) -> Request {
    Request {
        id: id(asked),
        kind,
        person: person.into(),
        constituency: constituency.into(),
        asked,
        interposes: None,
    }
}

fn usual() -> Targets {
    Targets::usual([
        ("workers", true),
        ("employers", true),
        ("government", true),
        ("un", false),
        ("civil_society", false),
    ])
}

fn equal(ids: &[&str]) -> Targets {
    Targets { weights: ids.iter().map(|id| ((*id).to_owned(), 1)).collect() }
}

/// The order as (when asked, why).
fn order(requests: &[Request], spoken: &Spoken, targets: &Targets) -> Vec<(i64, W)> {
    let turns = speaking_order(requests, spoken, targets, 3 * MINUTE);
    turns.iter().map(|turn| (turn.request.as_u128() as i64, turn.why)).collect()
}

#[test]
fn groups_alternate_whoever_asked_first() {
    // The first four are employers; the order of request alone would give them the first 12 minutes.
    let queue = [
        ask(K::Contribution, "employers", "e1", 1),
        ask(K::Contribution, "employers", "e2", 2),
        ask(K::Contribution, "employers", "e3", 3),
        ask(K::Contribution, "employers", "e4", 4),
        ask(K::Contribution, "workers", "w1", 5),
        ask(K::Contribution, "government", "g1", 6),
        ask(K::Contribution, "workers", "w2", 7),
    ];
    let expected = [
        (1, W::AskedFirst),
        (5, W::AskedFirst),
        (6, W::LeastHeard),
        (2, W::AskedFirst),
        (7, W::LeastHeard),
        (3, W::AskedFirst),
        (4, W::Remaining),
    ];
    assert_eq!(order(&queue, &Spoken::default(), &usual()), expected);
}

#[test]
fn what_was_spoken_counts_by_its_target() {
    let queue = [
        ask(K::Contribution, "workers", "w1", 1),
        ask(K::Contribution, "employers", "e1", 2),
        ask(K::Contribution, "un", "u1", 3),
    ];
    // (spoken minutes of workers, employers, un) → order. Advisers have half of a party's part.
    for (minutes, expected) in [
        ([0, 0, 0], [1, 2, 3]),
        ([4, 3, 0], [3, 2, 1]),
        ([4, 3, 1], [3, 2, 1]),
        ([4, 3, 2], [2, 1, 3]),
        ([6, 9, 4], [1, 3, 2]),
        ([10, 10, 5], [1, 2, 3]),
    ] {
        let mut spoken = Spoken::default();
        for (constituency, minutes) in ["workers", "employers", "un"].iter().zip(minutes) {
            spoken.add(constituency, "somebody", minutes * MINUTE);
        }
        let found: Vec<i64> = order(&queue, &spoken, &usual()).iter().map(|(at, _)| *at).collect();
        assert_eq!(found, expected, "{minutes:?}");
    }
}

#[test]
fn within_a_group_who_spoke_least_goes_first() {
    let queue = [
        ask(K::Contribution, "workers", "often", 1),
        ask(K::Question, "workers", "seldom", 2),
        ask(K::Reply, "workers", "never", 3),
        ask(K::Question, "workers", "never", 4),
    ];
    let mut spoken = Spoken::default();
    spoken.add("workers", "often", 9 * MINUTE);
    spoken.add("workers", "seldom", 2 * MINUTE);
    let expected = [(3, W::AskedFirst), (2, W::SpokeLeast), (4, W::SpokeLeast), (1, W::Remaining)];
    assert_eq!(order(&queue, &spoken, &usual()), expected);
}

#[test]
fn points_of_order_go_before_everything() {
    let queue = [
        ask(K::Contribution, "workers", "w1", 1),
        ask(K::PointOfOrder, "employers", "e1", 2),
        ask(K::PointOfOrder, "workers", "w2", 3),
    ];
    let mut spoken = Spoken::default();
    spoken.add("employers", "e2", 30 * MINUTE);
    let expected = [(3, W::PointOfOrder), (2, W::PointOfOrder), (1, W::Remaining)];
    assert_eq!(order(&queue, &spoken, &usual()), expected);
}

#[test]
fn without_a_part_one_speaks_when_nobody_else_waits() {
    let targets = equal(&["workers", "employers"]);
    let queue = [
        ask(K::Contribution, "civil_society", "c1", 1),
        ask(K::Contribution, "workers", "w1", 2),
        ask(K::Contribution, "workers", "w2", 3),
        ask(K::Contribution, "nowhere", "n1", 4),
    ];
    let mut spoken = Spoken::default();
    spoken.add("workers", "w1", 600 * MINUTE);
    let found: Vec<i64> = order(&queue, &spoken, &targets).iter().map(|(at, _)| *at).collect();
    assert_eq!(found, [3, 2, 1, 4]);
}

/// Groups of an ILO committee are of very unequal size: (government, employers, workers), from the
/// Provisional Record 12 of the 102nd Conference.
const ROSTERS: [[usize; 3]; 5] = [[81, 32, 61], [103, 45, 66], [105, 48, 72], [109, 46, 71], [109, 45, 71]];
const GROUPS: [&str; 3] = ["government", "employers", "workers"];

/// Everyone of a roster asks once, all of a group before the next group.
fn everyone(roster: [usize; 3]) -> Vec<Request> {
    let groups = GROUPS.iter().zip(roster).flat_map(|(group, size)| (0..size).map(move |n| (group, n)));
    groups
        .enumerate()
        .map(|(at, (group, n))| ask(K::Contribution, group, &format!("{group} {n}"), at as i64 + 1))
        .collect()
}

fn groups_of(requests: &[Request], targets: &Targets) -> Vec<String> {
    let turns = speaking_order(requests, &Spoken::default(), targets, 3 * MINUTE);
    let of = |turn: &Turn| requests[turn.request.as_u128() as usize - 1].constituency.clone();
    turns.iter().map(of).collect()
}

#[test]
fn the_groups_of_the_ilo_rosters_take_turns_until_the_smallest_is_heard() {
    for roster in ROSTERS {
        let turns = groups_of(&everyone(roster), &equal(&GROUPS));
        assert_eq!(turns.len(), roster.iter().sum::<usize>());
        let (_, employers, workers) = (roster[0], roster[1], roster[2]);
        // Three take turns, then two, then the governments are left among themselves.
        for (at, group) in turns.iter().enumerate() {
            let expected = if at < 3 * employers {
                GROUPS[at % 3]
            } else if at < 3 * employers + 2 * (workers - employers) {
                ["government", "workers"][(at - 3 * employers) % 2]
            } else {
                "government"
            };
            assert_eq!(group, expected, "turn {at} of {roster:?}");
        }
    }
}

#[test]
fn a_plenary_of_two_to_one_to_one() {
    // Article 3 of the Constitution: two government delegates, an employer and a worker.
    let weights = [("government", 2), ("employers", 1), ("workers", 1)];
    let targets = Targets { weights: weights.map(|(id, weight)| (id.to_owned(), weight)).into() };
    let turns = groups_of(&everyone([8, 4, 4]), &targets);
    let first: Vec<&str> = turns.iter().take(8).map(String::as_str).collect();
    let expected = [
        "government",
        "employers",
        "workers",
        "government",
        "government",
        "employers",
        "workers",
        "government",
    ];
    assert_eq!(first, expected);
    for four in turns.chunks(4) {
        assert_eq!(four.iter().filter(|group| *group == "government").count(), 2, "{turns:?}");
    }
}

#[test]
fn a_meeting_of_experts_of_eight_each() {
    // The meeting on the just transition guidelines, October 2015.
    let turns = groups_of(&everyone([8, 8, 8]), &equal(&GROUPS));
    assert!(turns.chunks(3).all(|three| three == GROUPS), "{turns:?}");
}

#[test]
fn no_time_is_too_long_to_compare() {
    let mut spoken = Spoken::default();
    spoken.add("workers", "w", i64::MAX);
    spoken.add("workers", "w", i64::MAX);
    spoken.add("employers", "e", i64::MAX - 1);
    let targets = Targets { weights: [("workers".into(), u32::MAX), ("employers".into(), u32::MAX)].into() };
    let queue = [ask(K::Contribution, "workers", "w", 1), ask(K::Contribution, "employers", "e", 2)];
    let turns = speaking_order(&queue, &spoken, &targets, i64::MAX);
    assert_eq!(turns[0], Turn { request: id(2), why: W::LeastHeard });
}

fn any_requests() -> impl Strategy<Value = Vec<Request>> {
    proptest::collection::vec((0..4usize, 0..5usize, 0..4u8), 0..40).prop_map(|rows| {
        let groups = ["workers", "employers", "government", "un", "civil_society"];
        let make = |(at, (kind, group, person)): (usize, (usize, usize, u8))| {
            ask(K::ALL[kind], groups[group], &format!("{group}-{person}"), at as i64 + 1)
        };
        rows.into_iter().enumerate().map(make).collect()
    })
}

fn any_spoken() -> impl Strategy<Value = Spoken> {
    proptest::collection::vec((0..5usize, 0..4u8, 0..20 * MINUTE), 0..20).prop_map(|rows| {
        let groups = ["workers", "employers", "government", "un", "civil_society"];
        let mut spoken = Spoken::default();
        for (group, person, time) in rows {
            spoken.add(groups[group], &format!("{group}-{person}"), time);
        }
        spoken
    })
}

fn any_targets() -> impl Strategy<Value = Targets> {
    proptest::array::uniform5(0..6u32).prop_map(|weights| {
        let groups = ["workers", "employers", "government", "un", "civil_society"];
        Targets { weights: groups.iter().map(|id| (*id).to_owned()).zip(weights).collect() }
    })
}

proptest! {
    /// Everyone has one place, and the order in which the requests are given does not matter.
    #[test]
    fn a_permutation_that_depends_on_nothing_else(
        requests in any_requests(), spoken in any_spoken(), targets in any_targets(), turn in 0..40usize,
    ) {
        let order = speaking_order(&requests, &spoken, &targets, 3 * MINUTE);
        let mut ids: Vec<Uuid> = order.iter().map(|turn| turn.request).collect();
        ids.sort_unstable();
        let mut expected: Vec<Uuid> = requests.iter().map(|request| request.id).collect();
        expected.sort_unstable();
        prop_assert_eq!(ids, expected);
        let mut turned = requests.clone();
        turned.rotate_left(turn.checked_rem(requests.len()).unwrap_or(0));
        turned.reverse();
        prop_assert_eq!(speaking_order(&turned, &spoken, &targets, 3 * MINUTE), order);
    }

    /// When the first has spoken for the assumed time, the others are still in the same order.
    #[test]
    fn the_order_is_stable_as_it_is_worked_off(
        requests in any_requests(), spoken in any_spoken(), targets in any_targets(),
    ) {
        let order = speaking_order(&requests, &spoken, &targets, 3 * MINUTE);
        let Some(first) = order.first() else { return Ok(()) };
        let (gone, left): (Vec<Request>, Vec<Request>) =
            requests.into_iter().partition(|request| request.id == first.request);
        let mut spoken = spoken;
        spoken.add(&gone[0].constituency, &gone[0].person, 3 * MINUTE);
        prop_assert_eq!(&speaking_order(&left, &spoken, &targets, 3 * MINUTE)[..], &order[1..]);
    }

    #[test]
    fn points_of_order_are_first(
        requests in any_requests(), spoken in any_spoken(), targets in any_targets(),
    ) {
        let order = speaking_order(&requests, &spoken, &targets, 3 * MINUTE);
        let is_order = |turn: &Turn| {
            requests.iter().any(|request| request.id == turn.request && request.kind == K::PointOfOrder)
        };
        let points = requests.iter().filter(|request| request.kind == K::PointOfOrder).count();
        prop_assert!(order.iter().take(points).all(is_order));
    }

    /// Who speaks asks again at once. Still each constituency with a part gets its part, to within
    /// one speech.
    #[test]
    fn no_constituency_starves(weights in proptest::array::uniform5(1..6u32), rounds in 1..6u32) {
        let groups = ["workers", "employers", "government", "un", "civil_society"];
        let targets =
            Targets { weights: groups.iter().map(|id| (*id).to_owned()).zip(weights).collect() };
        let sum: u32 = weights.iter().sum();
        let mut queue: Vec<Request> = (1..)
            .zip(groups)
            .map(|(at, group)| ask(K::Contribution, group, group, at))
            .collect();
        let mut spoken = Spoken::default();
        for at in 0..i64::from(sum * rounds) {
            let first = speaking_order(&queue, &spoken, &targets, MINUTE)[0].request;
            let place = queue.iter().position(|request| request.id == first).unwrap();
            let gone = queue.remove(place);
            spoken.add(&gone.constituency, &gone.person, MINUTE);
            queue.push(ask(K::Contribution, &gone.constituency, &gone.person, 100 + at));
        }
        for (group, weight) in groups.iter().zip(weights) {
            prop_assert_eq!(spoken.of(group), i64::from(weight * rounds) * MINUTE, "{}", group);
        }
    }
}
