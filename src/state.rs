//! What every handler gets, so that `http` and `live` need not know `app`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::config::Config;
use crate::db::Pool;
use crate::db::private::Calm;
use crate::features::screens::live::Screens;
use crate::kernel::access::Access;
use crate::kernel::actions::{Accounts, Ctx};
use crate::kernel::domain::seal::Key;
use crate::kernel::http::audit_lines::Audit;
use crate::kernel::http::connections::Connections;
use crate::kernel::http::limits::Limits;
use crate::kernel::http::methods::Methods;
use crate::kernel::http::tries::Tries;
use crate::kernel::http::writes::Writes;
use crate::kernel::live::hub::Hub;
use crate::kernel::reads::{Reads, SessionParts};

/// The shared state of the server.
pub struct State {
    pub config: Config,
    /// The origins that browsers may come from, such as `https://dialogue.example.org`.
    pub origins: Vec<String>,
    pub db: Pool,
    pub access: Arc<Access>,
    /// For changes in rooms.
    pub ctx: Ctx,
    /// For changes of accounts.
    pub accounts: Accounts,
    /// Changes when the database is restored from a backup.
    pub epoch: uuid::Uuid,
    pub hub: Arc<Hub>,
    /// The screens in halls that are connected to this node.
    pub screens: Arc<Screens>,
    pub limits: Limits,
    /// Tries at passwords, and at what is secret besides.
    pub tries: Tries,
    /// The log of security.
    pub audit: Audit,
    /// Seals the marks of browsers.
    pub device_key: Key,
    pub reads: Arc<Reads>,
    /// The OpenAPI of the server.
    pub document: serde_json::Value,
    /// Which methods each path has.
    pub methods: Methods,
    /// What the features keep in memory of sessions.
    pub session_parts: SessionParts,
    /// The connections to this node.
    pub connections: Arc<Connections>,
    /// Whether the database takes writes.
    pub writes: Writes,
    /// Lets the private PostgreSQL be started again at a calm moment.
    pub calm: Arc<Calm>,
    /// False once the server is told to stop.
    pub ready: AtomicBool,
}

impl State {
    /// The public address of the site.
    pub fn url(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    /// The page on which an invitation is used.
    pub fn invitation_link(&self, token: &str) -> String {
        format!("{}/register?invitation={token}", self.url())
    }

    /// True when the site is served over TLS, so that cookies can insist on it.
    pub fn is_https(&self) -> bool {
        self.url().starts_with("https://")
    }

    /// Name of the sign-in cookie.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-plenary" } else { "plenary" }
    }
}
