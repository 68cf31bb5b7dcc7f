//! How much is unread: exact up to a bound, whatever is posted, read, hidden and shown again.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};

/// What a member has not read: of the room, in the list of rooms, and of each thread.
async fn unread(person: &Person, room: &str, threads: &[&str]) -> (i64, Vec<i64>) {
    let of = |answer: &Value| answer["unread"].as_i64().unwrap();
    let one = of(&person.read(&format!("/rooms/{room}")).await);
    let all = person.read("/rooms").await;
    let listed = all["items"].as_array().unwrap().iter().find(|item| item["id"] == room).unwrap();
    assert_eq!(of(listed), one, "the list of rooms says the same");
    let list = person.read(&format!("/rooms/{room}/threads")).await;
    let mut of_threads = Vec::new();
    for thread in threads {
        let one = of(&person.read(&format!("/threads/{thread}")).await);
        let items = list["items"].as_array().unwrap();
        let listed = items.iter().find(|item| item["id"] == **thread).unwrap();
        assert_eq!(of(listed), one, "the list of threads says the same");
        of_threads.push(one);
    }
    (one, of_threads)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_and_hidden_counts_at_once() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "employers").await);
    let (first, second) = (stage.thread(&ana).await, stage.thread(&ana).await);
    let a = ana.say(&first, "one").await;
    let b = ana.say(&second, "two").await;
    let threads = [first.as_str(), second.as_str()];
    assert_eq!(unread(&ben, &stage.room, &threads).await, (4, vec![2, 2]));
    assert_eq!(unread(&ana, &stage.room, &threads).await, (0, vec![0, 0]), "one's own are never unread");

    let read = |thread: &str| format!("/threads/{thread}/read");
    ben.done("PUT", &read(&first), json!({ "seq": a["seq"] })).await;
    assert_eq!(unread(&ben, &stage.room, &threads).await, (2, vec![0, 2]));
    ben.say(&first, "mine").await;
    assert_eq!(unread(&ben, &stage.room, &threads).await, (2, vec![0, 2]));
    assert_eq!(unread(&ana, &stage.room, &threads).await, (1, vec![1, 0]));

    let hidden = format!("/posts/{}/hidden", text(&b["id"]));
    let why = json!({ "reason": "off_topic", "note": "Elsewhere" });
    stage.chair.done("PUT", &hidden, why.clone()).await;
    assert_eq!(unread(&ben, &stage.room, &threads).await, (1, vec![0, 1]));
    ben.done("PUT", &read(&second), json!({ "seq": 1 })).await;
    stage.chair.done("DELETE", &hidden, why).await;
    assert_eq!(unread(&ben, &stage.room, &threads).await.0, 2, "what is shown again is unread again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_floor_that_has_risen_changes_no_count() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "employers").await);
    let thread = stage.thread(&ana).await;
    let first = ana.say(&thread, "to be hidden").await;
    // As if long ago a hundred other things had happened in the room.
    let room = &stage.room;
    stage
        .server
        .sql(&format!(
            "INSERT INTO room_log (room_id, seq, kind, subject_id, at, digest, prev)
             SELECT id, head_seq + n, 'member.muted', id, now(), decode(repeat('00', 32), 'hex'),
                 decode(repeat('00', 32), 'hex') FROM rooms, generate_series(1, 300) n WHERE id = '{room}';
             UPDATE rooms SET head_seq = head_seq + 300 WHERE id = '{room}'"
        ))
        .await;
    let hidden = format!("/posts/{}/hidden", text(&first["id"]));
    let why = json!({ "reason": "off_topic", "note": "Elsewhere" });
    stage.chair.done("PUT", &hidden, why.clone()).await;
    let opening = ben.read(&format!("/threads/{thread}/posts")).await["items"][0]["seq"].clone();
    ben.done("PUT", &format!("/threads/{thread}/read"), json!({ "seq": opening })).await;
    assert_eq!(unread(&ben, room, &[&thread]).await, (0, vec![0]));
    let floors = || stage.server.count("read_floors WHERE seq > 100");
    crate::support::rooms::until("the floor rises", async || {
        ben.read(&format!("/rooms/{room}")).await;
        floors().await == 1
    })
    .await;
    stage.chair.done("DELETE", &hidden, why).await;
    assert_eq!(unread(&ben, room, &[&thread]).await, (1, vec![1]));
    ana.say(&thread, "news").await;
    assert_eq!(unread(&ben, room, &[&thread]).await, (2, vec![2]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_counts_beyond_a_thousand() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "employers").await);
    let thread = stage.thread(&ana).await;
    let post = ana.say(&thread, "the first of many").await;
    let copies = format!(
        "INSERT INTO posts SELECT (p.r).* FROM (SELECT jsonb_populate_record(p, jsonb_build_object('id',
             gen_random_uuid(), 'client_id', gen_random_uuid(), 'seq', p.seq + 1000 + n, 'number', NULL)) AS r
             FROM posts p, generate_series(1, 1500) n WHERE p.id = '{}') p;
         UPDATE threads SET last_post_seq = 3000, post_count = post_count + 1500 WHERE id = '{thread}';
         UPDATE rooms SET head_seq = 3000 WHERE id = '{}'",
        text(&post["id"]),
        stage.room
    );
    stage.server.sql(&copies).await;
    crate::support::rooms::until("they are seen", async || ben.head(&stage.room).await == 3000).await;
    assert_eq!(unread(&ben, &stage.room, &[&thread]).await, (1000, vec![1000]));
    let room = ben.read(&format!("/rooms/{}", stage.room)).await;
    assert_eq!(room["post_count"], 1502, "the room's own count is kept by the database");
    ben.done("PUT", &format!("/threads/{thread}/read"), json!({ "seq": 2_900 })).await;
    let (left, of_threads) = unread(&ben, &stage.room, &[&thread]).await;
    assert!(left == of_threads[0] && left < 1000, "{left}");
}

/// The numbers in the log of posts.
fn seqs(posts: &[&Value]) -> Vec<i64> {
    posts.iter().map(|post| post["seq"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_in_the_order_of_replies_counts_and_reading_goes_on_there() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "employers").await);
    let opened = ana.open(&stage.room, "A tree").await;
    let thread = text(&opened["id"]);
    let first = &opened["first_post"];
    let reply = async |to: &Value, body: &str| {
        let fields = json!({ "body": body, "client_id": Uuid::now_v7(), "parent_id": to["id"] });
        ana.done("POST", &format!("/threads/{thread}/posts"), fields).await
    };
    // By number: first, a, b, a1, b1, a2; by reply: first, a, a1, a2, b, b1.
    let a = ana.say(&thread, "a").await;
    let b = ana.say(&thread, "b").await;
    let a1 = reply(&a, "a1").await;
    let b1 = reply(&b, "b1").await;
    let a2 = reply(&a, "a2").await;
    let other = stage.thread(&ana).await;
    let path = format!("/threads/{thread}/read");
    let see = async |posts: &[&Value]| {
        ben.done("PUT", &path, json!({ "seen": seqs(posts) })).await;
        let state = ben.read(&format!("/threads/{thread}")).await;
        let (left, of_threads) = unread(&ben, &stage.room, &[&thread, &other]).await;
        assert_eq!(left, of_threads[0] + of_threads[1]);
        (of_threads[0], state)
    };
    // Where the thread opens: the first that is unread in this order, 0 for none.
    let opens_at = async |order: &str| {
        let page = ben.read(&format!("/threads/{thread}/posts?order={order}&at=unread&limit=1")).await;
        page["items"][0]["seq"].as_i64().unwrap()
    };
    assert_eq!(opens_at("tree").await, first["seq"].as_i64().unwrap());

    let (left, state) = see(&[first, &a, &a1]).await;
    assert_eq!(left, 3);
    assert_eq!(state["read_seq"], a["seq"], "the mark stands before b, which was not seen");
    assert_eq!(state["seen"], json!([[b["seq"].as_i64().unwrap() + 1, a1["seq"]]]));
    assert_eq!(opens_at("tree").await, a2["seq"].as_i64().unwrap());
    assert_eq!(opens_at("seq").await, b["seq"].as_i64().unwrap());

    let (left, _) = see(&[&a2, &a2]).await;
    assert_eq!((left, opens_at("tree").await), (2, b["seq"].as_i64().unwrap()));
    // What is no post of this thread is nothing that was seen.
    let head = ben.head(&stage.room).await;
    let strange: Vec<i64> = vec![-1, 0, head, head + 5, i64::MAX, i64::MIN];
    ben.done("PUT", &path, json!({ "seen": strange })).await;
    assert_eq!(unread(&ben, &stage.room, &[&thread, &other]).await, (3, vec![2, 1]));

    let unread_only = format!("/rooms/{}/threads?filter=unread", stage.room);
    let (left, state) = see(&[&b, &b1]).await;
    assert_eq!((left, &state["read_seq"], &state["seen"]), (0, &a2["seq"], &Value::Null));
    assert_eq!(ben.read(&unread_only).await["items"].as_array().unwrap().len(), 1, "the other thread");
    // All is read: from the top.
    assert_eq!(opens_at("tree").await, first["seq"].as_i64().unwrap());
    let news = reply(&first.clone(), "news").await;
    assert_eq!(opens_at("tree").await, news["seq"].as_i64().unwrap());
    assert_eq!(opens_at("seq").await, news["seq"].as_i64().unwrap());

    let too_many = ben.call("PUT", &path, json!({ "seen": vec![1; 201] })).await;
    assert_eq!((too_many.status.as_u16(), too_many.field("seen")), (422, "too_many"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hidden_post_that_was_not_seen_is_unread_when_it_is_shown_again() {
    let stage = Stage::new(json!({})).await;
    let (ana, ben) =
        (stage.server.person("Ana", "workers").await, stage.server.person("Ben", "employers").await);
    let opened = ana.open(&stage.room, "A thread").await;
    let thread = text(&opened["id"]);
    let post = ana.say(&thread, "hidden for a while").await;
    let last = ana.say(&thread, "after it").await;
    let hidden = format!("/posts/{}/hidden", text(&post["id"]));
    let why = json!({ "reason": "off_topic", "note": "Elsewhere" });
    stage.chair.done("PUT", &hidden, why.clone()).await;
    let seen = seqs(&[&opened["first_post"], &last]);
    ben.done("PUT", &format!("/threads/{thread}/read"), json!({ "seen": seen })).await;
    assert_eq!(unread(&ben, &stage.room, &[&thread]).await, (0, vec![0]));
    stage.chair.done("DELETE", &hidden, why).await;
    assert_eq!(unread(&ben, &stage.room, &[&thread]).await, (1, vec![1]));
}
