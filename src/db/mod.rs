//! The connection pool, its timeouts, the embedded migrations, and the private PostgreSQL.

mod connect;
mod pool;
pub mod private;

pub use connect::connect_with_retries as connect;
pub use pool::{Conn, Pool, holds_none};

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::Pool as DeadPool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use futures_util::FutureExt;

/// The schema, as this binary needs it.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a request waits for a connection before it is answered 503.
const WAIT: Duration = Duration::from_secs(2);

/// What every connection is told first: no statement, lock or idle transaction may hold others up.
const SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; \
    SET idle_in_transaction_session_timeout = '10s'; SET timezone = 'UTC'";

/// Makes the pool. Connects lazily: nothing fails here when the database is away.
pub fn pool(url: &str, size: usize) -> Pool {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(|url| prepared(url.to_owned()).boxed());
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config);
    let pool = DeadPool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .expect("a pool with a runtime and timeouts always builds");
    Pool::new(pool)
}

async fn prepared(url: String) -> ConnectionResult<AsyncPgConnection> {
    let mut conn = connect::establish(&url).await?;
    conn.batch_execute(SETTINGS).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}

/// Brings the schema up to date. Several nodes may call it at once: they take turns.
///
/// # Errors
/// One line for the operator: the database is out of reach, or a migration failed.
pub async fn migrate(url: &str) -> Result<Vec<String>, String> {
    let mut conn = connect(url).await?;
    // Held until the connection ends. The number is ours alone: "plenary" on a phone keypad.
    conn.batch_execute("SELECT pg_advisory_lock(7536279)")
        .await
        .map_err(|error| format!("The migration lock cannot be taken: {error}"))?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let done =
        harness.run_pending_migrations(MIGRATIONS).map_err(|error| format!("A migration failed: {error}"))?;
    Ok(done.iter().map(ToString::to_string).collect())
}
