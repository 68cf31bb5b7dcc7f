//! The log of security: who used or changed rights, who was refused, which limits were met. Its target is `security`.
//!
//! Who, what and when: ids and the pattern of the path, never an address, a text or a token. Each kind of event has a
//! bounded rate, so that nobody floods the log.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use uuid::Uuid;

use super::audit_lines::Audit;
use crate::error::{Code, Error};
use crate::state::State;

/// What is logged when it went well: method, path and what to call it. Beside these, what is done to members is logged
/// where it is done, and acts of moderation stand in the room's log.
const ACTS: [(&str, &str, &str); 23] = [
    ("POST", "/register", "registered"),
    ("POST", "/sign-in", "signed_in"),
    ("POST", "/demo/sign-in", "signed_in_to_demo"),
    ("POST", "/sign-out", "signed_out"),
    ("PUT", "/me/password", "password_changed"),
    ("DELETE", "/me/sign-ins", "sign_ins_ended"),
    ("DELETE", "/me/sign-ins/{id}", "sign_in_ended"),
    ("POST", "/me/calendar", "calendar_address_made"),
    ("DELETE", "/me/calendar", "calendar_address_ended"),
    ("POST", "/members/{id}/confirm", "member_confirmed"),
    ("PATCH", "/members/{id}", "member_changed"),
    ("POST", "/invitations", "invitation_made"),
    ("DELETE", "/invitations/{id}", "invitation_withdrawn"),
    ("POST", "/rooms", "room_made"),
    ("PATCH", "/rooms/{id}", "room_changed"),
    ("PUT", "/rooms/{id}/roles/{member}", "role_given"),
    ("DELETE", "/rooms/{id}/roles/{member}", "role_taken"),
    ("PUT", "/rooms/{id}/mutes/{member}", "muted"),
    ("DELETE", "/rooms/{id}/mutes/{member}", "unmuted"),
    ("PUT", "/rooms/{id}/closed", "room_closed"),
    ("DELETE", "/rooms/{id}/closed", "room_reopened"),
    ("PUT", "/posts/{id}/hidden", "post_hidden"),
    ("DELETE", "/posts/{id}/hidden", "post_restored"),
];

/// Who a request comes from, or which account it is about.
struct Who(Uuid);

/// Notes whose request it is.
pub fn note(request: &HttpRequest, member: Uuid) {
    request.extensions_mut().insert(Who(member));
}

/// What to call a refusal; None for what is no matter of security.
fn refusal(error: &Error) -> Option<&'static str> {
    match error.code() {
        Code::WrongCredentials => Some("sign_in_failed"),
        Code::RateLimited => Some("limited"),
        _ if error.is_forbidden() => Some("refused"),
        _ => None,
    }
}

/// Logs what a request did or was refused.
///
/// # Errors
/// What the inner service fails with.
pub async fn record<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let state = request.app_data::<web::Data<State>>().cloned();
    let method = request.method().clone();
    let outcome = next.call(request).await;
    if let Some(state) = state {
        match &outcome {
            Ok(response) => answered(&state.audit, response),
            // A middleware refused it, before anybody knew which path it has.
            Err(error) => {
                if let Some(error) = error.as_error::<Error>() {
                    refused(&state.audit, error, &method, None);
                }
            }
        }
    }
    outcome
}

fn answered<B>(audit: &Audit, response: &ServiceResponse<B>) {
    let request = response.request();
    if let Some(error) = response.response().error() {
        if let Some(error) = error.as_error::<Error>() {
            refused(audit, error, request.method(), Some(request));
        }
        return;
    }
    if *request.method() == Method::GET || !response.status().is_success() {
        return;
    }
    let Some(pattern) = request.match_pattern() else { return };
    let path = pattern.strip_prefix("/api/v1").unwrap_or(&pattern);
    let method = request.method().as_str();
    let act = ACTS.iter().find(|(of, at, _)| *of == method && *at == path);
    if let Some((_, _, event)) = act
        && let Some(left_out) = audit.turn(event)
    {
        let (who, on) = (who(request), subjects(request));
        tracing::info!(target: "security", event, who, on, left_out);
    }
}

fn refused(audit: &Audit, error: &Error, method: &Method, request: Option<&HttpRequest>) {
    let Some(event) = refusal(error) else { return };
    let Some(left_out) = audit.turn(event) else { return };
    let who = request.map_or_else(nobody, who);
    let on = request.map(subjects).unwrap_or_default();
    let path = request.and_then(HttpRequest::match_pattern).unwrap_or_default();
    let code = error.code().as_str();
    tracing::warn!(target: "security", event, who, on, code, %method, path, left_out);
}

fn nobody() -> String {
    "nobody".into()
}

fn who(request: &HttpRequest) -> String {
    request.extensions().get::<Who>().map_or_else(nobody, |who| who.0.to_string())
}

/// The ids in the path. What else stands there may be a secret.
fn subjects(request: &HttpRequest) -> String {
    let ids = request.match_info().iter().filter_map(|(_, value)| Uuid::try_parse(value).ok());
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_one_name() {
        let places: std::collections::HashSet<_> =
            ACTS.iter().map(|(method, path, _)| (method, path)).collect();
        assert_eq!(places.len(), ACTS.len());
    }
}
