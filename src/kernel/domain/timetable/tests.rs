use proptest::prelude::*;

use super::*;
use TimeKind::{Compressible, Fixed, HardStop};

/// Minutes after nine o'clock.
fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn item(n: u128, kind: TimeKind, start: i64, end: i64) -> Item {
    let plan = Span { start: at(start), end: at(end) };
    Item { id: Uuid::from_u128(n), kind, plan, now: plan, began: false, ended: false }
}

fn running(item: Item) -> Item {
    Item { began: true, ..item }
}

fn over(item: Item) -> Item {
    Item { began: true, ended: true, ..item }
}

fn minutes(span: Span) -> (i64, i64) {
    ((span.start - at(0)).num_minutes(), (span.end - at(0)).num_minutes())
}

fn times(table: &Timetable) -> Vec<(i64, i64)> {
    table.slots.iter().map(|slot| minutes(slot.span)).collect()
}

/// The items with the times of a timetable.
fn moved(items: &[Item], table: &Timetable) -> Vec<Item> {
    let slot = |item: &Item| table.slots.iter().find(|slot| slot.id == item.id).unwrap().span;
    items.iter().map(|item| Item { now: slot(item), ..*item }).collect()
}

/// A morning: opening (ended), a talk under way, two more, lunch at a fixed time, an afternoon.
fn morning() -> Vec<Item> {
    vec![
        over(item(1, Fixed, 0, 15)),
        running(item(2, Compressible, 15, 60)),
        item(3, Compressible, 60, 90),
        item(4, HardStop, 90, 120),
        item(5, Fixed, 120, 180),
        item(6, Compressible, 180, 240),
    ]
}

#[test]
fn delays_of_a_morning() {
    let warning = |session, before, minutes| Warning {
        kind: TimetableWarning::Overlap,
        session: Uuid::from_u128(session),
        before: Some(Uuid::from_u128(before)),
        minutes,
    };
    let lunch = (120, 180);
    let after = (180, 240);
    // delay, (talk, second, third), warnings
    type Row = (i32, [(i64, i64); 3], Vec<Warning>);
    let table: [Row; 6] = [
        (0, [(15, 60), (60, 90), (90, 120)], vec![]),
        (5, [(15, 65), (65, 90), (90, 120)], vec![]),
        // The second gives all that it can: 18 of 30 minutes are left.
        (12, [(15, 72), (72, 90), (90, 120)], vec![]),
        (20, [(15, 80), (80, 98), (98, 120)], vec![]),
        (24, [(15, 84), (84, 102), (102, 120)], vec![]),
        // The third keeps 18 minutes and its end, so the second runs into it.
        (40, [(15, 100), (100, 118), (102, 120)], vec![warning(4, 3, 16)]),
    ];
    for (delay, [talk, second, third], warnings) in table {
        let made = shift(&morning(), delay).unwrap();
        assert_eq!(times(&made), [(0, 15), talk, second, third, lunch, after], "{delay}");
        assert_eq!(made.warnings, warnings, "{delay}");
        assert_eq!(made.late_minutes, i64::from(delay));
    }
}

#[test]
fn what_runs_through_lunch_delays_the_afternoon_too() {
    let items =
        [running(item(1, Compressible, 0, 60)), item(2, Fixed, 60, 90), item(3, Compressible, 90, 120)];
    let made = shift(&items, 45).unwrap();
    assert_eq!(times(&made), [(0, 105), (60, 90), (105, 123)]);
    assert_eq!(made.warnings.len(), 1);
    assert_eq!((made.warnings[0].session, made.warnings[0].minutes), (items[1].id, 45));
}

#[test]
fn pauses_take_up_delay() {
    let items = [
        running(item(1, Compressible, 0, 60)),
        item(2, Compressible, 80, 100),
        item(3, Compressible, 1500, 1560),
    ];
    assert_eq!(times(&shift(&items, 12).unwrap()), [(0, 72), (80, 100), (1500, 1560)]);
    assert_eq!(times(&shift(&items, 30).unwrap()), [(0, 90), (90, 102), (1500, 1560)]);
}

#[test]
fn what_overlaps_by_plan_goes_on_to_overlap() {
    let items = [running(item(1, Compressible, 0, 60)), item(2, Compressible, 30, 90)];
    assert_eq!(times(&shift(&items, 0).unwrap()), [(0, 60), (30, 90)]);
    assert_eq!(times(&shift(&items, 10).unwrap()), [(0, 70), (40, 90)]);
}

#[test]
fn before_the_first_session_the_delay_falls_on_it() {
    let items = [item(1, Compressible, 0, 60), item(2, Compressible, 60, 120)];
    let made = shift(&items, 12).unwrap();
    assert_eq!((times(&made), made.late_minutes), (vec![(12, 60), (60, 120)], 12));
    // One that cannot move says so.
    for (kind, delay, expected) in [(Fixed, 12, 12), (HardStop, 12, 0), (HardStop, 30, 6)] {
        let made = shift(&[item(1, kind, 0, 60)], delay).unwrap();
        let warned: Vec<_> = made.warnings.iter().map(|warning| (warning.kind, warning.minutes)).collect();
        let wanted: Vec<_> =
            (expected > 0).then_some((TimetableWarning::Unmoved, expected)).into_iter().collect();
        assert_eq!(warned, wanted, "{kind} {delay}");
    }
}

#[test]
fn a_session_under_way_that_must_end_on_time_takes_no_delay() {
    for kind in [Fixed, HardStop] {
        let made = shift(&[running(item(1, kind, 0, 60)), item(2, Compressible, 60, 90)], 12).unwrap();
        assert_eq!(times(&made), [(0, 60), (60, 90)]);
        assert_eq!((made.late_minutes, made.warnings[0].kind), (0, TimetableWarning::Unmoved));
    }
}

#[test]
fn delays_add_up_and_are_caught_up() {
    let items = morning();
    let once = moved(&items, &shift(&items, 12).unwrap());
    assert_eq!(late_minutes(&once), 12);
    let twice = shift(&once, 8).unwrap();
    assert_eq!(twice, shift(&items, 20).unwrap());
    assert_eq!(shift(&moved(&items, &twice), -8).unwrap(), shift(&items, 12).unwrap());
    // Nobody begins before the plan.
    assert_eq!(shift(&moved(&items, &twice), -600).unwrap(), shift(&items, 0).unwrap());
    // A session that began late and is short already stays as long as it must.
    let late = [running(Item { now: Span { start: at(50), end: at(86) }, ..item(1, Compressible, 0, 60) })];
    assert_eq!(times(&shift(&late, -600).unwrap()), [(50, 86)]);
}

#[test]
fn nothing_is_left() {
    assert_eq!(shift(&[], 12), None);
    assert_eq!(shift(&[over(item(1, Fixed, 0, 15))], 12), None);
    assert_eq!(late_minutes(&[]), 0);
    // What was passed over is not waited for.
    let items =
        [item(1, Compressible, 0, 15), over(item(2, Compressible, 15, 30)), item(3, Compressible, 30, 60)];
    assert_eq!(times(&shift(&items, 5).unwrap()), [(0, 15), (15, 30), (35, 60)]);
}

/// Up to twelve sessions, some over, at most one under way; some overlap, some leave pauses.
fn any_agenda() -> impl Strategy<Value = Vec<Item>> {
    let one = (0..3usize, -10..40i64, 1..120i64);
    (proptest::collection::vec(one, 1..12), 0..12usize, any::<bool>()).prop_map(|(rows, done, is_running)| {
        let (mut start, mut end) = (0, 0);
        let mut items = Vec::new();
        for (n, (kind, pause, length)) in rows.into_iter().enumerate() {
            start = (end + pause).max(start);
            end = start + length;
            let new = item(n as u128, TimeKind::ALL[kind], start, end);
            items.push(match n {
                n if n < done => over(new),
                n if n == done && is_running => running(new),
                _ => new,
            });
        }
        items
    })
}

proptest! {
    #[test]
    fn the_rules_hold(items in any_agenda(), delay in -600..=600i32, more in 0..=600i32) {
        let Some(made) = shift(&items, delay) else {
            prop_assert!(items.iter().all(|item| item.began) || anchor(&ordered(&items)).is_none());
            return Ok(());
        };
        prop_assert_eq!(made.slots.len(), items.len());
        for (item, now) in items.iter().zip(moved(&items, &made)) {
            let (plan, now) = (item.plan, now.now);
            prop_assert!(now.start >= plan.start, "nothing begins before its time");
            prop_assert!(now.length() >= plan.least() && now.length().num_seconds() > 0);
            prop_assert!(item.began || now.length() <= plan.length(), "nothing that waits becomes longer");
            match item.kind {
                Fixed => prop_assert_eq!(now, plan),
                HardStop => prop_assert_eq!(now.end, plan.end),
                Compressible => {}
            }
            if item.ended {
                prop_assert_eq!(now, item.now, "what is over stays");
            }
        }
        // A longer delay lets nothing begin or end earlier.
        let longer = shift(&items, delay.saturating_add(more)).unwrap();
        for (a, b) in made.slots.iter().zip(&longer.slots) {
            prop_assert!(a.span.start <= b.span.start && a.span.end <= b.span.end);
        }
        prop_assert!((0..=LATE_MAX).contains(&made.late_minutes));
        prop_assert_eq!(late_minutes(&moved(&items, &made)), made.late_minutes);
        // Taken back as a whole, the plan is there again; and nothing depends on the way.
        let back = moved(&items, &shift(&moved(&items, &made), -600).unwrap());
        prop_assert_eq!(&back, &items);
        prop_assert_eq!(shift(&moved(&items, &made), 0).unwrap().slots, made.slots);
    }

    #[test]
    fn who_is_not_warned_about_does_not_run_into_the_next(items in any_agenda(), delay in 0..=600i32) {
        let Some(made) = shift(&items, delay) else { return Ok(()) };
        let rest = moved(&items, &made);
        for pair in rest.windows(2) {
            let planned = (pair[0].plan.end - pair[1].plan.start).max(TimeDelta::zero());
            let overlap = (pair[0].now.end - pair[1].now.start).max(TimeDelta::zero());
            let warned = made.warnings.iter().any(|warning| warning.session == pair[1].id);
            prop_assert!(pair[0].ended || warned || overlap <= planned);
        }
    }
}
