use proptest::prelude::*;

use super::*;

const IDS: [&str; 5] = ["workers", "employers", "government", "un", "civil_society"];

fn parties() -> Vec<String> {
    IDS[..3].iter().map(|id| (*id).to_owned()).collect()
}

/// A row whose ballots are split over two columns.
fn row(at: usize, eligible: u32, yes: u32, no: u32) -> Row {
    let cell = Cell { ballots: yes + no, counts: vec![yes, no] };
    Row { constituency: IDS[at].into(), eligible, cell }
}

fn names(shown: &Shown) -> (Vec<&str>, Vec<&str>, Option<u32>, Option<u32>) {
    (
        shown.rows.iter().map(|row| row.constituency.as_str()).collect(),
        shown.hidden.iter().map(String::as_str).collect(),
        shown.others.as_ref().map(|others| others.cell.ballots),
        shown.total.as_ref().map(|total| total.ballots),
    )
}

/// Ballots, whose rows are shown, who is hidden, the ballots of the others and of the total.
type Example = ([u32; 5], &'static [&'static str], &'static [&'static str], Option<u32>, Option<u32>);

/// Ballots of the five constituencies → whose rows are shown, who is hidden, others, total.
#[test]
fn example_tables() {
    let table: [Example; 11] = [
        ([28, 22, 10, 6, 5], &IDS, &[], None, Some(71)),
        // Two small ones hide each other.
        ([28, 22, 10, 3, 2], &IDS[..3], &IDS[3..], Some(5), Some(65)),
        // One small one alone could be found by subtraction: the smallest that is no party joins it.
        ([28, 22, 10, 3, 9], &IDS[..3], &IDS[3..], Some(12), Some(72)),
        // Advisers who are too few together hide no party: they are left out.
        ([28, 22, 10, 2, 2], &IDS[..3], &IDS[3..], None, Some(60)),
        ([28, 22, 10, 1, 0], &IDS[..3], &IDS[3..], None, Some(60)),
        // A small party alone takes the smallest other party with it.
        ([28, 4, 10, 0, 0], &["workers"], &IDS[1..], Some(14), Some(42)),
        // A small party joins who is no party, before another party.
        (
            [28, 4, 10, 6, 0],
            &["workers", "government"],
            &["employers", "un", "civil_society"],
            Some(10),
            Some(48),
        ),
        // Who did not answer hides nothing and needs no hiding place.
        ([28, 22, 10, 0, 0], &IDS[..3], &["un", "civil_society"], None, Some(60)),
        ([4, 0, 0, 0, 0], &[], &IDS, None, None),
        ([3, 3, 3, 0, 0], &[], &IDS, Some(9), Some(9)),
        ([0, 0, 0, 0, 0], &[], &IDS, None, None),
    ];
    for (ballots, rows, hidden, others, total) in table {
        let table: Vec<Row> =
            ballots.iter().enumerate().map(|(at, n)| row(at, 30, n.div_ceil(2), n / 2)).collect();
        assert_eq!(
            names(&shown(&table, &parties())),
            (rows.to_vec(), hidden.to_vec(), others, total),
            "{ballots:?}"
        );
    }
}

#[test]
fn a_secret_group_of_one_mind_is_not_shown_alone() {
    let rows = [row(0, 20, 12, 3), row(1, 20, 9, 0), row(2, 20, 5, 5)];
    assert_eq!(names(&shown(&rows, &parties())).0, &IDS[..3]);
    let secret = shown_in_blocks(&rows, &parties(), &[], true);
    assert_eq!(names(&secret), (vec!["workers"], vec!["employers", "government"], Some(19), Some(34)));
    // Where all are of one mind the total says so, and nothing else can be said.
    let rows = [row(0, 20, 12, 0), row(1, 20, 9, 0)];
    assert_eq!(
        names(&shown_in_blocks(&rows, &parties(), &[], true)),
        (vec![], vec!["workers", "employers"], None, Some(21))
    );
}

#[test]
fn after_steps_the_blocks_are_those_of_the_steps() {
    // Three of the UN may answer: whoever they were shown with, they are shown with at the end.
    let rows = [row(0, 30, 5, 4), row(3, 3, 0, 0), row(4, 9, 4, 3)];
    assert_eq!(names(&shown(&rows, &parties())).0, ["workers", "civil_society"]);
    let after = shown_in_blocks(&rows, &parties(), &blocks(&rows, &parties()), false);
    assert_eq!(names(&after), (vec!["workers"], vec!["un", "civil_society"], Some(7), Some(16)));
}

#[test]
fn live_results_run_one_step_behind() {
    let eligible = [row(0, 30, 0, 0), row(3, 3, 0, 0), row(4, 9, 0, 0)];
    let mut live = Live::new(&eligible, &parties());
    let mut given = 0;
    for (step, (new, expected)) in
        [(4, None), (1, None), (4, None), (1, Some(5)), (3, Some(5)), (9, Some(10))].into_iter().enumerate()
    {
        given += new;
        let rows = [row(0, 30, given, 0), row(3, 3, 0, 0), row(4, 9, 0, 0)];
        // Those who answered since the step that waits began.
        let since = live.units[0].waiting.as_ref().map_or(0, |cell| cell.ballots);
        live.advance(&rows, |id, _| if id == "workers" { given - since } else { 0 }, step as i32 + 1);
        let shown = live.shown(&rows);
        assert_eq!(shown.rows.first().map(|row| row.cell.ballots), expected, "step {step}");
        assert_eq!(shown.total.map(|total| total.ballots), expected);
        assert!(shown.hidden.ends_with(&["un".into(), "civil_society".into()]), "{:?}", shown.hidden);
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..12u32, 0..8u32, 0..8u32), 1..6).prop_map(|cells| {
        let rows = cells.into_iter().enumerate();
        rows.map(|(at, (silent, yes, no))| row(at, silent + yes + no, yes, no)).collect()
    })
}

/// Every set of constituencies whose sum follows from what is shown, by adding and subtracting.
fn computable(rows: &[Row], shown: &Shown) -> Vec<Vec<usize>> {
    let place = |id: &String| rows.iter().position(|row| row.constituency == *id).unwrap();
    let mut known: Vec<Vec<i32>> = Vec::new();
    let mut know =
        |ids: Vec<usize>| known.push((0..rows.len()).map(|at| i32::from(ids.contains(&at))).collect());
    shown.rows.iter().for_each(|row| know(vec![place(&row.constituency)]));
    shown.others.iter().for_each(|others| know(others.constituencies.iter().map(place).collect()));
    if shown.total.is_some() {
        let others = shown.others.iter().flat_map(|others| &others.constituencies);
        let all: Vec<usize> =
            shown.rows.iter().map(|row| &row.constituency).chain(others).map(place).collect();
        know(if all.is_empty() { (0..rows.len()).collect() } else { all });
    }
    let mut sets = Vec::new();
    for code in 0..3i32.pow(known.len() as u32) {
        let factor = |k: usize| code / 3i32.pow(k as u32) % 3 - 1;
        let vector: Vec<i32> = (0..rows.len())
            .map(|at| known.iter().enumerate().map(|(k, v)| factor(k) * v[at]).sum())
            .collect();
        if vector.iter().all(|n| matches!(n, 0 | 1)) {
            sets.push((0..rows.len()).filter(|at| vector[*at] == 1).collect());
        }
    }
    sets
}

proptest! {
    /// No subtraction finds a group of fewer than five.
    #[test]
    fn no_small_group_can_be_computed(rows in any_rows(), secret in any::<bool>()) {
        let shown = shown_in_blocks(&rows, &parties(), &[], secret);
        for set in computable(&rows, &shown) {
            let cell = sum(set.iter().map(|at| &rows[*at].cell));
            prop_assert!(matches!(cell.ballots, 0 | GROUP_MIN..), "{set:?} in {shown:?}");
            let all = cell.ballots == rows.iter().map(|row| row.cell.ballots).sum::<u32>();
            prop_assert!(!secret || all || cell.ballots == 0 || !cell.is_unanimous(), "{set:?} in {shown:?}");
        }
    }

    /// What is shown is true, and everybody is somewhere.
    #[test]
    fn nothing_is_lost_or_invented(rows in any_rows(), secret in any::<bool>()) {
        let shown = shown_in_blocks(&rows, &parties(), &[], secret);
        for row in &shown.rows {
            prop_assert!(rows.contains(row));
        }
        prop_assert!(shown.rows.len() + shown.hidden.len() <= rows.len());
        if let Some(total) = &shown.total {
            let left_out = shown.others.is_none() && !shown.rows.is_empty();
            let is_hidden = |row: &&Row| shown.hidden.contains(&row.constituency);
            let all = rows.iter().filter(|row| !left_out || !is_hidden(row));
            prop_assert_eq!(total, &sum(all.map(|row| &row.cell)));
            // Whoever is left out is no party, unless nobody of it answered.
            let absent = |row: &Row| row.cell.ballots == 0 || !parties().contains(&row.constituency);
            prop_assert!(!left_out || rows.iter().filter(is_hidden).all(absent), "{shown:?}");
        }
    }
}

/// A member's ballots: when, and for which column.
type History = Vec<(u32, u32)>;

/// A published sum: of which constituencies, and as of when.
#[derive(Debug, Clone, PartialEq)]
struct Published {
    set: Vec<usize>,
    at: u32,
}

/// An open poll with visible results: everything that it publishes until it ends.
fn play(eligible: &[u32], acts: &[(usize, u32, bool)]) -> (Vec<(usize, History)>, Vec<Published>) {
    let mut voters: Vec<(usize, History)> = Vec::new();
    for (at, n) in eligible.iter().enumerate() {
        voters.extend((0..*n).map(|_| (at, History::new())));
    }
    // The third column is a clock: the time at which a row was counted.
    let count = |voters: &[(usize, History)], now: u32| -> Vec<Row> {
        let mut rows: Vec<Row> = eligible.iter().enumerate().map(|(at, n)| row(at, *n, 0, 0)).collect();
        for row in &mut rows {
            row.cell.counts.push(now);
        }
        for (at, history) in voters {
            if let Some((_, column)) = history.last() {
                rows[*at].cell.ballots += 1;
                rows[*at].cell.counts[*column as usize] += 1;
            }
        }
        rows
    };
    let mut live = Live::new(&count(&voters, 0), &parties());
    let (mut published, mut steps, mut step) = (Vec::new(), vec![0u32], 0);
    let mut note = |shown: &Shown, clock: bool, now: u32| {
        let place = |id: &String| IDS.iter().position(|known| known == id).unwrap();
        let rows = shown.rows.iter().map(|row| (vec![place(&row.constituency)], &row.cell));
        let others = shown.others.iter();
        let others = others.map(|o| (o.constituencies.iter().map(place).collect::<Vec<_>>(), &o.cell));
        for (set, cell) in rows.chain(others) {
            let at = if clock { cell.counts[2] / set.len() as u32 } else { now };
            published.push(Published { set, at });
        }
    };
    for (now, (who, column, pause)) in acts.iter().enumerate() {
        let now = now as u32 + 1;
        let who = *who % voters.len();
        let changes = voters[who].1.last().is_none_or(|(_, before)| before != column);
        if changes {
            voters[who].1.push((now, *column));
        }
        if *pause {
            let rows = count(&voters, now);
            let touched = |id: &str, since: i32| {
                let begin = steps[since as usize];
                let own = voters.iter().filter(|(at, _)| IDS[*at] == id);
                own.filter(|(_, history)| history.last().is_some_and(|(when, _)| *when > begin)).count()
                    as u32
            };
            step += 1;
            live.advance(&rows, touched, step);
            steps.push(now);
            note(&live.shown(&rows), true, now);
        }
    }
    let end = acts.len() as u32;
    let mut rows = count(&voters, end);
    rows.iter_mut().for_each(|row| row.cell.counts.truncate(2));
    note(&shown_in_blocks(&rows, &parties(), &blocks(&rows, &parties()), false), false, end);
    published.dedup();
    (voters, published)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The difference of two results, of whatever moments, is about nobody or about five at least.
    #[test]
    fn no_difference_of_live_results_is_about_a_few(
        eligible in prop::collection::vec(0..14u32, 1..6),
        acts in prop::collection::vec((0..70usize, 0..2u32, any::<bool>()), 1..160),
    ) {
        prop_assume!(eligible.iter().sum::<u32>() > 0);
        let (voters, published) = play(&eligible, &acts);
        for early in &published {
            for late in published.iter().filter(|late| late.at >= early.at) {
                if !early.set.iter().all(|at| late.set.contains(at)) {
                    // Never half of it: then their sums have nobody in common.
                    prop_assert!(early.set.iter().all(|at| !late.set.contains(at)), "{early:?} {late:?}");
                    continue;
                }
                let differ = voters.iter().filter(|(at, history)| {
                    let since = if early.set.contains(at) { early.at } else { 0 };
                    late.set.contains(at) && history.iter().any(|(when, _)| *when > since && *when <= late.at)
                });
                let differ = differ.count() as u32;
                prop_assert!(matches!(differ, 0 | GROUP_MIN..), "{differ}: {early:?} {late:?}");
            }
        }
    }
}
