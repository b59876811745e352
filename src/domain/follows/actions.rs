//! What people here do about follows.

use super::queries;
use super::{Follow, Relationship, State};
use crate::context::Context;
use crate::db::{Conn, Json};
use crate::domain::accounts::{self, Account, Kind};
use crate::domain::notifications::{self, Kind as Notice};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{account_domain_blocks, blocks, endorsements, lists, timelines};
use crate::error::{Error, Result};
use crate::ids::{AccountId, FollowId};

/// How many accounts one may follow; somebody with more followers may follow a tenth more than those.
const MAX_FOLLOWING: i64 = 7500;
/// How many languages a follow may be limited to.
const MAX_LANGUAGES: usize = 50;

/// What of a followed account is shown. `None` leaves a setting as it is; a new follow shows boosts and all languages and does not notify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowOptions {
    /// Whether boosts are shown.
    pub reblogs: Option<bool>,
    /// Whether every post is a notification.
    pub notify: Option<bool>,
    /// Only posts in these languages; empty means all.
    pub languages: Option<Vec<String>>,
}

impl FollowOptions {
    fn check(&self) -> Result<()> {
        let is_code = |code: &String| {
            (2..=35).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let languages = self.languages.as_deref().unwrap_or_default();
        if languages.len() > MAX_LANGUAGES {
            return Err(Error::invalid("languages", format!("are more than {MAX_LANGUAGES}")));
        }
        if !languages.iter().all(is_code) {
            return Err(Error::invalid("languages", "must be language codes such as de or pt-BR"));
        }
        Ok(())
    }
}

/// Follows `target`, or asks to, or changes the options of a follow that is there. An unlocked account here is followed at once;
/// one elsewhere when its server says so.
pub fn request(
    conn: &mut Conn,
    cx: &Context,
    me: &Account,
    target: AccountId,
    options: FollowOptions,
) -> Result<Relationship> {
    options.check()?;
    if me.id == target {
        return Err(Error::forbidden("you cannot follow yourself"));
    }
    let other = accounts::queries::get(conn, target)?;
    if !other.is_active() || (other.is_local() && other.kind == Kind::Application) {
        return Err(Error::NotFound("account"));
    }
    if blocks::between(conn, me.id, target)? {
        return Err(Error::forbidden("you cannot follow an account that you block or that blocks you"));
    }
    if account_domain_blocks::hides(conn, me.id, target)? {
        return Err(Error::forbidden("you cannot follow an account of a domain that you block"));
    }
    if let Some(follow) = queries::between(conn, me.id, target)? {
        return renew(conn, cx, &other, &follow, options);
    }
    if other.moved_to_uri.is_some() {
        return Err(Error::forbidden("this account has moved; follow it where it is now"));
    }
    if me.following_count >= MAX_FOLLOWING.max(me.followers_count.saturating_add(me.followers_count / 10)) {
        return Err(Error::forbidden(format!(
            "you follow {} accounts already, which is as many as you may",
            me.following_count
        )));
    }
    let id: FollowId = cx.id();
    let follow = Follow {
        id,
        account_id: me.id,
        target_id: target,
        state: if other.is_local() && !other.is_locked { State::Accepted } else { State::Pending },
        uri: cx.urls.follow(&me.username, id.0, target),
        shows_boosts: options.reblogs.unwrap_or(true),
        notifies: options.notify.unwrap_or(false),
        languages: Json(options.languages.clone().unwrap_or_default()),
        created_at: cx.now,
    };
    if !queries::insert(conn, &follow)? {
        // The same request came twice at once, and the other was first.
        let first = queries::between(conn, me.id, target)?
            .ok_or_else(|| Error::Conflict("the follow changed meanwhile, try again".into()))?;
        return renew(conn, cx, &other, &first, options);
    }
    match (other.is_local(), follow.state) {
        (true, State::Accepted) => {
            begin(conn, &follow, true)?;
            notifications::notify(conn, cx, target, me.id, Notice::Follow, None)?;
        }
        (true, State::Pending) => {
            notifications::notify(conn, cx, target, me.id, Notice::FollowRequest, None)?;
        }
        (false, _) => outgoing::tell(conn, cx, Outgoing::Follow { follow: id })?,
    }
    queries::relationship(conn, me.id, target)
}

fn renew(
    conn: &mut Conn,
    cx: &Context,
    other: &Account,
    follow: &Follow,
    options: FollowOptions,
) -> Result<Relationship> {
    queries::set_options(conn, follow, options)?;
    if follow.state == State::Pending {
        if !other.is_local() {
            // Its answer may have been lost: asked again, other servers answer again.
            outgoing::tell(conn, cx, Outgoing::Follow { follow: follow.id })?;
        } else if !other.is_locked {
            settle(conn, follow, true)?;
            notifications::notify(conn, cx, follow.target_id, follow.account_id, Notice::Follow, None)?;
        }
    }
    queries::relationship(conn, follow.account_id, follow.target_id)
}

/// Stops following `target` or takes a request back; nothing happens if there is none.
pub fn unfollow(conn: &mut Conn, cx: &Context, me: &Account, target: AccountId) -> Result<Relationship> {
    let other = accounts::queries::get(conn, target)?;
    if let Some(follow) = queries::between(conn, me.id, target)?
        && end(conn, &follow, true)?
        && !other.is_local()
    {
        outgoing::tell(conn, cx, Outgoing::UndoFollow { account: me.id, target, uri: follow.uri })?;
    }
    queries::relationship(conn, me.id, target)
}

/// Lets `from` follow, who asked to; an error if they did not ask.
pub fn authorize(conn: &mut Conn, cx: &Context, me: &Account, from: AccountId) -> Result<Relationship> {
    let other = accounts::queries::get(conn, from)?;
    let follow = queries::between(conn, from, me.id)?.ok_or(Error::NotFound("follow request"))?;
    if settle(conn, &follow, other.is_local())? && !other.is_local() {
        outgoing::tell(conn, cx, Outgoing::AcceptFollow { account: me.id, follower: from, uri: follow.uri })?;
    }
    queries::relationship(conn, me.id, from)
}

/// Refuses the request of `from`; an error if they did not ask or follow already.
pub fn reject(conn: &mut Conn, cx: &Context, me: &Account, from: AccountId) -> Result<Relationship> {
    let other = accounts::queries::get(conn, from)?;
    let follow = queries::between(conn, from, me.id)?
        .filter(|f| f.state == State::Pending)
        .ok_or(Error::NotFound("follow request"))?;
    turn_away(conn, cx, me, &other, follow)?;
    queries::relationship(conn, me.id, from)
}

/// Makes `from` follow no longer; nothing happens if they do not.
pub fn remove_follower(conn: &mut Conn, cx: &Context, me: &Account, from: AccountId) -> Result<Relationship> {
    let other = accounts::queries::get(conn, from)?;
    if let Some(follow) = queries::between(conn, from, me.id)?.filter(|f| f.state == State::Accepted) {
        turn_away(conn, cx, me, &other, follow)?;
    }
    queries::relationship(conn, me.id, from)
}

fn turn_away(conn: &mut Conn, cx: &Context, me: &Account, other: &Account, follow: Follow) -> Result<()> {
    if end(conn, &follow, other.is_local())? && !other.is_local() {
        outgoing::tell(conn, cx, Outgoing::RejectFollow { account: me.id, follower: other.id, uri: follow.uri })?;
    }
    Ok(())
}

/// Ends all follows and requests between two accounts; with `tells`, `me` is local and the server of the other hears of it.
pub(in crate::domain) fn sever(
    conn: &mut Conn,
    cx: &Context,
    me: &Account,
    other: &Account,
    tells: bool,
) -> Result<()> {
    let tells = tells && !other.is_local();
    if let Some(follow) = queries::between(conn, me.id, other.id)?
        && end(conn, &follow, me.is_local())?
        && tells
    {
        outgoing::tell(conn, cx, Outgoing::UndoFollow { account: me.id, target: other.id, uri: follow.uri })?;
    }
    if let Some(follow) = queries::between(conn, other.id, me.id)?
        && end(conn, &follow, other.is_local())?
        && tells
    {
        outgoing::tell(conn, cx, Outgoing::RejectFollow { account: me.id, follower: other.id, uri: follow.uri })?;
    }
    Ok(())
}

/// Makes a pending follow hold; false if it held already. The request is no longer a notification.
pub(super) fn settle(conn: &mut Conn, follow: &Follow, follower_is_local: bool) -> Result<bool> {
    if !queries::accept(conn, follow)? {
        return Ok(false);
    }
    notifications::remove_follow(conn, follow.target_id, follow.account_id)?;
    begin(conn, follow, follower_is_local)?;
    Ok(true)
}

/// What comes with a follow that holds from now on.
pub(super) fn begin(conn: &mut Conn, follow: &Follow, follower_is_local: bool) -> Result<()> {
    count(conn, follow, 1)?;
    if follower_is_local {
        timelines::add_follow(conn, follow.account_id, follow.target_id)?;
    }
    Ok(())
}

/// Removes a follow or request with all that came with it; false if somebody else was faster.
pub(super) fn end(conn: &mut Conn, follow: &Follow, follower_is_local: bool) -> Result<bool> {
    let Some(state) = queries::delete(conn, follow.id)? else { return Ok(false) };
    if state == State::Accepted {
        count(conn, follow, -1)?;
    }
    if follower_is_local {
        timelines::remove_follow(conn, follow.account_id, follow.target_id)?;
        lists::forget(conn, follow.account_id, follow.target_id)?;
        endorsements::forget(conn, follow.account_id, follow.target_id)?;
    }
    notifications::remove_follow(conn, follow.target_id, follow.account_id)?;
    Ok(true)
}

fn count(conn: &mut Conn, follow: &Follow, by: i64) -> Result<()> {
    let follower = |conn: &mut Conn| accounts::actions::adjust_counts(conn, follow.account_id, 0, by, 0);
    let target = |conn: &mut Conn| accounts::actions::adjust_counts(conn, follow.target_id, by, 0, 0);
    // Always in the same order, so that two who follow each other at once do not wait for each other for ever.
    if follow.account_id < follow.target_id {
        follower(conn)?;
        target(conn)
    } else {
        target(conn)?;
        follower(conn)
    }
}
