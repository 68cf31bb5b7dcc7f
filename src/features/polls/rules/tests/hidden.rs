//! What can be found out of groups that are not shown by themselves.

use proptest::prelude::*;

use super::*;

/// Results of a sense-check with an objection, in the same words, for each ballot that objects.
fn published(stances: &[Vec<usize>; 6], positions: bool) -> PollResults {
    let ids = ["workers", "employers", "government", "un", "civil_society", UNCONFIRMED];
    let rows: Vec<Row> = stances
        .iter()
        .zip(ids)
        .map(|(given, id)| {
            let counts =
                [0, 1, 2].map(|column| given.iter().filter(|stance| **stance == column).count() as u32);
            row(id, given.len() as u32, &counts)
        })
        .collect();
    let objections = stances.iter().zip(ids).flat_map(|(given, id)| {
        given.iter().filter(|stance| **stance == 2).map(|_| (id.to_owned(), "No".to_owned()))
    });
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, positions, ..BARE };
    let shown = suppression::shown(&rows, &parties());
    let mut results = results(&sense, &rows, shown, &parties(), objections.collect());
    if positions {
        // What was announced: of a small party where it stands, and nothing else.
        results.consensus = None;
    }
    results
}

fn any_stances() -> impl Strategy<Value = [Vec<usize>; 6]> {
    prop::array::uniform6(prop::collection::vec(0..3usize, 0..8))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever a group that is in no block answers, all that is shown is the same: nothing of it can be computed.
    #[test]
    fn of_a_group_in_no_block_nothing_can_be_computed(stances in any_stances(), turn in 1..3usize, positions: bool) {
        let results = published(&stances, positions);
        let ids = ["workers", "employers", "government", "un", "civil_society", UNCONFIRMED];
        let joined = results.others.as_ref().map_or(&[][..], |others| &others.constituencies);
        for (at, id) in ids.iter().enumerate() {
            let shown = results.rows.iter().any(|row| row.constituency == *id)
                || joined.iter().any(|other| other == id)
                || (*id == UNCONFIRMED && results.unconfirmed.is_some());
            if !shown {
                let mut others = stances.clone();
                others[at].iter_mut().for_each(|stance| *stance = (*stance + turn) % 3);
                prop_assert_eq!(&published(&others, positions), &results);
            }
        }
    }

    /// Of groups that are shown together nobody can tell whose ballot is whose.
    #[test]
    fn groups_that_are_shown_together_cannot_be_told_apart(stances in any_stances()) {
        let results = published(&stances, false);
        let ids = ["workers", "employers", "government", "un", "civil_society"];
        let joined = results.others.as_ref().map_or(&[][..], |others| &others.constituencies);
        let joined: Vec<usize> = (0..5).filter(|at| joined.iter().any(|id| id == ids[*at])).collect();
        for a in &joined {
            for b in &joined {
                if a == b || stances[*a].is_empty() || stances[*b].is_empty() {
                    continue;
                }
                let mut swapped = stances.clone();
                (swapped[*a][0], swapped[*b][0]) = (stances[*b][0], stances[*a][0]);
                prop_assert_eq!(&published(&swapped, false), &results);
            }
        }
    }

    /// Thousandths add up where a ballot names one column, and each is the share rounded up or down.
    #[test]
    fn thousandths_add_up(cells in prop::collection::vec((0..9u32, 0..9u32, 0..9u32), 3)) {
        let ids = parties();
        let rows: Vec<Row> =
            cells.iter().zip(&ids).map(|((a, b, c), id)| row(id, a + b + c, &[*a, *b, *c])).collect();
        if let Some(equal) = weighted(&rows, &ids, true) {
            prop_assert_eq!(equal.permille.iter().sum::<u32>(), 1000);
            let total: f64 = equal.total.parse().unwrap();
            for (votes, shown) in equal.votes.iter().zip(&equal.permille) {
                let exact = votes.parse::<f64>().unwrap() * 1000.0 / total;
                prop_assert!((exact - f64::from(*shown)).abs() < 1.0);
            }
        }
    }
}
