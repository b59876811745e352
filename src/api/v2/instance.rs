//! `/api/v2/instance`.

use actix_web::{HttpResponse, web};

use crate::api::entities::instance;
use crate::api::errors::Result;
use crate::api::v1::instance::facts;
use crate::app::App;

/// What this server is and what it allows.
pub async fn show(app: web::Data<App>) -> Result<HttpResponse> {
    let facts = facts(&app).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=180")).json(instance::second(
        &facts,
        &app.config,
        &app.urls()?,
    )))
}
