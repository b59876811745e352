//! Mutes: the muted is not shown and does not learn of it. A mute may end by itself.

use std::time::Duration;

use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, mutes};
use crate::domain::accounts::{self as people, Account};
use crate::domain::follows::{self, Relationship};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::jobs;
use crate::page::Page;
use crate::time::Time;

/// The job that ends mutes on time; its handler calls [`delete_expired`]. It carries nothing.
pub const EXPIRE_JOB: &str = "expire_mutes";

/// Mutes `target`, or changes the mute that is there. `duration`: how long, at most; `None` or zero: until it is lifted.
pub fn mute(
    conn: &mut Conn,
    cx: &Context,
    me: &Account,
    target: AccountId,
    hides_notifications: bool,
    duration: Option<Duration>,
) -> Result<Relationship> {
    if me.id == target {
        return Err(Error::forbidden("you cannot mute yourself"));
    }
    people::queries::get(conn, target)?;
    let expires_at = duration.filter(|d| !d.is_zero()).map(|d| cx.now.after(d));
    let id: i64 = cx.id();
    let row = (
        mutes::id.eq(id),
        mutes::account_id.eq(me.id),
        mutes::target_id.eq(target),
        mutes::hides_notifications.eq(hides_notifications),
        mutes::expires_at.eq(expires_at),
        mutes::created_at.eq(cx.now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(mutes::table)
        .values(row)
        .on_conflict((mutes::account_id, mutes::target_id))
        .do_update()
        .set((
            mutes::hides_notifications.eq(excluded(mutes::hides_notifications)),
            mutes::expires_at.eq(excluded(mutes::expires_at))
        ))
        .execute(c))?;
    if let Some(expires_at) = expires_at {
        jobs::enqueue(conn, cx, EXPIRE_JOB, &(), expires_at)?;
    }
    follows::relationship(conn, me.id, target)
}

/// Lifts a mute; nothing happens if there is none.
pub fn unmute(conn: &mut Conn, me: &Account, target: AccountId) -> Result<Relationship> {
    people::queries::get(conn, target)?;
    diesel::delete(mutes::table.filter(mutes::account_id.eq(me.id)).filter(mutes::target_id.eq(target)))
        .execute(conn)?;
    follows::relationship(conn, me.id, target)
}

/// A muted account.
#[derive(Debug, Clone)]
pub struct Muted {
    /// The cursor for pages.
    pub id: i64,
    /// Who.
    pub account: Account,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
}

/// Whom `me` mutes, the latest first.
pub fn list(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<Muted>> {
    let query = mutes::table
        .inner_join(accounts::table.on(accounts::id.eq(mutes::target_id)))
        .filter(mutes::account_id.eq(me))
        .filter(accounts::deleted_at.is_null())
        .select((mutes::id, mutes::expires_at, Account::as_select()))
        .into_boxed();
    let rows: Vec<(i64, Option<Time>, Account)> = crate::paged!(query, mutes::id, page).load(conn)?;
    Ok(page.newest_first(rows.into_iter().map(|(id, expires_at, account)| Muted { id, account, expires_at }).collect()))
}

/// Whether `account` wants no notifications from `target`.
pub fn hides_notifications(conn: &mut Conn, account: AccountId, target: AccountId) -> Result<bool> {
    let mute = mutes::table
        .filter(mutes::account_id.eq(account))
        .filter(mutes::target_id.eq(target))
        .filter(mutes::hides_notifications.eq(true));
    Ok(diesel::select(diesel::dsl::exists(mute)).get_result(conn)?)
}

/// Removes mutes whose time is over; returns how many.
pub fn delete_expired(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(mutes::table.filter(mutes::expires_at.le(now))).execute(conn)?)
}
