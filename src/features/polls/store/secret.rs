//! The counters of secret ballots. Their table is written anew, into a new file, with every ballot: the database's
//! files hold one state of it, so that no two can be compared.

use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::kernel::models::Db;
use crate::schema::secret_counts;

/// Makes the counters of a poll, all at zero, for each block that has none.
///
/// # Errors
/// From the database.
pub async fn make(db: &mut Db, poll: Uuid, columns: usize) -> QueryResult<()> {
    diesel::sql_query(
        "SELECT rewrite_secret_counts(array(SELECT ROW($1, v.block, c, 0)::secret_counts FROM \
           (SELECT DISTINCT block FROM poll_voters WHERE poll_id = $1) v, generate_series(0, $2 - 1) c), NULL)",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<Integer, _>(columns as i32)
    .execute(db)
    .await?;
    Ok(())
}

/// Counts a ballot.
///
/// # Errors
/// From the database.
pub async fn count(db: &mut Db, poll: Uuid, member: Uuid, columns: &[usize]) -> QueryResult<()> {
    diesel::sql_query(
        "SELECT rewrite_secret_counts(array(SELECT ROW(v.poll_id, v.block, c, 1)::secret_counts \
           FROM poll_voters v, unnest($3) c WHERE v.poll_id = $1 AND v.member_id = $2), NULL)",
    )
    .bind::<SqlUuid, _>(poll)
    .bind::<SqlUuid, _>(member)
    .bind::<Array<Integer>, _>(columns.iter().map(|at| *at as i32).collect::<Vec<_>>())
    .execute(db)
    .await?;
    Ok(())
}

/// The counters of a poll: (block, column, votes).
///
/// # Errors
/// From the database.
pub async fn counts(db: &mut Db, poll: Uuid) -> QueryResult<Vec<(i16, i32, i32)>> {
    secret_counts::table
        .filter(secret_counts::poll_id.eq(poll))
        .order((secret_counts::block, secret_counts::choice))
        .select((secret_counts::block, secret_counts::choice, secret_counts::votes))
        .load(db)
        .await
}

/// Forgets the counters of a poll that has ended.
///
/// # Errors
/// From the database.
pub async fn forget(db: &mut Db, poll: Uuid) -> QueryResult<()> {
    diesel::sql_query("SELECT rewrite_secret_counts(array[]::secret_counts[], $1)")
        .bind::<SqlUuid, _>(poll)
        .execute(db)
        .await?;
    Ok(())
}
