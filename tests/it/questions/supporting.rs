//! Support and the order that follows from it.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Hall;
use crate::support::socket::Socket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_weighs_each_constituency_by_who_is_present() {
    let hall = Hall::new().await;
    let server = &hall.stage.server;
    let mut people = Vec::new();
    let mut sockets = Vec::new();
    for (constituency, count) in [("workers", 6), ("employers", 2)] {
        for n in 0..count {
            let person = server.person(&format!("{constituency} {n}"), constituency).await;
            let mut socket = Socket::of(server, &person).await;
            socket.subscribe(&hall.stage.room, None).await;
            sockets.push(socket);
            people.push(person);
        }
    }
    let (a, b, c) = (hall.ask_for("A?").await, hall.ask_for("B?").await, hall.ask_for("C?").await);
    assert_eq!(hall.list(&hall.ana).await["order"], json!([a, b, c]), "who asked first");
    // Four of six workers are less than both of two employers.
    for worker in &people[..4] {
        hall.support(worker, &a).await;
    }
    hall.support(&people[6], &b).await;
    let answer = hall.support(&people[7], &b).await;
    assert_eq!(answer["order"], json!([b, a, c]));
    assert_eq!(answer["present"], json!({ "workers": 6, "employers": 2 }));
    assert_eq!(answer["question"]["support"], json!({ "employers": 2 }));
    assert_eq!(answer["supported_by_me"], true);
    // A little from both is more: 3/6 + 1/2 = 1 equals 2/2, and B was first; one more worker tips it.
    for person in [&people[0], &people[1], &people[2], &people[6]] {
        hall.support(person, &c).await;
    }
    assert_eq!(hall.list(&hall.ana).await["order"], json!([b, c, a]));
    assert_eq!(hall.support(&people[3], &c).await["order"], json!([c, b, a]));
    // The same for everybody, and told live to everybody.
    let head = hall.ana.head(&hall.stage.room).await;
    for socket in &mut sockets[..2] {
        let events = socket.events_to(head).await;
        let last = events.last().unwrap();
        assert_eq!(
            (&last["kind"], &last["data"]["order"]),
            (&json!("question.supported"), &json!([c, b, a]))
        );
        assert_eq!(last["data"]["question"]["support"], json!({ "workers": 4, "employers": 1 }));
        assert_eq!(last["data"]["present"], json!({ "workers": 6, "employers": 2 }));
        for event in &events {
            assert!(event["data"].get("mine").is_none() && !event.to_string().contains("supported_by_me"));
        }
    }
    for person in [&hall.eli, &hall.moderator, &hall.stage.steward] {
        assert_eq!(hall.list(person).await["order"], json!([c, b, a]));
    }
    // They leave, and count for a minute more.
    sockets.drain(..).for_each(Socket::vanish);
    crate::support::rooms::until("all left", async || server.state.hub.sizes().1 == 0).await;
    let answer = hall.support(&hall.ana, &a).await;
    assert_eq!(answer["present"], json!({ "workers": 6, "employers": 2 }));
    assert_eq!(answer["order"], json!([c, b, a]));
    // A node that knows of nobody: nobody is divided by fewer than support.
    server.sql("DELETE FROM room_presence").await;
    let second = server.another(|_| {}).await;
    let mut ana = hall.ana.clone();
    ana.browser.origin.clone_from(&second.origin);
    let path = format!("/questions/{a}/support");
    ana.done("DELETE", &path, Value::Null).await;
    let answer = ana.done("PUT", &path, Value::Null).await;
    assert_eq!(answer["present"], json!({ "workers": 5, "employers": 2 }));
    // 4/5 + 1/2, then five fifths before two halves: equal, and A was asked first.
    assert_eq!(answer["order"], json!([c, a, b]));
    second.stop().await;
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_supports_of_one_member_count_once() {
    let hall = Hall::new().await;
    let question = hall.ask_for("Why?").await;
    let path = format!("/questions/{question}/support");
    let head = hall.ana.head(&hall.stage.room).await;
    for answer in join_all((0..20).map(|_| hall.ana.call("PUT", &path, Value::Null))).await {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(hall.one(&hall.ana, &question).await["support"], json!({ "workers": 1 }));
    assert_eq!(hall.ana.head(&hall.stage.room).await, head + 1, "and are told once");
    for answer in join_all((0..20).map(|_| hall.ana.call("DELETE", &path, Value::Null))).await {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(hall.one(&hall.ana, &question).await["support"], json!({}));
    assert_eq!(hall.ana.head(&hall.stage.room).await, head + 2);
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_or_hidden_takes_no_support_and_observers_give_none() {
    let hall = Hall::new().await;
    let observer = hall.stage.with_role("Olaf", "government", "observer").await;
    let question = hall.ask(&hall.ana, "Why?").await;
    let path = format!("/questions/{question}/support");
    assert_eq!(observer.call("PUT", &path, Value::Null).await.code(), (403, "not_permitted"));
    hall.pass(&question, "answered").await;
    assert_eq!(hall.eli.call("PUT", &path, Value::Null).await.code(), (409, "not_possible_now"));
    hall.pass(&question, "waiting").await;
    let why = json!({ "reason": "spam" });
    hall.moderator.done("PUT", &format!("/questions/{question}/hidden"), why).await;
    assert_eq!(hall.eli.call("PUT", &path, Value::Null).await.code(), (409, "question_hidden"));
    let mute = json!({ "minutes": 5, "reason": "abuse" });
    hall.moderator.done("PUT", &format!("/rooms/{}/mutes/{}", hall.stage.room, hall.eli.id), mute).await;
    assert_eq!(hall.eli.call("PUT", &path, Value::Null).await.code(), (403, "muted"));
    hall.stage.server.stop().await;
}
