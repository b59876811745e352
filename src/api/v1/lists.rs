//! `/api/v1/lists`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::account::Account;
use crate::api::entities::list::List;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::PageQuery;
use crate::app::App;
use crate::domain::lists::{self, ListEdit, Replies};
use crate::domain::teams::policy::Act;
use crate::ids::{AccountId, ListId};
use crate::page::Page;

/// What is chosen about a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    title: Option<String>,
    replies_policy: Option<Replies>,
    exclusive: Option<bool>,
}

impl From<Form> for ListEdit {
    fn from(form: Form) -> Self {
        Self { title: form.title, replies_policy: form.replies_policy, is_exclusive: form.exclusive }
    }
}

/// The accounts to put on a list or take off it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Members {
    account_ids: Vec<AccountId>,
}

/// The caller's lists.
pub async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("read:lists")?;
    let me = caller.me();
    let rows = app.db.read(move |conn| lists::list(conn, me)).await?;
    Ok(HttpResponse::Ok().json(rows.into_iter().map(List::from).collect::<Vec<_>>()))
}

/// One list.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<ListId>) -> Result<HttpResponse> {
    caller.require("read:lists")?;
    let (me, id) = (caller.me(), *id);
    let row = app.db.read(move |conn| lists::get_own(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(List::from(row)))
}

/// Makes a list.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, edit) = (caller.me(), ListEdit::from(input.value));
    let row = app.act(move |conn, cx| lists::create(conn, cx, me, &edit)).await?;
    Ok(HttpResponse::Ok().json(List::from(row)))
}

/// Changes a list.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<ListId>,
    input: Input<Form>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, edit) = (caller.me(), *id, ListEdit::from(input.value));
    let row = app.act(move |conn, _| lists::update(conn, me, id, &edit)).await?;
    Ok(HttpResponse::Ok().json(List::from(row)))
}

/// Removes a list.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<ListId>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id) = (caller.me(), *id);
    app.act(move |conn, _| lists::delete(conn, me, id)).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Who is on a list; `limit=0` means all.
pub async fn accounts(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<ListId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:lists")?;
    let page = input.value.page(40, 80)?;
    let page = if page.limit == 0 { Page { limit: 5000, ..page } } else { page };
    let (me, id, urls) = (caller.me(), *id, app.urls()?);
    let rows = app.db.read(move |conn| lists::members(conn, me, id, &page)).await?;
    Ok(HttpResponse::Ok().json(rows.iter().map(|row| Account::render(row, &urls)).collect::<Vec<_>>()))
}

/// Puts accounts on a list.
pub async fn add_accounts(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<ListId>,
    input: Input<Members>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, members) = (caller.me(), *id, input.value.account_ids);
    app.act(move |conn, _| lists::add(conn, me, id, &members)).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Takes accounts off a list.
pub async fn remove_accounts(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<ListId>,
    input: Input<Members>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, members) = (caller.me(), *id, input.value.account_ids);
    app.act(move |conn, _| lists::remove(conn, me, id, &members)).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

fn writes(caller: &Caller) -> Result<()> {
    caller.require("write:lists")?;
    caller.may(Act::Relate)
}
