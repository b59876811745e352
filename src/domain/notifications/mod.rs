//! What an account here is told of: written in the transaction of what happened, never twice, never by those who are blocked or muted.

mod groups;
mod policy;
mod queries;
mod requests;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, marks, notifications, posts};
use crate::domain::events::{self, Event};
use crate::domain::posts::marks::MarkKind;
use crate::domain::{account_domain_blocks, blocks, mutes, push_subscriptions};
use crate::error::Result;
use crate::ids::{AccountId, NotificationId, PostId};
use crate::time::Time;

pub use groups::{Group, dismiss_group, get_group, group_accounts, groups, unread_groups};
pub use policy::{Policy, PolicyEdit, Rule, admits, edit_policy, policy};
pub use queries::{Filter, clear, dismiss, find, get, list, unread_count};
pub use requests::{
    Pending, Waiting, accept as accept_requests, dismiss as dismiss_requests, get as get_request,
    list as list_requests, pending,
};

crate::text_enum! {
    /// What a notification is about, by the names of the Mastodon API.
    pub enum Kind {
        /// Somebody named one in a post.
        Mention = "mention",
        /// Somebody one asked to be notified of has posted.
        Status = "status",
        /// Somebody boosted a post of one's own.
        Reblog = "reblog",
        /// Somebody follows.
        Follow = "follow",
        /// Somebody asks to follow.
        FollowRequest = "follow_request",
        /// Somebody favourited a post of one's own.
        Favourite = "favourite",
        /// A poll that one made or voted in has ended.
        Poll = "poll",
        /// A post that one boosted was edited.
        Update = "update",
        /// Somebody quoted a post of one's own.
        Quote = "quote",
        /// A post that one quoted was edited.
        QuotedUpdate = "quoted_update",
        /// Follows ended because a server was blocked or an account suspended.
        SeveredRelationships = "severed_relationships",
        /// Moderators of this server did something about the account.
        ModerationWarning = "moderation_warning",
        /// Somebody has an account here now; for moderators.
        AdminSignUp = "admin.sign_up",
        /// Somebody reported an account; for moderators.
        AdminReport = "admin.report",
    }
}

impl Kind {
    /// Whether a policy may keep it aside or drop it: what others do unasked. What was asked for, and what the server itself has to say,
    /// always comes.
    fn can_be_filtered(self) -> bool {
        matches!(
            self,
            Self::Mention | Self::Reblog | Self::Follow | Self::FollowRequest | Self::Favourite | Self::Quote
        )
    }

    /// Whether one may be told of it by oneself.
    fn can_be_ones_own(self) -> bool {
        matches!(self, Self::Poll | Self::SeveredRelationships | Self::ModerationWarning)
    }
}

/// A notification as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications)]
pub struct Notification {
    pub id: NotificationId,
    /// Who is told.
    pub account_id: AccountId,
    /// Who caused it.
    pub from_id: AccountId,
    pub kind: Kind,
    /// The post it is about; for boosts and favourites the one that was boosted.
    pub post_id: Option<PostId>,
    /// Those with the same key may be shown as one.
    pub group_key: String,
    pub created_at: Time,
    /// Kept aside by the policy of `account_id`: shown only where somebody asks for it.
    pub is_filtered: bool,
    /// What it is about when that is no post, by the id of its own kind: a severance.
    pub subject_id: Option<i64>,
}

/// Tells `to` that `from` did something. `None` if there is nothing to tell: `to` is not here, is `from` itself, blocks or mutes
/// `from`, their domain or the thread, does not want it, or was told before. An edit is told anew each time, in place of the one before.
/// What the policy of `to` keeps aside is written but told to nobody.
pub fn notify(
    conn: &mut Conn,
    cx: &Context,
    to: AccountId,
    from: AccountId,
    kind: Kind,
    post: Option<PostId>,
) -> Result<Option<NotificationId>> {
    notify_about(conn, cx, to, from, kind, post, None)
}

/// Like [`notify`], of something that is no post: `subject` is its id. Each subject is told of once.
pub fn notify_about(
    conn: &mut Conn,
    cx: &Context,
    to: AccountId,
    from: AccountId,
    kind: Kind,
    post: Option<PostId>,
    subject: Option<i64>,
) -> Result<Option<NotificationId>> {
    if (to == from && !kind.can_be_ones_own()) || !is_here(conn, to)? {
        return Ok(None);
    }
    if blocks::exists(conn, to, from)?
        || mutes::hides_notifications(conn, to, from)?
        || account_domain_blocks::hides(conn, to, from)?
    {
        return Ok(None);
    }
    if let Some(post) = post
        && mutes_thread(conn, to, post)?
    {
        return Ok(None);
    }
    let rule = policy::verdict(conn, cx, to, from, kind, post)?;
    if rule == Rule::Drop || was_told(conn, to, from, kind, post, subject)? {
        return Ok(None);
    }
    let is_filtered = rule == Rule::Filter;
    // Pushes carry it as a number, and some apps are scripts.
    let id: NotificationId = cx.ids.next_for_scripts(cx.now);
    let row = Notification {
        id,
        account_id: to,
        from_id: from,
        kind,
        post_id: post,
        group_key: if is_filtered { ungrouped(id) } else { group_key(id, kind, post, cx.now) },
        created_at: cx.now,
        is_filtered,
        subject_id: subject,
    };
    let written = crate::each_backend!(conn, |c| diesel::insert_into(notifications::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if written == 0 {
        return Ok(None);
    }
    if is_filtered {
        requests::note(conn, cx, to, from, kind)?;
    } else {
        events::record(conn, cx, Event::Notified { notification: id, account: to })?;
        push_subscriptions::push(conn, cx, &row)?;
    }
    Ok(Some(id))
}

/// Whether `to` has heard of it before. What is told anew each time is removed instead.
fn was_told(
    conn: &mut Conn,
    to: AccountId,
    from: AccountId,
    kind: Kind,
    post: Option<PostId>,
    subject: Option<i64>,
) -> Result<bool> {
    let told = same(to, from, kind);
    match (post, subject) {
        (Some(post), _) if matches!(kind, Kind::Update | Kind::QuotedUpdate) => {
            diesel::delete(told.filter(notifications::post_id.eq(post))).execute(conn)?;
            Ok(false)
        }
        // An index sees to it that posts are told of once.
        (Some(_), _) => Ok(false),
        (None, Some(subject)) => {
            let told = told.filter(notifications::subject_id.eq(subject));
            Ok(diesel::select(diesel::dsl::exists(told)).get_result(conn)?)
        }
        (None, None) => {
            let told = told.filter(notifications::post_id.is_null()).filter(notifications::subject_id.is_null());
            Ok(diesel::select(diesel::dsl::exists(told)).get_result(conn)?)
        }
    }
}

/// Favourites and boosts of one post within an hour go together, and follows and new accounts of one day (UTC).
fn group_key(id: NotificationId, kind: Kind, post: Option<PostId>, now: Time) -> String {
    let hour = now.unix().div_euclid(3600);
    match (kind, post) {
        (Kind::Favourite | Kind::Reblog, Some(post)) => format!("{kind}-{post}-{hour}"),
        (Kind::Follow | Kind::AdminSignUp, _) => format!("{kind}-{}", now.day()),
        _ => ungrouped(id),
    }
}

/// The key of a notification that stands alone.
fn ungrouped(id: NotificationId) -> String {
    format!("ungrouped-{id}")
}

/// Takes back what `from` did with a post, or without one everything of that kind: nobody is told of it any more.
pub fn remove(conn: &mut Conn, from: AccountId, kind: Kind, post: Option<PostId>) -> Result<()> {
    let of_kind = notifications::table.filter(notifications::from_id.eq(from)).filter(notifications::kind.eq(kind));
    match post {
        Some(post) => diesel::delete(of_kind.filter(notifications::post_id.eq(post))).execute(conn)?,
        None => diesel::delete(of_kind.filter(notifications::post_id.is_null())).execute(conn)?,
    };
    Ok(())
}

/// Removes all notifications about a post, as when it is deleted.
pub fn remove_of_post(conn: &mut Conn, post: PostId) -> Result<()> {
    diesel::delete(notifications::table.filter(notifications::post_id.eq(post))).execute(conn)?;
    Ok(())
}

/// Takes back that `from` follows or asked to follow `to`.
pub fn remove_follow(conn: &mut Conn, to: AccountId, from: AccountId) -> Result<()> {
    let told = notifications::table
        .filter(notifications::account_id.eq(to))
        .filter(notifications::from_id.eq(from))
        .filter(notifications::kind.eq_any([Kind::Follow, Kind::FollowRequest]));
    diesel::delete(told).execute(conn)?;
    Ok(())
}

/// Removes what two accounts were told of each other; neither counts as accepted by the other any more.
pub fn part(conn: &mut Conn, one: AccountId, other: AccountId) -> Result<()> {
    for (to, from) in [(one, other), (other, one)] {
        requests::forget(conn, to, from)?;
        diesel::delete(
            notifications::table.filter(notifications::account_id.eq(to)).filter(notifications::from_id.eq(from)),
        )
        .execute(conn)?;
    }
    Ok(())
}

/// Removes what `me` was told of by accounts of a domain.
pub fn part_from_domain(conn: &mut Conn, me: AccountId, domain: &str) -> Result<()> {
    let theirs = accounts::table.filter(accounts::id.eq(notifications::from_id)).filter(accounts::domain.eq(domain));
    let told = notifications::table.filter(notifications::account_id.eq(me)).filter(diesel::dsl::exists(theirs));
    diesel::delete(told).execute(conn)?;
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn same(to: AccountId, from: AccountId, kind: Kind) -> _ {
    notifications::table
        .filter(notifications::account_id.eq(to))
        .filter(notifications::from_id.eq(from))
        .filter(notifications::kind.eq(kind))
}

fn is_here(conn: &mut Conn, id: AccountId) -> Result<bool> {
    let here = accounts::table
        .filter(accounts::id.eq(id))
        .filter(accounts::domain.eq(""))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(here)).get_result(conn)?)
}

/// Whether `account` muted the thread of `post`, at whichever of its posts.
fn mutes_thread(conn: &mut Conn, account: AccountId, post: PostId) -> Result<bool> {
    let Some(thread) = posts::table.find(post).select(posts::thread_id).first::<PostId>(conn).optional()? else {
        return Ok(false);
    };
    let muted = marks::table
        .inner_join(posts::table.on(posts::id.eq(marks::post_id)))
        .filter(marks::account_id.eq(account))
        .filter(marks::kind.eq(MarkKind::Mute))
        .filter(posts::thread_id.eq(thread));
    Ok(diesel::select(diesel::dsl::exists(muted)).get_result(conn)?)
}

#[cfg(test)]
mod tests;
