//! `/api/v1/domain_blocks`: domains that the caller wants to see nothing of.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::domain::account_domain_blocks;
use crate::domain::teams::policy::Act;

/// A domain.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    domain: String,
}

/// The domains that the caller blocks, the latest first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:blocks", "follow"])?;
    let (page, me, urls) = (input.value.page(100, 200)?, caller.me(), app.urls()?);
    let rows = app.db.read(move |conn| account_domain_blocks::list(conn, me, &page)).await?;
    let cursors = Cursors::of(rows.iter().map(|(id, _)| id.0));
    let domains: Vec<String> = rows.into_iter().map(|(_, domain)| domain).collect();
    Ok(paging::answer(&request, &urls, &domains, cursors))
}

/// What blocking a domain would end.
pub async fn preview(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    caller.require_any(&["read:blocks", "follow"])?;
    let (me, domain) = (caller.me(), input.value.domain);
    let (following, followers) = app.db.read(move |conn| account_domain_blocks::preview(conn, me, &domain)).await?;
    Ok(HttpResponse::Ok().json(json!({ "following_count": following, "followers_count": followers })))
}

/// Blocks a domain: nothing from there is shown, and follows with its accounts end.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    writes(&caller)?;
    let domain = input.value.domain;
    app.act(move |conn, cx| {
        account_domain_blocks::block(conn, cx, caller.account(), &domain)?;
        caller.record(conn, cx, "domain.block", &domain)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Lifts the block of a domain.
pub async fn delete(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    writes(&caller)?;
    let domain = input.value.domain;
    app.act(move |conn, cx| {
        account_domain_blocks::unblock(conn, caller.me(), &domain)?;
        caller.record(conn, cx, "domain.unblock", &domain)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

fn writes(caller: &Caller) -> Result<()> {
    caller.require_any(&["write:blocks", "follow"])?;
    caller.may(Act::Relate)
}
