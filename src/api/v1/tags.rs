//! `/api/v1/tags`: one hashtag.

use actix_web::{HttpResponse, web};

use crate::api::auth::MaybeCaller;
use crate::api::entities::tag::Tag;
use crate::api::errors::Result;
use crate::app::App;
use crate::domain::tags;
use crate::error::Error;
use crate::ids::TagId;
use crate::text::tags::normalize;

/// A hashtag with the last seven days of its use; one that nobody used yet too.
pub async fn show(app: web::Data<App>, caller: MaybeCaller, name: web::Path<String>) -> Result<HttpResponse> {
    let (urls, now, name) = (app.urls()?, app.clock.now(), name.into_inner());
    let normal = normalize(&name).ok_or(Error::NotFound("tag"))?;
    let (row, days) = app
        .db
        .read(move |conn| {
            let row = tags::find(conn, &name)?;
            // Nothing has the id 0.
            let days = tags::history(conn, row.as_ref().map_or(TagId(0), |tag| tag.id), now)?;
            Ok((row, days))
        })
        .await?;
    let has_viewer = caller.0.is_some();
    let tag = match &row {
        Some(row) => Tag::render(row, &days, has_viewer, &urls),
        None => Tag::unused(&normal, &days, has_viewer, &urls),
    };
    Ok(HttpResponse::Ok().json(tag))
}
