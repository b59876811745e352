//! Blocks: who blocks neither follows nor is followed by, hears of or shows anything to the other.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, blocks};
use crate::domain::accounts::{self as people, Account};
use crate::domain::follows::{self, Relationship};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{direct_threads, notifications};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::page::Page;

/// Blocks `target`: ends follows and requests both ways and removes their traces. Blocking twice changes nothing.
pub fn block(conn: &mut Conn, cx: &Context, me: &Account, target: AccountId) -> Result<Relationship> {
    if me.id == target {
        return Err(Error::forbidden("you cannot block yourself"));
    }
    let other = people::queries::get(conn, target)?;
    let uri = cx.urls.activity(cx.id());
    if insert(conn, cx, me.id, target, Some(&uri))? {
        part(conn, cx, me, &other, true)?;
        if !other.is_local() {
            outgoing::tell(conn, cx, Outgoing::Block { account: me.id, target, uri })?;
        }
    }
    follows::relationship(conn, me.id, target)
}

/// Lifts a block; nothing happens if there is none. Follows do not come back.
pub fn unblock(conn: &mut Conn, cx: &Context, me: &Account, target: AccountId) -> Result<Relationship> {
    let other = people::queries::get(conn, target)?;
    let lifted: Option<Option<String>> =
        diesel::delete(pair(me.id, target)).returning(blocks::uri).get_result(conn).optional()?;
    if let Some(Some(uri)) = lifted
        && !other.is_local()
    {
        outgoing::tell(conn, cx, Outgoing::UndoBlock { account: me.id, target, uri })?;
    }
    follows::relationship(conn, me.id, target)
}

/// `remote` blocks `local`. `uri`: the id of the Block, if it has one.
pub fn receive_block(
    conn: &mut Conn,
    cx: &Context,
    remote: &Account,
    local: &Account,
    uri: Option<&str>,
) -> Result<()> {
    if remote.is_local() || !local.is_local() {
        return Ok(());
    }
    if insert(conn, cx, remote.id, local.id, uri)? {
        part(conn, cx, remote, local, false)?;
    }
    Ok(())
}

/// `remote` lifts a block: the one with this id, else the one of `target`. False if there is none.
pub fn receive_undo_block(
    conn: &mut Conn,
    _cx: &Context,
    remote: &Account,
    uri: Option<&str>,
    target: Option<AccountId>,
) -> Result<bool> {
    if let Some(uri) = uri {
        let named = blocks::table.filter(blocks::account_id.eq(remote.id)).filter(blocks::uri.eq(uri));
        if diesel::delete(named).execute(conn)? > 0 {
            return Ok(true);
        }
    }
    match target {
        Some(target) => Ok(diesel::delete(pair(remote.id, target)).execute(conn)? > 0),
        None => Ok(false),
    }
}

/// Whom `me` blocks, the latest first; the cursor is the first of each pair.
pub fn list(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<(i64, Account)>> {
    let query = blocks::table
        .inner_join(accounts::table.on(accounts::id.eq(blocks::target_id)))
        .filter(blocks::account_id.eq(me))
        .filter(accounts::deleted_at.is_null())
        .select((blocks::id, Account::as_select()))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, blocks::id, page).load(conn)?))
}

/// Whether `account` blocks `target`.
pub fn exists(conn: &mut Conn, account: AccountId, target: AccountId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(pair(account, target))).get_result(conn)?)
}

/// Whether either of the two blocks the other.
pub fn between(conn: &mut Conn, one: AccountId, other: AccountId) -> Result<bool> {
    Ok(exists(conn, one, other)? || exists(conn, other, one)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn pair(account: AccountId, target: AccountId) -> _ {
    blocks::table.filter(blocks::account_id.eq(account)).filter(blocks::target_id.eq(target))
}

fn insert(conn: &mut Conn, cx: &Context, account: AccountId, target: AccountId, uri: Option<&str>) -> Result<bool> {
    let id: i64 = cx.id();
    let row = (
        blocks::id.eq(id),
        blocks::account_id.eq(account),
        blocks::target_id.eq(target),
        blocks::uri.eq(uri),
        blocks::created_at.eq(cx.now),
    );
    let written = crate::each_backend!(conn, |c| diesel::insert_into(blocks::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(written > 0)
}

/// Removes what was between the two: follows, and what either was told of the other.
fn part(conn: &mut Conn, cx: &Context, blocker: &Account, blocked: &Account, tells: bool) -> Result<()> {
    follows::sever(conn, cx, blocker, blocked, tells)?;
    notifications::part(conn, blocker.id, blocked.id)?;
    direct_threads::hide_last_by(conn, blocker.id, blocked.id)
}
