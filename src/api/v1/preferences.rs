//! `/api/v1/preferences`: the defaults that clients start from.

use actix_web::HttpResponse;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::errors::Result;

/// The caller's defaults.
pub async fn show(caller: Caller) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    let account = caller.account();
    Ok(HttpResponse::Ok().json(json!({
        "posting:default:visibility": account.default_visibility,
        "posting:default:sensitive": account.default_sensitive,
        "posting:default:language": account.default_language,
        "posting:default:quote_policy": account.default_quote_policy,
        "reading:expand:media": "default",
        "reading:expand:spoilers": false,
        "reading:autoplay:gifs": false,
    })))
}
