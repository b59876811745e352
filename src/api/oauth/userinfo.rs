//! `/oauth/userinfo`: who signed in, in OpenID Connect's claims.

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::account::{AVATAR, picture};
use crate::api::errors::Result;
use crate::app::App;

/// The account the token acts as.
pub async fn show(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("profile")?;
    let (urls, account) = (app.urls()?, caller.account());
    Ok(HttpResponse::Ok().json(json!({
        "iss": urls.path("/"),
        "sub": account.uri,
        "name": account.shown_name(),
        "preferred_username": account.username,
        "profile": account.url,
        "picture": picture(account, account.avatar.as_deref(), AVATAR, &urls),
    })))
}
