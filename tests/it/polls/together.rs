//! Polls beside other things: the end of their session, a closed room, another device.

use serde_json::{Value, json};

use super::{Hall, choose, times, try_vote, vote};
use crate::support::rooms::Person;
use crate::support::socket::Socket;

async fn state(hall: &Hall, state: &str) {
    let path = format!("/sessions/{}/state", hall.session);
    hall.stage.chair.done("POST", &path, json!({ "state": state })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_poll_ends_with_its_session() {
    let hall = Hall::new(&[("workers", 5)]).await;
    for to in ["lobby", "live"] {
        state(&hall, to).await;
    }
    let open = hall.open(json!({})).await;
    let secret = hall.open(json!({ "secret": true })).await;
    let draft = hall.draft(json!({})).await;
    for poll in [&open, &secret] {
        hall.answer(poll, "workers", &[times(3, choose(&[0])), times(2, choose(&[1]))].concat()).await;
    }
    let before = hall.stage.chair.head(&hall.stage.room).await;
    state(&hall, "ended").await;
    let log = hall.stage.chair.log(&hall.stage.room, before).await;
    let kinds: Vec<&str> = log.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["session.ended", "poll.closed", "poll.closed"]);
    for poll in [&open, &secret] {
        let closed = hall.stage.chair.read(&format!("/polls/{poll}")).await;
        assert_eq!((&closed["state"], &closed["with_session"]), (&json!("closed"), &json!(true)));
        assert_eq!(closed["results"]["total"]["counts"], json!([3, 2, 0]));
        assert_eq!(try_vote(hall.of("workers")[0], poll, choose(&[2])).await.code(), (409, "poll_not_open"));
    }
    assert_eq!(hall.stage.server.count("secret_counts").await, 0);
    assert_eq!(hall.act(&draft, "open", Value::Null).await.code(), (409, "not_possible_now"));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_in_a_closed_room_can_be_ended_and_not_answered() {
    let hall = Hall::new(&[("workers", 5)]).await;
    let first = hall.open(json!({})).await;
    let second = hall.open(json!({ "secret": true })).await;
    let draft = hall.draft(json!({})).await;
    hall.answer(&first, "workers", &times(5, choose(&[0]))).await;
    let room = &hall.stage.room;
    hall.stage
        .chair
        .done("PUT", &format!("/rooms/{room}/closed"), json!({ "reason": "other", "note": "Over" }))
        .await;
    assert_eq!(try_vote(hall.of("workers")[0], &first, choose(&[1])).await.code(), (409, "room_closed"));
    assert_eq!(hall.act(&draft, "open", Value::Null).await.code(), (409, "room_closed"));
    assert_eq!(hall.close(&first).await["results"]["total"]["counts"], json!([5, 0, 0]));
    assert_eq!(hall.act(&second, "cancel", json!({ "reason": "The room is closed" })).await.status, 200);
    let may = hall.stage.chair.read(&format!("/rooms/{room}")).await["may"].clone();
    let may = may.as_array().unwrap();
    assert!(may.contains(&json!("end_polls")) && !may.contains(&json!("manage_polls")), "{may:?}");
    hall.stage.server.stop().await;
}

async fn device(hall: &Hall, person: &Person) -> Socket {
    let mut socket = Socket::of(&hall.stage.server, person).await;
    socket.subscribe(&hall.stage.room, None).await;
    socket
}

/// True when the server tells this device of something of the member's own before it has seen to all else.
async fn heard(socket: &mut Socket, part: &str, id: &str) -> bool {
    let own = json!({ "type": "own", "part": part, "id": id });
    socket
        .settled()
        .await
        .iter()
        .any(|line| line["type"] == own["type"] && line["part"] == own["part"] && line["id"] == own["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_devices_of_a_member_learn_of_what_was_done_and_nobody_else() {
    let hall = Hall::new(&[("workers", 2)]).await;
    let (person, other) = (hall.of("workers")[0], hall.of("workers")[1]);
    let mut phone = device(&hall, person).await;
    let mut stranger = device(&hall, other).await;
    for more in [json!({}), json!({ "secret": true })] {
        let poll = hall.open(more).await;
        vote(person, &poll, choose(&[1])).await;
        assert!(heard(&mut phone, "poll", &poll).await);
        assert!(!heard(&mut stranger, "poll", &poll).await);
    }
    state(&hall, "lobby").await;
    let ask =
        json!({ "body": "When?", "lang": "en", "attribution": "named", "client_id": uuid::Uuid::now_v7() });
    let asked = person.done("POST", &format!("/sessions/{}/questions", hall.session), ask).await;
    let question = asked["question"]["id"].as_str().unwrap().to_owned();
    assert!(heard(&mut phone, "question", &question).await);
    for method in ["PUT", "DELETE"] {
        person.done(method, &format!("/questions/{question}/support"), json!({})).await;
        assert!(heard(&mut phone, "support", &question).await, "{method}");
    }
    assert!(!heard(&mut stranger, "support", &question).await);

    hall.stage.server.stop().await;
}
