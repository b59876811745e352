//! `/api/v1/notifications/requests`: senders whose posts are kept aside until somebody decides.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::notification_policy::NotificationRequest;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::Reader;
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::notifications::{self as rows, Waiting};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::{AccountId, NotificationRequestId};

/// How many a page has unless asked for, and at most.
const PAGE: (i64, i64) = (40, 80);
/// How many are decided at once.
const AT_ONCE: usize = 500;

/// Those that are decided.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    id: Vec<NotificationRequestId>,
}

fn render(
    conn: &mut Conn,
    cx: &Context,
    reader: Reader,
    me: AccountId,
    waiting: &[Waiting],
) -> Outcome<Vec<NotificationRequest>> {
    let posts = reader.views_of(conn, waiting.iter().filter_map(|waiting| waiting.last_post))?;
    let last = |waiting: &Waiting| waiting.last_post.and_then(|post| posts.get(&post));
    Ok(waiting.iter().map(|waiting| NotificationRequest::render(waiting, last(waiting), cx, me)).collect())
}

/// Who waits for a decision, the latest first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let page = input.value.page(PAGE.0, PAGE.1)?;
    let (reader, me, cx) = (Reader::from(&caller), caller.me(), app.context()?);
    let urls = cx.urls.clone();
    let (shown, cursors) = app
        .db
        .read(move |conn| {
            let waiting = rows::list_requests(conn, me, reader.sees_direct(), &page)?;
            let cursors = Cursors::of(waiting.iter().map(|waiting| waiting.request.id.0));
            Ok((render(conn, &cx, reader, me, &waiting)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &shown, cursors))
}

/// One of them.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<NotificationRequestId>) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (id, reader, me, cx) = (*id, Reader::from(&caller), caller.me(), app.context()?);
    let shown = app
        .db
        .read(move |conn| {
            let waiting = rows::get_request(conn, me, reader.sees_direct(), id)?;
            render(conn, &cx, reader, me, &[waiting])?.pop().ok_or(Error::NotFound("notification request"))
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Accepting takes effect with the answer, so there is never anything left to merge.
pub async fn merged(caller: Caller) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    Ok(HttpResponse::Ok().json(json!({ "merged": true })))
}

/// Accepts one sender for good.
pub async fn accept(app: web::Data<App>, caller: Caller, id: web::Path<NotificationRequestId>) -> Result<HttpResponse> {
    decide(&app, caller, vec![*id], true, true).await
}

/// Removes what one sender wrote.
pub async fn dismiss(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<NotificationRequestId>,
) -> Result<HttpResponse> {
    decide(&app, caller, vec![*id], false, true).await
}

/// Accepts several senders; ids that are not there are passed over.
pub async fn accept_all(app: web::Data<App>, caller: Caller, input: Input<Chosen>) -> Result<HttpResponse> {
    decide(&app, caller, input.value.id, true, false).await
}

/// Removes what several senders wrote; ids that are not there are passed over.
pub async fn dismiss_all(app: web::Data<App>, caller: Caller, input: Input<Chosen>) -> Result<HttpResponse> {
    decide(&app, caller, input.value.id, false, false).await
}

/// `must_exist`: whether it is an error if none of them is there.
async fn decide(
    app: &App,
    caller: Caller,
    ids: Vec<NotificationRequestId>,
    is_accepted: bool,
    must_exist: bool,
) -> Result<HttpResponse> {
    caller.require("write:notifications")?;
    caller.may(Act::React)?;
    if ids.len() > AT_ONCE {
        return Err(Error::invalid("id", format!("names more than {AT_ONCE}")).into());
    }
    let (me, sees_direct) = (caller.me(), caller.sees_direct());
    app.act(move |conn, cx| {
        let decided = if is_accepted {
            rows::accept_requests(conn, cx, me, sees_direct, &ids)?
        } else {
            rows::dismiss_requests(conn, me, sees_direct, &ids)?
        };
        if decided == 0 {
            return if must_exist { Err(Error::NotFound("notification request")) } else { Ok(()) };
        }
        let verb = if is_accepted { "notification_request.accept" } else { "notification_request.dismiss" };
        ids.iter().try_for_each(|id| caller.record(conn, cx, verb, id))
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
