//! Threads of direct messages, one row for each participant here ("conversations" in the Mastodon API).

use diesel::prelude::*;

use crate::context::Context;
use crate::db::schema::{accounts, direct_threads, post_mentions, posts};
use crate::db::{Conn, Json, one_of};
use crate::domain::events::{self, Event};
use crate::domain::posts::{Post, Visibility};
use crate::domain::{account_domain_blocks, blocks, notifications};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DirectThreadId, PostId};
use crate::page::Page;

/// How many participants of a thread are kept.
const MAX_PARTICIPANTS: usize = 50;

/// A thread as one account sees it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = direct_threads)]
pub struct DirectThread {
    pub id: DirectThreadId,
    pub account_id: AccountId,
    /// The thread that all its posts carry.
    pub thread_id: PostId,
    /// All but oneself; oneself if there is nobody else.
    pub participants: Json<Vec<AccountId>>,
    pub last_post_id: PostId,
    pub is_unread: bool,
    /// Removed from the list until somebody writes again.
    pub is_hidden: bool,
}

/// Notes a new direct message in the thread of each participant here whose policy lets it through; does nothing for other posts.
pub fn touch(conn: &mut Conn, cx: &Context, post: &Post) -> Result<()> {
    if post.visibility != Visibility::Direct || post.boost_of_id.is_some() {
        return Ok(());
    }
    let people = people_of(post);
    let here: Vec<AccountId> = accounts::table
        .filter(one_of(accounts::id, &people))
        .filter(accounts::domain.eq(""))
        .filter(accounts::deleted_at.is_null())
        .select(accounts::id)
        .load(conn)?;
    for me in here {
        if me != post.account_id
            && (blocks::exists(conn, me, post.account_id)?
                || account_domain_blocks::hides(conn, me, post.account_id)?
                || !notifications::admits(conn, cx, me, post.account_id, post.id)?)
        {
            continue;
        }
        note_in(conn, cx, me, post, &people)?;
    }
    Ok(())
}

/// Notes a direct message that was kept aside in the thread of `me`, who accepted its author since.
pub(in crate::domain) fn note_for(conn: &mut Conn, cx: &Context, me: AccountId, post: &Post) -> Result<()> {
    note_in(conn, cx, me, post, &people_of(post))
}

/// The author and those named in a post.
fn people_of(post: &Post) -> Vec<AccountId> {
    let mut people = vec![post.account_id];
    for mention in &post.mentions.0 {
        if people.len() < MAX_PARTICIPANTS && !people.contains(&mention.id) {
            people.push(mention.id);
        }
    }
    people
}

fn note_in(conn: &mut Conn, cx: &Context, me: AccountId, post: &Post, people: &[AccountId]) -> Result<()> {
    let others = people.iter().copied().filter(|p| *p != me).collect();
    let thread = note(conn, cx, me, post, others)?;
    events::record(conn, cx, Event::DirectThreadChanged { thread, account: me })
}

fn note(
    conn: &mut Conn,
    cx: &Context,
    me: AccountId,
    post: &Post,
    mut others: Vec<AccountId>,
) -> Result<DirectThreadId> {
    if others.is_empty() {
        others.push(me);
    }
    let new = DirectThread {
        id: cx.id(),
        account_id: me,
        thread_id: post.thread_id,
        participants: Json(others),
        last_post_id: post.id,
        is_unread: post.account_id != me,
        is_hidden: false,
    };
    let written = crate::each_backend!(conn, |c| diesel::insert_into(direct_threads::table)
        .values(&new)
        .on_conflict_do_nothing()
        .execute(c))?;
    if written > 0 {
        return Ok(new.id);
    }
    let known: DirectThread = direct_threads::table
        .filter(direct_threads::account_id.eq(me))
        .filter(direct_threads::thread_id.eq(post.thread_id))
        .select(DirectThread::as_select())
        .first(conn)?;
    let mut participants = known.participants.0;
    for other in new.participants.0 {
        if participants.len() < MAX_PARTICIPANTS && !participants.contains(&other) {
            participants.push(other);
        }
    }
    if participants.len() > 1 {
        participants.retain(|p| *p != me);
    }
    diesel::update(direct_threads::table.find(known.id))
        .set((
            direct_threads::participants.eq(Json(participants)),
            direct_threads::last_post_id.eq(known.last_post_id.max(post.id)),
            direct_threads::is_unread.eq(known.is_unread || new.is_unread),
            direct_threads::is_hidden.eq(false),
        ))
        .execute(conn)?;
    Ok(known.id)
}

/// Lets threads that ended with this post end with the one before it; those without any other are removed. For deletions.
pub fn forget(conn: &mut Conn, post: &Post) -> Result<()> {
    if post.visibility != Visibility::Direct {
        return Ok(());
    }
    let ending: Vec<DirectThread> = direct_threads::table
        .filter(direct_threads::thread_id.eq(post.thread_id))
        .filter(direct_threads::last_post_id.eq(post.id))
        .select(DirectThread::as_select())
        .load(conn)?;
    for thread in ending {
        let named =
            post_mentions::table.filter(post_mentions::account_id.eq(thread.account_id)).select(post_mentions::post_id);
        let before: Option<PostId> = posts::table
            .filter(posts::thread_id.eq(thread.thread_id))
            .filter(posts::id.ne(post.id))
            .filter(posts::visibility.eq(Visibility::Direct))
            .filter(posts::deleted_at.is_null())
            .filter(posts::account_id.eq(thread.account_id).or(posts::id.eq_any(named)))
            .order(posts::id.desc())
            .select(posts::id)
            .first(conn)
            .optional()?;
        match before {
            Some(before) => diesel::update(direct_threads::table.find(thread.id))
                .set(direct_threads::last_post_id.eq(before))
                .execute(conn)?,
            None => diesel::delete(direct_threads::table.find(thread.id)).execute(conn)?,
        };
    }
    Ok(())
}

/// The threads of `me`, the latest written in first; the cursor is `last_post_id`.
pub fn list(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<DirectThread>> {
    let query = direct_threads::table
        .filter(direct_threads::account_id.eq(me))
        .filter(direct_threads::is_hidden.eq(false))
        .select(DirectThread::as_select())
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, direct_threads::last_post_id, page).load(conn)?))
}

/// The thread with this id, whoever's it is: for streams.
pub fn find(conn: &mut Conn, id: DirectThreadId) -> Result<Option<DirectThread>> {
    Ok(direct_threads::table.find(id).select(DirectThread::as_select()).first(conn).optional()?)
}

/// A thread of `me`; somebody else's is not found.
pub fn get_own(conn: &mut Conn, me: AccountId, id: DirectThreadId) -> Result<DirectThread> {
    find(conn, id)?.filter(|t| t.account_id == me).ok_or(Error::NotFound("conversation"))
}

/// How many threads of `me` hold something unread.
pub fn count_unread(conn: &mut Conn, me: AccountId) -> Result<i64> {
    Ok(direct_threads::table
        .filter(direct_threads::account_id.eq(me))
        .filter(direct_threads::is_unread.eq(true))
        .filter(direct_threads::is_hidden.eq(false))
        .count()
        .get_result(conn)?)
}

/// Marks a thread of `me` as read, or as unread again.
pub fn mark_read(conn: &mut Conn, me: AccountId, id: DirectThreadId, is_read: bool) -> Result<DirectThread> {
    let thread = get_own(conn, me, id)?;
    diesel::update(direct_threads::table.find(id)).set(direct_threads::is_unread.eq(!is_read)).execute(conn)?;
    Ok(DirectThread { is_unread: !is_read, ..thread })
}

/// Takes a thread of `me` off the list until somebody writes in it again.
pub fn hide(conn: &mut Conn, me: AccountId, id: DirectThreadId) -> Result<()> {
    get_own(conn, me, id)?;
    diesel::update(direct_threads::table.find(id))
        .set((direct_threads::is_hidden.eq(true), direct_threads::is_unread.eq(false)))
        .execute(conn)?;
    Ok(())
}

/// Takes the threads of `me` in which `other` wrote last off the list, as when `other` is blocked.
pub fn hide_last_by(conn: &mut Conn, me: AccountId, other: AccountId) -> Result<()> {
    let theirs = posts::table
        .filter(posts::account_id.eq(other))
        .filter(posts::visibility.eq(Visibility::Direct))
        .select(posts::id);
    let threads = direct_threads::table
        .filter(direct_threads::account_id.eq(me))
        .filter(direct_threads::last_post_id.eq_any(theirs));
    diesel::update(threads)
        .set((direct_threads::is_hidden.eq(true), direct_threads::is_unread.eq(false)))
        .execute(conn)?;
    Ok(())
}

/// Takes the threads of `me` in which somebody of a domain wrote last off the list, as when the domain is hidden.
pub fn hide_last_from(conn: &mut Conn, me: AccountId, domain: &str) -> Result<()> {
    let theirs = posts::table
        .inner_join(accounts::table.on(accounts::id.eq(posts::account_id)))
        .filter(posts::id.eq(direct_threads::last_post_id))
        .filter(accounts::domain.eq(domain));
    let threads = direct_threads::table.filter(direct_threads::account_id.eq(me)).filter(diesel::dsl::exists(theirs));
    diesel::update(threads)
        .set((direct_threads::is_hidden.eq(true), direct_threads::is_unread.eq(false)))
        .execute(conn)?;
    Ok(())
}
