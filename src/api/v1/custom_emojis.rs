//! `/api/v1/custom_emojis`: the custom emoji of this server.

use actix_web::{HttpResponse, web};

use crate::api::entities::account::CustomEmoji;
use crate::api::errors::Result;
use crate::app::App;
use crate::domain::custom_emojis;

/// All of them, also those that no picker offers.
pub async fn list(app: web::Data<App>) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let rows = app.db.read(custom_emojis::list).await?;
    let emojis: Vec<CustomEmoji> = rows.iter().map(|row| CustomEmoji::render(row, &urls)).collect();
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=180")).json(emojis))
}
