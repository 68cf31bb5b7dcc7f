//! The settings of an installation, and the only reader of the environment.
//!
//! Every setting is an environment variable and a flag of `plenary serve`. Tests build
//! [`Config`] directly.

mod waits;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

pub use waits::Waits;

/// Time between two heartbeats of a live connection.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// Characters of the token for metrics, at least.
const METRICS_TOKEN_MIN: usize = 24;

/// Who may become a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Whoever registers takes part at once; the constituency still awaits confirmation.
    Open,
    /// A steward confirms each new member first.
    Approval,
    /// Only who holds an invitation can register.
    Invitation,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    /// True when on.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Where the data is: what `serve`, `migrate`, `user` and the other subcommands share.
#[derive(Debug, Clone, Args)]
pub struct DataConfig {
    /// Folder for the private PostgreSQL and other files of this installation.
    #[arg(long = "data", env = "PLENARY_DATA", default_value = "./data", value_name = "DIR")]
    pub data: PathBuf,

    /// PostgreSQL to use. Without it, Plenary runs a private one in the data folder.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// All settings of a running server.
#[derive(Debug, Clone, Args)]
pub struct Config {
    #[command(flatten)]
    pub data: DataConfig,

    /// NATS, where several servers share one PostgreSQL: nats://user:password@host:4222, or tls://.
    /// Several addresses of one cluster with commas between them.
    #[arg(long, env = "NATS_URL", value_name = "URL", hide_env_values = true)]
    pub nats_url: Option<String>,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = "PLENARY_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,

    /// The public origin, such as https://dialogue.example.org. Default: http:// and the listening address.
    #[arg(long, env = "PLENARY_URL", value_name = "URL")]
    pub url: Option<String>,

    /// Load the demo workshop into an empty database and offer sign-in by one click. Never for real dialogue.
    #[arg(long, env = "PLENARY_DEMO", value_enum, default_value = "off")]
    pub demo: Switch,

    /// Who may become a member.
    #[arg(long, env = "PLENARY_REGISTRATION", value_enum, default_value = "approval")]
    pub registration: Registration,

    /// Rate limits. `off` is accepted only when listening on loopback, for load tests.
    #[arg(long, env = "PLENARY_RATE_LIMITS", value_enum, default_value = "on")]
    pub rate_limits: Switch,

    /// Trust the last address in X-Forwarded-For: set it when a reverse proxy stands in front.
    #[arg(long, env = "PLENARY_BEHIND_PROXY", value_enum, default_value = "off")]
    pub behind_proxy: Switch,

    /// A secret with which /metrics may be read from elsewhere, as `Authorization: Bearer`. Without it, only this
    /// machine reads them.
    #[arg(long, env = "PLENARY_METRICS_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,

    /// Worker threads of the HTTP server; 0 is one for each processor.
    #[arg(long, env = "PLENARY_WORKERS", default_value_t = 0, value_name = "N")]
    pub workers: usize,

    /// Connections to PostgreSQL.
    #[arg(long, env = "PLENARY_DB_CONNECTIONS", default_value_t = 20, value_name = "N",
          value_parser = clap::value_parser!(u16).range(4..=500))]
    pub db_connections: u16,

    /// Time between two heartbeats of a live connection. Not a setting: shorter in tests only.
    #[arg(skip = HEARTBEAT)]
    pub heartbeat: Duration,

    /// How long anything may take. Not a setting: shorter in tests only.
    #[arg(skip)]
    pub waits: Waits,
}

/// How log lines look; read before anything else.
#[derive(Debug, Clone, Args)]
pub struct LogConfig {
    /// Format of log lines.
    #[arg(long = "log", env = "PLENARY_LOG", value_enum, default_value = "pretty", global = true)]
    pub format: LogFormat,

    /// What is logged, such as `info` or `plenary=debug,warn`.
    #[arg(long = "log-filter", env = "PLENARY_LOG_FILTER", default_value = "info", global = true)]
    pub filter: String,
}

impl Config {
    /// Settings for a server of its own on a free port, as the tests use it.
    pub fn for_test(database_url: String) -> Self {
        Self {
            data: DataConfig { data: PathBuf::from("data"), database_url: Some(database_url) },
            nats_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            url: None,
            demo: Switch::Off,
            registration: Registration::Open,
            rate_limits: Switch::Off,
            behind_proxy: Switch::Off,
            metrics_token: None,
            workers: 2,
            db_connections: 8,
            heartbeat: HEARTBEAT,
            waits: Waits::default(),
        }
    }

    /// True for a server that only this machine is meant to reach, directly.
    pub fn is_local(&self) -> bool {
        self.url.is_none() && self.listen.ip().is_loopback() && !self.behind_proxy.is_on()
    }

    /// Finds settings that contradict each other.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn check(&self) -> Result<(), String> {
        if !self.rate_limits.is_on() && !self.listen.ip().is_loopback() {
            return Err(
                "PLENARY_RATE_LIMITS=off is accepted only when PLENARY_LISTEN is a loopback address.".into(),
            );
        }
        if self.metrics_token.as_ref().is_some_and(|token| token.len() < METRICS_TOKEN_MIN) {
            return Err(format!("PLENARY_METRICS_TOKEN must have at least {METRICS_TOKEN_MIN} characters."));
        }
        if let Some(url) = &self.url {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if rest.is_none_or(|host| host.is_empty() || host.contains('/')) {
                return Err(format!(
                    "PLENARY_URL must be an origin such as https://dialogue.example.org, without a path: {url}"
                ));
            }
        }
        Ok(())
    }
}
