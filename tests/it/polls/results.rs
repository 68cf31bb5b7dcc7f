//! What is shown of results, to whom and when.

use serde_json::{Value, json};

use super::{Hall, choose, times, vote};
use crate::support::rooms::{Person, text};
use crate::support::socket::Socket;

/// Everything that somebody can find out about the polls of the hall, as one text.
async fn everything(hall: &Hall, poll: &str, who: Option<&Person>) -> String {
    let browser = who.map_or_else(|| hall.stage.server.browser(), |person| person.browser.clone());
    let mut found = String::new();
    for path in [
        format!("/polls/{poll}"),
        format!("/sessions/{}/polls", hall.session),
        format!("/rooms/{}/log", hall.stage.room),
        format!("/rooms/{}", hall.stage.room),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}");
        found += &answer.body.to_string();
    }
    let mut socket = match who {
        Some(person) => Socket::of(&hall.stage.server, person).await,
        None => Socket::of_nobody(&hall.stage.server).await,
    };
    socket.send(json!({ "type": "subscribe", "room": hall.stage.room, "since": 0 })).await;
    loop {
        let line = socket.line().await;
        found += &line.to_string();
        if line["type"] == "replayed" {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_hidden_in_every_channel_until_the_poll_closes() {
    let hall = Hall::with(json!({ "visibility": "public" }), &[("workers", 6), ("employers", 6)]).await;
    let moderator = hall.stage.with_role("Mona", "government", "moderator").await;
    let poll = hall.open(json!({ "kind": "sense_check" })).await;
    let mut hearing = Socket::of(&hall.stage.server, &moderator).await;
    hearing.subscribe(&hall.stage.room, None).await;
    hall.answer(&poll, "workers", &times(6, json!({ "stance": "agree" }))).await;
    hall.answer(&poll, "employers", &times(6, json!({ "stance": "object", "reason": "Zebra" }))).await;
    hall.told(&poll, 12).await;
    // An employer's own ballot is the only one that they see, so the onlooker is a worker.
    let worker = hall.of("workers")[0];
    let onlookers =
        [None, Some(worker), Some(&moderator), Some(&hall.stage.chair), Some(&hall.stage.steward)];
    for who in onlookers {
        let found = everything(&hall, &poll, who).await;
        assert!(found.contains("poll.opened") && found.contains("poll.progressed"));
        for word in ["\"results\"", "\"counts\":[", "Zebra", "\"position\"", "\"rows\""] {
            assert!(!found.contains(word), "{word} for {:?}", who.map(|person| &person.name));
        }
    }
    for line in hearing.settled().await {
        assert!(!line.to_string().contains("\"results\""), "{line}");
    }

    let closed = hall.close(&poll).await;
    let results = &closed["results"];
    assert_eq!(results["consensus"]["state"], "contested");
    let event = hearing.line_of("event").await;
    assert_eq!((event["kind"].as_str(), &event["data"]["results"]), (Some("poll.closed"), results));
    for who in onlookers {
        // What was told while it was open is told with its result now, as every entry.
        assert!(everything(&hall, &poll, who).await.contains("Zebra"));
    }
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_are_by_constituency_and_small_groups_are_not_shown() {
    let hall = Hall::new(&[("workers", 9), ("employers", 6), ("government", 3), ("civil_society", 2)]).await;
    let poll = hall.open(json!({})).await;
    for (constituency, options) in
        [("workers", &[0, 0, 1][..]), ("employers", &[1, 2]), ("government", &[2]), ("civil_society", &[0])]
    {
        for (at, person) in hall.of(constituency).into_iter().enumerate() {
            vote(person, &poll, choose(&[options[at % options.len()]])).await;
        }
    }
    let results = &hall.close(&poll).await["results"];
    assert_eq!(
        results["rows"],
        json!([
            { "constituency": "workers", "eligible": 9, "ballots": 9, "counts": [6, 3, 0] },
            { "constituency": "employers", "eligible": 6, "ballots": 6, "counts": [0, 3, 3] },
        ])
    );
    assert_eq!(results["hidden"], json!(["government", "un", "civil_society"]));
    // Three and two, and the chair, who did not answer.
    assert_eq!(
        results["others"],
        json!({ "constituencies": ["government", "un", "civil_society"], "eligible": 6, "ballots": 5,
            "counts": [2, 0, 3] })
    );
    assert_eq!(results["total"], json!({ "ballots": 20, "counts": [8, 6, 6] }));
    assert_eq!(results.get("equal_strength"), None, "a party is hidden");

    // Four answers say nothing at all.
    let poll = hall.open(json!({})).await;
    hall.answer(&poll, "workers", &times(4, choose(&[1]))).await;
    let results = &hall.close(&poll).await["results"];
    assert_eq!((results.get("total"), &results["rows"]), (None, &json!([])), "{results}");
    assert!(!results.to_string().contains('4'), "{results}");
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parties_of_unequal_size_are_of_equal_strength() {
    let hall = Hall::new(&[("workers", 10), ("employers", 6), ("government", 5)]).await;
    let poll = hall.open(json!({})).await;
    hall.answer(&poll, "workers", &times(10, choose(&[0]))).await;
    hall.answer(&poll, "employers", &times(6, choose(&[1]))).await;
    hall.answer(&poll, "government", &times(5, choose(&[1]))).await;
    let results = &hall.close(&poll).await["results"];
    assert_eq!(
        results["equal_strength"],
        json!({
            "weights": [
                { "constituency": "workers", "members": 10, "weight": "3" },
                { "constituency": "employers", "members": 6, "weight": "5" },
                { "constituency": "government", "members": 5, "weight": "6" },
            ],
            "votes": ["30", "60", "0"], "total": "90", "permille": [333, 667, 0],
        })
    );
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visible_results_move_in_steps() {
    let hall = Hall::new(&[("workers", 12), ("employers", 4)]).await;
    let poll = hall.open(json!({ "visible": true })).await;
    let workers = hall.of("workers");
    let mut results = Vec::new();
    for (at, person) in workers.iter().enumerate() {
        vote(person, &poll, choose(&[(at % 2) as u32])).await;
        // Each is told alone, so that every chance to show too much is taken.
        let seen = hall.told(&poll, at as i64 + 1).await;
        results.push(seen.get("results").cloned().unwrap_or_default());
    }
    let shown = |results: &Value| results["rows"][0]["ballots"].as_i64();
    assert!(results[..9].iter().all(Value::is_null), "{results:?}");
    for seen in &results[9..] {
        assert_eq!(shown(seen), Some(5), "{seen}");
        assert_eq!(seen["total"], json!({ "ballots": 5, "counts": [3, 2, 0] }));
        assert_eq!(seen["hidden"], json!(["employers", "un"]));
    }
    // One who changes again and again is one.
    for n in 0..6 {
        vote(workers[0], &poll, choose(&[n % 2 + 1])).await;
    }
    vote(hall.of("employers")[0], &poll, choose(&[2])).await;
    assert_eq!(shown(&hall.told(&poll, 13).await["results"]), Some(5));
    let closed = hall.close(&poll).await;
    assert_eq!((shown(&closed["results"]), &closed["ballots"]), (None, &json!(13)), "{closed}");
    assert_eq!(closed["results"]["others"]["ballots"], 13);
    let log = hall.stage.chair.log(&hall.stage.room, 0).await;
    let kinds: Vec<String> = log.iter().map(|event| text(&event["kind"])).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "poll.progressed").count(), 13);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consensus_is_that_no_party_objects() {
    let hall = Hall::new(&[("workers", 6), ("employers", 6), ("government", 6)]).await;
    let (agree, live) = (json!({ "stance": "agree" }), json!({ "stance": "can_live_with" }));
    let object = json!({ "stance": "object", "reason": "No funds" });
    let by_party = |results: &Value| -> Vec<String> {
        let parties = results["consensus"]["parties"].as_array().unwrap();
        parties.iter().map(|party| text(&party["position"])).collect()
    };
    for (government, state, position) in [
        (times(6, agree.clone()), "convergent", "agrees"),
        (times(6, object.clone()), "contested", "objects"),
        (times(2, agree.clone()), "withheld", "withheld"),
    ] {
        let poll = hall.open(json!({ "kind": "sense_check" })).await;
        hall.answer(&poll, "workers", &times(6, agree.clone())).await;
        hall.answer(&poll, "employers", &times(6, live.clone())).await;
        hall.answer(&poll, "government", &government).await;
        let results = hall.close(&poll).await["results"].clone();
        assert_eq!(results["consensus"]["state"], state, "{results}");
        assert_eq!(by_party(&results)[2], position);
        if state == "contested" {
            let objection = json!({ "constituency": "government", "reason": "No funds" });
            assert_eq!(results["objections"], json!(times(6, objection)));
        }
    }

    // Of a small delegation nothing is said, but where it stands if everybody knew that when it opened.
    for (public, state) in [(false, "withheld"), (true, "contested")] {
        let poll = hall.open(json!({ "kind": "sense_check", "positions_public": public })).await;
        hall.answer(&poll, "workers", &times(6, agree.clone())).await;
        hall.answer(&poll, "employers", &times(6, live.clone())).await;
        hall.answer(&poll, "government", &times(3, object.clone())).await;
        let results = hall.close(&poll).await["results"].clone();
        assert_eq!(results["consensus"]["state"], state, "{results}");
        assert_eq!(results["objections"][0], json!({ "reason": "No funds" }), "with others only");
        let rows = results["rows"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["constituency"] != "government"), "{results}");
    }
    hall.stage.server.stop().await;
}
