//! `/api/v1/notifications`: one by one.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::Reader;
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::markers::{self, Timeline};
use crate::domain::notifications::{self as rows, Filter, Kind};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::{AccountId, NotificationId};
use crate::page::Page;

/// How many a page has unless asked for, and at most.
const PAGE: (i64, i64) = (40, 80);
/// To how many unread ones are counted unless asked for, and at most.
pub const UNREAD: (i64, i64) = (100, 1000);

/// Which notifications.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NotificationQuery {
    pub(in crate::api) types: Vec<String>,
    pub(in crate::api) exclude_types: Vec<String>,
    pub(in crate::api) account_id: Option<String>,
    /// Also what is kept aside.
    pub(in crate::api) include_filtered: bool,
    /// Of groups only: which kinds are put together.
    pub grouped_types: Vec<String>,
    /// Of groups only: `partial_avatars` for less of most accounts.
    pub expand_accounts: Option<String>,
    /// Which page.
    #[serde(flatten)]
    pub page: PageQuery,
}

/// Those kinds that are known here; clients ask for others too.
pub fn kinds(names: &[String]) -> Vec<Kind> {
    names.iter().filter_map(|name| Kind::from_name(name)).collect()
}

impl NotificationQuery {
    /// The filter asked for; `None` if nothing here can match it.
    pub fn filter(&self) -> Result<Option<Filter>> {
        let (types, exclude_types) = (kinds(&self.types), kinds(&self.exclude_types));
        if types.is_empty() && !self.types.is_empty() {
            return Ok(None);
        }
        let account = match self.account_id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse::<AccountId>().map_err(|_| ApiError::malformed("account_id is not an id"))?),
            None => None,
        };
        Ok(Some(Filter { types, exclude_types, account, include_filtered: self.include_filtered }))
    }

    /// The page asked for.
    pub fn page(&self) -> Result<Page> {
        self.page.page(PAGE.0, PAGE.1)
    }
}

/// What the caller was told, newest first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<NotificationQuery>,
) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (page, reader, me, cx) = (input.value.page()?, Reader::from(&caller), caller.me(), app.context()?);
    let Some(filter) = input.value.filter()? else { return Ok(HttpResponse::Ok().json(json!([]))) };
    let urls = cx.urls.clone();
    let (shown, cursors) = app
        .db
        .read(move |conn| {
            let told = rows::list(conn, me, &filter, &page)?;
            let cursors = Cursors::of(told.iter().map(|row| row.id.0));
            Ok((reader.notifications(conn, &cx, &told)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &shown, cursors))
}

/// One notification.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<NotificationId>) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (id, reader, me, cx) = (*id, Reader::from(&caller), caller.me(), app.context()?);
    let shown = app
        .db
        .read(move |conn| {
            let row = rows::get(conn, me, id)?;
            reader.notifications(conn, &cx, &[row])?.pop().ok_or(Error::NotFound("notification"))
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Removes one notification that is shown to the caller.
pub async fn dismiss(app: web::Data<App>, caller: Caller, id: web::Path<NotificationId>) -> Result<HttpResponse> {
    caller.require("write:notifications")?;
    caller.may(Act::React)?;
    let (id, reader, me) = (*id, Reader::from(&caller), caller.me());
    app.act(move |conn, cx| {
        let row = rows::get(conn, me, id)?;
        // What is kept from them is not theirs to remove; what is about something gone is.
        if let Some(post) =
            row.post_id.map(|post| crate::domain::posts::queries::find(conn, post)).transpose()?.flatten()
            && !reader.shows(&post)
        {
            return Err(Error::NotFound("notification"));
        }
        rows::dismiss(conn, me, id)?;
        caller.record(conn, cx, "notification.dismiss", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// Removes all notifications.
pub async fn clear(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("write:notifications")?;
    caller.may(Act::React)?;
    let me = caller.me();
    app.act(move |conn, cx| {
        rows::clear(conn, me)?;
        caller.record(conn, cx, "notification.clear", &me)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// How many came since the caller last read, counted to a limit.
pub async fn unread_count(
    app: web::Data<App>,
    caller: Caller,
    input: Input<NotificationQuery>,
) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (limit, reader, me, cx) =
        (input.value.page.page(UNREAD.0, UNREAD.1)?.limit, Reader::from(&caller), caller.me(), app.context()?);
    let count = match input.value.filter()? {
        Some(filter) => app.db.read(move |conn| unread(conn, &cx, reader, me, &filter, limit)).await?,
        None => 0,
    };
    Ok(HttpResponse::Ok().json(json!({ "count": count })))
}

/// Whoever does not see direct messages must not count them either.
fn unread(conn: &mut Conn, cx: &Context, reader: Reader, me: AccountId, filter: &Filter, limit: i64) -> Outcome<i64> {
    if reader.sees_direct() {
        return rows::unread_count(conn, me, filter, limit);
    }
    let page = since_last_read(conn, me, limit)?;
    let told = rows::list(conn, me, filter, &page)?;
    Ok(i64::try_from(reader.notifications(conn, cx, &told)?.len()).unwrap_or(limit))
}

/// What came since the caller last read, as a page.
pub fn since_last_read(conn: &mut Conn, me: AccountId, limit: i64) -> Outcome<Page> {
    let marker = markers::find(conn, me, Timeline::Notifications)?;
    Ok(Page { since_id: Some(marker.map_or(0, |marker| marker.last_read_id)), ..Page::first(limit) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_are_not_here_match_nothing() {
        let query = |types: &[&str]| NotificationQuery {
            types: types.iter().map(|t| (*t).to_owned()).collect(),
            ..NotificationQuery::default()
        };
        assert!(query(&["annual_report"]).filter().unwrap().is_none());
        assert_eq!(query(&["annual_report", "mention"]).filter().unwrap().unwrap().types, [Kind::Mention]);
        assert!(query(&[]).filter().unwrap().unwrap().types.is_empty());
    }
}
