//! Domains that one account wants to see nothing of: none of what is written there, and no follows either way.
//! Exactly the domain that was named; its sub-domains are others.

use std::collections::HashSet;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{account_domain_blocks, accounts, follows};
use crate::domain::accounts::Account;
use crate::domain::{direct_threads, follows as standings, notifications, severances};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DomainBlockId};
use crate::jobs;
use crate::page::Page;
use crate::text::handles::normalize_domain;

/// The job that ends the follows with a domain which are too many for one transaction; its handler calls [`go_on`]. It carries
/// a [`Parting`].
pub const PART_JOB: &str = "part_from_domain";
/// How many domains one account may hide.
const MAX_DOMAINS: i64 = 5000;
/// With how many accounts of a domain follows are ended in one transaction.
const BATCH: i64 = 200;

/// Whose follows with which domain are to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parting {
    /// Who hides the domain.
    pub account: AccountId,
    /// Which.
    pub domain: String,
}

/// Hides a domain: ends follows and requests both ways, of which `me` is told once, and removes what `me` was told from there.
/// Again, it changes nothing.
pub fn block(conn: &mut Conn, cx: &Context, me: &Account, domain: &str) -> Result<()> {
    let domain = checked(domain)?;
    if domain == cx.urls.domain() {
        return Err(Error::invalid("domain", "is the one of this server"));
    }
    let there: i64 =
        account_domain_blocks::table.filter(account_domain_blocks::account_id.eq(me.id)).count().get_result(conn)?;
    if there >= MAX_DOMAINS && !exists(conn, me.id, &domain)? {
        return Err(Error::invalid("domain", format!("is one too many: {MAX_DOMAINS} are blocked already")));
    }
    let row = (
        account_domain_blocks::id.eq(cx.id::<DomainBlockId>()),
        account_domain_blocks::account_id.eq(me.id),
        account_domain_blocks::domain.eq(&domain),
        account_domain_blocks::created_at.eq(cx.now),
    );
    let written = crate::each_backend!(conn, |c| diesel::insert_into(account_domain_blocks::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if written == 0 {
        return Ok(());
    }
    let (followed, following) = counts(conn, me.id, &domain)?;
    severances::record(conn, cx, me.id, severances::Kind::UserDomainBlock, &domain, following, followed)?;
    notifications::part_from_domain(conn, me.id, &domain)?;
    direct_threads::hide_last_from(conn, me.id, &domain)?;
    part(conn, cx, me, &domain)
}

/// Shows a domain again; nothing happens if it was not hidden. Follows do not come back.
pub fn unblock(conn: &mut Conn, me: AccountId, domain: &str) -> Result<()> {
    diesel::delete(pair(me, &checked(domain)?)).execute(conn)?;
    Ok(())
}

/// Ends the next follows of a [`Parting`], unless the domain is shown again.
pub fn go_on(conn: &mut Conn, cx: &Context, parting: &Parting) -> Result<()> {
    let me = accounts::table.find(parting.account).select(Account::as_select()).first(conn).optional()?;
    match me {
        Some(me) if exists(conn, me.id, &parting.domain)? => part(conn, cx, &me, &parting.domain),
        _ => Ok(()),
    }
}

/// What blocking a domain would end: how many of its accounts `me` follows, and how many follow `me`.
pub fn preview(conn: &mut Conn, me: AccountId, domain: &str) -> Result<(i64, i64)> {
    counts(conn, me, &checked(domain)?)
}

fn counts(conn: &mut Conn, me: AccountId, domain: &str) -> Result<(i64, i64)> {
    let followed = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
        .filter(follows::account_id.eq(me))
        .filter(follows::state.eq(standings::State::Accepted))
        .filter(accounts::domain.eq(domain))
        .count()
        .get_result(conn)?;
    let following = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(me))
        .filter(follows::state.eq(standings::State::Accepted))
        .filter(accounts::domain.eq(domain))
        .count()
        .get_result(conn)?;
    Ok((followed, following))
}

/// The domains that `me` hides, the latest first.
pub fn list(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<(DomainBlockId, String)>> {
    let query = account_domain_blocks::table
        .filter(account_domain_blocks::account_id.eq(me))
        .select((account_domain_blocks::id, account_domain_blocks::domain))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, account_domain_blocks::id, page).load(conn)?))
}

/// Those of these domains that `me` hides.
pub fn among(conn: &mut Conn, me: AccountId, domains: &HashSet<&str>) -> Result<HashSet<String>> {
    if domains.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<String> = account_domain_blocks::table
        .filter(account_domain_blocks::account_id.eq(me))
        .filter(account_domain_blocks::domain.eq_any(domains.iter().copied()))
        .select(account_domain_blocks::domain)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Whether `account` hides the domain of `other`.
pub fn hides(conn: &mut Conn, account: AccountId, other: AccountId) -> Result<bool> {
    let hidden = account_domain_blocks::table
        .inner_join(accounts::table.on(accounts::domain.eq(account_domain_blocks::domain)))
        .filter(account_domain_blocks::account_id.eq(account))
        .filter(accounts::id.eq(other));
    Ok(diesel::select(diesel::dsl::exists(hidden)).get_result(conn)?)
}

fn exists(conn: &mut Conn, me: AccountId, domain: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(pair(me, domain))).get_result(conn)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn pair<'a>(me: AccountId, domain: &'a str) -> _ {
    account_domain_blocks::table
        .filter(account_domain_blocks::account_id.eq(me))
        .filter(account_domain_blocks::domain.eq(domain))
}

fn checked(domain: &str) -> Result<String> {
    let domain = domain.trim();
    if domain.is_empty() {
        return Err(Error::invalid("domain", "can't be blank"));
    }
    normalize_domain(domain).ok_or_else(|| Error::invalid("domain", "is not a valid domain name"))
}

/// Ends follows and requests with accounts of a domain, as many as one transaction should; a job goes on with the rest.
fn part(conn: &mut Conn, cx: &Context, me: &Account, domain: &str) -> Result<()> {
    let followed: Vec<Account> = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
        .filter(follows::account_id.eq(me.id))
        .filter(accounts::domain.eq(domain))
        .order(follows::id.asc())
        .limit(BATCH)
        .select(Account::as_select())
        .load(conn)?;
    let following: Vec<Account> = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(me.id))
        .filter(accounts::domain.eq(domain))
        .order(follows::id.asc())
        .limit(BATCH)
        .select(Account::as_select())
        .load(conn)?;
    let is_more = [&followed, &following].iter().any(|found| i64::try_from(found.len()).is_ok_and(|n| n >= BATCH));
    for other in followed.iter().chain(&following) {
        standings::sever(conn, cx, me, other, true)?;
    }
    if is_more {
        let parting = Parting { account: me.id, domain: domain.to_owned() };
        jobs::enqueue(conn, cx, PART_JOB, &parting, cx.now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
