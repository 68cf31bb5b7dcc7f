//! Secret ballots against who reads PostgreSQL's own files: a superuser who looks at every version of every row,
//! right after the last ballot, and knows how this server works.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::json;
use uuid::Uuid;

use super::{Hall, choose, vote};
use crate::support::rooms::Person;

/// The tables where voters are marked, and where what they chose is counted.
const VOTERS: &str = "poll_voters";
const COUNTED: &str = "secret_counts";

/// A version of a row as it lies in the heap, dead or alive, in the order of its place.
#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    xmin: i64,
    #[diesel(sql_type = BigInt)]
    xmax: i64,
    #[diesel(sql_type = Array<Nullable<Binary>>)]
    attributes: Vec<Option<Vec<u8>>>,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
}

/// A superuser's connection to the server's database.
async fn superuser(hall: &Hall) -> AsyncPgConnection {
    let mut db = AsyncPgConnection::establish(&hall.stage.server.superuser_url()).await.unwrap();
    db.batch_execute("CREATE EXTENSION IF NOT EXISTS pageinspect").await.unwrap();
    db
}

/// Every version of every row of a table, with the names of its columns.
async fn versions(db: &mut AsyncPgConnection, table: &str) -> (Vec<String>, Vec<Version>) {
    let columns = format!(
        "SELECT attname::text AS name FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 \
         ORDER BY attnum"
    );
    let columns: Vec<Column> = diesel::sql_query(columns).load(db).await.unwrap();
    let items = format!(
        "SELECT t_xmin::text::bigint AS xmin, t_xmax::text::bigint AS xmax, t_attrs AS attributes \
         FROM generate_series(0, pg_relation_size('{table}') / 8192 - 1) page, \
           LATERAL heap_page_item_attrs(get_raw_page('{table}', page::int), '{table}'::regclass) \
         WHERE t_attrs IS NOT NULL ORDER BY page, lp"
    );
    let rows = diesel::sql_query(items).load(db).await.unwrap();
    (columns.into_iter().map(|column| column.name).collect(), rows)
}

impl Version {
    fn bytes(&self, columns: &[String], name: &str) -> &[u8] {
        let at = columns.iter().position(|column| column == name).expect("the column is there");
        self.attributes[at].as_deref().unwrap_or_default()
    }
}

/// What the heap says of a poll: who was marked as having voted, in order of the transactions that did it, and each
/// state of the counters, by the transaction that wrote it.
struct Found {
    marks: Vec<(i64, Uuid)>,
    states: BTreeMap<i64, BTreeMap<Vec<Vec<u8>>, i32>>,
    /// Transactions that ended a version of a counter.
    ended: HashSet<i64>,
    /// Counters that stand, in the order of their place.
    places: Vec<Vec<u8>>,
}

async fn look(db: &mut AsyncPgConnection, poll: Uuid) -> Found {
    let (columns, rows) = versions(db, VOTERS).await;
    let own = |columns: &[String], row: &Version| row.bytes(columns, "poll_id") == poll.as_bytes();
    let mut marks: Vec<(i64, Uuid)> = rows
        .iter()
        .filter(|row| own(&columns, row) && row.bytes(&columns, "voted") == [1])
        .map(|row| (row.xmin, Uuid::from_slice(row.bytes(&columns, "member_id")).unwrap()))
        .collect();
    // The first version that says so; a later one only repeats it.
    marks.sort_unstable();
    let mut seen = HashSet::new();
    marks.retain(|(_, member)| seen.insert(*member));

    let (columns, rows) = versions(db, COUNTED).await;
    let mut found = Found { marks, states: BTreeMap::new(), ended: HashSet::new(), places: Vec::new() };
    for row in rows.iter().filter(|row| own(&columns, row)) {
        let key: Vec<Vec<u8>> = columns
            .iter()
            .filter(|name| *name != "votes")
            .map(|name| row.bytes(&columns, name).to_vec())
            .collect();
        let votes = i32::from_le_bytes(row.bytes(&columns, "votes").try_into().unwrap());
        found.places.push(row.bytes(&columns, "choice").to_vec());
        found.states.entry(row.xmin).or_default().insert(key, votes);
        if row.xmax != 0 {
            found.ended.insert(row.xmax);
        }
    }
    found
}

/// Which choice a step from one state of the counters to the next added, where it is one ballot's.
fn added(
    before: &BTreeMap<Vec<Vec<u8>>, i32>,
    after: &BTreeMap<Vec<Vec<u8>>, i32>,
    columns: usize,
) -> Option<i32> {
    let grown: Vec<_> =
        after.iter().filter(|(key, votes)| **votes == before.get(*key).unwrap_or(&0) + 1).collect();
    let all: i32 = after.iter().map(|(key, votes)| votes - before.get(key).unwrap_or(&0)).sum();
    let [(key, _)] = grown[..] else { return None };
    let choice = key.iter().rev().find(|bytes| bytes.len() == 4)?;
    let choice = i32::from_le_bytes(choice.as_slice().try_into().ok()?);
    (all == 1 && (0..columns as i32).contains(&choice)).then_some(choice)
}

/// What the reader takes each voter to have chosen.
fn linked(found: &Found, columns: usize) -> HashMap<Uuid, i32> {
    let states: Vec<_> = found.states.iter().collect();
    let mut links = HashMap::new();
    for pair in states.windows(2) {
        let ((_, before), (transaction, after)) = (pair[0], pair[1]);
        let Some(choice) = added(before, after, columns) else { continue };
        // The voter of the same transaction; else the one marked last before it, or first after it.
        let same = found.marks.iter().find(|(mark, _)| mark == transaction);
        let before = found.marks.iter().rev().find(|(mark, _)| mark < transaction);
        if let Some((_, voter)) = same.or(before) {
            links.entry(*voter).or_insert(choice);
        }
    }
    links
}

/// Votes of the people in an order that says nothing, and what each chose.
async fn voted(hall: &Hall, poll: &str, people: &[&Person], columns: usize) -> HashMap<Uuid, i32> {
    let mut chosen = HashMap::new();
    for (at, person) in people.iter().enumerate() {
        let choice = (at * 7 + at / 2) % columns;
        vote(person, poll, choose(&[choice as u32])).await;
        chosen.insert(person.id, choice as i32);
    }
    assert_eq!(chosen.len(), people.len());
    hall.told(poll, people.len() as i64).await;
    chosen
}

/// How many ballots the reader links to their voter.
async fn attack(sizes: &[(&str, usize)], other_open: bool) -> usize {
    const COLUMNS: usize = 3;
    let hall = Hall::new(sizes).await;
    let other = if other_open { Some(hall.open(json!({ "secret": true })).await) } else { None };
    let poll = hall.open(json!({ "secret": true })).await;
    let people: Vec<&Person> = sizes.iter().flat_map(|(of, _)| hall.of(of)).collect();
    let chosen = voted(&hall, &poll, &people, COLUMNS).await;
    let mut db = superuser(&hall).await;
    let id: Uuid = poll.parse().unwrap();
    let found = look(&mut db, id).await;
    assert_eq!(found.marks.len(), people.len(), "that they voted is no secret");
    assert!(!found.states.is_empty(), "the reader looks at the right table");
    let links = linked(&found, COLUMNS);
    let right = links.iter().filter(|(voter, choice)| chosen.get(*voter) == Some(*choice)).count();
    println!("{} voters: {} states of the counters, {right} linked", people.len(), found.states.len());
    if right == 0 {
        // Not even parts of an earlier state are there, nor a trace of who ended one; and the places of the rows
        // say nothing: they lie in the order of their keys.
        assert_eq!(found.states.len(), 1);
        assert_eq!(found.ended, HashSet::new());
        assert!(found.places.len().is_multiple_of(COLUMNS));
        let orders: Vec<&[Vec<u8>]> = found.places.chunks(COLUMNS).collect();
        assert!(orders.iter().all(|order| order.is_sorted() && *order == orders[0]), "{orders:?}");
        nothing_in_files(&mut db, id).await;
    }
    if let Some(other) = other {
        hall.act(&other, "cancel", json!({ "reason": "Done" })).await;
    }
    // Once it is closed, nothing is left but the result.
    let closed = hall.close(&poll).await;
    assert_eq!(closed["ballots"], people.len());
    if right == 0 {
        assert_eq!(look(&mut db, id).await.states.len(), 0);
    }
    hall.stage.server.stop().await;
    right
}

/// Of a file that no table has any more, nothing of the poll is left.
async fn nothing_in_files(db: &mut AsyncPgConnection, poll: Uuid) {
    db.batch_execute("CHECKPOINT").await.unwrap();
    let hex = poll.simple().to_string();
    let orphans = format!(
        "SELECT file AS name FROM pg_database d, LATERAL pg_ls_dir('base/' || d.oid) file \
         WHERE d.datname = current_database() AND file ~ '^[0-9]+$' \
           AND NOT EXISTS (SELECT FROM pg_class c WHERE pg_relation_filenode(c.oid) = file::bigint) \
           AND position('\\x{hex}'::bytea IN coalesce(pg_read_binary_file('base/' || d.oid || '/' || file, 0, 100000000, true), \
             ''::bytea)) > 0"
    );
    let orphans: Vec<Column> = diesel::sql_query(orphans).load(db).await.unwrap();
    assert_eq!(orphans.iter().map(|file| &*file.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_the_heap_links_none_of_five_voters() {
    assert_eq!(attack(&[("workers", 3), ("employers", 2)], false).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_the_heap_links_none_of_twelve_voters() {
    assert_eq!(attack(&[("workers", 6), ("employers", 6)], true).await, 0);
}
