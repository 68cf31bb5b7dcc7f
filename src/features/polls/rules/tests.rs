use proptest::prelude::*;

use super::results::gcd;
use super::*;
use crate::features::polls::rules::{Consensus, Position};
use crate::features::polls::suppression::{self, GROUP_MIN, UNCONFIRMED};

const BARE: Shape = Shape {
    kind: PollKind::Single,
    options: 3,
    scale_max: None,
    max_choices: None,
    secret: false,
    visible: false,
    positions: false,
};

fn parties() -> Vec<String> {
    ["workers", "employers", "government"].map(str::to_owned).into()
}

fn row(constituency: &str, eligible: u32, counts: &[u32]) -> Row {
    let cell = Cell { ballots: counts.iter().sum(), counts: counts.to_vec() };
    Row { constituency: constituency.into(), eligible, cell }
}

/// The rosters of an ILO committee (Provisional Record 12 of 2013): governments, employers, workers.
#[test]
fn weights_are_those_of_the_ilo() {
    for (sizes, expected, lcm) in [
        ([81, 32, 61], [1952, 4941, 2592], 158_112),
        ([103, 45, 66], [990, 2266, 1545], 101_970),
        ([105, 48, 72], [48, 105, 70], 5_040),
        ([109, 46, 71], [3266, 7739, 5014], 355_994),
        ([109, 45, 71], [3195, 7739, 4905], 348_255),
    ] {
        assert_eq!(weights(&sizes), Some((lcm, expected.to_vec())), "{sizes:?}");
    }
    assert_eq!(weights(&[12, 0, 7]), None, "nobody has no weight");
    assert_eq!(weights(&[]), None);
    assert_eq!(weights(&[1, 1, 1]), Some((1, vec![1, 1, 1])));
}

#[test]
fn a_large_party_does_not_bury_a_small_one() {
    // 81 governments say yes, 32 employers and 61 workers say no.
    let rows =
        [row("workers", 61, &[0, 61]), row("employers", 32, &[0, 32]), row("government", 81, &[81, 0])];
    let equal = weighted(&rows, &parties(), true).unwrap();
    assert_eq!(equal.votes, ["158112", "316224"]);
    assert_eq!((equal.total.as_str(), equal.permille), ("474336", vec![333, 667]));
    assert_eq!(
        equal.weights[2],
        Weight { constituency: "government".into(), members: 81, weight: "1952".into() }
    );
    // A party that is not shown could be computed back.
    assert_eq!(weighted(&rows[..2], &parties(), true), None);
}

#[test]
fn shapes_that_fit_together() {
    let multiple = Shape { kind: PollKind::Multiple, ..BARE };
    let scale = Shape { kind: PollKind::Scale, options: 0, scale_max: Some(5), ..BARE };
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
    for (shape, expected) in [
        (BARE, Ok(())),
        (Shape { options: 1, ..BARE }, Err(("options", FieldCode::OutOfRange))),
        (Shape { options: 13, ..BARE }, Err(("options", FieldCode::OutOfRange))),
        (Shape { max_choices: Some(2), ..BARE }, Err(("max_choices", FieldCode::OutOfRange))),
        (Shape { max_choices: Some(2), ..multiple }, Ok(())),
        (Shape { max_choices: Some(4), ..multiple }, Err(("max_choices", FieldCode::OutOfRange))),
        (scale, Ok(())),
        (Shape { options: 2, scale_max: Some(10), ..scale }, Ok(())),
        (Shape { options: 1, ..scale }, Err(("options", FieldCode::OutOfRange))),
        (Shape { scale_max: Some(11), ..scale }, Err(("scale_max", FieldCode::OutOfRange))),
        (Shape { scale_max: None, ..scale }, Err(("scale_max", FieldCode::Required))),
        (Shape { scale_max: Some(5), ..BARE }, Err(("scale_max", FieldCode::OutOfRange))),
        (Shape { positions: true, ..sense }, Ok(())),
        (
            Shape { positions: true, secret: true, ..sense },
            Err(("positions_public", FieldCode::NotWithSecret)),
        ),
        (Shape { positions: true, ..BARE }, Err(("positions_public", FieldCode::SenseCheckOnly))),
        (Shape { secret: true, visible: true, ..BARE }, Err(("visible", FieldCode::NotWithSecret))),
        (Shape { options: 3, ..sense }, Err(("options", FieldCode::OutOfRange))),
    ] {
        assert_eq!(
            shape.validate(),
            expected.map_err(|(field, code)| FieldError::new(field, code)),
            "{shape:?}"
        );
    }
    assert_eq!((BARE.columns(), scale.columns(), sense.columns()), (3, 5, 3));
}

#[test]
fn ballots_that_fit_the_poll() {
    let options = |options: &[i64]| BallotInput { options: Some(options.into()), ..BallotInput::default() };
    let value = |value| BallotInput { value: Some(value), ..BallotInput::default() };
    let stance = |stance, reason: &str| BallotInput {
        stance: Some(stance),
        reason: Some(reason.into()),
        ..BallotInput::default()
    };
    let multiple = Shape { kind: PollKind::Multiple, max_choices: Some(2), ..BARE };
    let approval = Shape { kind: PollKind::Approval, ..BARE };
    let scale = Shape { kind: PollKind::Scale, options: 0, scale_max: Some(5), ..BARE };
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
    let secret = Shape { secret: true, ..sense };
    for (shape, ballot, expected) in [
        (BARE, options(&[2]), Ok(0b100)),
        (BARE, options(&[]), Err(("options", FieldCode::Required))),
        (BARE, options(&[0, 1]), Err(("options", FieldCode::TooMany))),
        (BARE, options(&[3]), Err(("options", FieldCode::OutOfRange))),
        (BARE, options(&[-1]), Err(("options", FieldCode::OutOfRange))),
        (BARE, value(1), Err(("options", FieldCode::Required))),
        (multiple, options(&[2, 0]), Ok(0b101)),
        (multiple, options(&[0, 0]), Err(("options", FieldCode::Twice))),
        (multiple, options(&[0, 1, 2]), Err(("options", FieldCode::TooMany))),
        (approval, options(&[]), Ok(0)),
        (approval, options(&[0, 1, 2]), Ok(0b111)),
        (scale, value(5), Ok(0b10000)),
        (scale, value(6), Err(("value", FieldCode::OutOfRange))),
        (scale, value(0), Err(("value", FieldCode::OutOfRange))),
        (scale, options(&[1]), Err(("value", FieldCode::Required))),
        (sense, stance(Stance::Agree, ""), Ok(0b001)),
        (sense, stance(Stance::CanLiveWith, " "), Ok(0b010)),
        (sense, stance(Stance::Object, "Too costly"), Ok(0b100)),
        (sense, stance(Stance::Object, ""), Err(("reason", FieldCode::Required))),
        (sense, stance(Stance::Agree, "Very good"), Err(("reason", FieldCode::OnlyWithObjection))),
        (sense, stance(Stance::Object, &"长".repeat(501)), Err(("reason", FieldCode::TooLong))),
        (secret, stance(Stance::Object, ""), Ok(0b100)),
        (secret, stance(Stance::Object, "Mine"), Err(("reason", FieldCode::NotWithSecret))),
        (sense, value(1), Err(("stance", FieldCode::Required))),
    ] {
        let checked = shape.check_ballot(&ballot).map(|ballot| ballot.choices);
        assert_eq!(checked, expected.map_err(|(field, code)| FieldError::new(field, code)), "{ballot:?}");
    }
}

#[test]
fn missing_is_who_is_away_and_has_not_answered() {
    let voters =
        |away: usize| (0..10).map(move |n| ("workers", n < away)).chain([("un", false), ("un", false)]);
    assert_eq!(missing(voters(2), 20), []);
    let found = MissingVoters { constituency: "workers".into(), eligible: 10, missing: 3 };
    assert_eq!(missing(voters(3), 20), std::slice::from_ref(&found));
    assert_eq!(missing(voters(3), 0), [found]);
    assert_eq!(missing(voters(10), 100), []);
}

/// Answers (agree, can live with, object) of a party of ten.
#[test]
fn positions_of_parties() {
    for (counts, expected) in [
        ([10, 0, 0], Position::Agrees),
        ([4, 6, 0], Position::CanLiveWith),
        ([5, 0, 0], Position::Agrees),
        ([4, 0, 0], Position::Silent),
        ([0, 0, 0], Position::Silent),
        ([8, 0, 2], Position::Agrees),
        ([7, 0, 3], Position::Divided),
        ([6, 0, 4], Position::Divided),
        ([5, 0, 5], Position::Objects),
        ([0, 0, 10], Position::Objects),
    ] {
        assert_eq!(party_position(&row("workers", 10, &counts)), expected, "{counts:?}");
    }
    assert_eq!(party_position(&row("workers", 1, &[0, 0, 1])), Position::Objects);
    assert_eq!(party_position(&row("workers", 1, &[1, 0, 0])), Position::Agrees);
}

#[test]
fn consensus_is_that_no_party_objects() {
    use Position as P;
    for (positions, expected) in [
        (&[P::Agrees, P::CanLiveWith, P::Agrees][..], Consensus::Convergent),
        (&[P::Agrees, P::Objects, P::Agrees], Consensus::Contested),
        (&[P::Objects, P::Divided, P::Silent], Consensus::Opposed),
        (&[P::Agrees, P::Divided, P::Agrees], Consensus::Open),
        (&[P::Agrees, P::Silent, P::Agrees], Consensus::Open),
        (&[P::Agrees, P::Withheld, P::Agrees], Consensus::Withheld),
        (&[P::Objects, P::Withheld, P::Agrees], Consensus::Contested),
        (&[], Consensus::Open),
    ] {
        assert_eq!(consensus(positions), expected, "{positions:?}");
    }
}

#[test]
fn a_small_delegation_is_protected_unless_its_position_is_public() {
    let rows =
        [row("workers", 12, &[9, 3, 0]), row("employers", 10, &[2, 8, 0]), row("government", 2, &[0, 0, 2])];
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
    let objections = || vec![("government".to_owned(), "No budget".to_owned())];
    let shown = || suppression::shown(&rows, &parties());
    let protected = results(&sense, &rows, shown(), &parties(), objections());
    let outcome = protected.consensus.unwrap();
    assert_eq!(outcome.state, Consensus::Withheld);
    let positions: Vec<Position> = outcome.parties.iter().map(|party| party.position).collect();
    assert_eq!(positions, [Position::Agrees, Position::Withheld, Position::Withheld]);
    assert_eq!(protected.equal_strength, None);
    // Government and employers are shown together.
    let unlabelled = Objection { constituency: None, unconfirmed: false, reason: "No budget".into() };
    assert_eq!(protected.objections, std::slice::from_ref(&unlabelled));

    let public = Shape { positions: true, ..sense };
    let public = results(&public, &rows, shown(), &parties(), objections());
    let outcome = public.consensus.unwrap();
    assert_eq!(outcome.state, Consensus::Contested);
    assert_eq!(outcome.parties[2].position, Position::Objects);
    // The numbers stay protected, and so does who said what.
    assert_eq!(public.objections, [unlabelled]);
    assert_eq!(public.rows, protected.rows);
}

#[test]
fn an_objection_of_a_group_in_no_block_is_not_shown() {
    // A lone adviser and one worker object.
    let rows = [
        row("workers", 5, &[4, 0, 1]),
        row("employers", 5, &[5, 0, 0]),
        row("government", 5, &[5, 0, 0]),
        row("un", 1, &[0, 0, 1]),
        row(UNCONFIRMED, 4, &[0, 0, 4]),
    ];
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
    let given = |group: &str, reason: &str| (group.to_owned(), reason.to_owned());
    let objections =
        vec![given("un", "Lone"), given("workers", "Worker"), given(UNCONFIRMED, "Nobody knows")];
    for positions in [false, true] {
        let shape = Shape { positions, ..sense };
        let results =
            results(&shape, &rows, suppression::shown(&rows, &parties()), &parties(), objections.clone());
        let of_workers =
            Objection { constituency: Some("workers".into()), unconfirmed: false, reason: "Worker".into() };
        assert_eq!(results.objections, [of_workers]);
        assert_eq!((results.unconfirmed, results.total.unwrap().ballots), (None, 15));
    }
}

#[test]
fn who_is_not_confirmed_is_counted_apart() {
    let rows =
        [row("workers", 5, &[5, 0, 0]), row("employers", 5, &[5, 0, 0]), row(UNCONFIRMED, 8, &[0, 0, 8])];
    let sense = Shape { kind: PollKind::SenseCheck, options: 0, ..BARE };
    let both = parties()[..2].to_vec();
    let results = results(&sense, &rows, suppression::shown(&rows, &both), &both, Vec::new());
    assert_eq!(results.consensus.unwrap().state, Consensus::Convergent);
    assert_eq!(results.total.unwrap().counts, [10, 0, 0]);
    assert_eq!(results.unconfirmed.unwrap().cell.counts, [0, 0, 8]);
    assert_eq!((results.rows.len(), results.hidden.len()), (2, 0));
}

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

mod hidden;
