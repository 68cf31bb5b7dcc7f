//! Middleware: every request is answered by a deadline, whatever the database does.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web;

use crate::error::Error;
use crate::state::State;

/// When to come back.
const RETRY: Duration = Duration::from_secs(2);
/// The longest wait that a long poll asks for.
const LONG_POLL: Duration = Duration::from_secs(25);

/// Ends a request that takes too long. A change that has begun goes on by itself (`run::finish`).
///
/// # Errors
/// `unavailable`, or what the inner service fails with.
pub async fn keep<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        return next.call(request).await;
    };
    let long_poll = request.query_string().split('&').any(|pair| pair.starts_with("wait="));
    let limit = state.config.waits.request + if long_poll { LONG_POLL } else { Duration::ZERO };
    let restart = state.config.waits.restart;
    let answered = tokio::time::timeout(limit, async {
        // A long poll would let no moment be calm; it only reads, and is asked again.
        let working = if long_poll { None } else { Some(state.calm.enter(restart).await) };
        let answered = next.call(request).await;
        drop(working);
        answered
    })
    .await;
    let response = answered.unwrap_or_else(|_| {
        tracing::debug!("a request was ended by its deadline");
        Err(Error::Busy("unavailable", RETRY).into())
    })?;
    if response
        .response()
        .error()
        .and_then(|error| error.as_error::<Error>())
        .is_some_and(Error::is_exhausted)
    {
        state.writes.failed();
    }
    Ok(response)
}
