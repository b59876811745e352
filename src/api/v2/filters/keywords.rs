//! `/api/v2/filters/:id/keywords` and `/api/v2/filters/keywords`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::writes;
use crate::api::auth::Caller;
use crate::api::entities::filter::FilterKeyword;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::filters::{actions, queries};
use crate::ids::{FilterId, FilterKeywordId};

/// A keyword.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeywordForm {
    keyword: Option<String>,
    whole_word: Option<bool>,
}

/// The keywords of a filter.
pub async fn list(app: web::Data<App>, caller: Caller, id: web::Path<FilterId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let rows = app.db.read(move |conn| queries::keywords(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(FilterKeyword::render).collect::<Vec<_>>()))
}

/// Puts a keyword into a filter.
pub async fn create(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<FilterId>,
    input: Input<KeywordForm>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, form) = (caller.me(), *id, input.value);
    let row = app
        .act(move |conn, cx| {
            let text = form.keyword.as_deref().unwrap_or_default();
            let row = actions::add_keyword(conn, cx, me, id, text, form.whole_word)?;
            caller.record(conn, cx, "filter.edit", &id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(FilterKeyword::render(&row)))
}

/// One keyword.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<FilterKeywordId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let row = app.db.read(move |conn| queries::get_keyword(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(FilterKeyword::render(&row)))
}

/// Changes a keyword.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<FilterKeywordId>,
    input: Input<KeywordForm>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, form) = (caller.me(), *id, input.value);
    let row = app
        .act(move |conn, cx| {
            let row = actions::update_keyword(conn, cx, me, id, form.keyword.as_deref(), form.whole_word)?;
            caller.record(conn, cx, "filter.edit", &row.filter_id)?;
            Ok(row)
        })
        .await?;
    Ok(HttpResponse::Ok().json(FilterKeyword::render(&row)))
}

/// Takes a keyword out of its filter.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<FilterKeywordId>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id) = (caller.me(), *id);
    app.act(move |conn, cx| {
        let filter = queries::get_keyword(conn, me, id)?.filter_id;
        actions::delete_keyword(conn, cx, me, id)?;
        caller.record(conn, cx, "filter.edit", &filter)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
