//! Whom one might follow: computed from what is known here, without what one has dismissed; and the directory of all who want
//! to be found.

/// Whether a row of `accounts` may be shown to this account where nobody asked for it by name: neither blocks the other, and it
/// is not muted or hidden with its domain. A macro, because the type of the expression is a page long.
macro_rules! welcome_to {
    ($me:expr) => {{
        use $crate::db::schema::{account_domain_blocks, accounts, blocks, mutes};
        let me: $crate::ids::AccountId = $me;
        let blocked = blocks::table.filter(blocks::account_id.eq(me)).filter(blocks::target_id.eq(accounts::id));
        let blocking = blocks::table.filter(blocks::account_id.eq(accounts::id)).filter(blocks::target_id.eq(me));
        let muted = mutes::table.filter(mutes::account_id.eq(me)).filter(mutes::target_id.eq(accounts::id));
        let hidden = account_domain_blocks::table
            .filter(account_domain_blocks::account_id.eq(me))
            .filter(account_domain_blocks::domain.eq(accounts::domain));
        diesel::dsl::not(diesel::dsl::exists(blocked))
            .and(diesel::dsl::not(diesel::dsl::exists(blocking)))
            .and(diesel::dsl::not(diesel::dsl::exists(muted)))
            .and(diesel::dsl::not(diesel::dsl::exists(hidden)))
    }};
}

mod directory;

use std::collections::HashMap;

use diesel::dsl::{self, count_star};
use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, follows, suggestion_dismissals};
use crate::domain::accounts::{self as people, Account, Kind};
use crate::domain::follows::State;
use crate::error::Result;
use crate::ids::AccountId;

pub use directory::{DirectoryQuery, Order, directory};

/// The follows of how many accounts that one follows are looked at, the latest followed.
const FRIENDS: i64 = 500;

crate::text_enum! {
    /// Why an account is suggested, by the names of the Mastodon API.
    pub enum Source {
        /// Accounts that one follows follow it.
        FriendsOfFriends = "friends_of_friends",
        /// Many follow it.
        MostFollowed = "most_followed",
    }
}

/// An account that one might follow.
#[derive(Debug, Clone)]
pub struct Suggestion {
    /// Why, the strongest reason first.
    pub sources: Vec<Source>,
    /// Who.
    pub account: Account,
}

/// Whether a row of `accounts` may be suggested to this account: it wants to be found and is still there, and one neither
/// follows it, nor asked to, nor dismissed it.
macro_rules! suggested_to {
    ($me:expr) => {{
        let me: AccountId = $me;
        let mine = diesel::alias!(follows as mine);
        let followed =
            mine.filter(mine.field(follows::account_id).eq(me)).filter(mine.field(follows::target_id).eq(accounts::id));
        let dismissed = suggestion_dismissals::table
            .filter(suggestion_dismissals::account_id.eq(me))
            .filter(suggestion_dismissals::target_id.eq(accounts::id));
        accounts::is_discoverable
            .eq(true)
            .and(accounts::suspended_at.is_null())
            .and(accounts::deleted_at.is_null())
            .and(accounts::moved_to_uri.is_null())
            .and(accounts::kind.ne(Kind::Application))
            .and(accounts::id.ne(me))
            .and(dsl::not(dsl::exists(followed)))
            .and(dsl::not(dsl::exists(dismissed)))
            .and(welcome_to!(me))
    }};
}

/// Accounts that `me` might follow: first those that accounts followed by `me` follow, the most shared first, then those of
/// this server with the most followers. Four queries, however many there are.
pub fn list(conn: &mut Conn, me: AccountId, limit: i64) -> Result<Vec<Suggestion>> {
    let shared = friends_of_friends(conn, me, limit)?;
    let popular: Vec<AccountId> = accounts::table
        .filter(accounts::domain.eq(""))
        .filter(suggested_to!(me))
        .order((accounts::followers_count.desc(), accounts::id.asc()))
        .limit(limit)
        .select(accounts::id)
        .load(conn)?;
    let mut order: Vec<AccountId> = shared.clone();
    order.extend(popular.iter().filter(|id| !shared.contains(id)));
    order.truncate(usize::try_from(limit).unwrap_or(0));
    let mut found: HashMap<AccountId, Account> =
        people::queries::list(conn, &order)?.into_iter().map(|account| (account.id, account)).collect();
    let sources = |id: &AccountId| {
        let reasons = [(Source::FriendsOfFriends, shared.contains(id)), (Source::MostFollowed, popular.contains(id))];
        reasons.into_iter().filter(|(_, holds)| *holds).map(|(source, _)| source).collect()
    };
    Ok(order.iter().filter_map(|id| Some(Suggestion { account: found.remove(id)?, sources: sources(id) })).collect())
}

/// Whom accounts that `me` follows follow, the most shared first. Those who hide whom they follow are not asked.
fn friends_of_friends(conn: &mut Conn, me: AccountId, limit: i64) -> Result<Vec<AccountId>> {
    let friends: Vec<AccountId> = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
        .filter(follows::account_id.eq(me))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::hides_collections.eq(false))
        .filter(accounts::suspended_at.is_null())
        .order(follows::id.desc())
        .limit(FRIENDS)
        .select(follows::target_id)
        .load(conn)?;
    if friends.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(AccountId, i64)> = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
        .filter(follows::account_id.eq_any(&friends))
        .filter(follows::state.eq(State::Accepted))
        .filter(suggested_to!(me))
        .group_by(follows::target_id)
        .order((count_star().desc(), follows::target_id.asc()))
        .limit(limit)
        .select((follows::target_id, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// Suggests `target` to `me` no longer.
pub fn dismiss(conn: &mut Conn, cx: &Context, me: AccountId, target: AccountId) -> Result<()> {
    people::queries::get(conn, target)?;
    let row = (
        suggestion_dismissals::account_id.eq(me),
        suggestion_dismissals::target_id.eq(target),
        suggestion_dismissals::created_at.eq(cx.now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(suggestion_dismissals::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

#[cfg(test)]
mod tests;
