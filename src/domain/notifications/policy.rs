//! Which notifications an account wants: classes of senders whose notifications are taken, kept aside or dropped.

use std::time::Duration;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::{Kind, requests};
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, notification_policies, post_mentions, posts};
use crate::domain::follows::{self, State};
use crate::domain::posts::Visibility;
use crate::error::Result;
use crate::ids::{AccountId, PostId};
use crate::time::Time;

/// How long an account counts as new.
const NEW_ACCOUNT: Duration = Duration::from_secs(30 * 86_400);
/// How long a follower counts as new, which is as good as none.
const NEW_FOLLOWER: Duration = Duration::from_secs(3 * 86_400);

crate::text_enum! {
    /// What becomes of a notification.
    pub enum Rule {
        /// It is shown.
        Accept = "accept",
        /// It is kept aside until its sender is accepted or dismissed.
        Filter = "filter",
        /// It is not made.
        Drop = "drop",
    }
}

impl Rule {
    /// The one of two that lets less through.
    fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Drop, _) | (_, Self::Drop) => Self::Drop,
            (Self::Filter, _) | (_, Self::Filter) => Self::Filter,
            (Self::Accept, Self::Accept) => Self::Accept,
        }
    }
}

/// What an account wants of whom. Where a sender belongs to several classes, the strictest rule holds.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_policies)]
pub struct Policy {
    pub account_id: AccountId,
    /// Of those whom the account does not follow.
    pub for_not_following: Rule,
    /// Of those who do not follow the account, or not for long.
    pub for_not_followers: Rule,
    /// Of accounts that are new, unless they are followed.
    pub for_new_accounts: Rule,
    /// Direct messages of those who are not followed, unless they answer one of the account's own posts.
    pub for_private_mentions: Rule,
    /// Of accounts that moderators of this server limited, unless they are followed.
    pub for_limited_accounts: Rule,
}

impl Policy {
    /// What holds for an account that chose nothing: everything is taken but what limited accounts do. A brand is written to by people it
    /// does not know, so that nothing else may be kept from it unasked.
    pub fn default_of(account: AccountId) -> Self {
        Self {
            account_id: account,
            for_not_following: Rule::Accept,
            for_not_followers: Rule::Accept,
            for_new_accounts: Rule::Accept,
            for_private_mentions: Rule::Accept,
            for_limited_accounts: Rule::Filter,
        }
    }
}

/// What an account wants, by its choice or by default.
pub fn policy(conn: &mut Conn, account: AccountId) -> Result<Policy> {
    let chosen = notification_policies::table.find(account).select(Policy::as_select()).first(conn).optional()?;
    Ok(chosen.unwrap_or_else(|| Policy::default_of(account)))
}

/// Changes of a policy; what is absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyEdit {
    /// Of those whom the account does not follow.
    pub for_not_following: Option<Rule>,
    /// Of those who do not follow the account.
    pub for_not_followers: Option<Rule>,
    /// Of new accounts.
    pub for_new_accounts: Option<Rule>,
    /// Direct messages.
    pub for_private_mentions: Option<Rule>,
    /// Of limited accounts.
    pub for_limited_accounts: Option<Rule>,
}

/// Changes what an account wants from now on. What is kept aside already stays there.
pub fn edit_policy(conn: &mut Conn, account: AccountId, edit: PolicyEdit) -> Result<Policy> {
    let held = policy(conn, account)?;
    let row = Policy {
        account_id: account,
        for_not_following: edit.for_not_following.unwrap_or(held.for_not_following),
        for_not_followers: edit.for_not_followers.unwrap_or(held.for_not_followers),
        for_new_accounts: edit.for_new_accounts.unwrap_or(held.for_new_accounts),
        for_private_mentions: edit.for_private_mentions.unwrap_or(held.for_private_mentions),
        for_limited_accounts: edit.for_limited_accounts.unwrap_or(held.for_limited_accounts),
    };
    crate::each_backend!(conn, |c| diesel::insert_into(notification_policies::table)
        .values(&row)
        .on_conflict(notification_policies::account_id)
        .do_update()
        .set((
            notification_policies::for_not_following.eq(excluded(notification_policies::for_not_following)),
            notification_policies::for_not_followers.eq(excluded(notification_policies::for_not_followers)),
            notification_policies::for_new_accounts.eq(excluded(notification_policies::for_new_accounts)),
            notification_policies::for_private_mentions.eq(excluded(notification_policies::for_private_mentions)),
            notification_policies::for_limited_accounts.eq(excluded(notification_policies::for_limited_accounts)),
        ))
        .execute(c))?;
    Ok(row)
}

/// What becomes of something that `from` did to `to`, about `post`. Nothing is looked up that the policy does not ask for.
pub(super) fn verdict(
    conn: &mut Conn,
    cx: &Context,
    to: AccountId,
    from: AccountId,
    kind: Kind,
    post: Option<PostId>,
) -> Result<Rule> {
    if !kind.can_be_filtered() {
        return Ok(Rule::Accept);
    }
    let policy = policy(conn, to)?;
    let mut verdict = Rule::Accept;
    for class in Class::ALL {
        let rule = class.rule(&policy);
        if verdict.stricter(rule) != verdict && class.holds(conn, cx, to, from, kind, post)? {
            verdict = rule;
        }
    }
    if verdict != Rule::Accept && requests::is_permitted(conn, to, from)? {
        return Ok(Rule::Accept);
    }
    Ok(verdict)
}

/// Whether `to` is shown a post of `from` that names it, as far as its policy goes.
pub fn admits(conn: &mut Conn, cx: &Context, to: AccountId, from: AccountId, post: PostId) -> Result<bool> {
    Ok(verdict(conn, cx, to, from, Kind::Mention, Some(post))? == Rule::Accept)
}

/// A class of notifications that a policy has a rule for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    NotFollowing,
    NotFollowers,
    NewAccounts,
    PrivateMentions,
    LimitedAccounts,
}

impl Class {
    const ALL: [Self; 5] =
        [Self::NotFollowing, Self::NotFollowers, Self::NewAccounts, Self::PrivateMentions, Self::LimitedAccounts];

    fn rule(self, policy: &Policy) -> Rule {
        match self {
            Self::NotFollowing => policy.for_not_following,
            Self::NotFollowers => policy.for_not_followers,
            Self::NewAccounts => policy.for_new_accounts,
            Self::PrivateMentions => policy.for_private_mentions,
            Self::LimitedAccounts => policy.for_limited_accounts,
        }
    }

    fn holds(
        self,
        conn: &mut Conn,
        cx: &Context,
        to: AccountId,
        from: AccountId,
        kind: Kind,
        post: Option<PostId>,
    ) -> Result<bool> {
        match self {
            Self::NotFollowing => Ok(!follows_since(conn, to, from, cx.now)?),
            Self::NotFollowers => Ok(!follows_since(conn, from, to, cx.now.before(NEW_FOLLOWER))?),
            Self::NewAccounts => Ok(is_new(conn, from, cx.now)? && !follows_since(conn, to, from, cx.now)?),
            Self::PrivateMentions => match post.filter(|_| kind == Kind::Mention) {
                Some(post) => Ok(is_unasked(conn, to, from, post)? && !follows_since(conn, to, from, cx.now)?),
                None => Ok(false),
            },
            Self::LimitedAccounts => Ok(is_limited(conn, from)? && !follows_since(conn, to, from, cx.now)?),
        }
    }
}

/// Whether `account` follows `target`, and did at `then`.
fn follows_since(conn: &mut Conn, account: AccountId, target: AccountId, then: Time) -> Result<bool> {
    let follow = follows::between(conn, account, target)?;
    Ok(follow.is_some_and(|follow| follow.state == State::Accepted && follow.created_at <= then))
}

fn is_new(conn: &mut Conn, account: AccountId, now: Time) -> Result<bool> {
    let made: Option<Time> = accounts::table.find(account).select(accounts::created_at).first(conn).optional()?;
    Ok(made.is_none_or(|made| made > now.before(NEW_ACCOUNT)))
}

/// Whether moderators of this server have limited an account. They have no way to, so far.
fn is_limited(_conn: &mut Conn, _account: AccountId) -> Result<bool> {
    Ok(false)
}

/// Whether a post is a direct message in a thread in which `to` has not written to `from`.
fn is_unasked(conn: &mut Conn, to: AccountId, from: AccountId, post: PostId) -> Result<bool> {
    let found: Option<(Visibility, PostId)> =
        posts::table.find(post).select((posts::visibility, posts::thread_id)).first(conn).optional()?;
    let Some((Visibility::Direct, thread)) = found else { return Ok(false) };
    let asked = posts::table
        .inner_join(post_mentions::table.on(post_mentions::post_id.eq(posts::id)))
        .filter(posts::thread_id.eq(thread))
        .filter(posts::account_id.eq(to))
        .filter(posts::deleted_at.is_null())
        .filter(post_mentions::account_id.eq(from));
    let asked: bool = diesel::select(diesel::dsl::exists(asked)).get_result(conn)?;
    Ok(!asked)
}

#[cfg(test)]
mod tests;
