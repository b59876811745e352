//! `GET /.well-known/oauth-authorization-server` (RFC 8414).

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::api::errors::Result;
use crate::app::App;
use crate::domain::oauth::Scopes;

/// What this server's OAuth endpoints are and can do.
pub async fn show(app: web::Data<App>) -> Result<HttpResponse> {
    let urls = app.urls()?;
    Ok(HttpResponse::Ok().json(json!({
        "issuer": urls.path("/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": urls.path("/oauth/authorize"),
        "token_endpoint": urls.path("/oauth/token"),
        "app_registration_endpoint": urls.path("/api/v1/apps"),
        "revocation_endpoint": urls.path("/oauth/revoke"),
        "userinfo_endpoint": urls.path("/oauth/userinfo"),
        "scopes_supported": Scopes::supported(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    })))
}
