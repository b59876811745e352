//! `/api/v2/filters`.

use actix_web::HttpResponse;

use crate::api::auth::Caller;
use crate::api::errors::Result;

/// The caller's filters. There is no way to make one yet, so there are none.
pub async fn list(caller: Caller) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    Ok(HttpResponse::Ok().json([(); 0]))
}
