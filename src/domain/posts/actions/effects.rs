//! What follows from a new post, whoever wrote it and wherever: counts, timelines, notifications, events.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, follows, posts};
use crate::domain::accounts::{self as people, Account};
use crate::domain::events::{self, Event};
use crate::domain::follows::State;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::{Post, Visibility, queries};
use crate::domain::{direct_threads, featured_tags, notifications, timelines};
use crate::error::Result;
use crate::ids::AccountId;

impl Post {
    /// Whether everybody may see it.
    pub fn is_for_everybody(&self) -> bool {
        matches!(self.visibility, Visibility::Public | Visibility::Unlisted)
    }

    /// Whether it answers somebody else, known or not.
    pub fn answers_others(&self) -> bool {
        self.in_reply_to_uri.is_some() && self.in_reply_to_account_id != Some(self.account_id)
    }
}

/// Adds a new post to the counts of its author and of what it answers. Direct messages are not counted.
pub(in crate::domain::posts) fn count(conn: &mut Conn, author: &Account, post: &Post) -> Result<()> {
    if post.visibility != Visibility::Direct {
        let latest = author.last_status_at.map_or(post.created_at, |last| last.max(post.created_at));
        people::actions::note_post(conn, author.id, latest)?;
    }
    featured_tags::count(conn, post, &post.tags.0)?;
    if let Some(parent) = post.in_reply_to_id.filter(|_| post.is_for_everybody()) {
        diesel::update(posts::table.find(parent))
            .set(posts::replies_count.eq(posts::replies_count + 1))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a post out of the counts that [`count`] and boosting added it to.
pub(in crate::domain::posts) fn uncount(conn: &mut Conn, post: &Post) -> Result<()> {
    if post.visibility != Visibility::Direct {
        people::actions::adjust_counts(conn, post.account_id, 0, 0, -1)?;
    }
    featured_tags::uncount(conn, post, &post.tags.0)?;
    if let Some(parent) = post.in_reply_to_id.filter(|_| post.is_for_everybody()) {
        diesel::update(posts::table.find(parent).filter(posts::replies_count.gt(0)))
            .set(posts::replies_count.eq(posts::replies_count - 1))
            .execute(conn)?;
    }
    if let Some(original) = post.boost_of_id {
        diesel::update(posts::table.find(original).filter(posts::boosts_count.gt(0)))
            .set(posts::boosts_count.eq(posts::boosts_count - 1))
            .execute(conn)?;
    }
    Ok(())
}

/// Brings a new post, no boost, to those who should see it: home timelines, notifications, threads of direct messages, streams.
/// `mentioned`: accounts of this server that it names.
pub(in crate::domain::posts) fn spread(
    conn: &mut Conn,
    cx: &Context,
    post: &Post,
    mentioned: &[AccountId],
) -> Result<()> {
    let readers = timelines::fan_out(conn, post)?;
    for account in mentioned {
        notifications::notify(conn, cx, *account, post.account_id, notifications::Kind::Mention, Some(post.id))?;
    }
    if readers > 0 && !post.answers_others() && post.visibility != Visibility::Direct {
        for account in with_bell(conn, post.account_id)? {
            if !mentioned.contains(&account) {
                notifications::notify(conn, cx, account, post.account_id, notifications::Kind::Status, Some(post.id))?;
            }
        }
    }
    if post.visibility == Visibility::Direct {
        direct_threads::touch(conn, cx, post)?;
    }
    events::record(conn, cx, Event::PostAdded { post: post.id })
}

/// The followers here who asked to be notified of every post of an account.
fn with_bell(conn: &mut Conn, author: AccountId) -> Result<Vec<AccountId>> {
    Ok(follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(author))
        .filter(follows::state.eq(State::Accepted))
        .filter(follows::notifies.eq(true))
        .filter(accounts::domain.eq(""))
        .select(follows::account_id)
        .load(conn)?)
}

/// Whether somebody on another server is to hear of a new local post: it names or answers them, or they follow its author.
pub(in crate::domain::posts) fn concerns_others(conn: &mut Conn, cx: &Context, post: &Post) -> Result<bool> {
    if post.mentions.0.iter().any(|mention| !mention.is_local()) {
        return Ok(true);
    }
    if post.in_reply_to_uri.as_deref().is_some_and(|uri| !cx.urls.is_ours(uri)) {
        return Ok(true);
    }
    Ok(post.visibility != Visibility::Direct && queries::has_remote_followers(conn, post.account_id)?)
}

/// Tells streams and other servers that a post looks different without having been edited.
pub(in crate::domain) fn refresh(conn: &mut Conn, cx: &Context, post: &Post) -> Result<()> {
    events::record(conn, cx, Event::PostEdited { post: post.id })?;
    if post.is_local && ever_concerned_others(conn, cx, post)? {
        outgoing::tell(conn, cx, Outgoing::RefreshPost { post: post.id, at: cx.now.0 })?;
    }
    Ok(())
}

/// Like [`concerns_others`] for a post that has been out for a while: also those who reacted to it.
pub(in crate::domain::posts) fn ever_concerned_others(conn: &mut Conn, cx: &Context, post: &Post) -> Result<bool> {
    Ok(concerns_others(conn, cx, post)? || !queries::reached_inboxes(conn, post)?.is_empty())
}
