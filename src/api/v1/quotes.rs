//! `/api/v1/statuses/:id/quotes` and who may quote: which posts quote a post, taking an own post out of one, and the policy.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::status::Status;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::{self, Reader};
use crate::app::App;
use crate::domain::quotes::{self, QuotePolicy};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::PostId;

/// A policy as clients name it.
pub(super) fn policy(name: &str) -> Outcome<QuotePolicy> {
    QuotePolicy::chosen(name.trim())
        .ok_or_else(|| Error::invalid("quote_approval_policy", "must be public, followers or nobody"))
}

/// Posts that quote a post and that the caller may see.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<PostId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, id, me, reader, cx) =
        (input.value.page(20, 40)?, *id, caller.me(), Reader::from(&caller), app.context()?);
    let urls = cx.urls.clone();
    let (statuses, cursors): (Vec<Status>, _) = app
        .db
        .read(move |conn| {
            let post = reader.get_original(conn, id)?;
            let quoting = quotes::list_quoting(conn, me, post.id, &page)?;
            let cursors = Cursors::of(quoting.iter().map(|(quote, _)| quote.0));
            let posts = quoting.into_iter().map(|(_, post)| post).collect();
            Ok((reader.statuses(conn, &cx, posts)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &statuses, cursors))
}

/// Takes an own post out of a post that quotes it; answers that post or, if the caller may not see it, nothing.
pub async fn revoke(app: web::Data<App>, caller: Caller, path: web::Path<(PostId, PostId)>) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let ((quoted, quoting), reader, me) = (path.into_inner(), Reader::from(&caller), caller.me());
    let post = app.db.read(move |conn| reader.get(conn, quoted)).await?;
    if post.account_id == me {
        caller.may(Act::Retract)?;
    }
    let post = app
        .act(move |conn, cx| {
            let post = quotes::revoke(conn, cx, caller.account(), quoted, quoting)?;
            caller.record(conn, cx, "post.revoke_quote", &quoting)?;
            Ok(post)
        })
        .await?;
    let (id, cx) = (post.id, app.context()?);
    let shown = app
        .db
        .read(move |conn| match reader.get(conn, id).and_then(|post| reader.status(conn, &cx, post)) {
            Ok(status) => Ok(Some(status)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        })
        .await?;
    Ok(match shown {
        Some(status) => HttpResponse::Ok().json(status),
        None => HttpResponse::Ok().json(json!({})),
    })
}

/// Who may do what with a post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyForm {
    quote_approval_policy: Option<String>,
}

/// Says who may quote an own post from now on; without a policy, the account's default.
pub async fn set_policy(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<PostId>,
    input: Input<PolicyForm>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let (id, reader) = (*id, Reader::from(&caller));
    super::statuses::own(&app, &caller, id).await?;
    caller.may(Act::Retract)?;
    let chosen = match input.value.quote_approval_policy.as_deref().filter(|name| !name.trim().is_empty()) {
        Some(name) => policy(name)?,
        None => caller.account().default_quote_policy,
    };
    let post = app
        .act(move |conn, cx| {
            let post = quotes::set_policy(conn, cx, caller.account(), id, chosen)?;
            caller.record(conn, cx, "post.policy", &id)?;
            Ok(post)
        })
        .await?;
    reading::show(&app, reader, post).await
}
