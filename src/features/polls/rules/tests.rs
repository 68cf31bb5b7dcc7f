use proptest::prelude::*;

use super::results::gcd;
use super::*;
use crate::features::polls::rules::{Consensus, Position};
use crate::features::polls::suppression::{self, GROUP_MIN, UNCONFIRMED};

mod properties;

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
