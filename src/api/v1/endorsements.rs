//! `/api/v1/endorsements`: accounts on profiles.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::account::Account;
use crate::api::entities::relationship::Relationship;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::domain::accounts::queries;
use crate::domain::endorsements;
use crate::domain::teams::policy::Act;
use crate::ids::AccountId;

/// Whom the caller shows on the profile.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    of(&app, &request, caller.me(), &input.value).await
}

/// Whom an account shows on its profile. None are known of accounts elsewhere.
pub async fn of_account(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    id: web::Path<AccountId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:accounts")?;
    of(&app, &request, *id, &input.value).await
}

async fn of(app: &App, request: &HttpRequest, id: AccountId, query: &PageQuery) -> Result<HttpResponse> {
    let (page, urls) = (query.page(40, 80)?, app.urls()?);
    let rows = app
        .db
        .read(move |conn| {
            let owner = queries::get(conn, id)?;
            if owner.is_active() { endorsements::list(conn, id, &page) } else { Ok(Vec::new()) }
        })
        .await?;
    let cursors = Cursors::of(rows.iter().map(|(id, _)| id.0));
    let shown: Vec<Account> = rows.iter().map(|(_, row)| Account::render(row, &urls)).collect();
    Ok(paging::answer(request, &urls, &shown, cursors))
}

/// Shows a followed account on the caller's profile.
pub async fn endorse(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    set(&app, caller, *id, true).await
}

/// Shows an account on the caller's profile no longer.
pub async fn unendorse(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    set(&app, caller, *id, false).await
}

async fn set(app: &App, caller: Caller, id: AccountId, shows: bool) -> Result<HttpResponse> {
    caller.require("write:accounts")?;
    caller.may(Act::EditProfile)?;
    let standing = app
        .act(move |conn, cx| {
            let standing = if shows {
                endorsements::endorse(conn, cx, caller.account(), id)?
            } else {
                endorsements::unendorse(conn, caller.account(), id)?
            };
            caller.record(conn, cx, if shows { "account.endorse" } else { "account.unendorse" }, &id)?;
            Ok(standing)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Relationship::render(standing)))
}
