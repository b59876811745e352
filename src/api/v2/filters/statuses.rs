//! `/api/v2/filters/:id/statuses` and `/api/v2/filters/statuses`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::writes;
use crate::api::auth::Caller;
use crate::api::entities::filter::FilterStatus;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::reading::Reader;
use crate::app::App;
use crate::domain::filters::{actions, queries};
use crate::error::Error;
use crate::ids::{FilterId, FilterPostId, PostId};

/// A post to put into a filter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusForm {
    status_id: Option<String>,
}

/// The posts of a filter.
pub async fn list(app: web::Data<App>, caller: Caller, id: web::Path<FilterId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let rows = app.db.read(move |conn| queries::posts(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(FilterStatus::render).collect::<Vec<_>>()))
}

/// Puts a post into a filter. One that is not shown to the caller is not found.
pub async fn create(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<FilterId>,
    input: Input<StatusForm>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, reader) = (caller.me(), *id, Reader::from(&caller));
    let asked = input.value.status_id.unwrap_or_default();
    if asked.trim().is_empty() {
        return Err(Error::invalid("status_id", "can't be blank").into());
    }
    let post: PostId = asked.trim().parse().map_err(|_| Error::NotFound("post"))?;
    let row = app
        .act(move |conn, cx| {
            queries::get_own(conn, me, id)?;
            let post = reader.get(conn, post)?;
            let row = actions::add_post(conn, cx, me, id, &post)?;
            caller.record(conn, cx, "filter.edit", &id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(FilterStatus::render(&row)))
}

/// One post of a filter.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<FilterPostId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let row = app.db.read(move |conn| queries::get_post(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(FilterStatus::render(&row)))
}

/// Takes a post out of its filter.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<FilterPostId>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id) = (caller.me(), *id);
    app.act(move |conn, cx| {
        let filter = queries::get_post(conn, me, id)?.filter_id;
        actions::delete_post(conn, cx, me, id)?;
        caller.record(conn, cx, "filter.edit", &filter)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
