//! Errors in the shape of the Mastodon API: `{"error": "…"}` with the status that clients expect.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::Error;

/// The result of a handler.
pub type Result<T> = std::result::Result<T, ApiError>;

/// An error on its way to a client.
#[derive(Debug)]
pub enum ApiError {
    /// 400: a request that cannot be read. (422 is for one that can be read and is refused.)
    Malformed(String),
    /// What went wrong below.
    Domain(Error),
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Domain(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(what) => f.write_str(what),
            Self::Domain(error) => error.fmt(f),
        }
    }
}

impl ApiError {
    /// 400 with a sentence.
    pub fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        let error = match self {
            Self::Malformed(_) => return StatusCode::BAD_REQUEST,
            Self::Domain(error) => error,
        };
        match error {
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Gone => StatusCode::GONE,
            Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Upstream(_) | Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let text = match self {
            Self::Malformed(what) => what.clone(),
            // What is missing is not named: "not there" and "not for you" must read alike.
            Self::Domain(Error::NotFound(_)) => "Record not found".to_owned(),
            Self::Domain(Error::Internal(cause)) => {
                tracing::error!(cause = format!("{cause:#}"), "an API request failed");
                "Something went wrong on our side; it was logged".to_owned()
            }
            Self::Domain(other) => other.to_string(),
        };
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::Domain(Error::RateLimited { retry }) => {
                answer.insert_header((RETRY_AFTER, retry.as_secs().max(1).to_string()));
            }
            Self::Domain(Error::Busy(_) | Error::Upstream(_)) => {
                answer.insert_header((RETRY_AFTER, "5"));
            }
            _ => {}
        }
        answer.json(json!({ "error": text }))
    }
}
