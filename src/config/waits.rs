//! Time limits and size limits of the server. No settings: tests alone change them.

use std::time::Duration;

/// The limits of every wait of the HTTP server.
#[derive(Debug, Clone)]
pub struct Waits {
    /// The head of a request.
    pub head: Duration,
    /// A connection without a request.
    pub keep_alive: Duration,
    /// A connection on which nothing is going on, whatever it has begun to send. More than `keep_alive`.
    pub idle: Duration,
    /// The whole body of a request.
    pub body: Duration,
    /// The body before its rate counts.
    pub body_grace: Duration,
    /// Bytes of a body that must come each second after that.
    pub body_rate: u32,
    /// A request, from its last byte to the answer; a long poll has its own wait besides.
    pub request: Duration,
    /// The answer of `/health/ready`.
    pub ready: Duration,
    /// Requests while the private PostgreSQL is started again.
    pub restart: Duration,
    /// Between two looks at the database for entries and ends of rights that nobody told this node of.
    pub sweep: Duration,
    /// Connections of this node; None is what the limit of descriptors allows.
    pub connections: Option<usize>,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            idle: Duration::from_secs(90),
            body: Duration::from_secs(15),
            body_grace: Duration::from_secs(5),
            body_rate: 200,
            request: Duration::from_secs(10),
            ready: Duration::from_secs(2),
            restart: Duration::from_secs(5),
            sweep: Duration::from_secs(1),
            connections: None,
        }
    }
}
