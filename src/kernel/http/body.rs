//! Middleware: the body of a request is read before anything else, within a time and at a least rate.
//!
//! Whatever becomes of the request then, no connection waits for a body: not for one that a route does
//! not take, nor for one of a request that is refused.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, ResponseError};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::connections::{Connection, RequestInWork};
use super::extract::{BODY_MAX, shared};
use super::methods::is_socket;
use crate::error::{Code, Error, Result};
use crate::state::State;

/// Reads the body; keeps the connection from being ended meanwhile.
///
/// # Errors
/// What the inner service fails with.
pub async fn read<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let connection = request.conn_data::<Connection>();
    let (mut work, spare) = (connection.map(Connection::work), connection.is_some_and(|one| one.spare));
    if spare && !request.path().starts_with("/health/") {
        return Ok(refused(request, work.as_mut(), &Code::Busy.after(Duration::from_secs(5))));
    }
    if has_body(&request) {
        let state = shared(request.request());
        let mut payload = request.take_payload();
        match within(&mut payload, &state).await {
            Ok(body) => request.set_payload(Payload::from(body)),
            Err(error) => return Ok(refused(request, work.as_mut(), &error)),
        }
    } else if !is_socket(request.path()) {
        // An upgrade that nobody asked for here: what follows it is not read.
        drop(request.take_payload());
    }
    let mut response = next.call(request).await.map(ServiceResponse::map_into_boxed_body)?;
    match &mut work {
        Some(work) if response.status() == 101 => work.upgraded(),
        Some(work) if spare => {
            work.close();
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        _ => {}
    }
    Ok(response)
}

/// A last answer: what the client still sends is not read.
fn refused(
    request: ServiceRequest,
    work: Option<&mut RequestInWork>,
    error: &Error,
) -> ServiceResponse<BoxBody> {
    if let Some(work) = work {
        work.close();
    }
    let mut response = error.error_response();
    response.head_mut().set_connection_type(ConnectionType::Close);
    request.into_response(response)
}

/// True for a body that has an end; what follows the handshake of a WebSocket has none.
fn has_body(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// # Errors
/// `too_large`, `body_timeout`, or it cannot be read.
async fn within(payload: &mut Payload, state: &State) -> Result<Bytes> {
    let waits = &state.config.waits;
    let begun = Instant::now();
    let mut body = BytesMut::new();
    loop {
        // Each byte that came gives a little more time.
        let earned = Duration::from_secs(body.len() as u64) / waits.body_rate;
        let until = begun + waits.body.min(waits.body_grace + earned);
        let chunk = timeout_at(until, payload.next()).await.map_err(|_| Code::BodyTimeout)?;
        match chunk {
            None => return Ok(body.freeze()),
            Some(Ok(chunk)) if body.len() + chunk.len() > BODY_MAX => return Err(Code::TooLarge.into()),
            Some(Ok(chunk)) => body.extend_from_slice(&chunk),
            Some(Err(_)) => return Err(Error::Malformed("The body cannot be read.".into())),
        }
    }
}
