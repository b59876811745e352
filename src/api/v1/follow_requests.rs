//! `/api/v1/follow_requests`: who asks to follow the caller.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::auth::Caller;
use crate::api::entities::account::Account;
use crate::api::entities::relationship::Relationship;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::domain::follows;
use crate::domain::teams::policy::Act;
use crate::ids::AccountId;

/// Who asks, the latest first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:follows", "follow"])?;
    let (page, me, urls) = (input.value.page(40, 80)?, caller.me(), app.urls()?);
    let rows = app.db.read(move |conn| follows::requests(conn, me, &page)).await?;
    let cursors = Cursors::of(rows.iter().map(|(id, _)| id.0));
    Ok(paging::answer(
        &request,
        &urls,
        &rows.iter().map(|(_, row)| Account::render(row, &urls)).collect::<Vec<_>>(),
        cursors,
    ))
}

/// Accepts a follower.
pub async fn authorize(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    settle(app, caller, *id, true).await
}

/// Refuses a follower.
pub async fn reject(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    settle(app, caller, *id, false).await
}

async fn settle(app: web::Data<App>, caller: Caller, from: AccountId, accepts: bool) -> Result<HttpResponse> {
    caller.require_any(&["write:follows", "follow"])?;
    caller.may(Act::Relate)?;
    let standing = app
        .act(move |conn, cx| {
            let standing = if accepts {
                follows::authorize(conn, cx, caller.account(), from)?
            } else {
                follows::reject(conn, cx, caller.account(), from)?
            };
            caller.record(conn, cx, if accepts { "follower.accept" } else { "follower.reject" }, &from)?;
            Ok(standing)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Relationship::render(standing)))
}
