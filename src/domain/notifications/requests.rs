//! Senders whose posts are kept aside: each is a request that is accepted, for good, or dismissed.

use std::collections::HashMap;

use diesel::dsl::{count_star, exists, max};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::Kind;
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, notification_permissions, notification_requests, notifications, posts};
use crate::domain::accounts::Account;
use crate::domain::direct_threads;
use crate::domain::events::{self, Event};
use crate::domain::posts::{Post, Visibility};
use crate::error::{Error, Result};
use crate::ids::{AccountId, NotificationId, NotificationRequestId, PostId};
use crate::page::Page;
use crate::time::Time;

/// Of what a request is made: posts of the sender.
const KINDS: [Kind; 2] = [Kind::Mention, Kind::Quote];
/// To how many requests a summary counts.
const COUNTED: i64 = 100;
/// How many values one statement takes.
const CHUNK: usize = 500;

/// A sender somebody has to decide about.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_requests)]
pub struct Request {
    pub id: NotificationRequestId,
    /// Who decides.
    pub account_id: AccountId,
    pub from_id: AccountId,
    pub created_at: Time,
    /// When something was last kept aside.
    pub updated_at: Time,
}

/// A request with what waits in it for one reader.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The request.
    pub request: Request,
    /// The sender.
    pub from: Account,
    /// How many posts wait.
    pub count: i64,
    /// The latest of them.
    pub last_post: Option<PostId>,
}

/// How much waits, for a summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// How many senders, at most 100.
    pub requests: i64,
    /// How many posts of theirs.
    pub notifications: i64,
}

/// Whether `to` has accepted `from` once and for all.
pub(super) fn is_permitted(conn: &mut Conn, to: AccountId, from: AccountId) -> Result<bool> {
    Ok(diesel::select(exists(notification_permissions::table.find((to, from)))).get_result(conn)?)
}

/// Notes that something of `from` was kept aside. Nothing happens for what is no post of theirs.
pub(super) fn note(conn: &mut Conn, cx: &Context, to: AccountId, from: AccountId, kind: Kind) -> Result<()> {
    if !KINDS.contains(&kind) {
        return Ok(());
    }
    let row = Request { id: cx.id(), account_id: to, from_id: from, created_at: cx.now, updated_at: cx.now };
    crate::each_backend!(conn, |c| diesel::insert_into(notification_requests::table)
        .values(&row)
        .on_conflict((notification_requests::account_id, notification_requests::from_id))
        .do_update()
        .set(notification_requests::updated_at.eq(cx.now))
        .execute(c))?;
    Ok(())
}

/// The posts that are kept aside of the request at hand; without `sees_direct`, no direct messages.
macro_rules! kept_aside {
    ($sees_direct:expr) => {
        notifications::table
            .inner_join(posts::table.on(posts::id.nullable().eq(notifications::post_id)))
            .filter(notifications::account_id.eq(notification_requests::account_id))
            .filter(notifications::from_id.eq(notification_requests::from_id))
            .filter(notifications::is_filtered)
            .filter(notifications::kind.eq_any(KINDS))
            .filter(posts::deleted_at.is_null())
            .filter(posts::visibility.ne(Visibility::Direct).or($sees_direct.into_sql::<Bool>()))
            .select(notifications::id)
    };
}

/// The senders who wait for a decision of `me`, the latest first; the cursor is the id of the request.
/// `sees_direct`: whether direct messages are shown to whoever asks; a sender of nothing else is kept from others.
pub fn list(conn: &mut Conn, me: AccountId, sees_direct: bool, page: &Page) -> Result<Vec<Waiting>> {
    let query = notification_requests::table
        .inner_join(accounts::table.on(accounts::id.eq(notification_requests::from_id)))
        .filter(notification_requests::account_id.eq(me))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .filter(exists(kept_aside!(sees_direct)))
        .select((Request::as_select(), Account::as_select()))
        .into_boxed();
    let rows = page.newest_first(crate::paged!(query, notification_requests::id, page).load(conn)?);
    complete(conn, me, sees_direct, rows)
}

/// One request of `me`; an error if it is not there or not for whoever asks.
pub fn get(conn: &mut Conn, me: AccountId, sees_direct: bool, id: NotificationRequestId) -> Result<Waiting> {
    let found = select(conn, me, sees_direct, &[id])?;
    found.into_iter().next().ok_or(Error::NotFound("notification request"))
}

/// Those of these requests that `me` has.
fn select(conn: &mut Conn, me: AccountId, sees_direct: bool, ids: &[NotificationRequestId]) -> Result<Vec<Waiting>> {
    let rows = notification_requests::table
        .inner_join(accounts::table.on(accounts::id.eq(notification_requests::from_id)))
        .filter(notification_requests::account_id.eq(me))
        .filter(notification_requests::id.eq_any(ids))
        .filter(exists(kept_aside!(sees_direct)))
        .select((Request::as_select(), Account::as_select()))
        .load(conn)?;
    complete(conn, me, sees_direct, rows)
}

fn complete(conn: &mut Conn, me: AccountId, sees_direct: bool, rows: Vec<(Request, Account)>) -> Result<Vec<Waiting>> {
    let senders: Vec<AccountId> = rows.iter().map(|(request, _)| request.from_id).collect();
    let waiting = counts(conn, me, sees_direct, &senders)?;
    Ok(rows
        .into_iter()
        .map(|(request, from)| {
            let (count, last_post) = waiting.get(&request.from_id).copied().unwrap_or_default();
            Waiting { request, from, count, last_post }
        })
        .collect())
}

/// How many posts of each of these senders wait, and the latest.
fn counts(
    conn: &mut Conn,
    me: AccountId,
    sees_direct: bool,
    senders: &[AccountId],
) -> Result<HashMap<AccountId, (i64, Option<PostId>)>> {
    if senders.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(AccountId, i64, Option<PostId>)> = notifications::table
        .inner_join(posts::table.on(posts::id.nullable().eq(notifications::post_id)))
        .filter(notifications::account_id.eq(me))
        .filter(notifications::from_id.eq_any(senders))
        .filter(notifications::is_filtered)
        .filter(notifications::kind.eq_any(KINDS))
        .filter(posts::deleted_at.is_null())
        .filter(posts::visibility.ne(Visibility::Direct).or(sees_direct.into_sql::<Bool>()))
        .group_by(notifications::from_id)
        .select((notifications::from_id, count_star(), max(notifications::post_id)))
        .load(conn)?;
    Ok(rows.into_iter().map(|(from, count, last)| (from, (count, last))).collect())
}

/// How much waits for a decision of `me`.
pub fn pending(conn: &mut Conn, me: AccountId, sees_direct: bool) -> Result<Pending> {
    let waiting = list(conn, me, sees_direct, &Page::first(COUNTED))?;
    Ok(Pending {
        requests: i64::try_from(waiting.len()).unwrap_or(COUNTED),
        notifications: waiting.iter().map(|waiting| waiting.count).sum(),
    })
}

/// Accepts senders for good: what was kept aside of them is shown in its place, and what comes is not kept aside again.
/// Ids of requests that `me` does not have are passed over; returns how many were accepted.
pub fn accept(
    conn: &mut Conn,
    cx: &Context,
    me: AccountId,
    sees_direct: bool,
    ids: &[NotificationRequestId],
) -> Result<usize> {
    let waiting = select(conn, me, sees_direct, ids)?;
    for Waiting { request, .. } in &waiting {
        let permission = (
            notification_permissions::account_id.eq(me),
            notification_permissions::from_id.eq(request.from_id),
            notification_permissions::created_at.eq(cx.now),
        );
        crate::each_backend!(conn, |c| diesel::insert_into(notification_permissions::table)
            .values(permission)
            .on_conflict_do_nothing()
            .execute(c))?;
        let messages: Vec<Post> = posts::table
            .inner_join(notifications::table.on(notifications::post_id.eq(posts::id.nullable())))
            .filter(notifications::account_id.eq(me))
            .filter(notifications::from_id.eq(request.from_id))
            .filter(notifications::is_filtered)
            .filter(posts::visibility.eq(Visibility::Direct))
            .filter(posts::deleted_at.is_null())
            .order(posts::id.asc())
            .select(Post::as_select())
            .load(conn)?;
        for message in &messages {
            direct_threads::note_for(conn, cx, me, message)?;
        }
        let theirs = notifications::table
            .filter(notifications::account_id.eq(me))
            .filter(notifications::from_id.eq(request.from_id))
            .filter(notifications::is_filtered);
        diesel::update(theirs).set(notifications::is_filtered.eq(false)).execute(conn)?;
        diesel::delete(notification_requests::table.find(request.id)).execute(conn)?;
    }
    if !waiting.is_empty() {
        events::record(conn, cx, Event::NotificationsMerged { account: me })?;
    }
    Ok(waiting.len())
}

/// Removes what was kept aside of senders; what comes of them is kept aside again. Without `sees_direct`, direct messages stay.
/// Ids of requests that `me` does not have are passed over; returns how many were dismissed.
pub fn dismiss(conn: &mut Conn, me: AccountId, sees_direct: bool, ids: &[NotificationRequestId]) -> Result<usize> {
    let waiting = select(conn, me, sees_direct, ids)?;
    for Waiting { request, .. } in &waiting {
        let aside: Vec<(NotificationId, Option<Visibility>)> = notifications::table
            .left_join(posts::table.on(posts::id.nullable().eq(notifications::post_id)))
            .filter(notifications::account_id.eq(me))
            .filter(notifications::from_id.eq(request.from_id))
            .filter(notifications::is_filtered)
            .select((notifications::id, posts::visibility.nullable()))
            .load(conn)?;
        let (gone, kept): (Vec<_>, Vec<_>) =
            aside.into_iter().partition(|(_, visibility)| sees_direct || *visibility != Some(Visibility::Direct));
        let gone: Vec<NotificationId> = gone.into_iter().map(|(id, _)| id).collect();
        for chunk in gone.chunks(CHUNK) {
            diesel::delete(notifications::table.filter(notifications::id.eq_any(chunk))).execute(conn)?;
        }
        if kept.is_empty() {
            diesel::delete(notification_requests::table.find(request.id)).execute(conn)?;
        }
    }
    Ok(waiting.len())
}

/// Takes back that `to` accepted `from`, and what it was to decide about them.
pub(super) fn forget(conn: &mut Conn, to: AccountId, from: AccountId) -> Result<()> {
    diesel::delete(notification_permissions::table.find((to, from))).execute(conn)?;
    let request = notification_requests::table
        .filter(notification_requests::account_id.eq(to))
        .filter(notification_requests::from_id.eq(from));
    diesel::delete(request).execute(conn)?;
    Ok(())
}
