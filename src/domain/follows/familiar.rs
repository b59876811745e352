//! Followers that one follows: the faces that make a stranger's profile trustworthy.

use std::collections::HashMap;

use diesel::prelude::*;

use super::State;
use crate::db::Conn;
use crate::db::schema::{accounts, follows};
use crate::domain::accounts::{self as people, Account};
use crate::error::Result;
use crate::ids::AccountId;

/// How many followers are found in one request, over all accounts asked for.
const MOST: i64 = 2000;

/// For each of these accounts that can be shown, in the order asked for: who of its followers is followed by `me`, the latest
/// follower first. Nobody is named who hides whom they follow, and none of an account that hides who follows it. Three queries.
pub fn familiar_followers(conn: &mut Conn, me: AccountId, ids: &[AccountId]) -> Result<Vec<(AccountId, Vec<Account>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut asked: HashMap<AccountId, bool> = accounts::table
        .filter(accounts::id.eq_any(ids))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((accounts::id, accounts::hides_collections))
        .load::<(AccountId, bool)>(conn)?
        .into_iter()
        .collect();
    let open: Vec<AccountId> = asked.iter().filter(|(_, hides)| !**hides).map(|(id, _)| *id).collect();
    let mine = diesel::alias!(follows as mine);
    let followed = mine
        .filter(mine.field(follows::account_id).eq(me))
        .filter(mine.field(follows::target_id).eq(follows::account_id))
        .filter(mine.field(follows::state).eq(State::Accepted));
    let pairs: Vec<(AccountId, AccountId)> = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq_any(&open))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::hides_collections.eq(false))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .filter(diesel::dsl::exists(followed))
        .order(follows::id.desc())
        .limit(MOST)
        .select((follows::target_id, follows::account_id))
        .load(conn)?;
    let mut wanted: Vec<AccountId> = pairs.iter().map(|(_, follower)| *follower).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let found: HashMap<AccountId, Account> =
        people::queries::list(conn, &wanted)?.into_iter().map(|account| (account.id, account)).collect();
    let mut followers: HashMap<AccountId, Vec<Account>> = HashMap::new();
    for (target, follower) in pairs {
        followers.entry(target).or_default().extend(found.get(&follower).cloned());
    }
    Ok(ids
        .iter()
        .filter(|id| asked.remove(*id).is_some())
        .map(|id| (*id, followers.remove(id).unwrap_or_default()))
        .collect())
}
