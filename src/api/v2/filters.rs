//! `/api/v2/filters`: what the caller does not want to meet.

mod input;
pub mod keywords;
pub mod statuses;

use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::filter::Filter;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::filters::{actions, queries};
use crate::ids::FilterId;

use input::FilterForm;
pub(in crate::api) use input::{expiry, writes};

/// The caller's filters, also those that have ended.
pub async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let me = caller.me();
    let rows = app.db.read(move |conn| queries::list(conn, me)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(Filter::render).collect::<Vec<_>>()))
}

/// One filter.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<FilterId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let row = app.db.read(move |conn| queries::get(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(Filter::render(&row)))
}

/// Makes a filter, with keywords.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<FilterForm>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, new) = (caller.me(), input.value.edit()?);
    let row = app
        .act(move |conn, cx| {
            let row = actions::create(conn, cx, me, &new)?;
            caller.record(conn, cx, "filter.create", &row.filter.id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Filter::render(&row)))
}

/// Changes a filter; its keywords are added, changed and removed one by one.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<FilterId>,
    input: Input<FilterForm>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, edit) = (caller.me(), *id, input.value.edit()?);
    let row = app
        .act(move |conn, cx| {
            let row = actions::update(conn, cx, me, id, &edit)?;
            caller.record(conn, cx, "filter.edit", &id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Filter::render(&row)))
}

/// Removes a filter.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<FilterId>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id) = (caller.me(), *id);
    app.act(move |conn, cx| {
        actions::delete(conn, cx, me, id)?;
        caller.record(conn, cx, "filter.delete", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
