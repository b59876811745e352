//! What can go wrong, in the language of the product; each edge decides its own status and shape.

use std::time::Duration;

/// The result of everything in the domain and below.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One field of an input that was refused, and why, as a sentence without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The input's name as the caller knows it, such as `email` or `poll[options]`.
    pub field: &'static str,
    /// Why it was refused, for a person to read.
    pub reason: String,
}

/// Everything that can go wrong. Edges match it without a wildcard, so a new variant must be decided by each.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not for the one who asks: both look alike.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// It was there and was deleted.
    #[error("this was deleted")]
    Gone,
    /// No valid proof of who is asking.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Known, and not allowed to do this.
    #[error("{0}")]
    Forbidden(String),
    /// The input is wrong; nothing was changed.
    #[error("{}", sentences(.0))]
    Invalid(Vec<FieldError>),
    /// It clashes with what is already there.
    #[error("{0}")]
    Conflict(String),
    /// Too much at once; worth trying again after `retry`.
    #[error("too many requests, try again in {} seconds", retry.as_secs().max(1))]
    RateLimited {
        /// How long to wait.
        retry: Duration,
    },
    /// Another server did not answer usefully.
    #[error("{0}")]
    Upstream(String),
    /// We cannot right now (database busy or away); the same request may succeed later.
    #[error("{0}")]
    Busy(String),
    /// A defect or a broken machine: logged whole, told in one sentence.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

fn sentences(fields: &[FieldError]) -> String {
    let parts: Vec<String> = fields.iter().map(|f| format!("{} {}", f.field, f.reason)).collect();
    format!("Validation failed: {}", parts.join(", "))
}

impl Error {
    /// An input error about one field.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field, reason: reason.into() }])
    }

    /// A refusal with its reason.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::Forbidden(reason.into())
    }

    /// Something that should not happen, kept with its cause for the log.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }

    /// Like [`Error::internal`] with a message only.
    pub fn bug(message: impl std::fmt::Display) -> Self {
        Self::Internal(anyhow::anyhow!("{message}"))
    }

    /// Whether trying the same again later may succeed without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::RateLimited { .. } | Self::Upstream(_) | Self::Internal(_))
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
        match error {
            Db::NotFound => Self::NotFound("record"),
            Db::DatabaseError(Kind::UniqueViolation, info) => {
                Self::Conflict(format!("already taken ({})", info.message()))
            }
            Db::DatabaseError(
                Kind::ClosedConnection | Kind::SerializationFailure | Kind::ReadOnlyTransaction,
                info,
            ) => Self::Busy(format!("the database is not available: {}", info.message())),
            Db::DatabaseError(_, ref info) if is_busy(info.message()) => {
                Self::Busy(format!("the database is busy: {}", info.message()))
            }
            other => Self::Internal(other.into()),
        }
    }
}

/// SQLite and PostgreSQL say "later" in words only.
fn is_busy(message: &str) -> bool {
    const LATER: [&str; 10] = [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "No space left on device",
        "terminating connection",
        "server closed the connection",
        "no connection to the server",
        "could not connect",
        "statement timeout",
        "the database system is",
    ];
    LATER.iter().any(|words| message.contains(words))
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_each_field_with_its_reason() {
        let error = Error::Invalid(vec![
            FieldError { field: "email", reason: "is not an address".into() },
            FieldError { field: "password", reason: "is too short".into() },
        ]);
        assert_eq!(error.to_string(), "Validation failed: email is not an address, password is too short");
    }
}
