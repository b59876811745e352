//! `/api/v1/suggestions` and `/api/v1/directory`: accounts that one might follow.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::account::Account;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::api::paging::PageQuery;
use crate::app::App;
use crate::domain::suggestions::{self as rows, DirectoryQuery, Order, Suggestion};
use crate::domain::teams::policy::Act;
use crate::ids::AccountId;

/// How far into the directory one may go.
const DEEPEST: i64 = 10_000;

/// Accounts that the caller might follow, in the shape of the first version: without the reasons.
pub async fn list(app: web::Data<App>, caller: Caller, input: Input<PageQuery>) -> Result<HttpResponse> {
    let urls = app.urls()?;
    let found = suggested(&app, &caller, &input.value).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(|row| Account::render(&row.account, &urls)).collect::<Vec<_>>()))
}

/// Accounts that the caller might follow, 40 unless a limit is given.
pub async fn suggested(app: &App, caller: &Caller, query: &PageQuery) -> Result<Vec<Suggestion>> {
    caller.require("read:accounts")?;
    let (me, limit) = (caller.me(), query.page(40, 80)?.limit);
    Ok(app.db.read(move |conn| rows::list(conn, me, limit)).await?)
}

/// Suggests an account no longer.
pub async fn dismiss(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    caller.require_any(&["read", "write:accounts"])?;
    caller.may(Act::Relate)?;
    let id = *id;
    app.act(move |conn, cx| {
        rows::dismiss(conn, cx, caller.me(), id)?;
        caller.record(conn, cx, "suggestion.dismiss", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Which part of the directory.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DirectoryForm {
    order: Option<String>,
    local: bool,
    limit: Option<i64>,
    offset: Option<i64>,
}

impl DirectoryForm {
    fn read(self) -> Result<DirectoryQuery> {
        let order = match self.order.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            None => Order::Active,
            Some(name) => Order::from_name(name).ok_or_else(|| ApiError::malformed("order must be active or new"))?,
        };
        let (limit, offset) = (self.limit.unwrap_or(40), self.offset.unwrap_or(0));
        if limit < 0 || offset < 0 {
            return Err(ApiError::malformed("limit and offset must be numbers of 0 or more"));
        }
        Ok(DirectoryQuery { order, is_local: self.local, limit: limit.min(80), offset: offset.min(DEEPEST) })
    }
}

/// Accounts that want to be found.
pub async fn directory(app: web::Data<App>, caller: MaybeCaller, input: Input<DirectoryForm>) -> Result<HttpResponse> {
    let (query, me, urls) = (input.value.read()?, caller.me(), app.urls()?);
    let found = app.db.read(move |conn| rows::directory(conn, me, &query)).await?;
    Ok(HttpResponse::Ok().json(found.iter().map(|row| Account::render(row, &urls)).collect::<Vec<_>>()))
}
