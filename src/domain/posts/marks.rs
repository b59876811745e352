//! What accounts do with posts without writing: favourite, bookmark, pin, mute of a thread; boosts leave a mark here too.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::visibility::{get_original, open_to};
use super::{Post, Visibility, queries};
use crate::context::Context;
use crate::db::schema::{accounts, marks, posts};
use crate::db::{Conn, one_of};
use crate::domain::accounts::Account;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{notifications, search};
use crate::error::{Error, Result};
use crate::ids::{AccountId, MarkId, PostId};
use crate::page::Page;
use crate::paged;
use crate::time::Time;

/// How many posts an account may pin.
pub const MAX_PINS: i64 = 5;

crate::text_enum! {
    /// What a mark says.
    pub enum MarkKind {
        /// Liked, for all to see.
        Favourite = "favourite",
        /// Boosted; the boost itself is a post.
        Boost = "boost",
        /// Kept for oneself.
        Bookmark = "bookmark",
        /// Shown first on one's own profile.
        Pin = "pin",
        /// No notifications from this thread; the mark is on the thread's first post.
        Mute = "mute",
    }
}

/// A mark as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = marks)]
pub struct Mark {
    pub id: MarkId,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub kind: MarkKind,
    /// The id of the Like or Announce.
    pub uri: Option<String>,
    pub created_at: Time,
}

/// Favourites a post or what it boosts; a second time changes nothing. Error: not visible.
pub fn favourite(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    let mark_id: MarkId = cx.id();
    let uri = cx.urls.activity(mark_id.0);
    let mark = Mark {
        id: mark_id,
        account_id: account.id,
        post_id: post.id,
        kind: MarkKind::Favourite,
        uri: Some(uri.clone()),
        created_at: cx.now,
    };
    if !record_favourite(conn, cx, &post, &mark)? {
        return Ok(post);
    }
    search::refresh(conn, &[post.id])?;
    if !post.is_local {
        outgoing::tell(conn, cx, Outgoing::Favourite { account: account.id, post: post.id, uri })?;
    }
    Ok(Post { favourites_count: post.favourites_count + 1, ..post })
}

/// Takes a favourite back; nothing happens if there is none.
pub fn unfavourite(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    let Some(mark) = forget_favourite(conn, account.id, post.id)? else {
        return Ok(post);
    };
    search::refresh(conn, &[post.id])?;
    if let Some(uri) = mark.uri.filter(|_| !post.is_local) {
        outgoing::tell(conn, cx, Outgoing::UndoFavourite { account: account.id, post: post.id, uri })?;
    }
    Ok(Post { favourites_count: (post.favourites_count - 1).max(0), ..post })
}

/// Keeps a post for oneself; nobody learns of it.
pub fn bookmark(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    if insert(conn, &private_mark(cx, account, post.id, MarkKind::Bookmark))? {
        search::refresh(conn, &[post.id])?;
    }
    Ok(post)
}

/// Drops a bookmark; nothing happens if there is none.
pub fn unbookmark(conn: &mut Conn, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    if delete(conn, account.id, post.id, MarkKind::Bookmark)?.is_some() {
        search::refresh(conn, &[post.id])?;
    }
    Ok(post)
}

/// Pins an own post to the profile. Errors: somebody else's, a boost, a direct message, or too many.
pub fn pin(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = super::visibility::get_visible(conn, id, Some(account.id))?;
    if post.account_id != account.id {
        return Err(Error::invalid("post", "of somebody else cannot be pinned"));
    }
    if post.boost_of_id.is_some() {
        return Err(Error::invalid("post", "that is a boost cannot be pinned"));
    }
    if post.visibility == Visibility::Direct {
        return Err(Error::invalid("post", "that only mentioned people may see cannot be pinned"));
    }
    if !has_room(conn, account.id, post.id, MAX_PINS)? {
        return Err(Error::invalid("post", format!("is one too many: {MAX_PINS} are already pinned")));
    }
    let mark = private_mark(cx, account, post.id, MarkKind::Pin);
    if insert(conn, &mark)? && is_pin_told(conn, &post)? {
        outgoing::tell(conn, cx, Outgoing::Pin { account: account.id, post: post.id, uri: pin_uri(cx, &mark) })?;
    }
    Ok(post)
}

/// Takes a post off the profile's top; nothing happens if it was not there.
pub fn unpin(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = super::visibility::get_visible(conn, id, Some(account.id))?;
    if let Some(mark) = delete(conn, account.id, post.id, MarkKind::Pin)?
        && is_pin_told(conn, &post)?
    {
        outgoing::tell(conn, cx, Outgoing::Unpin { account: account.id, post: post.id, uri: pin_uri(cx, &mark) })?;
    }
    Ok(post)
}

/// Whether an account that may pin so many may pin this post, or has done so.
fn has_room(conn: &mut Conn, account: AccountId, post: PostId, limit: i64) -> Result<bool> {
    let pinned: Vec<PostId> = marks::table
        .filter(marks::account_id.eq(account))
        .filter(marks::kind.eq(MarkKind::Pin))
        .select(marks::post_id)
        .load(conn)?;
    Ok(pinned.contains(&post) || i64::try_from(pinned.len()).is_ok_and(|count| count < limit))
}

/// Whether other servers hear of a post being pinned: somebody there follows, and may see it.
fn is_pin_told(conn: &mut Conn, post: &Post) -> Result<bool> {
    Ok(post.is_for_everybody() && queries::has_remote_followers(conn, post.account_id)?)
}

/// The id under which the pinning of a post is told.
fn pin_uri(cx: &Context, mark: &Mark) -> String {
    cx.urls.activity(mark.id.0)
}

/// Pins a post of another server for its author; false if that was done, or is one too many.
pub(super) fn record_pin(conn: &mut Conn, cx: &Context, author: &Account, post: PostId) -> Result<bool> {
    Ok(has_room(conn, author.id, post, queries::PINS_SHOWN)?
        && insert(conn, &private_mark(cx, author, post, MarkKind::Pin))?)
}

/// Mutes the thread of a post: no more notifications from it.
pub fn mute(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    let root = root_of(conn, &post)?;
    insert(conn, &private_mark(cx, account, root, MarkKind::Mute))?;
    Ok(post)
}

/// Lifts the mute of a thread; nothing happens if there is none.
pub fn unmute(conn: &mut Conn, account: &Account, id: PostId) -> Result<Post> {
    let post = get_original(conn, id, Some(account.id))?;
    let either = marks::post_id.eq(post.thread_id).or(marks::post_id.eq(post.id));
    diesel::delete(
        marks::table.filter(marks::account_id.eq(account.id)).filter(marks::kind.eq(MarkKind::Mute)).filter(either),
    )
    .execute(conn)?;
    Ok(post)
}

/// The first post of a thread may be gone; then its mark goes to the post at hand.
fn root_of(conn: &mut Conn, post: &Post) -> Result<PostId> {
    if post.thread_id == post.id {
        return Ok(post.id);
    }
    Ok(queries::find(conn, post.thread_id)?.map_or(post.id, |root| root.id))
}

/// Carries the mutes of threads over to the post under which they were joined.
pub(super) fn move_mutes(conn: &mut Conn, cx: &Context, from: &[PostId], to: PostId) -> Result<()> {
    let muted: Vec<AccountId> = marks::table
        .filter(marks::kind.eq(MarkKind::Mute))
        .filter(one_of(marks::post_id, from))
        .select(marks::account_id)
        .distinct()
        .load(conn)?;
    for account_id in muted {
        insert(
            conn,
            &Mark { id: cx.id(), account_id, post_id: to, kind: MarkKind::Mute, uri: None, created_at: cx.now },
        )?;
    }
    diesel::delete(marks::table.filter(marks::kind.eq(MarkKind::Mute)).filter(one_of(marks::post_id, from)))
        .execute(conn)?;
    Ok(())
}

fn private_mark(cx: &Context, account: &Account, post: PostId, kind: MarkKind) -> Mark {
    Mark { id: cx.id(), account_id: account.id, post_id: post, kind, uri: None, created_at: cx.now }
}

/// Writes a mark; false if that account already made it.
pub(super) fn insert(conn: &mut Conn, mark: &Mark) -> Result<bool> {
    let written = crate::each_backend!(conn, |c| diesel::insert_into(marks::table)
        .values(mark)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(written > 0)
}

/// Removes a mark and gives it, if it was there.
pub(super) fn delete(conn: &mut Conn, account: AccountId, post: PostId, kind: MarkKind) -> Result<Option<Mark>> {
    let marked =
        marks::table.filter(marks::account_id.eq(account)).filter(marks::post_id.eq(post)).filter(marks::kind.eq(kind));
    Ok(diesel::delete(marked).get_result(conn).optional()?)
}

/// Writes a favourite of anybody with its count and notification; false if it was there.
pub(super) fn record_favourite(conn: &mut Conn, cx: &Context, post: &Post, mark: &Mark) -> Result<bool> {
    if !insert(conn, mark)? {
        return Ok(false);
    }
    diesel::update(posts::table.find(post.id))
        .set(posts::favourites_count.eq(posts::favourites_count + 1))
        .execute(conn)?;
    if post.is_local {
        notifications::notify(
            conn,
            cx,
            post.account_id,
            mark.account_id,
            notifications::Kind::Favourite,
            Some(post.id),
        )?;
    }
    Ok(true)
}

/// Removes a favourite of anybody with its count and notification, and gives it, if it was there.
pub(super) fn forget_favourite(conn: &mut Conn, account: AccountId, post: PostId) -> Result<Option<Mark>> {
    let Some(mark) = delete(conn, account, post, MarkKind::Favourite)? else {
        return Ok(None);
    };
    diesel::update(posts::table.find(post).filter(posts::favourites_count.gt(0)))
        .set(posts::favourites_count.eq(posts::favourites_count - 1))
        .execute(conn)?;
    notifications::remove(conn, account, notifications::Kind::Favourite, Some(post))?;
    Ok(Some(mark))
}

/// The mark with this ActivityPub id, if that account made it.
pub fn find_by_uri(conn: &mut Conn, account: AccountId, uri: &str) -> Result<Option<Mark>> {
    Ok(marks::table
        .filter(marks::uri.eq(uri))
        .filter(marks::account_id.eq(account))
        .select(Mark::as_select())
        .first(conn)
        .optional()?)
}

/// What an account did with each of these posts; a muted thread marks its first post. Posts without marks are left out.
pub fn marks_of(conn: &mut Conn, account: AccountId, ids: &[PostId]) -> Result<HashMap<PostId, HashSet<MarkKind>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(PostId, MarkKind)> = marks::table
        .filter(marks::account_id.eq(account))
        .filter(one_of(marks::post_id, ids))
        .select((marks::post_id, marks::kind))
        .load(conn)?;
    let mut found: HashMap<PostId, HashSet<MarkKind>> = HashMap::new();
    for (post, kind) in rows {
        found.entry(post).or_default().insert(kind);
    }
    Ok(found)
}

/// Who marked a post, the last first, with the ids that pages go by.
pub fn accounts_that(conn: &mut Conn, post: PostId, kind: MarkKind, page: &Page) -> Result<Vec<(MarkId, Account)>> {
    let query = marks::table
        .inner_join(accounts::table.on(accounts::id.eq(marks::account_id)))
        .filter(marks::post_id.eq(post))
        .filter(marks::kind.eq(kind))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((marks::id, Account::as_select()))
        .into_boxed();
    Ok(page.newest_first(paged!(query, marks::id, page).load(conn)?))
}

/// What an account marked and may still see, the last marked first, with the ids that pages go by.
pub fn posts_marked(conn: &mut Conn, account: AccountId, kind: MarkKind, page: &Page) -> Result<Vec<(MarkId, Post)>> {
    let query = marks::table
        .inner_join(posts::table.on(posts::id.eq(marks::post_id)))
        .filter(marks::account_id.eq(account))
        .filter(marks::kind.eq(kind))
        .filter(open_to(account))
        .select((marks::id, Post::as_select()))
        .into_boxed();
    Ok(page.newest_first(paged!(query, marks::id, page).load(conn)?))
}
