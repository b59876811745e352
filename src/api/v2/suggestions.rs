//! `/api/v2/suggestions`: accounts that the caller might follow, with the reasons.

use actix_web::{HttpResponse, web};

use crate::api::auth::Caller;
use crate::api::entities::suggestion::Suggestion;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::PageQuery;
use crate::api::v1::suggestions::suggested;
use crate::app::App;

/// Accounts that the caller might follow; `limit` is 40 unless given, and at most 80.
pub async fn list(app: web::Data<App>, caller: Caller, input: Input<PageQuery>) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let found = suggested(&app, &caller, &input.value).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(|row| Suggestion::render(row, &urls)).collect::<Vec<_>>()))
}
