//! Notifications one by one.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Kind, Notification};
use crate::db::schema::{accounts, mutes, notifications};
use crate::db::{Conn, MultiBackend};
use crate::domain::markers::{self, Timeline};
use crate::error::{Error, Result};
use crate::ids::{AccountId, NotificationId};
use crate::page::Page;

/// Which notifications.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of these kinds; empty means all.
    pub types: Vec<Kind>,
    /// None of these kinds.
    pub exclude_types: Vec<Kind>,
    /// Only those that this account caused, also those that are kept aside.
    pub account: Option<AccountId>,
    /// Also those that are kept aside.
    pub include_filtered: bool,
}

impl Filter {
    /// Whether what is kept aside is shown.
    pub(super) fn shows_filtered(&self) -> bool {
        self.include_filtered || self.account.is_some()
    }
}

/// What `me` is shown: nothing by those who were muted or suspended since.
pub(super) fn shown<'a>(me: AccountId, filter: &Filter) -> notifications::BoxedQuery<'a, MultiBackend> {
    let muted = mutes::table
        .filter(mutes::account_id.eq(me))
        .filter(mutes::hides_notifications.eq(true))
        .select(mutes::target_id);
    let there = accounts::table
        .filter(accounts::id.eq(notifications::from_id))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null());
    let mut query = notifications::table
        .filter(notifications::account_id.eq(me))
        .filter(notifications::from_id.ne_all(muted))
        .filter(exists(there))
        .into_boxed();
    if !filter.types.is_empty() {
        query = query.filter(notifications::kind.eq_any(filter.types.clone()));
    }
    if !filter.exclude_types.is_empty() {
        query = query.filter(notifications::kind.ne_all(filter.exclude_types.clone()));
    }
    if let Some(account) = filter.account {
        query = query.filter(notifications::from_id.eq(account));
    }
    if !filter.shows_filtered() {
        query = query.filter(diesel::dsl::not(notifications::is_filtered));
    }
    query
}

/// A page of what `me` was told, newest first.
pub fn list(conn: &mut Conn, me: AccountId, filter: &Filter, page: &Page) -> Result<Vec<Notification>> {
    let query = shown(me, filter).select(Notification::as_select());
    Ok(page.newest_first(crate::paged!(query, notifications::id, page).load(conn)?))
}

/// The notification with this id, whoever's it is: for streams.
pub fn find(conn: &mut Conn, id: NotificationId) -> Result<Option<Notification>> {
    Ok(notifications::table.find(id).select(Notification::as_select()).first(conn).optional()?)
}

/// A notification of `me`; somebody else's is not found.
pub fn get(conn: &mut Conn, me: AccountId, id: NotificationId) -> Result<Notification> {
    find(conn, id)?.filter(|n| n.account_id == me).ok_or(Error::NotFound("notification"))
}

/// Removes one notification of `me`; an error if there is none.
pub fn dismiss(conn: &mut Conn, me: AccountId, id: NotificationId) -> Result<()> {
    let removed =
        diesel::delete(notifications::table.find(id).filter(notifications::account_id.eq(me))).execute(conn)?;
    if removed == 0 { Err(Error::NotFound("notification")) } else { Ok(()) }
}

/// Removes all notifications of `me`.
pub fn clear(conn: &mut Conn, me: AccountId) -> Result<()> {
    diesel::delete(notifications::table.filter(notifications::account_id.eq(me))).execute(conn)?;
    Ok(())
}

/// How many came after the one that `me` has marked as read; counts to `limit` and no further.
pub fn unread_count(conn: &mut Conn, me: AccountId, filter: &Filter, limit: i64) -> Result<i64> {
    let ids: Vec<NotificationId> = shown(me, filter)
        .filter(notifications::id.gt(last_read(conn, me)?))
        .select(notifications::id)
        .limit(limit.max(0))
        .load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(limit))
}

pub(super) fn last_read(conn: &mut Conn, me: AccountId) -> Result<i64> {
    Ok(markers::find(conn, me, Timeline::Notifications)?.map_or(0, |m| m.last_read_id))
}
