//! Pages of posts and threads: every item once, in both directions, whatever arrives meanwhile.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::rooms::{Person, Stage, text};

fn seqs(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["seq"].as_i64().unwrap()).collect()
}

async fn reply(person: &Person, thread: &str, parent: &Value, body: &str) -> Value {
    let fields = json!({ "body": body, "client_id": Uuid::now_v7(), "parent_id": parent["id"] });
    person.done("POST", &format!("/threads/{thread}/posts"), fields).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_go_both_ways_while_posts_arrive() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    for n in 0..22 {
        ana.say(&thread, &format!("{n}")).await;
    }
    let path = format!("/threads/{thread}/posts?limit=5");
    let all = seqs(&ana.read(&format!("/threads/{thread}/posts?limit=100")).await);
    assert_eq!(all.len(), 23);

    // Forward, and somebody posts at every page.
    let (mut seen, mut query, mut arrived) = (Vec::new(), path.clone(), all.clone());
    loop {
        let page = ana.read(&query).await;
        assert!(seqs(&page).len() <= 5);
        seen.extend(seqs(&page));
        if seen.len() < 20 {
            arrived.push(ana.say(&thread, "Meanwhile").await["seq"].as_i64().unwrap());
        }
        match page["next"].as_str() {
            Some(next) => query = format!("{path}&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, arrived);

    // Backward from the end; what arrives then is not seen.
    let mut seen: Vec<i64> = Vec::new();
    let mut query = format!("{path}&at=end");
    loop {
        let page = ana.read(&query).await;
        seen.splice(0..0, seqs(&page));
        ana.say(&thread, "Later").await;
        match page["prev"].as_str() {
            Some(prev) => query = format!("{path}&before={prev}"),
            None => break,
        }
    }
    assert_eq!(seen, arrived);

    // Around every number, also those between posts: the post, with others on both sides.
    stage.chair.done("PUT", &format!("/threads/{thread}/pin"), json!({})).await;
    let all = seqs(&ana.read(&format!("/threads/{thread}/posts?limit=100")).await);
    for around in 0..=ana.head(&stage.room).await + 1 {
        let page = ana.read(&format!("{path}&around={around}")).await;
        let got = seqs(&page);
        let near = all.iter().copied().find(|seq| *seq >= around).unwrap_or(*all.last().unwrap());
        assert!(got.contains(&near), "around {around}: {got:?}");
        let at = all.iter().position(|seq| *seq == got[0]).unwrap();
        assert_eq!(got, all[at..at + got.len()], "around {around}");
        assert_eq!(page["prev"].is_string(), at > 0, "around {around}: {page}");
        assert_eq!(page["next"].is_string(), at + got.len() < all.len(), "around {around}");
        if let Some(prev) = page["prev"].as_str() {
            let before = seqs(&ana.read(&format!("{path}&before={prev}")).await);
            assert_eq!(before.last(), Some(&all[at - 1]));
        }
    }
    let both = ana.get(&format!("{path}&after=1&before=9")).await;
    assert_eq!(both.code(), (400, "malformed"));
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_is_in_order_of_replies_in_pages_of_any_size() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let first = ana.read(&format!("/threads/{thread}/posts")).await["items"][0].clone();
    let a = ana.say(&thread, "a").await;
    let b = ana.say(&thread, "b").await;
    let a1 = reply(&ana, &thread, &a, "a1").await;
    let first1 = reply(&ana, &thread, &first, "first1").await;
    let a2 = reply(&ana, &thread, &a, "a2").await;
    let a11 = reply(&ana, &thread, &a1, "a11").await;
    let b1 = reply(&ana, &thread, &b, "b1").await;
    let order: Vec<i64> = [&first, &first1, &a, &a1, &a11, &a2, &b, &b1]
        .iter()
        .map(|post| post["seq"].as_i64().unwrap())
        .collect();
    assert_eq!((&a11["depth"], &a11["parent_id"]), (&json!(2), &a1["id"]));
    for limit in 1..=9 {
        let path = format!("/threads/{thread}/posts?order=tree&limit={limit}");
        let (mut seen, mut query) = (Vec::new(), path.clone());
        loop {
            let page = ana.read(&query).await;
            seen.extend(seqs(&page));
            match page["next"].as_str() {
                Some(next) => query = format!("{path}&after={next}"),
                None => break,
            }
        }
        assert_eq!(seen, order, "forward by {limit}");
        let (mut seen, mut query) = (Vec::new(), format!("{path}&at=end"));
        loop {
            let page = ana.read(&query).await;
            seen.splice(0..0, seqs(&page));
            match page["prev"].as_str() {
                Some(prev) => query = format!("{path}&before={prev}"),
                None => break,
            }
        }
        assert_eq!(seen, order, "backward by {limit}");
        for around in &order {
            let page = seqs(&ana.read(&format!("{path}&around={around}")).await);
            assert!(page.contains(around), "around {around} by {limit}: {page:?}");
        }
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_are_listed_by_activity_or_age_each_once() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let mut threads = Vec::new();
    for n in 0..9 {
        threads.push(text(&ana.open(&stage.room, &format!("Thread {n}")).await["id"]));
    }
    let session =
        json!({ "title": "Item", "starts_at": "2027-01-01T08:00:00Z", "ends_at": "2027-01-01T09:00:00Z" });
    let session = stage.chair.done("POST", &format!("/rooms/{}/sessions", stage.room), session).await;
    for at in [3, 1] {
        ana.say(&threads[at], "Again").await;
    }
    for at in [0, 5] {
        stage.chair.done("PUT", &format!("/threads/{}/pin", threads[at]), json!({})).await;
    }
    let list = async |query: &str| {
        let (mut ids, mut after) = (Vec::new(), String::new());
        loop {
            let page = ana.read(&format!("/rooms/{}/threads?limit=2{query}{after}", stage.room)).await;
            ids.extend(page["items"].as_array().unwrap().iter().map(|thread| text(&thread["id"])));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return ids,
            }
        }
    };
    let of = |order: &[usize]| order.iter().map(|at| threads[*at].clone()).collect::<Vec<_>>();
    // Pinned ones first, each part by its newest post.
    assert_eq!(list("").await, of(&[5, 0, 1, 3, 8, 7, 6, 4, 2]));
    assert_eq!(list("&sort=activity").await, of(&[5, 0, 1, 3, 8, 7, 6, 4, 2]));
    assert_eq!(list("&sort=new").await, of(&[8, 7, 6, 5, 4, 3, 2, 1, 0]));
    assert_eq!(list("&kind=chat").await, [text(&session["thread"])]);
    assert_eq!(list("&kind=question").await, [] as [String; 0]);
    assert_eq!(list("&kind=discussion").await.len(), 9);
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_as_new_as_the_last_answer() {
    // Pages are kept in memory: none may be older than what its reader has been told.
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let thread = stage.thread(&ana).await;
    let path = format!("/threads/{thread}/posts");
    for n in 0..20 {
        let post = ana.say(&thread, &format!("{n}")).await;
        let of = text(&post["id"]);
        let (mine, theirs) = (ana.read(&path).await, stage.chair.read(&path).await);
        for page in [&mine, &theirs] {
            assert_eq!(page["items"].as_array().unwrap().last().unwrap()["id"], post["id"]);
            assert_eq!(page["head_seq"], json!(ana.head(&stage.room).await));
        }
        assert!(mine["mine"]["posts"].as_array().unwrap().contains(&post["id"]));
        assert_eq!(theirs["mine"]["posts"], json!([]));
        stage.chair.done("PUT", &format!("/posts/{of}/reactions/agree"), Value::Null).await;
        let page = stage.chair.read(&path).await;
        assert_eq!(page["mine"]["reactions"][&of], json!(["agree"]));
        let shown = ana.read(&path).await["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(shown["reactions"], json!({ "agree": { "un": 1 } }));
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_moves_while_it_is_read_skips_no_thread() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let mut threads = Vec::new();
    for n in 0..12 {
        threads.push(text(&ana.open(&stage.room, &format!("Thread {n}")).await["id"]));
    }
    for at in [2, 7] {
        stage.chair.done("PUT", &format!("/threads/{}/pin", threads[at]), json!({})).await;
    }
    for sort in ["activity", "new"] {
        for limit in [1, 2, 5] {
            let path = format!("/rooms/{}/threads?limit={limit}&sort={sort}", stage.room);
            let before = threads.len();
            let mut ids: Vec<String> = Vec::new();
            let (mut query, mut pages) = (path.clone(), 0);
            loop {
                let page = ana.read(&query).await;
                ids.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])));
                // Those that have not come yet move up, one is pinned, and one is no longer; a new one comes.
                pages += 1;
                let hidden: Vec<&String> = threads[..before].iter().filter(|id| !ids.contains(id)).collect();
                match (pages % 4, hidden.as_slice()) {
                    (1, [.., last]) => drop(ana.say(last, "Up").await),
                    (2, [first, ..]) => {
                        stage.chair.done("PUT", &format!("/threads/{first}/pin"), json!({})).await;
                    }
                    (3, [first, .., last]) => {
                        stage.chair.done("DELETE", &format!("/threads/{first}/pin"), json!({})).await;
                        ana.say(last, "Up as well").await;
                    }
                    (0, [.., last]) => {
                        stage.chair.done("DELETE", &format!("/threads/{last}/pin"), json!({})).await;
                    }
                    _ => {}
                }
                match page["next"].as_str() {
                    Some(next) => query = format!("{path}&after={next}"),
                    None => break,
                }
            }
            let mut once = ids.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), ids.len(), "{sort} by {limit}: none comes twice");
            assert_eq!(once.len(), before, "{sort} by {limit}: each thread comes");
            threads.push(text(&ana.open(&stage.room, "One more").await["id"]));
        }
    }
    for wrong in ["1~2", "1.x~2", "x", "1.2~x", "~", "1.2"] {
        let answer = ana.get(&format!("/rooms/{}/threads?after={wrong}", stage.room)).await;
        assert_eq!(answer.code(), (400, "malformed"), "{wrong}");
    }
    stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_are_numbered_in_their_thread_and_found_by_number_and_time() {
    let stage = Stage::new(json!({})).await;
    let ana = stage.server.person("Ana", "workers").await;
    let opened = ana.open(&stage.room, "A thread").await;
    let thread = text(&opened["id"]);
    let other = stage.thread(&ana).await;
    assert_eq!(opened["first_post"]["number"], 1);
    let mut of_number = vec![opened["first_post"].clone()];
    for n in 2..=20 {
        ana.say(&other, "Elsewhere").await;
        let post = match n % 3 {
            0 => reply(&ana, &thread, &of_number[n / 3], "An answer").await,
            _ => ana.say(&thread, "On its own").await,
        };
        assert_eq!(post["number"], n);
        of_number.push(post);
    }
    let path = format!("/threads/{thread}/posts?limit=4");
    // The number is the same in either order; the position is that of the order.
    for order in ["seq", "tree"] {
        let (mut query, mut at) = (format!("{path}&order={order}"), 1);
        loop {
            let page = ana.read(&query).await;
            assert_eq!(page["position"], at);
            let items = page["items"].as_array().unwrap();
            for item in items {
                let number = item["number"].as_u64().unwrap() as usize;
                assert_eq!(item["id"], of_number[number - 1]["id"]);
            }
            at += items.len();
            match page["next"].as_str() {
                Some(next) => query = format!("{path}&order={order}&after={next}"),
                None => break,
            }
        }
        assert_eq!(at, 21);
        let numbers = async |query: String| -> Vec<i64> {
            let page = ana.read(&format!("{path}&order={order}&{query}")).await;
            page["items"].as_array().unwrap().iter().map(|item| item["number"].as_i64().unwrap()).collect()
        };
        for number in 1..=20 {
            assert!(numbers(format!("around_number={number}")).await.contains(&number));
            let at = text(&of_number[number as usize - 1]["created_at"]);
            assert!(numbers(format!("around_time={at}")).await.contains(&number), "{order} {number} {at}");
        }
        assert!(numbers("around_number=2147483647".into()).await.contains(&20));
        assert!(numbers("around_number=-2147483648".into()).await.contains(&1));
        assert!(numbers("around_time=9999-12-31T23:59:59Z".into()).await.contains(&20));
        assert!(numbers("around_time=1066-10-14T00:00:00Z".into()).await.contains(&1));
    }
    for wrong in [
        "around=1&around_number=1",
        "around_number=1&around_time=2027-01-01T00:00:00Z",
        "around_number=x",
        "around_number=99999999999",
        "around_time=today",
        "after=1&around_number=1",
    ] {
        assert_eq!(ana.get(&format!("{path}&{wrong}")).await.code().0, 400, "{wrong}");
    }
    stage.server.stop().await;
}
