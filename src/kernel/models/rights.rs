//! Changes of rights, which a node asks for once a second, because no message is sure to arrive.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use crate::schema::{members, rights_changes, sign_ins};

/// What a look at the changes found.
#[derive(Debug, Default)]
pub struct Changes {
    /// From here the next look has to begin.
    pub next: i64,
    /// Number of the change → member.
    pub found: HashMap<i64, Uuid>,
}

/// The changes by transactions from this one on, and where the next look begins. What was found may
/// be found again, and nothing is ever left out, in whatever order transactions end.
///
/// # Errors
/// From the database.
pub async fn changes(db: &mut Db, since: i64) -> QueryResult<Changes> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        next: i64,
        #[diesel(sql_type = Nullable<BigInt>)]
        id: Option<i64>,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        member_id: Option<Uuid>,
    }
    // One statement, hence one snapshot.
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT s.next, r.id, r.member_id \
         FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS next) s \
         LEFT JOIN rights_changes r ON r.xid >= $1",
    )
    .bind::<BigInt, _>(since)
    .load(db)
    .await?;
    let next = rows.iter().map(|row| row.next).next().unwrap_or(since);
    let found = rows.into_iter().filter_map(|row| Some((row.id?, row.member_id?))).collect();
    Ok(Changes { next, found })
}

/// Forgets changes from before.
///
/// # Errors
/// From the database.
pub async fn forget(db: &mut Db, before: DateTime<Utc>) -> QueryResult<()> {
    diesel::delete(rights_changes::table.filter(rights_changes::at.lt(before))).execute(db).await?;
    Ok(())
}

/// Which of these sign-ins have not ended.
///
/// # Errors
/// From the database.
pub async fn valid_sign_ins(db: &mut Db, ids: &[Uuid], idle_since: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    sign_ins::table
        .inner_join(members::table)
        .filter(sign_ins::id.eq_any(ids))
        .filter(sign_ins::expires_at.gt(Utc::now()).and(sign_ins::last_used_at.gt(idle_since)))
        .select(sign_ins::id)
        .load(db)
        .await
}
