//! Extractors of handlers, and how errors become answers.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::audit;
use crate::error::{Code, Error, Result};
use crate::kernel::access;
use crate::state::State;

/// Bytes in a request body: a post of 20,000 characters of any script, escaped, fits.
pub const BODY_MAX: usize = 256 * 1024;

/// What an extractor gives when it has to wait.
pub(super) type Later<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        // The boundary: here an inner failure is logged, once.
        if let Self::Internal(text) = self {
            tracing::error!(error = %text, "request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(self.body())
    }
}

/// The shared state as handlers take it.
pub type Shared = web::Data<State>;

/// Who makes the request: by cookie or bearer token, or nobody.
pub struct Actor(pub access::Actor);

impl Deref for Actor {
    type Target = access::Actor;
    fn deref(&self) -> &access::Actor {
        &self.0
    }
}

impl FromRequest for Actor {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = shared(request);
        let request = request.clone();
        Box::pin(async move {
            let Some(token) = token(&request, state.cookie_name()) else {
                return Ok(Self(access::Actor::default()));
            };
            let actor = state.access.actor(&token).await?;
            if let Some(member) = actor.id() {
                audit::note(&request, member);
            }
            Ok(Self(actor))
        })
    }
}

/// The shared state of a request.
pub fn shared(request: &HttpRequest) -> Shared {
    request.app_data::<Shared>().expect("app.rs registers the state").clone()
}

/// The bearer token of a request. Who comes by one needs no origin of ours; any other `Authorization`, which browsers
/// add by themselves behind HTTP Basic, leaves the cookie in force, and with it the need.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// The sign-in token that a request carries.
pub fn token(request: &HttpRequest, cookie: &str) -> Option<String> {
    match bearer(request.headers()) {
        Some(token) => Some(token.to_owned()),
        None => request.cookie(cookie).map(|cookie| cookie.value().to_owned()),
    }
}

/// A JSON body of a known shape.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(
                |value| value.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json"),
            );
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(Error::Malformed("The body must be application/json.".into()));
            }
            let bytes = bytes.await.map_err(|error| match error.as_response_error().status_code() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::from(Code::TooLarge),
                _ => Error::Malformed("The body cannot be read.".into()),
            })?;
            // A list would be taken for an object with its fields in order.
            if bytes.trim_ascii_start().first() != Some(&b'{') {
                return Err(Error::Malformed("The body must be a JSON object.".into()));
            }
            // The whole of it: a field that nobody reads is skipped without a look at its letters.
            let text =
                std::str::from_utf8(&bytes).map_err(|_| Error::Malformed("The body is not UTF-8.".into()))?;
            let value = serde_json::from_str(text).map_err(|error| {
                Error::Malformed(format!("The body is not what this call takes: {error}"))
            })?;
            Ok(Self(value))
        })
    }
}

/// The query string, of a known shape.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            web::Query::<T>::from_query(request.query_string())
                .map(|query| Self(query.into_inner()))
                .map_err(|error| Error::Malformed(format!("The query is not what this call takes: {error}"))),
        )
    }
}

/// A path parameter that is an id. Anything else is simply not there.
pub fn id(segment: &str) -> Result<Uuid> {
    Uuid::try_parse(segment).map_err(|_| Error::NotFound)
}

/// The address that rate limits count.
pub fn address(request: &HttpRequest, state: &State) -> IpAddr {
    let forwarded = || {
        let value = request.headers().get_all("x-forwarded-for").last()?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse().ok()
    };
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |address| address.ip());
    if state.config.behind_proxy.is_on() { forwarded().unwrap_or(peer) } else { peer }
}

/// An answer of JSON that is already written.
pub fn written_json(body: impl MessageBody + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .body(body)
}

/// A body that is sent as its two parts: joining them would copy a whole page for every reader.
pub struct TwoPartBody(pub [Bytes; 2]);

impl MessageBody for TwoPartBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.iter().map(|part| part.len() as u64).sum())
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let part = self.0.iter_mut().find(|part| !part.is_empty()).map(std::mem::take);
        Poll::Ready(part.map(Ok))
    }
}
