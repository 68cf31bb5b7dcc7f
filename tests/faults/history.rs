//! What happened in a round, and whether it may have happened. Pure: no I/O, no clock.

use std::collections::{BTreeMap, HashMap, HashSet};

/// A post that its writer was told is there.
#[derive(Clone, Debug)]
pub struct Ack {
    pub room: String,
    pub author: String,
    pub client_id: String,
    pub post: String,
    pub seq: u64,
    /// When the first attempt began and when the answer was there, on one clock.
    pub invoked: u64,
    pub acknowledged: u64,
}

/// An entry of the log of a room.
#[derive(Clone, Debug)]
pub struct Entry {
    pub seq: u64,
    pub kind: String,
    /// The post or the thread it is about.
    pub subject: String,
}

/// A post in the database.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub seq: u64,
    pub author: String,
    pub client_id: String,
    pub body: String,
}

/// A post as the API serves it, or as the events of a socket built it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub id: String,
    pub seq: u64,
    pub body: String,
}

/// What one reader was given, over all its connections.
#[derive(Clone, Debug)]
pub struct Run {
    pub reader: String,
    pub room: String,
    /// The number it started after.
    pub since: u64,
    pub seqs: Vec<u64>,
    /// The posts as it holds them in the end, by number.
    pub view: Vec<Seen>,
}

/// A room in the end.
#[derive(Clone, Debug, Default)]
pub struct Room {
    pub head: u64,
    pub log: Vec<Entry>,
    pub rows: Vec<Row>,
    pub served: Vec<Seen>,
}

/// All that is known of a round.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub acks: Vec<Ack>,
    pub rooms: BTreeMap<String, Room>,
    pub runs: Vec<Run>,
}

/// Every broken promise, in words.
pub fn check(history: &History) -> Vec<String> {
    let mut broken = Vec::new();
    for (id, room) in &history.rooms {
        let acks: Vec<&Ack> = history.acks.iter().filter(|ack| ack.room == *id).collect();
        acknowledged_is_kept(&acks, room, &mut broken);
        nothing_is_doubled(room, &mut broken);
        numbers_have_no_gap(id, room, &mut broken);
        order_is_real(&acks, &mut broken);
        views_agree(id, room, &mut broken);
    }
    for ack in history.acks.iter().filter(|ack| !history.rooms.contains_key(&ack.room)) {
        broken.push(format!("(a) {} was acknowledged in {}, a room that is not there", ack.post, ack.room));
    }
    for run in &history.runs {
        match history.rooms.get(&run.room) {
            Some(room) => run_is_whole(run, room, &mut broken),
            None => broken.push(format!("(e) {} read {}, a room that is not there", run.reader, run.room)),
        }
    }
    broken
}

/// (a) Every acknowledged post is in the log exactly once, under the number that was told.
fn acknowledged_is_kept(acks: &[&Ack], room: &Room, broken: &mut Vec<String>) {
    let mut entries: HashMap<&str, Vec<u64>> = HashMap::new();
    for entry in room.log.iter().filter(|entry| entry.kind == "post.created") {
        entries.entry(&entry.subject).or_default().push(entry.seq);
    }
    let rows: HashMap<&str, &Row> = room.rows.iter().map(|row| (row.id.as_str(), row)).collect();
    for ack in acks {
        match entries.get(ack.post.as_str()).map(Vec::as_slice) {
            None => broken.push(format!("(a) {} was acknowledged as {} and is lost", ack.post, ack.seq)),
            Some([seq]) if *seq == ack.seq => {}
            Some(seqs) => {
                broken
                    .push(format!("(a) {} was acknowledged as {}, the log has {seqs:?}", ack.post, ack.seq));
            }
        }
        match rows.get(ack.post.as_str()) {
            Some(row) if row.client_id == ack.client_id && row.author == ack.author && row.seq == ack.seq => {
            }
            row => broken.push(format!("(a) {ack:?} is another row in the database: {row:?}")),
        }
    }
}

/// (b) No key made two posts, neither in the table nor in what is served; bodies hold their key.
fn nothing_is_doubled(room: &Room, broken: &mut Vec<String>) {
    let mut keys = HashSet::new();
    for row in room.rows.iter().filter(|row| !keys.insert((&row.author, &row.client_id))) {
        broken.push(format!("(b) two posts of {} have the key {}", row.author, row.client_id));
    }
    let mut bodies = HashSet::new();
    for post in room.served.iter().filter(|post| !bodies.insert(&post.body)) {
        broken.push(format!("(b) {} is served twice, the second time as {}", post.body, post.id));
    }
}

/// (c) Numbers start at 1 and have no gap, and the room knows its head.
fn numbers_have_no_gap(id: &str, room: &Room, broken: &mut Vec<String>) {
    if let Some((entry, expected)) = room.log.iter().zip(1..).find(|(entry, expected)| entry.seq != *expected)
    {
        broken.push(format!("(c) room {id}: {} stands where {expected} should", entry.seq));
    }
    let last = room.log.last().map_or(0, |entry| entry.seq);
    if last != room.head {
        broken.push(format!("(c) room {id}: the head is {}, the log ends at {last}", room.head));
    }
}

/// (d) What was acknowledged before another was begun has the lower number.
fn order_is_real(acks: &[&Ack], broken: &mut Vec<String>) {
    let mut by_end = acks.to_vec();
    by_end.sort_by_key(|ack| ack.acknowledged);
    let mut by_start = acks.to_vec();
    by_start.sort_by_key(|ack| ack.invoked);
    let mut ended = by_end.into_iter().peekable();
    let mut highest: Option<&Ack> = None;
    for ack in by_start {
        while let Some(before) = ended.next_if(|before| before.acknowledged < ack.invoked) {
            highest = highest.filter(|highest| highest.seq >= before.seq).or(Some(before));
        }
        if let Some(highest) = highest.filter(|highest| highest.seq >= ack.seq) {
            broken.push(format!(
                "(d) {} got {} after {} had been acknowledged as {}",
                ack.post, ack.seq, highest.post, highest.seq
            ));
        }
    }
}

/// (e) A reader was given everything after its start, once, in order, to the head; and holds what is served.
fn run_is_whole(run: &Run, room: &Room, broken: &mut Vec<String>) {
    let expected = run.since + 1..=room.head;
    if let Some((seq, expected)) =
        run.seqs.iter().zip(expected.clone()).find(|(seq, expected)| *seq != expected)
    {
        broken.push(format!("(e) {} was given {seq} where {expected} was next", run.reader));
    } else if run.seqs.len() as u64 != room.head - run.since.min(room.head) {
        let last = run.seqs.last().unwrap_or(&run.since);
        broken.push(format!("(e) {} ended at {last}, the head is {}", run.reader, room.head));
    }
    let served: Vec<&Seen> = room.served.iter().filter(|post| post.seq > run.since).collect();
    if let Some((held, served)) = difference(run.view.iter().collect(), served) {
        broken.push(format!("(f) {} holds {held:?}, served is {served:?}", run.reader));
    }
}

/// (f) The API serves what the database holds, and the log announced it.
fn views_agree(id: &str, room: &Room, broken: &mut Vec<String>) {
    let rows: Vec<Seen> = room
        .rows
        .iter()
        .map(|row| Seen { id: row.id.clone(), seq: row.seq, body: row.body.clone() })
        .collect();
    if let Some((served, row)) = difference(room.served.iter().collect(), rows.iter().collect()) {
        broken.push(format!("(f) room {id}: served is {served:?}, the database holds {row:?}"));
    }
    let announced: HashSet<u64> =
        room.log.iter().filter(|entry| entry.kind.ends_with(".created")).map(|entry| entry.seq).collect();
    for row in room.rows.iter().filter(|row| !announced.contains(&row.seq)) {
        broken.push(format!("(f) room {id}: {} has number {} and no entry in the log", row.id, row.seq));
    }
    let posts: HashSet<&str> = room.rows.iter().map(|row| row.id.as_str()).collect();
    for entry in room.log.iter().filter(|entry| entry.kind == "post.created") {
        if !posts.contains(entry.subject.as_str()) {
            broken.push(format!(
                "(f) room {id}: entry {} is about {}, which is not there",
                entry.seq, entry.subject
            ));
        }
    }
}

/// The first place where two lists of posts differ, each in the order of the numbers.
fn difference<'a>(
    mut one: Vec<&'a Seen>,
    mut other: Vec<&'a Seen>,
) -> Option<(Option<&'a Seen>, Option<&'a Seen>)> {
    one.sort_by_key(|seen| (seen.seq, &seen.id));
    other.sort_by_key(|seen| (seen.seq, &seen.id));
    let pairs =
        (0..one.len().max(other.len())).map(|place| (one.get(place).copied(), other.get(place).copied()));
    pairs.into_iter().find(|(one, other)| one != other)
}

mod tests {
    use super::*;

    /// A room where three posts were made, one after the other, and one reader saw them.
    fn good() -> History {
        let room = "r".to_owned();
        let mut history = History::default();
        let mut inside = Room { head: 4, ..Room::default() };
        inside.log.push(Entry { seq: 1, kind: "room.created".into(), subject: "r".into() });
        for seq in 2..=4 {
            let (post, author, client_id) = (format!("p{seq}"), "ana".to_owned(), format!("k{seq}"));
            let body = format!("text k{seq}");
            history.acks.push(Ack {
                room: room.clone(),
                author: author.clone(),
                client_id: client_id.clone(),
                post: post.clone(),
                seq,
                invoked: seq * 10,
                acknowledged: seq * 10 + 5,
            });
            inside.log.push(Entry { seq, kind: "post.created".into(), subject: post.clone() });
            inside.served.push(Seen { id: post.clone(), seq, body: body.clone() });
            inside.rows.push(Row { id: post, seq, author, client_id, body });
        }
        history.runs.push(Run {
            reader: "reader".into(),
            room: room.clone(),
            since: 2,
            seqs: vec![3, 4],
            view: inside.served[1..].to_vec(),
        });
        history.rooms.insert(room, inside);
        history
    }

    fn room(history: &mut History) -> &mut Room {
        history.rooms.get_mut("r").expect("the room")
    }

    /// The letters of the broken promises after a change to the good history.
    fn broken(change: impl FnOnce(&mut History)) -> String {
        let mut history = good();
        change(&mut history);
        let mut letters: Vec<char> = check(&history).iter().filter_map(|line| line.chars().nth(1)).collect();
        letters.dedup();
        letters.iter().collect()
    }

    #[test]
    fn a_good_history_breaks_nothing() {
        assert_eq!(check(&good()), Vec::<String>::new());
    }

    #[test]
    fn simultaneous_posts_may_take_any_order() {
        let both_at_once = |history: &mut History| {
            history.acks[1].invoked = 0;
            history.acks[2].invoked = 0;
            history.acks[1].acknowledged = 100;
            history.acks[2].acknowledged = 90;
        };
        assert_eq!(broken(both_at_once), "");
    }

    #[test]
    fn a_lost_post() {
        let lost = |history: &mut History| {
            let room = room(history);
            room.log.pop();
            room.rows.pop();
            room.served.pop();
            room.head = 3;
        };
        assert!(broken(lost).starts_with('a'));
    }

    #[test]
    fn an_acknowledgement_with_another_number() {
        assert_eq!(broken(|history| history.acks[2].seq = 5), "a");
    }

    #[test]
    fn a_post_that_is_twice_in_the_log() {
        let twice = |history: &mut History| {
            let room = room(history);
            room.log.push(Entry { seq: 5, kind: "post.created".into(), subject: "p4".into() });
            room.head = 5;
            history.runs[0].seqs.push(5);
        };
        assert_eq!(broken(twice), "a");
    }

    #[test]
    fn an_unacknowledged_attempt_that_was_done_twice() {
        let doubled = |history: &mut History| {
            let room = room(history);
            let row = Row { id: "p5".into(), seq: 5, ..room.rows[2].clone() };
            let seen = Seen { id: "p5".into(), seq: 5, body: row.body.clone() };
            room.rows.push(row);
            room.served.push(seen.clone());
            room.log.push(Entry { seq: 5, kind: "post.created".into(), subject: "p5".into() });
            room.head = 5;
            history.runs[0].seqs.push(5);
            history.runs[0].view.push(seen);
        };
        assert_eq!(broken(doubled), "b");
    }

    #[test]
    fn a_gap_in_the_numbers() {
        let gap = |history: &mut History| {
            let room = room(history);
            room.log.last_mut().expect("an entry").seq = 5;
            room.rows[2].seq = 5;
            room.served[2].seq = 5;
            room.head = 5;
            history.acks[2].seq = 5;
            history.runs[0].view[1].seq = 5;
        };
        assert_eq!(broken(gap), "ce");
    }

    #[test]
    fn a_head_that_is_not_the_last_entry() {
        assert!(broken(|history| room(history).head = 9).starts_with('c'));
    }

    #[test]
    fn a_later_post_with_a_lower_number() {
        let late = |history: &mut History| {
            history.acks[0].invoked = 200;
            history.acks[0].acknowledged = 210;
        };
        assert_eq!(broken(late), "d");
    }

    #[test]
    fn a_reader_who_missed_saw_twice_or_stopped_early() {
        for seqs in [vec![4], vec![3, 3, 4], vec![4, 3], vec![3], vec![], vec![3, 4, 4], vec![2, 3, 4]] {
            assert_eq!(broken(|history| history.runs[0].seqs = seqs.clone()), "e", "{seqs:?}");
        }
    }

    #[test]
    fn a_reader_who_holds_another_text() {
        assert_eq!(broken(|history| history.runs[0].view[0].body = "other".into()), "f");
        assert_eq!(broken(|history| drop(history.runs[0].view.pop())), "f");
    }

    #[test]
    fn served_is_not_what_is_stored() {
        assert_eq!(broken(|history| room(history).rows[0].body = "other".into()), "f");
        let unserved = |history: &mut History| {
            room(history).served.remove(0);
        };
        assert_eq!(broken(unserved), "f");
    }

    #[test]
    fn a_post_that_the_log_does_not_know() {
        let silent = |history: &mut History| {
            let room = room(history);
            room.rows.push(Row {
                id: "p9".into(),
                seq: 9,
                author: "ben".into(),
                client_id: "k9".into(),
                body: "t".into(),
            });
            room.served.push(Seen { id: "p9".into(), seq: 9, body: "t".into() });
            history.runs[0].view.push(Seen { id: "p9".into(), seq: 9, body: "t".into() });
        };
        assert_eq!(broken(silent), "f");
    }
}
