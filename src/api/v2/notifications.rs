//! `/api/v2/notifications`: in groups.

use std::collections::{HashMap, HashSet};

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::account::Account;
use crate::api::entities::notification::{GroupedResults, NotificationGroup, PartialAccount};
use crate::api::entities::status::Status;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::{self, Reader};
use crate::api::v1::notifications::{NotificationQuery, UNREAD, kinds, since_last_read};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::notifications::{self as rows, Group, Kind};
use crate::domain::severances;
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::{AccountId, PostId};

/// The kinds that are shown together, unless fewer are asked for.
const GROUPED: [Kind; 4] = [Kind::Favourite, Kind::Follow, Kind::Reblog, Kind::AdminSignUp];

fn grouped(query: &NotificationQuery) -> Vec<Kind> {
    if query.grouped_types.is_empty() {
        return GROUPED.to_vec();
    }
    let asked = kinds(&query.grouped_types);
    GROUPED.into_iter().filter(|kind| asked.contains(kind)).collect()
}

/// Drops groups about posts that are gone or kept from the reader, and puts accounts and posts beside the rest.
/// `in_page`: the groups are a page. `partial`: only the first account of a group is wanted in full.
fn results(
    conn: &mut Conn,
    cx: &Context,
    reader: Reader,
    mut groups: Vec<Group>,
    in_page: bool,
    partial: bool,
) -> Outcome<GroupedResults> {
    let posts = reader.views_of(conn, groups.iter().filter_map(|group| group.post))?;
    groups.retain(|group| group.post.is_none_or(|post| posts.contains_key(&post)));
    let known = reading::people(conn, groups.iter().flat_map(|group| group.sample.iter().copied()))?;
    for group in &mut groups {
        group.sample.retain(|id| known.contains_key(id));
    }
    let severances = match reader.me() {
        Some(me) => severances::of_notifications(conn, me, groups.iter().map(|group| (group.kind, group.subject)))?,
        None => HashMap::new(),
    };
    let leading: HashSet<AccountId> = groups.iter().filter_map(|group| group.sample.first().copied()).collect();
    let mut found = GroupedResults { partial_accounts: partial.then(Vec::new), ..GroupedResults::default() };
    let (mut seen_people, mut seen_posts): (HashSet<AccountId>, HashSet<PostId>) = (HashSet::new(), HashSet::new());
    for group in &groups {
        for person in group.sample.iter().filter(|id| seen_people.insert(**id)).filter_map(|id| known.get(id)) {
            match &mut found.partial_accounts {
                Some(shortened) if !leading.contains(&person.id) => {
                    shortened.push(PartialAccount::render(person, &cx.urls))
                }
                _ => found.accounts.push(Account::render(person, &cx.urls)),
            }
        }
        if let Some(view) = group.post.filter(|post| seen_posts.insert(*post)).and_then(|post| posts.get(&post)) {
            found.statuses.push(Status::render(view, cx, reader.me()));
        }
        let severance = group.subject.and_then(|subject| severances.get(&subject));
        found.notification_groups.push(NotificationGroup::render(group, severance, in_page));
    }
    Ok(found)
}

/// What the caller was told, in groups, newest first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<NotificationQuery>,
) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (query, reader, me, cx) = (input.value, Reader::from(&caller), caller.me(), app.context()?);
    let (page, kinds, urls) = (query.page()?, grouped(&query), cx.urls.clone());
    let partial = query.expand_accounts.as_deref() == Some("partial_avatars");
    let Some(filter) = query.filter()? else { return Ok(HttpResponse::Ok().json(GroupedResults::default())) };
    let (found, cursors) = app
        .db
        .read(move |conn| {
            let groups = rows::groups(conn, me, &filter, &kinds, &page)?;
            let next = groups.iter().map(|group| group.page_min_id.0).min();
            let prev = groups.iter().map(|group| group.page_max_id.0).max();
            let cursors = next.zip(prev).map(|(next, prev)| Cursors { next, prev });
            Ok((results(conn, &cx, reader, groups, true, partial)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &found, cursors))
}

/// One group.
pub async fn show(app: web::Data<App>, caller: Caller, key: web::Path<String>) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (key, reader, me, cx) = (key.into_inner(), Reader::from(&caller), caller.me(), app.context()?);
    let found = app
        .db
        .read(move |conn| {
            let group = rows::get_group(conn, me, &key)?;
            results(conn, &cx, reader, vec![group], false, false)
        })
        .await?;
    if found.notification_groups.is_empty() {
        Err(Error::NotFound("notification group").into())
    } else {
        Ok(HttpResponse::Ok().json(found))
    }
}

/// An error unless the group is there and shown to the reader.
fn check(conn: &mut Conn, reader: Reader, me: AccountId, key: &str) -> Outcome<()> {
    let group = rows::get_group(conn, me, key)?;
    let posts = reader.views_of(conn, group.post.into_iter())?;
    if group.post.is_none_or(|post| posts.contains_key(&post)) {
        Ok(())
    } else {
        Err(Error::NotFound("notification group"))
    }
}

/// Who is behind a group.
pub async fn accounts(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    key: web::Path<String>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:notifications", "write:notifications"])?;
    let (page, key, reader, me, urls) =
        (input.value.page(40, 80)?, key.into_inner(), Reader::from(&caller), caller.me(), app.urls()?);
    let people = app
        .db
        .read(move |conn| {
            check(conn, reader, me, &key)?;
            rows::group_accounts(conn, me, &key, &page)
        })
        .await?;
    let shown: Vec<Account> = people.iter().map(|(_, person)| Account::render(person, &urls)).collect();
    Ok(paging::answer(&request, &urls, &shown, Cursors::of(people.iter().map(|(id, _)| id.0))))
}

/// Removes all notifications of a group; none is left of one that was removed before.
pub async fn dismiss(app: web::Data<App>, caller: Caller, key: web::Path<String>) -> Result<HttpResponse> {
    caller.require("write:notifications")?;
    caller.may(Act::React)?;
    let (key, reader, me) = (key.into_inner(), Reader::from(&caller), caller.me());
    app.act(move |conn, cx| {
        match check(conn, reader, me, &key) {
            Err(Error::NotFound(_)) => return Ok(()),
            other => other?,
        }
        rows::dismiss_group(conn, me, &key)?;
        caller.record(conn, cx, "notification.dismiss", &key)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

/// How many groups hold something that came since the caller last read, counted to a limit.
pub async fn unread_count(
    app: web::Data<App>,
    caller: Caller,
    input: Input<NotificationQuery>,
) -> Result<HttpResponse> {
    caller.require("read:notifications")?;
    let (query, reader, me) = (input.value, Reader::from(&caller), caller.me());
    let (limit, kinds) = (query.page.page(UNREAD.0, UNREAD.1)?.limit, grouped(&query));
    let Some(filter) = query.filter()? else { return Ok(HttpResponse::Ok().json(json!({ "count": 0 }))) };
    let count = app
        .db
        .read(move |conn| {
            if reader.sees_direct() {
                return rows::unread_groups(conn, me, &filter, &kinds, limit);
            }
            let page = since_last_read(conn, me, limit)?;
            let groups = rows::groups(conn, me, &filter, &kinds, &page)?;
            let posts = reader.views_of(conn, groups.iter().filter_map(|group| group.post))?;
            let shown = groups.iter().filter(|group| group.post.is_none_or(|post| posts.contains_key(&post))).count();
            Ok(i64::try_from(shown).unwrap_or(limit))
        })
        .await?;
    Ok(HttpResponse::Ok().json(json!({ "count": count })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_grouped_is() {
        let query = |kinds: &[&str]| serde_json::from_value(json!({ "grouped_types": kinds })).unwrap();
        assert_eq!(grouped(&query(&[])), GROUPED);
        assert_eq!(grouped(&query(&["mention", "follow"])), [Kind::Follow]);
    }
}
