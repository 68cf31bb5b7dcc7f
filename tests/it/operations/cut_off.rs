//! Requests that are cut off in the middle of a query leave no connection in a wrong state.

use std::time::Duration;

use diesel::sql_types::{BigInt, Double};
use diesel_async::{AnsiTransactionManager, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use plenary::db::{self, Pool};

use crate::support::postgres::Database;
use crate::support::rooms::until;

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A slow query whose answer is known.
async fn echo(pool: &Pool, n: i64, seconds: f64) -> i64 {
    let mut db = pool.get().await.unwrap();
    let query = diesel::sql_query("SELECT $1 AS n FROM pg_sleep($2)");
    query.bind::<BigInt, _>(n).bind::<Double, _>(seconds).get_result::<Number>(&mut db).await.unwrap().n
}

/// A change that is never committed in time.
async fn change(pool: &Pool) {
    let mut db = pool.get().await.unwrap();
    AnsiTransactionManager::begin_transaction(&mut *db).await.unwrap();
    db.batch_execute("UPDATE installation SET epoch = gen_random_uuid()").await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    AnsiTransactionManager::commit_transaction(&mut *db).await.unwrap();
}

async fn count(pool: &Pool, from: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {from}"));
    query.get_result::<Number>(&mut pool.get().await.unwrap()).await.unwrap().n
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_off_query_leaves_no_foreign_answer_and_no_open_transaction() {
    let database = Database::new().await;
    let pool = db::pool(database.url(), 3);
    let epoch = plenary::kernel::models::installation::epoch(&mut pool.get().await.unwrap()).await.unwrap();
    for n in 0..200_i64 {
        // Cut off at every stage: the checkout, the parsing, the waiting, the answer.
        let after = Duration::from_micros((n.unsigned_abs() * 37) % 6_000);
        let _ = tokio::time::timeout(after, echo(&pool, -n, 0.003)).await;
        if n % 4 == 0 {
            let _ = tokio::time::timeout(after, change(&pool)).await;
        }
        let answers = futures_util::future::join_all((0..3).map(|k| echo(&pool, n * 10 + k, 0.0))).await;
        assert_eq!(answers, [n * 10, n * 10 + 1, n * 10 + 2], "round {n}");
    }
    let open = "pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    until("no transaction is open", async || count(&pool, open).await == 0).await;
    let now = plenary::kernel::models::installation::epoch(&mut pool.get().await.unwrap()).await.unwrap();
    assert_eq!(now, epoch, "what was not committed is rolled back");
    pool.close();
}
