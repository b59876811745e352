//! `/api/v1/apps`: registering a client application.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::AnyCaller;
use crate::api::entities::oauth::{Application, CredentialApplication};
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::oauth::{self, NewApp, Scopes};
use crate::peer_address;

/// A client that registers. `redirect_uris` is one text with lines, or a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Registration {
    client_name: String,
    redirect_uris: Vec<String>,
    scopes: Option<String>,
    website: Option<String>,
}

/// Registers a client; its secret is shown this once.
pub async fn create(app: web::Data<App>, request: HttpRequest, input: Input<Registration>) -> Result<HttpResponse> {
    let limits = &app.config.limits;
    app.rates.take(
        "apps",
        limits.rate(limits.apps_per_address),
        peer_address::of(&request, &app.config.server.trusted_proxies),
    )?;
    let Registration { client_name, redirect_uris, scopes, website } = input.value;
    let redirect_uris = redirect_uris.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
    let new = NewApp {
        name: client_name,
        website,
        redirect_uris,
        scopes: Scopes::parse(scopes.as_deref().unwrap_or_default())?,
    };
    let (client, secret) = app.act(move |conn, cx| oauth::register(conn, cx, new)).await?;
    Ok(HttpResponse::Ok().json(CredentialApplication::render(&client, secret, app.push_key.public())))
}

/// The client that holds the token.
pub async fn verify_credentials(app: web::Data<App>, AnyCaller(grant): AnyCaller) -> Result<HttpResponse> {
    let client = app.db.read(move |conn| oauth::get_app(conn, grant.app)).await?;
    Ok(HttpResponse::Ok().json(Application::render(&client, app.push_key.public())))
}
