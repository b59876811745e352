//! Who may listen to what: the token of a stream, and the answer to those who are refused.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use super::names::Stream;
use crate::app::App;
use crate::domain::lists;
use crate::domain::oauth::{self, Grant, Scopes};
use crate::domain::teams::policy::{self, Act};
use crate::error::{Error, Result};
use crate::ids::{AccountId, TokenId, UserId};
use crate::peer_address;

/// Who listens.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The token it was opened with; the stream ends with it.
    pub token: TokenId,
    /// The person.
    pub user: UserId,
    /// As whom they listen.
    pub me: AccountId,
    /// Whether direct messages are shown to them.
    pub sees_direct: bool,
    /// What the token may do.
    pub scopes: Scopes,
}

impl Listener {
    /// From what a token proves; `None` for tokens of an application alone.
    pub fn of(grant: &Grant) -> Option<Self> {
        let acting = grant.acting.as_ref()?;
        let role = acting.member.as_ref().map(|member| member.role);
        let handles_direct = acting.member.as_ref().is_none_or(|member| member.handles_direct);
        Some(Self {
            token: grant.token,
            user: acting.user,
            me: acting.account.id,
            sees_direct: policy::may(role, handles_direct, Act::ReadDirect).is_ok(),
            scopes: grant.scopes.clone(),
        })
    }
}

/// The first value of that name in the query.
pub fn param(request: &HttpRequest, name: &str) -> Option<String> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty())
}

/// The token of a request: in the query, since browsers cannot send headers with a WebSocket, in the `Authorization` header, or as a WebSocket protocol.
pub fn token(request: &HttpRequest) -> Option<String> {
    if let Some(token) = param(request, "access_token") {
        return Some(token);
    }
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    if let Some((_, token)) =
        header.filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
    {
        return Some(token.trim().to_owned());
    }
    let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    offered.split(',').map(str::trim).find(|token| !token.is_empty()).map(str::to_owned)
}

/// Who sent the request. Errors: no token or one that does not hold; one of an application alone; too many attempts.
pub async fn admit(app: &App, request: &HttpRequest) -> Result<Listener> {
    let limits = &app.config.limits;
    app.rates.take(
        "stream address",
        limits.rate(limits.api_per_address),
        peer_address::of(request, &app.config.server.trusted_proxies),
    )?;
    let token = token(request).ok_or(Error::Unauthorized("A stream needs an access token"))?;
    let grant = app.db.read(move |conn| oauth::find_grant(conn, &token)).await?;
    grant.as_ref().and_then(Listener::of).ok_or(Error::Unauthorized("The access token is invalid"))
}

/// The stream that is asked for, if the listener may hear it. Errors: no such stream or list; scopes that are missing.
pub async fn stream(
    app: &App,
    listener: &Listener,
    name: &str,
    tag: Option<&str>,
    list: Option<&str>,
) -> Result<Stream> {
    let stream = Stream::parse(name, tag, list)?;
    if !stream.scopes().iter().all(|scope| listener.scopes.contains(scope)) {
        return Err(Error::forbidden("This action is outside the authorized scopes"));
    }
    if let Stream::List(id) = stream {
        let me = listener.me;
        app.db.read(move |conn| lists::get_own(conn, me, id)).await?;
    }
    Ok(stream)
}

/// An error before a stream is open, as `{"error": "…"}`.
#[derive(Debug)]
pub struct Refusal(pub Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match &self.0 {
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Gone => StatusCode::GONE,
            Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::Invalid(_) => StatusCode::BAD_REQUEST,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Upstream(_) | Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Error::Internal(cause) = &self.0 {
            tracing::error!(cause = format!("{cause:#}"), "a stream could not be opened");
        }
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Error::RateLimited { retry } = &self.0 {
            answer.insert_header((RETRY_AFTER, retry.as_secs().max(1).to_string()));
        } else if matches!(&self.0, Error::Busy(_) | Error::Upstream(_)) {
            answer.insert_header((RETRY_AFTER, "5"));
        }
        answer.json(json!({ "error": self.to_string() }))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_token_comes_in_the_query_a_header_or_a_protocol() {
        let request = |query: &str| TestRequest::get().uri(&format!("/api/v1/streaming{query}"));
        assert_eq!(token(&request("?access_token=q&stream=user").to_http_request()).as_deref(), Some("q"));
        assert_eq!(
            token(&request("").insert_header(("Authorization", "Bearer h")).to_http_request()).as_deref(),
            Some("h")
        );
        assert_eq!(
            token(&request("").insert_header(("Sec-WebSocket-Protocol", "p, other")).to_http_request()).as_deref(),
            Some("p")
        );
        assert_eq!(
            token(&request("?access_token=").insert_header(("Authorization", "Basic x")).to_http_request()),
            None
        );
    }

    #[test]
    fn a_refusal_is_json_with_the_right_status() {
        let status = |error: Error| Refusal(error).error_response().status().as_u16();
        assert_eq!(status(Error::Unauthorized("no")), 401);
        assert_eq!(status(Error::NotFound("stream")), 404);
        assert_eq!(status(Error::invalid("tag", "must be a hashtag")), 400);
    }
}
