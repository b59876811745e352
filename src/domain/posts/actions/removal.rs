//! Deleting posts: those of this server leave a tombstone, those of others a line that keeps them from coming back.

use diesel::prelude::*;

use super::boosts;
use super::effects::{concerns_others, uncount};
use crate::context::Context;
use crate::db::schema::{accounts, home_entries, marks, polls, post_edits, posts};
use crate::db::{Conn, Json};
use crate::domain::accounts::Account;
use crate::domain::events::{self, Event};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::marks::MarkKind;
use crate::domain::posts::{Attachment, Post, TagName, Visibility, queries};
use crate::domain::{direct_threads, media, notifications, preview_cards, quotes, search, tags};
use crate::error::{Error, Result};
use crate::ids::{PollId, PostId, QuoteId};

/// Deletes a post or boost of a local account and gives it as it was. Its media can be attached again.
/// Error: no such post of that account.
pub fn delete(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = queries::find_own(conn, account.id, id)?.ok_or(Error::NotFound("post"))?;
    if post.boost_of_id.is_some() {
        boosts::take_back(conn, cx, &post)?;
        return Ok(post);
    }
    // With the post goes what tells who has it.
    let reached = queries::reached_inboxes(conn, &post)?;
    let is_told = !reached.is_empty() || concerns_others(conn, cx, &post)?;
    uncount(conn, &post)?;
    delete_boosts_of(conn, cx, post.id)?;
    orphan_answers(conn, post.id)?;
    media::detach(conn, cx, post.id)?;
    tags::detach(conn, post.id)?;
    search::remove(conn, post.id)?;
    quotes::end(conn, &post)?;
    quotes::orphan(conn, post.id)?;
    preview_cards::detach(conn, post.id)?;
    diesel::delete(home_entries::table.filter(home_entries::post_id.eq(post.id))).execute(conn)?;
    notifications::remove_of_post(conn, post.id)?;
    direct_threads::forget(conn, &post)?;
    diesel::delete(post_edits::table.filter(post_edits::post_id.eq(post.id))).execute(conn)?;
    diesel::delete(polls::table.filter(polls::post_id.eq(post.id))).execute(conn)?;
    // A mute is of the thread, and the thread may go on.
    diesel::delete(marks::table.filter(marks::post_id.eq(post.id)).filter(marks::kind.ne(MarkKind::Mute)))
        .execute(conn)?;
    // Whom it named and who could see it stay: they are told of the end.
    diesel::update(posts::table.find(post.id))
        .set((
            posts::deleted_at.eq(cx.now),
            posts::title.eq(None::<String>),
            posts::content.eq(""),
            posts::source.eq(None::<String>),
            posts::spoiler_text.eq(""),
            posts::poll_id.eq(None::<PollId>),
            posts::quote_id.eq(None::<QuoteId>),
            posts::tags.eq(Json(Vec::<TagName>::new())),
            posts::media.eq(Json(Vec::<Attachment>::new())),
            posts::replies_count.eq(0),
            posts::boosts_count.eq(0),
            posts::favourites_count.eq(0),
            posts::quotes_count.eq(0),
        ))
        .execute(conn)?;
    events::record(conn, cx, Event::PostDeleted { post: post.id, account: account.id })?;
    if is_told {
        outgoing::tell(conn, cx, Outgoing::DeletePost { post: post.id, reached })?;
    }
    Ok(post)
}

/// Removes a post or boost of another server with everything that hangs on it. The caller keeps it from coming back.
pub(in crate::domain::posts) fn remove(conn: &mut Conn, cx: &Context, post: &Post) -> Result<()> {
    if post.boost_of_id.is_some() {
        boosts::forget(conn, post)?;
    } else {
        uncount(conn, post)?;
        uncount_boosts_of(conn, post.id)?;
        orphan_answers(conn, post.id)?;
        quotes::orphan(conn, post.id)?;
        direct_threads::forget(conn, post)?;
    }
    // Mentions, marks, timelines, notifications, edits, polls and boosts go with the row.
    diesel::delete(posts::table.find(post.id)).execute(conn)?;
    events::record(conn, cx, Event::PostDeleted { post: post.id, account: post.account_id })
}

/// Takes the boosts of a post out of the counts of those who boosted it.
fn uncount_boosts_of(conn: &mut Conn, post: PostId) -> Result<()> {
    let boosters = posts::table
        .filter(posts::boost_of_id.eq(post))
        .filter(posts::deleted_at.is_null())
        .filter(posts::visibility.ne(Visibility::Direct))
        .select(posts::account_id);
    diesel::update(accounts::table.filter(accounts::id.eq_any(boosters)).filter(accounts::statuses_count.gt(0)))
        .set(accounts::statuses_count.eq(accounts::statuses_count - 1))
        .execute(conn)?;
    Ok(())
}

/// Deletes the boosts of a local post: rows of other servers go, ours stay as tombstones.
fn delete_boosts_of(conn: &mut Conn, cx: &Context, post: PostId) -> Result<()> {
    uncount_boosts_of(conn, post)?;
    let boosts = posts::table.filter(posts::boost_of_id.eq(post)).select(posts::id);
    diesel::delete(home_entries::table.filter(home_entries::post_id.eq_any(boosts))).execute(conn)?;
    diesel::delete(posts::table.filter(posts::boost_of_id.eq(post)).filter(posts::is_local.eq(false))).execute(conn)?;
    diesel::update(posts::table.filter(posts::boost_of_id.eq(post)).filter(posts::deleted_at.is_null()))
        .set(posts::deleted_at.eq(cx.now))
        .execute(conn)?;
    Ok(())
}

/// Answers to a deleted post stay, as answers to something that is not there.
fn orphan_answers(conn: &mut Conn, post: PostId) -> Result<()> {
    diesel::update(posts::table.filter(posts::in_reply_to_id.eq(post)))
        .set(posts::in_reply_to_id.eq(None::<PostId>))
        .execute(conn)?;
    Ok(())
}
