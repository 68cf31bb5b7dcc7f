//! Every failure that a caller can meet: a stable code, an HTTP status, and a message for people.
//!
//! Errors of the database and other inner failures are logged once, at the boundary in
//! `http`, and leave the server as `internal` or `unavailable` without their text.

mod codes;
mod database;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

pub use codes::Code;
pub use database::seldom;

use crate::kernel::domain::field_code::FieldCode;
use crate::kernel::domain::text::FieldError;

/// When to come back while the database takes no writes, in seconds.
const EXHAUSTED_S: u64 = 5;

/// What a fallible function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure as the caller sees it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request cannot be read: bad JSON, a wrong type, an unknown field.
    #[error("{0}")]
    Malformed(String),
    /// There is no valid sign-in.
    #[error("{}", Code::NotSignedIn.message())]
    NotSignedIn,
    /// It does not exist, or the actor may not know that it does.
    #[error("{}", Code::NotFound.message())]
    NotFound,
    /// Well-formed but not valid: field → code.
    #[error("{}", Code::Invalid.message())]
    Invalid(BTreeMap<&'static str, FieldCode>),
    /// Understood and refused. The code says why.
    #[error("{}", .0.text())]
    Refused(Refusal),
    /// The database lacks space, memory or connections, or takes no writes.
    #[error("{}", Code::Unavailable.message())]
    Exhausted,
    /// A fault of the server. The text goes to the log only.
    #[error("{}", Code::Internal.message())]
    Internal(String),
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub code: Code,
    /// In place of the code's own message, where one can say more.
    pub message: Option<Cow<'static, str>>,
    /// Fields beside the code, which the caller needs to go on.
    pub more: Map<String, Value>,
    /// After which it may be tried again.
    pub wait: Option<Duration>,
}

impl Refusal {
    fn text(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.message())
    }
}

impl Code {
    /// Refused, with nothing but the code.
    pub fn refusal(self) -> Refusal {
        Refusal { code: self, message: None, more: Map::new(), wait: None }
    }

    /// Refused, with a message that says more than the code's own.
    pub fn saying(self, message: impl Into<Cow<'static, str>>) -> Error {
        Error::Refused(Refusal { message: Some(message.into()), ..self.refusal() })
    }

    /// Refused, with fields beside the code.
    pub fn with(self, more: Value) -> Error {
        let more = if let Value::Object(more) = more { more } else { Map::new() };
        Error::Refused(Refusal { more, ..self.refusal() })
    }

    /// Refused for now; may be tried again after the wait.
    pub fn after(self, wait: Duration) -> Error {
        Error::Refused(Refusal { wait: Some(wait), ..self.refusal() })
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        match code {
            Code::NotFound => Self::NotFound,
            Code::NotSignedIn => Self::NotSignedIn,
            code => Self::Refused(code.refusal()),
        }
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self::invalid(error.field, error.code)
    }
}

impl Error {
    /// One invalid field.
    pub fn invalid(field: &'static str, code: FieldCode) -> Self {
        Self::Invalid(BTreeMap::from([(field, code)]))
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Malformed(_) => Code::Malformed,
            Self::NotSignedIn => Code::NotSignedIn,
            Self::NotFound => Code::NotFound,
            Self::Invalid(_) => Code::Invalid,
            Self::Refused(refusal) => refusal.code,
            Self::Exhausted => Code::Unavailable,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.code().status()
    }

    /// True when the actor lacks the right, for now or for good.
    pub fn is_forbidden(&self) -> bool {
        self.status() == 403
    }

    /// True when the server cannot take it now.
    pub fn is_busy(&self) -> bool {
        self.status() == 503
    }

    /// Whole seconds to wait before trying again, for `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused(Refusal { wait: Some(wait), .. }) => {
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
                    .map(|(field, code)| format!("{field}: {}", code.as_str().replace('_', " ")))
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
            Self::Refused(refusal) => refusal.more.clone(),
            _ => Map::new(),
        };
        error.insert("code".into(), json!(self.code()));
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
