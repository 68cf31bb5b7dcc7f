use proptest::prelude::*;

use super::*;

proptest! {
    /// Each group weighs the same when all of it votes, and no smaller whole numbers would do.
    #[test]
    fn weights_make_groups_equal(sizes in prop::collection::vec(1..2000u32, 1..6)) {
        let (lcm, weights) = weights(&sizes).unwrap();
        for (size, weight) in sizes.iter().zip(&weights) {
            prop_assert_eq!(u128::from(*size) * weight, lcm);
        }
        prop_assert_eq!(weights.iter().copied().reduce(gcd), Some(1));
    }

    /// A ballot comes back as it was given, in the order of the options.
    #[test]
    fn ballots_round_trip(choices in prop::collection::btree_set(0..5i64, 0..6)) {
        let shape = Shape { kind: PollKind::Approval, options: 5, ..BARE };
        let input = BallotInput { options: Some(choices.into_iter().collect()), ..BallotInput::default() };
        let ballot = shape.check_ballot(&input).unwrap();
        prop_assert_eq!(shape.of_ballot(&ballot), input);
    }

    /// Any ballot is counted once, where it belongs.
    #[test]
    fn every_ballot_is_counted(ballots in prop::collection::vec((0..3usize, 0..8i32), 0..60)) {
        let ids = parties();
        let eligible: Vec<(String, u32)> = ids.iter().map(|id| (id.clone(), 60)).collect();
        let rows = tally(&eligible, 3, ballots.iter().map(|(at, choices)| (ids[*at].as_str(), *choices)));
        for (at, row) in rows.iter().enumerate() {
            prop_assert_eq!(row.cell.ballots as usize, ballots.iter().filter(|(of, _)| *of == at).count());
        }
        let votes: u32 = rows.iter().flat_map(|row| &row.cell.counts).sum();
        prop_assert_eq!(votes, ballots.iter().map(|(_, choices)| choices.count_ones()).sum::<u32>());
    }

    /// One more who agrees never moves a party away from accepting.
    #[test]
    fn agreeing_helps(agree in 0..40u32, can_live in 0..40u32, object in 0..40u32) {
        let rank = |position| match position {
            Position::Objects => 0,
            Position::Divided => 1,
            _ => 2,
        };
        let size = agree + can_live + object;
        prop_assume!(size >= GROUP_MIN);
        let before = party_position(&row("workers", size, &[agree, can_live, object]));
        let after = party_position(&row("workers", size + 1, &[agree + 1, can_live, object]));
        prop_assert!(rank(after) >= rank(before), "{before} {after}");
    }

    /// What is shown of a sense-check without public positions follows from the rows that are shown.
    #[test]
    fn positions_say_no_more_than_the_rows(cells in prop::collection::vec((0..9u32, 0..9u32, 0..9u32), 3)) {
        let ids = parties();
        let rows: Vec<Row> =
            cells.iter().zip(&ids).map(|((a, b, c), id)| row(id, a + b + c, &[*a, *b, *c])).collect();
        let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
        let results = results(&sense, &rows, suppression::shown(&rows, &ids), &ids, Vec::new());
        for party in results.consensus.unwrap().parties {
            let alone = results.rows.iter().any(|row| row.constituency == party.constituency);
            let absent = rows.iter().any(|row| row.constituency == party.constituency && row.eligible == 0);
            prop_assert!(alone || absent || party.position == Position::Withheld);
        }
    }
}
