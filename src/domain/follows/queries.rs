//! All SQL of follows.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{Follow, FollowOptions, State};
use crate::db::schema::{accounts, blocks, follows, mutes};
use crate::db::{Conn, Json, MultiBackend, one_of};
use crate::domain::accounts::Account;
use crate::domain::{account_domain_blocks, account_notes, endorsements};
use crate::error::{Error, Result};
use crate::ids::{AccountId, FollowId};
use crate::page::Page;
use crate::time::Time;

type Boxed = follows::BoxedQuery<'static, MultiBackend>;

/// How one account stands to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// The other account.
    pub id: AccountId,
    /// One follows it, and it agreed.
    pub following: bool,
    /// One asked to follow it.
    pub requested: bool,
    /// Its boosts are shown.
    pub showing_reblogs: bool,
    /// Each of its posts is a notification.
    pub notifying: bool,
    /// Only its posts in these languages are shown; `None` means all.
    pub languages: Option<Vec<String>>,
    /// It follows one.
    pub followed_by: bool,
    /// It asked to follow one.
    pub requested_by: bool,
    /// One blocks it.
    pub blocking: bool,
    /// It blocks one.
    pub blocked_by: bool,
    /// One mutes it.
    pub muting: bool,
    /// Its notifications are muted too.
    pub muting_notifications: bool,
    /// When the mute ends; `None` if never or not muted.
    pub muting_expires_at: Option<Time>,
    /// One hides its domain.
    pub domain_blocking: bool,
    /// One shows it on the profile.
    pub endorsed: bool,
    /// What one wrote down about it; empty if nothing.
    pub note: String,
}

/// The follow with this id.
pub fn find(conn: &mut Conn, id: FollowId) -> Result<Option<Follow>> {
    Ok(follows::table.find(id).select(Follow::as_select()).first(conn).optional()?)
}

/// The follow or request of `target` by `account`.
pub fn between(conn: &mut Conn, account: AccountId, target: AccountId) -> Result<Option<Follow>> {
    Ok(follows::table
        .filter(follows::account_id.eq(account))
        .filter(follows::target_id.eq(target))
        .select(Follow::as_select())
        .first(conn)
        .optional()?)
}

/// The follow of `target` with this id, else the one by `follower`.
pub(super) fn find_to(
    conn: &mut Conn,
    target: AccountId,
    uri: Option<&str>,
    follower: Option<AccountId>,
) -> Result<Option<Follow>> {
    match (find_named(conn, uri, |named| named.filter(follows::target_id.eq(target)))?, follower) {
        (None, Some(follower)) => between(conn, follower, target),
        (named, _) => Ok(named),
    }
}

/// The follow by `account` with this id, else the one of `target`.
pub(super) fn find_by(
    conn: &mut Conn,
    account: AccountId,
    uri: Option<&str>,
    target: Option<AccountId>,
) -> Result<Option<Follow>> {
    match (find_named(conn, uri, |named| named.filter(follows::account_id.eq(account)))?, target) {
        (None, Some(target)) => between(conn, account, target),
        (named, _) => Ok(named),
    }
}

/// The follow with this id among those that `whose` leaves: ids are the word of whoever sent them.
fn find_named(conn: &mut Conn, uri: Option<&str>, whose: impl FnOnce(Boxed) -> Boxed) -> Result<Option<Follow>> {
    let Some(uri) = uri else { return Ok(None) };
    let named = whose(follows::table.filter(follows::uri.eq(uri.to_owned())).into_boxed());
    Ok(named.select(Follow::as_select()).first(conn).optional()?)
}

/// Writes a follow; false if there is one between the two already.
pub(super) fn insert(conn: &mut Conn, follow: &Follow) -> Result<bool> {
    let written = crate::each_backend!(conn, |c| diesel::insert_into(follows::table)
        .values(follow)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(written > 0)
}

/// Makes a request hold; false if it is none any more.
pub(super) fn accept(conn: &mut Conn, follow: &Follow) -> Result<bool> {
    let pending = follows::table.filter(follows::id.eq(follow.id)).filter(follows::state.eq(State::Pending));
    Ok(diesel::update(pending).set(follows::state.eq(State::Accepted)).execute(conn)? > 0)
}

/// Removes a follow; returns how far it had come, `None` if it was gone.
pub(super) fn delete(conn: &mut Conn, id: FollowId) -> Result<Option<State>> {
    Ok(diesel::delete(follows::table.find(id)).returning(follows::state).get_result(conn).optional()?)
}

pub(super) fn set_uri(conn: &mut Conn, follow: &Follow, uri: &str) -> Result<()> {
    if follow.uri != uri {
        diesel::update(follows::table.find(follow.id)).set(follows::uri.eq(uri)).execute(conn)?;
    }
    Ok(())
}

pub(super) fn set_options(conn: &mut Conn, follow: &Follow, options: FollowOptions) -> Result<()> {
    if options == FollowOptions::default() {
        return Ok(());
    }
    diesel::update(follows::table.find(follow.id))
        .set((
            follows::shows_boosts.eq(options.reblogs.unwrap_or(follow.shows_boosts)),
            follows::notifies.eq(options.notify.unwrap_or(follow.notifies)),
            follows::languages.eq(options.languages.map_or_else(|| follow.languages.clone(), Json)),
        ))
        .execute(conn)?;
    Ok(())
}

/// How `me` stands to one account; an error if there is no such account.
pub fn relationship(conn: &mut Conn, me: AccountId, other: AccountId) -> Result<Relationship> {
    relationships(conn, me, &[other])?.pop().ok_or(Error::NotFound("account"))
}

/// How `me` stands to each of these accounts, in the order asked for; unknown and repeated ids are left out. Nine queries, however
/// many.
pub fn relationships(conn: &mut Conn, me: AccountId, ids: &[AccountId]) -> Result<Vec<Relationship>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut known: HashMap<AccountId, String> = accounts::table
        .filter(one_of(accounts::id, ids))
        .filter(accounts::deleted_at.is_null())
        .select((accounts::id, accounts::domain))
        .load::<(AccountId, String)>(conn)?
        .into_iter()
        .collect();
    let domains: HashSet<&str> = known.values().map(String::as_str).filter(|domain| !domain.is_empty()).collect();
    let hidden = account_domain_blocks::among(conn, me, &domains)?;
    let endorsed = endorsements::among(conn, me, ids)?;
    let mut notes = account_notes::list(conn, me, ids)?;
    let out: Vec<Follow> = follows::table
        .filter(follows::account_id.eq(me))
        .filter(one_of(follows::target_id, ids))
        .select(Follow::as_select())
        .load(conn)?;
    let out: HashMap<AccountId, Follow> = out.into_iter().map(|f| (f.target_id, f)).collect();
    let back: HashMap<AccountId, State> = follows::table
        .filter(follows::target_id.eq(me))
        .filter(one_of(follows::account_id, ids))
        .select((follows::account_id, follows::state))
        .load::<(AccountId, State)>(conn)?
        .into_iter()
        .collect();
    let blocking: HashSet<AccountId> = blocks::table
        .filter(blocks::account_id.eq(me))
        .filter(one_of(blocks::target_id, ids))
        .select(blocks::target_id)
        .load::<AccountId>(conn)?
        .into_iter()
        .collect();
    let blocked_by: HashSet<AccountId> = blocks::table
        .filter(blocks::target_id.eq(me))
        .filter(one_of(blocks::account_id, ids))
        .select(blocks::account_id)
        .load::<AccountId>(conn)?
        .into_iter()
        .collect();
    let muted: HashMap<AccountId, (bool, Option<Time>)> = mutes::table
        .filter(mutes::account_id.eq(me))
        .filter(one_of(mutes::target_id, ids))
        .select((mutes::target_id, (mutes::hides_notifications, mutes::expires_at)))
        .load::<(AccountId, (bool, Option<Time>))>(conn)?
        .into_iter()
        .collect();
    let mut standing = |id: &AccountId| {
        let domain = known.remove(id)?;
        let follow = out.get(id);
        let holds = follow.is_some_and(|f| f.state == State::Accepted);
        let mute = muted.get(id);
        Some(Relationship {
            id: *id,
            following: holds,
            requested: follow.is_some() && !holds,
            showing_reblogs: follow.is_some_and(|f| f.shows_boosts),
            notifying: follow.is_some_and(|f| f.notifies),
            languages: follow.map(|f| f.languages.0.clone()).filter(|l| !l.is_empty()),
            followed_by: back.get(id) == Some(&State::Accepted),
            requested_by: back.get(id) == Some(&State::Pending),
            blocking: blocking.contains(id),
            blocked_by: blocked_by.contains(id),
            muting: mute.is_some(),
            muting_notifications: mute.is_some_and(|(hides, _)| *hides),
            muting_expires_at: mute.and_then(|(_, until)| *until),
            domain_blocking: hidden.contains(&domain),
            endorsed: endorsed.contains(id),
            note: notes.remove(id).unwrap_or_default(),
        })
    };
    Ok(ids.iter().filter_map(&mut standing).collect())
}

/// Who follows `of`, the latest first; the cursor is the id of the follow.
pub fn followers(conn: &mut Conn, of: AccountId, page: &Page) -> Result<Vec<(FollowId, Account)>> {
    incoming(conn, of, State::Accepted, page)
}

/// Who asked to follow `me` and was not answered, the latest first; the cursor is the id of the follow.
pub fn requests(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<(FollowId, Account)>> {
    incoming(conn, me, State::Pending, page)
}

/// How many asked to follow `me` and were not answered.
pub fn count_requests(conn: &mut Conn, me: AccountId) -> Result<i64> {
    Ok(follows::table
        .filter(follows::target_id.eq(me))
        .filter(follows::state.eq(State::Pending))
        .count()
        .get_result(conn)?)
}

fn incoming(conn: &mut Conn, target: AccountId, state: State, page: &Page) -> Result<Vec<(FollowId, Account)>> {
    let query = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(target))
        .filter(follows::state.eq(state))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((follows::id, Account::as_select()))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, follows::id, page).load(conn)?))
}

/// Whom `of` follows, the latest first; the cursor is the id of the follow.
pub fn following(conn: &mut Conn, of: AccountId, page: &Page) -> Result<Vec<(FollowId, Account)>> {
    let query = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
        .filter(follows::account_id.eq(of))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((follows::id, Account::as_select()))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, follows::id, page).load(conn)?))
}

/// Where to deliver what is for all followers of `of` on other servers: shared inboxes, and own ones where there is none. Each once.
pub fn follower_inboxes(conn: &mut Conn, of: AccountId) -> Result<Vec<String>> {
    let remote = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(of))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::domain.ne(""))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null());
    let shared: Vec<Option<String>> = remote
        .filter(accounts::shared_inbox_url.is_not_null())
        .select(accounts::shared_inbox_url)
        .distinct()
        .load(conn)?;
    let own: Vec<String> =
        remote.filter(accounts::shared_inbox_url.is_null()).select(accounts::inbox_url).distinct().load(conn)?;
    Ok(shared.into_iter().flatten().chain(own).collect())
}

/// The followers of `of` on this server.
pub fn local_followers(conn: &mut Conn, of: AccountId) -> Result<Vec<AccountId>> {
    Ok(follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(of))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::domain.eq(""))
        .filter(accounts::deleted_at.is_null())
        .select(follows::account_id)
        .load(conn)?)
}
