//! What is committed at one node is heard at every other: over NATS, or from the log.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Nodes, ways};
use crate::support::nats::Nats;
use crate::support::rooms::{text, until};
use crate::support::socket::{Socket, seqs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_crosses_the_bus() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let room = &nodes.stage.room;
    let ana = nodes.stage.server.person("Ana", "workers").await;
    let mut here = Socket::of(nodes.node(0), &ana).await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    let head = ana.head(room).await;
    here.subscribe(room, Some(head)).await;
    there.subscribe(room, Some(head)).await;
    // A thread is read back after COMMIT; a post is written as it was made.
    let thread = nodes.stage.thread(&ana).await;
    let post = ana.say(&thread, "To everybody").await;
    let last = post["seq"].as_i64().unwrap();
    let there = there.events_to(last).await;
    assert_eq!(there, here.events_to(last).await, "the same text to the last character");
    assert_eq!(there.last().unwrap()["data"]["body_md"], "To everybody");
    let (by_nats, from_the_log) = ways(nodes.node(1));
    assert_eq!((by_nats, from_the_log), (there.len() as u64, 0));
    // Who asks by HTTP sees it there, too.
    let page = format!("/threads/{thread}/posts");
    let elsewhere = ana.at(nodes.node(1));
    until("the page is new", async || elsewhere.read(&page).await["head_seq"] == last).await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_nats_the_log_is_read() {
    let nodes = Nodes::new(2, None, json!({})).await;
    let room = &nodes.stage.room;
    let ana = nodes.stage.server.person("Ana", "workers").await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    there.subscribe(room, Some(ana.head(room).await)).await;
    let thread = nodes.stage.thread(&ana).await;
    for n in 0..20 {
        ana.say(&thread, &format!("Point {n}")).await;
    }
    let last = ana.head(room).await;
    let events = there.events_to(last).await;
    assert_eq!(seqs(&events), (last - events.len() as i64 + 1..=last).collect::<Vec<_>>());
    assert_eq!(ways(nodes.node(1)), (0, events.len() as u64));
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_all_nodes_in_one_order() {
    const EACH: usize = 40;
    let nats = Nats::start();
    let nodes = Nodes::new(3, Some(&nats), json!({})).await;
    let room = &nodes.stage.room;
    let thread = nodes.stage.thread(&nodes.stage.chair).await;
    let head = nodes.stage.chair.head(room).await;
    let (mut people, mut sockets) = (Vec::new(), Vec::new());
    for (number, name) in ["Ana", "Ben", "Carl"].into_iter().enumerate() {
        let person = nodes.stage.server.person(name, "workers").await;
        let mut socket = Socket::of(nodes.node(number), &person).await;
        socket.subscribe(room, Some(head)).await;
        sockets.push(socket);
        people.push(person.at(nodes.node(number)));
    }
    let posting = people.iter().map(async |person| {
        for n in 0..EACH {
            person.say(&thread, &format!("{} {n}", person.name)).await;
        }
    });
    futures_util::future::join_all(posting).await;
    let last = head + 3 * EACH as i64;
    for socket in &mut sockets {
        assert_eq!(seqs(&socket.events_to(last).await), (head + 1..=last).collect::<Vec<_>>());
    }
    for server in nodes.all() {
        let (by_nats, from_the_log) = ways(server);
        println!("{by_nats} events over NATS, {from_the_log} from the log");
        assert!(by_nats >= 2 * EACH as u64);
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_and_the_others_each_get_their_own_view_at_every_node() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let post = text(&ana.say(&thread, "Not for all").await["id"]);
    let mut here = Socket::of(nodes.node(0), &ana).await;
    here.subscribe(room, None).await;
    let mut desk = Socket::of(nodes.node(1), &stage.chair).await;
    let mut member = Socket::of(nodes.node(1), &ana).await;
    desk.subscribe(room, None).await;
    member.subscribe(room, None).await;
    let why = json!({ "reason": "personal_data", "note": "An address." });
    stage.chair.done("PUT", &format!("/posts/{post}/hidden"), why).await;
    let of_kind = async |socket: &mut Socket| loop {
        let event = socket.line_of("event").await;
        if event["kind"] == "post.hidden" {
            break event["data"]["body_md"].clone();
        }
    };
    assert_eq!(of_kind(&mut desk).await, "Not for all");
    assert_ne!(of_kind(&mut member).await, "Not for all");
    assert!(ways(nodes.node(1)).0 > 0);
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_listens_where_nobody_else_does_hears_too() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let ana = stage.server.person("Ana", "workers").await;
    let mut there = Socket::of(nodes.node(1), &ana).await;
    there.subscribe(room, Some(ana.head(room).await)).await;
    // Only the numbers of the thread are told, since its node has nobody who needs the text.
    let thread = stage.thread(&ana).await;
    let last = ana.say(&thread, "Is anybody there?").await["seq"].as_i64().unwrap();
    let events = there.events_to(last).await;
    assert_eq!(events.last().unwrap()["data"]["body_md"], "Is anybody there?");
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_frames_cross_the_bus() {
    let nats = Nats::start();
    let nodes = Nodes::new(2, Some(&nats), json!({})).await;
    let (stage, room) = (&nodes.stage, &nodes.stage.room);
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let mut here = Socket::of(nodes.node(0), &ana).await;
    let mut there = Socket::of(nodes.node(1), &stage.chair).await;
    let mut member = Socket::of(nodes.node(1), &ana).await;
    for socket in [&mut here, &mut there, &mut member] {
        socket.subscribe(room, None).await;
    }
    here.send(json!({ "type": "typing", "room": room, "thread": thread })).await;
    assert_eq!(there.line_of("typing").await["constituency"], "workers");

    use plenary::kernel::log::event::To;
    use plenary::kernel::log::frame::Frame;
    let publisher = &stage.server.state.ctx.publisher;
    let id = room.parse().unwrap();
    // Told apart by the thread.
    let [desk, own, all] = [1, 2, 3].map(Uuid::from_u128);
    let frame = |thread| Frame::Held { room: id, thread };
    publisher.tell(id, To::Desk, &frame(desk));
    publisher.tell(id, To::Members(vec![ana.id]), &frame(own));
    publisher.tell(id, To::All, &frame(all));
    let heard = async |socket: &mut Socket| -> Vec<Value> {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|thread| *thread != json!(all)) {
            heard.push(socket.line_of("held").await["thread"].clone());
        }
        heard
    };
    assert_eq!(heard(&mut there).await, [json!(desk), json!(all)]);
    assert_eq!(heard(&mut member).await, [json!(own), json!(all)]);
    assert_eq!(heard(&mut here).await, [json!(own), json!(all)]);
    nodes.stop().await;
}
