//! Endorsements: accounts that somebody shows on their profile, of those they follow.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, endorsements};
use crate::domain::accounts::{self as people, Account};
use crate::domain::follows::{self, Relationship, State};
use crate::error::{Error, Result};
use crate::ids::{AccountId, EndorsementId};
use crate::page::Page;

/// Shows `target` on the profile of `me`, who must follow it; again, it changes nothing.
pub fn endorse(conn: &mut Conn, cx: &Context, me: &Account, target: AccountId) -> Result<Relationship> {
    people::queries::get(conn, target)?;
    if follows::between(conn, me.id, target)?.is_none_or(|follow| follow.state != State::Accepted) {
        return Err(Error::invalid("account", "must be one that you follow already"));
    }
    let row = (
        endorsements::id.eq(cx.id::<EndorsementId>()),
        endorsements::account_id.eq(me.id),
        endorsements::target_id.eq(target),
        endorsements::created_at.eq(cx.now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(endorsements::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    follows::relationship(conn, me.id, target)
}

/// Shows `target` no longer; nothing happens if it was not shown.
pub fn unendorse(conn: &mut Conn, me: &Account, target: AccountId) -> Result<Relationship> {
    people::queries::get(conn, target)?;
    forget(conn, me.id, target)?;
    follows::relationship(conn, me.id, target)
}

/// Removes an endorsement, as when the account is followed no longer.
pub(in crate::domain) fn forget(conn: &mut Conn, me: AccountId, target: AccountId) -> Result<()> {
    let pair = endorsements::table.filter(endorsements::account_id.eq(me)).filter(endorsements::target_id.eq(target));
    diesel::delete(pair).execute(conn)?;
    Ok(())
}

/// Whom `of` shows on its profile, the latest first.
pub fn list(conn: &mut Conn, of: AccountId, page: &Page) -> Result<Vec<(EndorsementId, Account)>> {
    let query = endorsements::table
        .inner_join(accounts::table.on(accounts::id.eq(endorsements::target_id)))
        .filter(endorsements::account_id.eq(of))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((endorsements::id, Account::as_select()))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, endorsements::id, page).load(conn)?))
}

/// Those of these accounts that `me` shows on its profile.
pub fn among(conn: &mut Conn, me: AccountId, targets: &[AccountId]) -> Result<HashSet<AccountId>> {
    if targets.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<AccountId> = endorsements::table
        .filter(endorsements::account_id.eq(me))
        .filter(endorsements::target_id.eq_any(targets))
        .select(endorsements::target_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::FollowOptions;
    use crate::domain::follows::tests::world::World;

    #[test]
    fn only_whom_one_follows_is_endorsed_and_only_so_long() {
        let mut w = World::new();
        let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
        assert!(matches!(endorse(&mut w.conn, &w.cx, &ann, bob.id), Err(Error::Invalid(_))));
        // Asked for is not followed.
        follows::request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
        assert!(matches!(endorse(&mut w.conn, &w.cx, &ann, kim.id), Err(Error::Invalid(_))));

        follows::request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
        assert!(endorse(&mut w.conn, &w.cx, &ann, bob.id).unwrap().endorsed);
        assert!(endorse(&mut w.conn, &w.cx, &ann, bob.id).unwrap().endorsed);
        let shown = |w: &mut World| list(&mut w.conn, ann.id, &Page::first(40)).unwrap().len();
        assert_eq!(shown(&mut w), 1);

        assert!(!follows::unfollow(&mut w.conn, &w.cx, &ann, bob.id).unwrap().endorsed);
        assert_eq!(shown(&mut w), 0);
    }

    #[test]
    fn an_endorsement_can_be_taken_back() {
        let mut w = World::new();
        let (ann, bob) = (w.local("ann"), w.local("bob"));
        follows::request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
        endorse(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
        let standing = unendorse(&mut w.conn, &ann, bob.id).unwrap();
        assert!(standing.following && !standing.endorsed);
        assert!(!unendorse(&mut w.conn, &ann, bob.id).unwrap().endorsed);
    }
}
