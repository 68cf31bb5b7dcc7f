//! The row of the installation, and advisory locks.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use crate::schema::installation;

diesel::define_sql_function! {
    /// Takes a lock of the connection, or says at once that it cannot.
    fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}
diesel::define_sql_function! {
    /// Gives a lock of the connection back.
    fn pg_advisory_unlock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

/// Not the number of the migrations; "demo" on a phone keypad.
const DEMO_LOCK: i64 = 3366;

/// Changes when the database is restored from a backup.
///
/// # Errors
/// From the database.
pub async fn epoch(db: &mut Db) -> QueryResult<Uuid> {
    installation::table.select(installation::epoch).first(db).await
}

/// What the nodes of the installation share and nobody else knows.
///
/// # Errors
/// From the database.
pub async fn secret(db: &mut Db) -> QueryResult<Vec<u8>> {
    installation::table.select(installation::secret).first(db).await
}

/// Which database this is, for all nodes on it the same and unlike a copy of it that was made from a
/// dump: the epoch alone would be copied too.
///
/// # Errors
/// From the database.
pub async fn identity(db: &mut Db) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        identity: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT md5(concat_ws(' ', i.epoch, c.system_identifier, d.oid)) AS identity \
         FROM installation i, pg_control_system() c, pg_database d WHERE d.datname = current_database()",
    )
    .get_result(db)
    .await?;
    Ok(row.identity)
}

/// Holds the installation until the transaction ends: who makes an admin, or a link for the first one, is alone.
///
/// # Errors
/// From the database.
pub async fn lock(db: &mut Db) -> QueryResult<()> {
    installation::table.select(installation::id).for_update().first::<bool>(db).await.map(drop)
}

/// When the demo was loaded, if it was.
///
/// # Errors
/// From the database.
pub async fn demo_loaded_at(db: &mut Db) -> QueryResult<Option<DateTime<Utc>>> {
    installation::table.select(installation::demo_loaded_at).first(db).await
}

/// Notes that the demo is loaded.
///
/// # Errors
/// From the database.
pub async fn set_demo_loaded(db: &mut Db) -> QueryResult<()> {
    diesel::update(installation::table).set(installation::demo_loaded_at.eq(Utc::now())).execute(db).await?;
    Ok(())
}

/// Takes the right to load the demo, for as long as this connection lasts. False when another has it.
///
/// # Errors
/// From the database.
pub async fn take_demo_lock(db: &mut Db) -> QueryResult<bool> {
    diesel::select(pg_try_advisory_lock(DEMO_LOCK)).get_result(db).await
}

/// Gives the right to load the demo back.
///
/// # Errors
/// From the database.
pub async fn leave_demo_lock(db: &mut Db) -> QueryResult<()> {
    diesel::select(pg_advisory_unlock(DEMO_LOCK)).execute(db).await?;
    Ok(())
}

/// Tries what changes need: plpgsql, which the triggers are written in, and a write, which is rolled
/// back. With `thorough`, also whether a table can grow by a megabyte.
///
/// # Errors
/// From the database.
pub async fn try_write(db: &mut Db, thorough: bool) -> QueryResult<()> {
    // One statement, whose inner part is rolled back: nothing is left open where it is cut off.
    let grow = if thorough {
        "CREATE TEMPORARY TABLE readiness AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n;"
    } else {
        ""
    };
    let statement = format!(
        "DO $$ BEGIN UPDATE installation SET epoch = epoch; {grow}
            RAISE EXCEPTION 'rolled back' USING ERRCODE = 'PL001';
        EXCEPTION WHEN SQLSTATE 'PL001' THEN NULL; END $$"
    );
    diesel::sql_query(statement).execute(db).await.map(drop)
}
