//! Middleware: the headers of every answer, and the check that a change comes from our own pages.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;

use super::extract::bearer;
use crate::error::{Code, Error};
use crate::state::State;

/// No inline script or style, nothing from elsewhere, never inside another site.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CSP),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), browsing-topics=(), payment=(), usb=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Adds the security headers to every answer, and keeps answers of the API out of caches.
///
/// # Errors
/// What the inner service fails with.
pub async fn headers<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let https = request.app_data::<web::Data<State>>().is_some_and(|state| state.is_https());
    match next.call(request).await {
        Ok(mut response) => {
            add(response.headers_mut(), https);
            Ok(response)
        }
        // Of a middleware further in, as when the time was over.
        Err(error) => {
            let mut response = error.error_response();
            add(response.headers_mut(), https);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn add(headers: &mut HeaderMap, https: bool) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Refuses what a page of another site asks by making its own name lead here: on loopback without an address of its own,
/// a server answers to this machine's own names only.
///
/// # Errors
/// `wrong_host`, or what the inner service fails with.
pub async fn own_name<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let local_only = request.app_data::<web::Data<State>>().is_some_and(|state| state.config.is_local());
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if local_only && !host.is_none_or(is_local_name) {
        return Err(Error::from(Code::WrongHost).into());
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// True for `localhost` and addresses of loopback, with a port or without.
fn is_local_name(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, _)) => inside,
        None => host.split(':').next().unwrap_or(host),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Refuses changes that do not come from our own pages: a cookie alone proves nothing.
///
/// # Errors
/// `forbidden_origin`, or what the inner service fails with.
pub async fn same_origin<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_ours(&request) {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    Err(Error::from(Code::ForbiddenOrigin).into())
}

fn is_ours(request: &ServiceRequest) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if bearer(request.headers()).is_some() {
        return true;
    }
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => is_own_origin(request, origin),
        (None, None) => false,
    }
}

/// Exactly one of our origins; never a part of a name.
fn is_own_origin(request: &ServiceRequest, origin: &str) -> bool {
    request.app_data::<web::Data<State>>().is_some_and(|state| state.origins.iter().any(|own| own == origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for own in
            ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"]
        {
            assert!(is_local_name(own), "{own}");
        }
        for other in
            ["evil.example", "localhost.evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", "", "[x]"]
        {
            assert!(!is_local_name(other), "{other}");
        }
    }
}
