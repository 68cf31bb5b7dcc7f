//! What follows from what happens on the floor.

use proptest::prelude::*;

use super::*;

fn settings() -> Settings {
    Settings { open: true, limit_ms: 3 * MINUTE, targets: usual() }
}

#[test]
fn an_interposed_question_interrupts_and_the_speech_goes_on() {
    let mut floor = FloorState::new(settings());
    floor.apply(FloorEvent::Requested(ask(K::Contribution, "workers", "w1", 1)));
    floor.apply(FloorEvent::Requested(ask(K::Contribution, "employers", "e1", 2)));
    let run = |floor: &mut FloorState, events: Vec<FloorEvent>| {
        events.into_iter().for_each(|event| floor.apply(event));
    };
    let given = floor.give(id(1), id(101), 0).unwrap();
    run(&mut floor, given);
    let question = Request { interposes: Some(id(101)), ..ask(K::Question, "government", "g1", 3) };
    floor.apply(FloorEvent::Requested(question.clone()));
    // It is not in the queue: it waits beside it.
    assert_eq!(floor.order().iter().map(|turn| turn.request).collect::<Vec<_>>(), [id(2)]);
    let given = floor.give(id(3), id(103), MINUTE).unwrap();
    assert_eq!(given[0], FloorEvent::Paused { speech: id(101), at: MINUTE });
    run(&mut floor, given);
    // A point of order interrupts even that.
    floor.apply(FloorEvent::Requested(ask(K::PointOfOrder, "employers", "e2", 4)));
    let given = floor.give(id(4), id(104), 2 * MINUTE).unwrap();
    run(&mut floor, given);
    let open: Vec<Uuid> = floor.open().iter().map(|speech| speech.id).collect();
    assert_eq!(open, [id(104), id(103), id(101)]);
    assert_eq!(floor.resume(id(101), 0), Err(Refused::NotNow));
    assert_eq!(floor.pause(id(103), 0), Err(Refused::NotNow));
    for (over, next, at) in [(104, Some(103), 3), (103, Some(101), 4), (101, None, 6)] {
        let ended = floor.end(id(over), at * MINUTE, true).unwrap();
        run(&mut floor, ended);
        assert_eq!(floor.current().map(|speech| speech.id), next.map(id));
        assert!(floor.current().is_none_or(|speech| speech.clock.since() == Some(at * MINUTE)));
    }
    let ran: Vec<i64> = floor.speeches.iter().map(|speech| speech.clock.ran() / MINUTE).collect();
    // One minute and two, with three minutes of interruptions between; one and one; one.
    assert_eq!(ran, [3, 2, 1]);
    assert_eq!(floor.end(id(101), 0, true), Err(Refused::NotNow));
}

#[test]
fn a_question_that_was_never_let_in_waits_in_the_queue_afterwards() {
    let mut floor = FloorState::new(settings());
    floor.apply(FloorEvent::Requested(ask(K::Contribution, "workers", "w1", 1)));
    floor.give(id(1), id(101), 0).unwrap().into_iter().for_each(|event| floor.apply(event));
    let question = Request { interposes: Some(id(101)), ..ask(K::Question, "workers", "w2", 2) };
    floor.apply(FloorEvent::Requested(question.clone()));
    assert_eq!((floor.order(), floor.level(&question)), (vec![], 1));
    floor.end(id(101), MINUTE, true).unwrap().into_iter().for_each(|event| floor.apply(event));
    assert_eq!((floor.order().len(), floor.level(&question)), (1, 0));
}

#[test]
fn the_order_stands_still_while_somebody_speaks() {
    let mut floor = FloorState::new(settings());
    for request in [
        ask(K::Contribution, "workers", "w1", 1),
        ask(K::Contribution, "workers", "w2", 2),
        ask(K::Contribution, "employers", "e1", 3),
        ask(K::Contribution, "government", "g1", 4),
    ] {
        floor.apply(FloorEvent::Requested(request));
    }
    let before: Vec<Uuid> = floor.order().iter().map(|turn| turn.request).collect();
    floor.give(before[0], id(101), 0).unwrap().into_iter().for_each(|event| floor.apply(event));
    let after: Vec<Uuid> = floor.order().iter().map(|turn| turn.request).collect();
    assert_eq!(after, before[1..]);
}

proptest! {
    /// Whatever is done: one speaks at most, and the same events give the same floor.
    #[test]
    fn one_speaks_at_a_time(steps in proptest::collection::vec((0..6u8, 0..8usize, 1..100_000i64), 0..60)) {
        let (mut floor, mut told, mut now) = (FloorState::new(settings()), Vec::new(), 0);
        for (n, (step, which, wait)) in (1..).zip(steps) {
            now += wait;
            let base = floor.open().iter().find(|speech| speech.level == 0).map(|speech| speech.id);
            let waiting = floor.waiting.get(which % floor.waiting.len().max(1)).map(|request| request.id);
            let open = floor.open();
            let speech = open.get(which % open.len().max(1)).map(|speech| speech.id);
            let events = match (step, waiting, speech) {
                (0 | 1, ..) => {
                    let kind = K::ALL[which % 4];
                    let interposes = base.filter(|_| kind == K::Question && which > 3);
                    vec![FloorEvent::Requested(Request { interposes, ..ask(kind, "workers", "w", n) })]
                }
                (2, Some(request), _) => floor.give(request, id(1_000 + n), now).unwrap(),
                (3, _, Some(speech)) => floor.end(speech, now, which % 2 == 0).unwrap(),
                (4, _, Some(speech)) => floor.pause(speech, now).into_iter().collect(),
                (5, _, Some(speech)) => floor.resume(speech, now).into_iter().collect(),
                _ => Vec::new(),
            };
            for event in events {
                floor.apply(event.clone());
                told.push(event);
            }
            let open = floor.open();
            let running: Vec<Uuid> =
                open.iter().filter(|speech| speech.clock.since().is_some()).map(|speech| speech.id).collect();
            prop_assert!(running.len() <= 1, "{:?}", running);
            prop_assert!(running.is_empty() || floor.current().map(|speech| speech.id) == running.first().copied());
            let mut levels: Vec<u8> = open.iter().map(|speech| speech.level).collect();
            levels.dedup();
            prop_assert_eq!(levels.len(), open.len(), "one of each level");
        }
        let time: i64 = floor.speeches.iter().map(|speech| speech.clock.elapsed(now)).sum();
        prop_assert!(time <= now);
        prop_assert_eq!(FloorState::replay(settings(), told), floor);
    }
}
