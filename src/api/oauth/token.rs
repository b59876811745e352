//! `POST /oauth/token` (RFC 6749): a code or a client's own credentials for an access token.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use base64::Engine;
use serde::Deserialize;
use serde_json::json;

use crate::api::entities::oauth::Token;
use crate::api::errors::ApiError;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::oauth::{self, App as Client, Redeemed, Scopes};
use crate::error::Error;

/// What the token endpoint is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenRequest {
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A refusal in OAuth's shape (RFC 6749 section 5.2).
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refusal {
    /// 400 with OAuth's name for the error.
    pub fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description: description.into() }
    }

    /// 401: the client is not who it says.
    pub fn client() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            description: "Client authentication failed: unknown client or wrong secret".into(),
        }
    }

    /// 403: the token belongs to another client.
    pub fn foreign() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            error: "unauthorized_client",
            description: "You are not authorized to revoke this token".into(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy(why) | Error::Upstream(why) => {
                Self { status: StatusCode::SERVICE_UNAVAILABLE, error: "temporarily_unavailable", description: why }
            }
            Error::Invalid(_) => Self::bad("invalid_request", error.to_string()),
            other => {
                let status = ApiError::Domain(other).status_code();
                Self { status, error: "server_error", description: "Something went wrong on our side".into() }
            }
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.description)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                answer.insert_header((WWW_AUTHENTICATE, "Basic realm=\"Rapport\""));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                answer.insert_header((RETRY_AFTER, "5"));
            }
            _ => {}
        }
        answer.json(json!({ "error": self.error, "error_description": self.description }))
    }
}

/// The client that sent its id and secret, in the body or as HTTP Basic.
pub async fn authenticate(
    app: &App,
    request: &HttpRequest,
    id: Option<String>,
    secret: Option<String>,
) -> Result<Client, Refusal> {
    let (id, secret) = match (id, secret) {
        (Some(id), Some(secret)) => (id, secret),
        (id, _) => {
            let (basic_id, basic_secret) = basic(request).ok_or_else(Refusal::client)?;
            (id.unwrap_or(basic_id), basic_secret)
        }
    };
    let client = app.db.read(move |conn| oauth::find_app(conn, &id)).await?;
    client.filter(|client| client.has_secret(&secret)).ok_or_else(Refusal::client)
}

fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let encoded = request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// `POST /oauth/token`.
pub async fn issue(
    app: web::Data<App>,
    request: HttpRequest,
    input: Input<TokenRequest>,
) -> Result<HttpResponse, Refusal> {
    let TokenRequest { grant_type, code, redirect_uri, code_verifier, scope, client_id, client_secret } = input.value;
    let client = authenticate(&app, &request, client_id, client_secret).await?;
    let token = match grant_type.as_str() {
        "authorization_code" => {
            let code = code.ok_or_else(|| Refusal::bad("invalid_request", "code is missing"))?;
            let redirect_uri =
                redirect_uri.ok_or_else(|| Refusal::bad("invalid_request", "redirect_uri is missing"))?;
            let redeemed = app
                .act(move |conn, cx| {
                    oauth::redeem_code(conn, cx, &client, &code, &redirect_uri, code_verifier.as_deref())
                })
                .await?;
            match redeemed {
                Redeemed::Token(token) => token,
                Redeemed::Refused => {
                    return Err(Refusal::bad(
                        "invalid_grant",
                        "The code is wrong, used or too old, or was meant for another client, redirect_uri or code_verifier",
                    ));
                }
            }
        }
        "client_credentials" => {
            let scopes = match scope {
                Some(text) => Scopes::parse(&text).map_err(|why| Refusal::bad("invalid_scope", why.to_string()))?,
                None => Scopes::parse("read")?,
            };
            if !client.scopes().cover(&scopes) {
                return Err(Refusal::bad("invalid_scope", "The application was registered with fewer scopes"));
            }
            let id = client.id;
            app.act(move |conn, cx| oauth::issue_token(conn, cx, id, None, scopes)).await?
        }
        _ => {
            return Err(Refusal::bad(
                "unsupported_grant_type",
                "grant_type must be authorization_code or client_credentials",
            ));
        }
    };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Token::from(token)))
}
