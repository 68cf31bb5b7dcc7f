//! Who may answer, what, and how often.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Hall, choose, times, try_vote, vote, words};
use crate::support::rooms::Person;
use crate::support::socket::{Got, Socket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_is_answered_counted_and_given_back() {
    let hall = Hall::new(&[("workers", 5), ("employers", 5)]).await;
    let object = json!({ "stance": "object", "reason": "Too costly\nfor us" });
    let table: [(Value, Value, Value, Value); 5] = [
        (json!({ "kind": "single" }), choose(&[2]), choose(&[0]), json!([5, 0, 5])),
        (json!({ "kind": "multiple", "max_choices": 2 }), choose(&[0, 2]), choose(&[2]), json!([5, 0, 10])),
        (json!({ "kind": "approval" }), choose(&[0, 1, 2]), choose(&[]), json!([5, 5, 5])),
        (
            json!({ "kind": "scale", "scale_max": 10, "options": [words("Never"), words("At once")] }),
            json!({ "value": 10 }),
            json!({ "value": 1 }),
            json!([5, 0, 0, 0, 0, 0, 0, 0, 0, 5]),
        ),
        (json!({ "kind": "sense_check" }), json!({ "stance": "can_live_with" }), object, json!([0, 5, 5])),
    ];
    for (fields, one, other, expected) in table {
        let poll = hall.open(fields.clone()).await;
        hall.answer(&poll, "workers", &times(5, one.clone())).await;
        hall.answer(&poll, "employers", &times(5, other.clone())).await;
        let seen = hall.of("employers")[0].read(&format!("/polls/{poll}")).await;
        assert_eq!(seen["yours"], json!({ "eligible": true, "voted": true, "ballot": other }), "{fields}");
        let closed = hall.close(&poll).await;
        assert_eq!((&closed["state"], &closed["ballots"]), (&json!("closed"), &json!(10)));
        assert_eq!(closed["results"]["total"], json!({ "ballots": 10, "counts": expected }), "{fields}");
    }
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_ballots_of_one_member_at_once_leave_one() {
    let hall = Hall::new(&[("workers", 1)]).await;
    let person = hall.of("workers")[0];
    let open = hall.open(json!({})).await;
    let secret = hall.open(json!({ "secret": true })).await;
    let answers = join_all((0..50).map(|n| try_vote(person, &open, choose(&[n % 3])))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(hall.stage.server.count(&format!("ballots WHERE poll_id = '{open}'")).await, 1);
    let answers = join_all((0..50).map(|n| try_vote(person, &secret, choose(&[n % 3])))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.code() == (409, "already_voted")).count(), 49);
    let tallies = format!("secret_counts WHERE poll_id = '{secret}' AND votes > 0");
    assert_eq!(hall.stage.server.count(&tallies).await, 1);
    for poll in [&open, &secret] {
        assert_eq!(hall.told(poll, 1).await["ballots"], 1);
        assert_eq!(hall.close(poll).await["ballots"], 1);
    }
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ballot_may_be_changed_until_the_poll_closes() {
    let hall = Hall::new(&[("workers", 5)]).await;
    let poll = hall.open(json!({ "kind": "sense_check" })).await;
    let person = hall.of("workers")[0];
    vote(person, &poll, json!({ "stance": "object", "reason": "Not yet" })).await;
    let changed = vote(person, &poll, json!({ "stance": "agree" })).await;
    assert_eq!(changed["yours"]["ballot"], json!({ "stance": "agree" }), "the reason is gone too");
    hall.answer(&poll, "workers", &times(5, json!({ "stance": "agree" }))).await;
    let results = &hall.close(&poll).await["results"];
    assert_eq!((&results["total"]["counts"], results.get("objections")), (&json!([5, 0, 0]), None));
    assert_eq!(try_vote(person, &poll, json!({ "stance": "agree" })).await.code(), (409, "poll_not_open"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_answer_is_fixed_when_it_opens() {
    let hall = Hall::new(&[("workers", 2)]).await;
    let stage = &hall.stage;
    let late = stage.server.person("Late", "employers").await;
    let observer = stage.with_role("Olaf", "government", "observer").await;
    let writer = stage.server.person("Wim", "employers").await;
    let chat = stage.chair.read(&format!("/sessions/{}", hall.session)).await["thread"].clone();
    writer.say(chat.as_str().unwrap(), "I was here").await;
    let present = stage.server.person("Pia", "government").await;
    let mut socket = Socket::of(&stage.server, &present).await;
    socket.subscribe(&stage.room, None).await;
    let mute = json!({ "minutes": 5, "reason": "off_topic" });
    let muted = hall.of("workers")[1];
    stage.chair.done("PUT", &format!("/rooms/{}/mutes/{}", stage.room, muted.id), mute).await;

    let polls = [
        ("room", hall.open(json!({})).await),
        ("roles", hall.open(json!({ "eligible_rule": "roles" })).await),
        ("present", hall.open(json!({ "eligible_rule": "present" })).await),
    ];
    // What changes afterwards changes nothing.
    stage.chair.appoint(&stage.room, &late, "participant").await;
    let worker = hall.of("workers")[0];
    let path = format!("/rooms/{}/roles/{}", stage.room, worker.id);
    stage.chair.done("DELETE", &path, Value::Null).await;
    socket.vanish();
    let confirm = json!({ "constituency": "un" });
    stage.steward.done("POST", &format!("/members/{}/confirm", muted.id), confirm).await;

    let expected: [(&Person, &[&str]); 7] = [
        (worker, &["room", "roles"]),
        // A mute takes no vote away.
        (muted, &["room", "roles"]),
        (&writer, &["room"]),
        (&present, &["room", "present"]),
        (&stage.chair, &["room", "roles"]),
        (&late, &[]),
        (&observer, &[]),
    ];
    for (rule, poll) in &polls {
        for (person, rules) in expected {
            let answer = try_vote(person, poll, choose(&[0])).await;
            let may = rules.contains(rule);
            let code = if may { (200, "") } else { (403, "not_eligible") };
            assert_eq!(answer.code(), code, "{} in {rule}", person.name);
            let yours = person.read(&format!("/polls/{poll}")).await["yours"].clone();
            assert_eq!((&yours["eligible"], &yours["voted"]), (&json!(may), &json!(may)));
        }
        assert_eq!(
            stage.server.browser().call("PUT", &format!("/polls/{poll}/ballot"), choose(&[0])).await.code().0,
            401
        );
    }
    let of = |constituency: &str| {
        format!("poll_voters WHERE poll_id = '{}' AND constituency = '{constituency}'", polls[0].1)
    };
    assert_eq!(stage.server.count(&of("workers")).await, 2, "for whom they spoke when it opened");
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_answers_from_outside_the_room_or_in_a_closed_one() {
    let hall = Hall::with(json!({ "visibility": "invited" }), &[("workers", 2)]).await;
    let stage = &hall.stage;
    let poll = hall.open(json!({})).await;
    let (gone, worker) = (hall.of("workers")[0], hall.of("workers")[1]);
    stage.chair.done("DELETE", &format!("/rooms/{}/roles/{}", stage.room, gone.id), Value::Null).await;
    assert_eq!(try_vote(gone, &poll, choose(&[0])).await.code(), (404, "not_found"));
    stage.chair.done("PUT", &format!("/rooms/{}/closed", stage.room), json!({ "reason": "other" })).await;
    assert_eq!(try_vote(worker, &poll, choose(&[0])).await.code(), (409, "room_closed"));
    stage.chair.done("DELETE", &format!("/rooms/{}/closed", stage.room), json!({ "reason": "other" })).await;
    vote(worker, &poll, choose(&[0])).await;
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ballots_that_do_not_fit_leave_nothing() {
    let hall = Hall::new(&[("workers", 1)]).await;
    let person = hall.of("workers")[0];
    let single = hall.open(json!({})).await;
    let scale = hall.open(json!({ "kind": "scale" })).await;
    let sense = hall.open(json!({ "kind": "sense_check" })).await;
    let secret = hall.open(json!({ "kind": "sense_check", "secret": true })).await;
    let object = |reason: &str| json!({ "stance": "object", "reason": reason });
    for (poll, ballot, field, code) in [
        (&single, json!({}), "options", "required"),
        (&single, choose(&[]), "options", "required"),
        (&single, choose(&[0, 1]), "options", "too_many"),
        (&single, choose(&[3]), "options", "out_of_range"),
        (&single, json!({ "options": [-1] }), "options", "out_of_range"),
        (&scale, json!({ "value": 6 }), "value", "out_of_range"),
        (&scale, json!({ "value": 0 }), "value", "out_of_range"),
        (&sense, object(""), "reason", "required"),
        (&sense, object(&"长".repeat(501)), "reason", "too_long"),
        (&sense, object("\u{202e}"), "reason", "shows_nothing"),
        (&sense, json!({ "stance": "agree", "reason": "Yes" }), "reason", "only_with_objection"),
        (&secret, object("It is me"), "reason", "not_with_secret"),
    ] {
        let answer = try_vote(person, poll, ballot.clone()).await;
        assert_eq!((answer.status.as_u16(), answer.field(field)), (422, code), "{ballot}");
    }
    for ballot in
        [json!({ "options": "0" }), json!({ "stance": "maybe" }), json!({ "value": 1.5 }), json!([])]
    {
        assert_eq!(try_vote(person, &single, ballot).await.code(), (400, "malformed"));
    }
    assert_eq!(hall.stage.server.count("poll_voters WHERE voted").await, 0);
    assert_eq!(hall.stage.server.count("ballots").await, 0);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_room_is_told_how_many_have_answered_about_once_a_second() {
    let hall = Hall::new(&[("workers", 30)]).await;
    let poll = hall.open(json!({})).await;
    let mut socket = Socket::of(&hall.stage.server, &hall.stage.chair).await;
    socket.subscribe(&hall.stage.room, None).await;
    let start = std::time::Instant::now();
    let people = hall.of("workers");
    join_all(people.iter().map(|person| vote(person, &poll, choose(&[0])))).await;
    let mut told = Vec::new();
    while told.last() != Some(&30) {
        let event = socket.line_of("event").await;
        assert_eq!((event["kind"].as_str(), &event["data"]["id"]), (Some("poll.progressed"), &json!(poll)));
        assert_eq!(event["data"].get("yours"), None);
        told.push(event["data"]["ballots"].as_i64().unwrap());
    }
    assert!(told.len() as u64 <= start.elapsed().as_secs() + 2, "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0] < pair[1]), "{told:?}");
    // Who changes a hidden ballot is no news, and no entry says who answered.
    vote(people[0], &poll, choose(&[1])).await;
    let more = socket.within(Duration::from_millis(1_300)).await;
    assert!(!matches!(&more, Some(Got::Line(line)) if line["type"] == "event"), "{more:?}");
    let named = "room_log WHERE kind = 'poll.progressed' AND actor_id IS NOT NULL";
    assert_eq!(hall.stage.server.count(named).await, 0);
    hall.stage.server.stop().await;
}
