//! `POST /oauth/revoke` (RFC 7009).

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::token::{Refusal, authenticate};
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::oauth::{self, Revoked};

/// What the revocation endpoint is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RevokeRequest {
    token: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Ends a token at once, its streams included; ending it again changes nothing.
pub async fn revoke(
    app: web::Data<App>,
    request: HttpRequest,
    input: Input<RevokeRequest>,
) -> Result<HttpResponse, Refusal> {
    let RevokeRequest { token, client_id, client_secret } = input.value;
    let client = authenticate(&app, &request, client_id, client_secret).await?;
    match app.act(move |conn, cx| oauth::revoke(conn, cx, client.id, &token)).await? {
        Revoked::Done => Ok(HttpResponse::Ok().json(json!({}))),
        Revoked::NotYours => Err(Refusal::foreign()),
    }
}
