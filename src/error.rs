//! Every failure that a caller can meet: a stable code, an HTTP status, and a message for people.
//!
//! Errors of the database and other inner failures are logged once, at the boundary in
//! `http`, and leave the server as `internal` or `unavailable` without their text.

mod database;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// When to come back while the database takes no writes, in seconds.
const EXHAUSTED_S: u64 = 5;

pub use database::seldom;

/// What a fallible function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure as the caller sees it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request cannot be read: bad JSON, a wrong type, an unknown field.
    #[error("{0}")]
    Malformed(String),
    /// There is no valid sign-in.
    #[error("Sign in first.")]
    NotSignedIn,
    /// No member has this address and password. Never says which of the two is wrong.
    #[error("The address or the password is wrong.")]
    WrongCredentials,
    /// Known and refused. The code says why.
    #[error("{1}")]
    Forbidden(&'static str, String),
    /// It does not exist, or the actor may not know that it does.
    #[error("There is nothing here, or you may not see it.")]
    NotFound,
    /// The state of the object does not allow it.
    #[error("{1}")]
    Conflict(&'static str, String),
    /// As a conflict, with more that the caller needs to go on; the fields stand beside the code.
    #[error("{1}")]
    ConflictWith(&'static str, String, Value),
    /// The request is larger than the limit.
    #[error("The request is too large.")]
    TooLarge,
    /// Well-formed but not valid: field → code.
    #[error("Some fields are not valid.")]
    Invalid(BTreeMap<&'static str, &'static str>),
    /// Too often; may be tried again after the wait.
    #[error("{1}")]
    TooSoon(&'static str, String, Duration),
    /// The server cannot take it now; may be tried again after the wait.
    #[error("The server is busy. Try again shortly.")]
    Busy(&'static str, Duration),
    /// The body did not come in time.
    #[error("The body of the request took too long.")]
    BodyTimeout,
    /// The path has other methods; they stand in `Allow`.
    #[error("This cannot be done here.")]
    MethodNotAllowed,
    /// The database lacks space, memory or connections, or takes no writes.
    #[error("The server is busy. Try again shortly.")]
    Exhausted,
    /// A fault of the server. The text goes to the log only.
    #[error("Something went wrong on the server.")]
    Internal(String),
}

impl Error {
    /// One invalid field.
    pub fn invalid(field: &'static str, code: &'static str) -> Self {
        Self::Invalid(BTreeMap::from([(field, code)]))
    }

    /// Refused because the actor's role does not include the action.
    pub fn not_permitted() -> Self {
        Self::Forbidden("not_permitted", "You may not do this here.".into())
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::NotSignedIn => "not_signed_in",
            Self::WrongCredentials => "wrong_credentials",
            Self::Forbidden(code, _)
            | Self::Conflict(code, _)
            | Self::ConflictWith(code, ..)
            | Self::TooSoon(code, ..)
            | Self::Busy(code, _) => code,
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::BodyTimeout => "body_timeout",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Exhausted => "unavailable",
            Self::Invalid(_) => "invalid",
            Self::Internal(_) => "internal",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::NotSignedIn | Self::WrongCredentials => 401,
            Self::Forbidden(..) => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTimeout => 408,
            Self::Conflict(..) | Self::ConflictWith(..) => 409,
            Self::TooLarge => 413,
            Self::Invalid(_) => 422,
            Self::TooSoon(..) => 429,
            Self::Busy(..) | Self::Exhausted => 503,
            Self::Internal(_) => 500,
        }
    }

    /// Whole seconds to wait before trying again, for `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooSoon(_, _, wait) | Self::Busy(_, wait) => {
                Some(wait.as_secs_f64().ceil().max(1.0) as u64)
            }
            Self::Exhausted => Some(EXHAUSTED_S),
            _ => None,
        }
    }

    /// True when the database takes no writes for now.
    pub fn is_exhausted(&self) -> bool {
        matches!(self, Self::Exhausted)
    }

    /// All of it in one line, for the operator.
    pub fn one_line(&self) -> String {
        match self {
            Self::Invalid(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(field, code)| format!("{field}: {}", code.replace('_', " ")))
                    .collect();
                format!("Not valid: {}.", fields.join(", "))
            }
            Self::Internal(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The JSON body.
    pub fn body(&self) -> Value {
        let mut error = match self {
            Self::ConflictWith(_, _, Value::Object(more)) => more.clone(),
            _ => Map::new(),
        };
        error.insert("code".into(), self.code().into());
        error.insert("message".into(), self.to_string().into());
        if let Self::Invalid(fields) = self {
            error.insert("fields".into(), json!(fields));
        }
        if let Some(seconds) = self.retry_after() {
            error.insert("retry_after_s".into(), seconds.into());
        }
        json!({ "error": error })
    }
}

/// The name of the database constraint that an error is about, for turning a race that the
/// database settled into the right answer.
pub fn violated_constraint(error: &diesel::result::Error) -> Option<&str> {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}
