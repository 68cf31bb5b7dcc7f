//! Opening a connection: in the clear, or with TLS where the address asks for it.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long one attempt to connect may take when the server starts.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long connecting is tried again when the server starts.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a database on another machine may leave bytes unacknowledged before it counts as gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// Connects once. With `sslmode=require` in the address the connection is encrypted, and the
/// server's certificate must be valid for its name under the machine's root certificates
/// (`SSL_CERT_FILE` names others).
///
/// # Errors
/// The address is not one, or the database is out of reach.
pub async fn establish(url: &str) -> ConnectionResult<AsyncPgConnection> {
    let failed = |error: tokio_postgres::Error| ConnectionError::BadConnection(said(&error));
    let mut config: Config = url.parse().map_err(failed)?;
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
    if config.get_ssl_mode() == SslMode::Require {
        let tls = TLS.clone().map_err(ConnectionError::BadConnection)?;
        let (client, connection) = config.connect(MakeRustlsConnect::new(tls)).await.map_err(failed)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    } else {
        let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
}

/// Connects, and tries again for half a minute where that fails: PostgreSQL may be starting, as
/// after a crash or with the machine, or it ended the moment before and is being started again.
///
/// # Errors
/// One line for the operator: the database stayed out of reach.
pub async fn connect_with_retries(url: &str) -> Result<AsyncPgConnection, String> {
    let since = Instant::now();
    loop {
        let error = match tokio::time::timeout(CONNECT_TIME, establish(url)).await {
            Ok(Ok(conn)) => return Ok(conn),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".into(),
        };
        if since.elapsed() > PATIENCE || is_final(&error) {
            return Err(format!("The database cannot be reached: {error}"));
        }
        tracing::warn!(%error, "the database cannot be reached yet");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The error with what PostgreSQL says; its address and password are never in it.
fn said(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Errors that waiting does not mend.
fn is_final(error: &str) -> bool {
    let signs =
        ["authentication failed", "does not exist", "invalid c", "no pg_hba.conf entry", "certificate"];
    signs.iter().any(|sign| error.contains(sign))
}

static TLS: LazyLock<Result<ClientConfig, String>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("there are no root certificates on this machine to check the database's with".into());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
});
