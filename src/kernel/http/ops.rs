//! Health and metrics, for those who run the server.

use std::sync::atomic::Ordering;

use actix_web::{HttpRequest, HttpResponse, get};

use super::extract::{Shared, address, bearer};
use crate::error::{Error, Result};
use crate::kernel::access::token_hash;
use crate::kernel::live::bus::BusState;
use crate::kernel::models::installation;
use crate::state::State;

/// The process answers.
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// The server can do its work: not when it shuts down, nor without its database, nor while that takes
/// no writes.
#[get("/health/ready")]
pub async fn ready(state: Shared) -> HttpResponse {
    let failing = state.writes.have_failed();
    let database = async {
        let mut db = state.db.get().await.ok()?;
        installation::try_write(&mut db, failing).await.ok()
    };
    let database = tokio::time::timeout(state.config.waits.ready, database).await;
    let works = matches!(database, Ok(Some(())));
    if works && failing {
        state.writes.succeeded();
    }
    if works && state.ready.load(Ordering::Acquire) {
        HttpResponse::Ok().content_type("text/plain").body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().content_type("text/plain").body("not ready\n")
    }
}

/// Metrics are read on this machine, directly, or with the token for them.
fn may_read_metrics(state: &State, request: &HttpRequest) -> bool {
    let token = state.config.metrics_token.as_deref();
    // By their hashes: how long it takes to compare those tells nothing.
    let by_token =
        token.zip(bearer(request.headers())).map(|(own, given)| token_hash(own) == token_hash(given));
    // What a proxy on this machine passes on comes from elsewhere.
    let passed_on = ["x-forwarded-for", "forwarded"].iter().any(|name| request.headers().contains_key(*name));
    let is_here = address(request, state).to_canonical().is_loopback();
    by_token.unwrap_or(false) || (is_here && (!passed_on || state.config.behind_proxy.is_on()))
}

/// Figures in the Prometheus text format. No figure is about a person or a room.
#[get("/metrics")]
pub async fn metrics(state: Shared, request: HttpRequest) -> Result<HttpResponse> {
    if !may_read_metrics(&state, &request) {
        return Err(Error::NotFound);
    }
    let (rooms, sockets) = state.hub.sizes();
    let pool = state.db.status();
    let (bus, counters) = (&state.hub.bus, &state.hub.bus.counters);
    let up = match bus.state() {
        BusState::Off => String::new(),
        other => {
            format!("# TYPE plenary_bus_up gauge\nplenary_bus_up {}\n", u8::from(other == BusState::Up))
        }
    };
    let counts = [
        ("bus_sent", &counters.sent),
        ("bus_dropped", &counters.dropped),
        ("bus_received", &counters.received),
        ("bus_refused", &counters.refused),
        ("bus_events", &counters.lines),
        ("live_caught_up", &state.hub.caught_up),
    ];
    let counts = counts.map(|(name, count)| {
        let count = count.load(Ordering::Relaxed);
        format!("# TYPE plenary_{name}_total counter\nplenary_{name}_total {count}\n")
    });
    let (connections, refused) = state.connections.figures();
    let mut body = format!(
        "# TYPE plenary_live_rooms gauge\nplenary_live_rooms {rooms}\n\
         # TYPE plenary_live_sockets gauge\nplenary_live_sockets {sockets}\n\
         # TYPE plenary_connections gauge\nplenary_connections {connections}\n\
         # TYPE plenary_connections_busy gauge\nplenary_connections_busy {}\n\
         # TYPE plenary_connections_refused_total counter\nplenary_connections_refused_total {refused}\n\
         # TYPE plenary_database_connections gauge\nplenary_database_connections {}\n\
         # TYPE plenary_database_waiting gauge\nplenary_database_waiting {}\n",
        state.connections.busy(),
        pool.size,
        pool.waiting
    );
    body.push_str(&up);
    body.push_str(&counts.concat());
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(body))
}
