//! Application, CredentialApplication and Token.

use serde::Serialize;

use crate::domain::oauth::{App, NewToken};
use crate::ids::AppId;

/// A client application as its holder sees it.
#[derive(Debug, Serialize)]
pub struct Application {
    id: AppId,
    name: String,
    website: Option<String>,
    scopes: Vec<String>,
    redirect_uris: Vec<String>,
    redirect_uri: String,
    vapid_key: String,
}

impl Application {
    /// Without its secret. `push_key`: the public key by which push services know this server.
    pub fn render(app: &App, push_key: &str) -> Self {
        Self {
            id: app.id,
            name: app.name.clone(),
            website: app.website.clone(),
            scopes: app.scopes().names().map(str::to_owned).collect(),
            redirect_uris: app.redirect_uris.0.clone(),
            redirect_uri: app.redirect_uris.0.join("\n"),
            vapid_key: push_key.to_owned(),
        }
    }
}

/// A client application just registered, with the secret that is shown once.
#[derive(Debug, Serialize)]
pub struct CredentialApplication {
    #[serde(flatten)]
    application: Application,
    client_id: String,
    client_secret: String,
    /// Never, in the words of RFC 7591.
    client_secret_expires_at: i64,
}

impl CredentialApplication {
    /// With its secret.
    pub fn render(app: &App, secret: String, push_key: &str) -> Self {
        Self {
            application: Application::render(app, push_key),
            client_id: app.client_id.clone(),
            client_secret: secret,
            client_secret_expires_at: 0,
        }
    }
}

/// An access token as the token endpoint answers it.
#[derive(Debug, Serialize)]
pub struct Token {
    access_token: String,
    token_type: &'static str,
    scope: String,
    /// Seconds since the epoch: the one date that is no text.
    created_at: i64,
}

impl From<NewToken> for Token {
    fn from(token: NewToken) -> Self {
        Self {
            access_token: token.text,
            token_type: "Bearer",
            scope: token.scopes.to_string(),
            created_at: token.created_at.unix(),
        }
    }
}
