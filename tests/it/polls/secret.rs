//! Secret ballots: nothing that is stored links a voter and a choice.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{Hall, choose, try_vote, vote};
use crate::support::Server;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn lines(server: &Server, query: String) -> Vec<String> {
    let found: Vec<Line> = diesel::sql_query(query).load(&mut server.connection().await).await.unwrap();
    found.into_iter().map(|line| line.line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_links_a_voter_and_a_choice() {
    let hall = Hall::new(&[("workers", 6), ("employers", 6)]).await;
    let server = &hall.stage.server;
    let poll = hall.open(json!({ "kind": "approval", "secret": true })).await;
    let voters: Vec<_> = hall.of("workers").into_iter().chain(hall.of("employers")).collect();
    for (at, person) in voters.iter().enumerate() {
        let answer = vote(person, &poll, choose(if at % 2 == 0 { &[0, 2] } else { &[1] })).await;
        assert_eq!(answer["yours"], json!({ "eligible": true, "voted": true }), "not even to themselves");
        // All counters are rows of one and the same transaction, whatever was chosen.
        let writers = format!(
            "SELECT count(DISTINCT xmin::text) AS number FROM secret_counts WHERE poll_id = '{poll}'"
        );
        let writers: Number =
            diesel::sql_query(writers).get_result(&mut server.connection().await).await.unwrap();
        assert_eq!(writers.number, 1);
    }
    assert_eq!(server.count("ballots").await, 0);

    // A voter's row says that they answered, and nothing else: two who chose differently differ in nothing.
    let columns = "SELECT string_agg(column_name, ',' ORDER BY column_name) AS line \
        FROM information_schema.columns WHERE table_name = ";
    assert_eq!(
        lines(server, format!("{columns}'poll_voters'")).await,
        ["block,confirmed,constituency,member_id,poll_id,voted"]
    );
    assert_eq!(lines(server, format!("{columns}'secret_counts'")).await, ["block,choice,poll_id,votes"]);
    // And nowhere in the database is a voter's id in a row with the poll's, but there.
    let tables = "SELECT table_name::text AS line FROM information_schema.tables \
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
    for table in lines(server, tables.into()).await {
        let both = format!("{table} t WHERE t::text LIKE '%{poll}%' AND t::text LIKE '%{}%'", voters[3].id);
        let expected = i64::from(table == "poll_voters");
        assert_eq!(server.count(&both).await, expected, "{table}");
    }

    assert_eq!(try_vote(voters[0], &poll, choose(&[1])).await.code(), (409, "already_voted"));
    let results = &hall.close(&poll).await["results"];
    assert_eq!(results["total"], json!({ "ballots": 12, "counts": [6, 6, 6] }));
    assert_eq!(results["rows"][0]["counts"], json!([3, 3, 3]));
    hall.stage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_group_of_one_mind_is_shown_with_others_only() {
    let hall = Hall::new(&[("workers", 6), ("employers", 6), ("government", 6)]).await;
    let poll = hall.open(json!({ "secret": true })).await;
    for (constituency, options) in
        [("workers", [0, 0, 0]), ("employers", [0, 1, 2]), ("government", [1, 2, 2])]
    {
        for (at, person) in hall.of(constituency).into_iter().enumerate() {
            vote(person, &poll, choose(&[options[at % 3]])).await;
        }
    }
    let results = &hall.close(&poll).await["results"];
    let rows: Vec<&str> =
        results["rows"].as_array().unwrap().iter().map(|row| row["constituency"].as_str().unwrap()).collect();
    assert_eq!(rows.len(), 1, "{results}");
    assert!(results["hidden"].as_array().unwrap().contains(&json!("workers")), "{results}");
    assert_eq!(results["total"]["counts"], json!([8, 4, 6]));
    assert_eq!(results.get("equal_strength"), None, "it could be computed back");
    hall.stage.server.stop().await;
}
