//! All reading of posts that is no timeline. What may be shown to somebody goes through [`visible_to`].

use std::collections::{HashMap, HashSet};

use diesel::dsl;
use diesel::prelude::*;

use super::filling::fill;
use super::marks::MarkKind;
use super::visibility::visible_to;
use super::{Post, Visibility};
use crate::db::schema::{accounts, follows, marks, poll_votes, polls, post_mentions, post_tags, posts, tags};
use crate::db::{Conn, MultiBackend, one_of};
use crate::domain::follows::State;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PostId};
use crate::page::Page;
use crate::paged;

/// How many posts of one thread are looked at to find its shape.
const THREAD_LIMIT: i64 = 10_000;
/// How many ids one query names; SQLite allows 32,766 values in all.
const AT_ONCE: usize = 1000;
/// How many pinned posts of one account are shown.
pub(super) const PINS_SHOWN: i64 = 100;
/// How many answers of authors to themselves are looked at for one answer.
const OWN_ANSWERS: i64 = 1000;
/// How many of those who reacted to a post in one way are asked for their inboxes.
const REACHED: i64 = 10_000;

/// The post with this id, deleted or not and whoever asks: for those who then check both.
pub fn find(conn: &mut Conn, id: PostId) -> Result<Option<Post>> {
    Ok(posts::table.find(id).select(Post::as_select()).first(conn).optional()?)
}

/// Like [`find`]; an error if there is none or it was deleted.
pub fn get(conn: &mut Conn, id: PostId) -> Result<Post> {
    find(conn, id)?.filter(|post| post.deleted_at.is_none()).ok_or(Error::NotFound("post"))
}

/// The post with this ActivityPub id, deleted or not and whoever asks.
pub fn find_by_uri(conn: &mut Conn, uri: &str) -> Result<Option<Post>> {
    Ok(posts::table.filter(posts::uri.eq(uri)).select(Post::as_select()).first(conn).optional()?)
}

/// The post of that account with this id, unless it was deleted.
pub fn find_own(conn: &mut Conn, account: AccountId, id: PostId) -> Result<Option<Post>> {
    Ok(find(conn, id)?.filter(|post| post.account_id == account && post.deleted_at.is_none()))
}

/// The boost of `original` by `account`, if there is one.
pub fn find_boost(conn: &mut Conn, account: AccountId, original: PostId) -> Result<Option<Post>> {
    Ok(posts::table
        .filter(posts::boost_of_id.eq(original))
        .filter(posts::account_id.eq(account))
        .filter(posts::deleted_at.is_null())
        .select(Post::as_select())
        .first(conn)
        .optional()?)
}

/// Writes a new row.
pub fn insert(conn: &mut Conn, post: &Post) -> Result<()> {
    diesel::insert_into(posts::table).values(post).execute(conn)?;
    Ok(())
}

/// Writes a new row unless its id or its ActivityPub id is taken; returns whether it was written.
pub fn insert_if_new(conn: &mut Conn, post: &Post) -> Result<bool> {
    let written = crate::each_backend!(conn, |c| diesel::insert_into(posts::table)
        .values(post)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(written > 0)
}

/// Writes who is mentioned in a post. Nobody may be named twice.
pub fn insert_mentions(conn: &mut Conn, post: PostId, mentioned: &[AccountId]) -> Result<()> {
    if mentioned.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> =
        mentioned.iter().map(|id| (post_mentions::post_id.eq(post), post_mentions::account_id.eq(*id))).collect();
    crate::each_backend!(conn, |c| diesel::insert_into(post_mentions::table).values(rows).execute(c))?;
    Ok(())
}

/// Who is or ever was mentioned in a post.
pub fn mentioned_in(conn: &mut Conn, post: PostId) -> Result<Vec<AccountId>> {
    Ok(post_mentions::table.filter(post_mentions::post_id.eq(post)).select(post_mentions::account_id).load(conn)?)
}

/// Those of these posts that `viewer` may see, in the order of `ids`.
pub fn list(conn: &mut Conn, ids: &[PostId], viewer: Option<AccountId>) -> Result<Vec<Post>> {
    let mut found: HashMap<PostId, Post> = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(AT_ONCE) {
        let rows: Vec<Post> = posts::table
            .filter(one_of(posts::id, chunk))
            .filter(visible_to(viewer))
            .select(Post::as_select())
            .load(conn)?;
        found.extend(rows.into_iter().map(|post| (post.id, post)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The posts that `post` answers, first of the thread first, as far as they are known and `viewer` may see them; at most the
/// nearest `limit`.
pub fn ancestors(conn: &mut Conn, post: &Post, viewer: Option<AccountId>, limit: usize) -> Result<Vec<Post>> {
    let Some(mut parent) = post.in_reply_to_id.filter(|_| limit > 0) else {
        return Ok(Vec::new());
    };
    let parents: HashMap<PostId, Option<PostId>> = skeleton(conn, post.thread_id)?.into_iter().collect();
    let mut chain = Vec::new();
    // Every step takes a new post, so a ring of replies ends it too.
    let mut seen = HashSet::from([post.id]);
    while chain.len() < limit && seen.insert(parent) {
        chain.push(parent);
        match parents.get(&parent) {
            Some(Some(next)) => parent = *next,
            _ => break,
        }
    }
    chain.reverse();
    list(conn, &chain, viewer)
}

/// The answers to `post`, theirs and so on, depth first, oldest branch first; at most `limit`.
pub fn descendants(conn: &mut Conn, post: &Post, viewer: Option<AccountId>, limit: usize) -> Result<Vec<Post>> {
    if limit == 0 || post.boost_of_id.is_some() {
        return Ok(Vec::new());
    }
    let mut children: HashMap<PostId, Vec<PostId>> = HashMap::new();
    for (id, parent) in skeleton(conn, post.thread_id)? {
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = Vec::new();
    let mut waiting: Vec<PostId> = vec![post.id];
    // Taking a post's children out of the map ends rings of replies.
    while let Some(id) = waiting.pop() {
        if id != post.id {
            found.push(id);
        }
        if found.len() >= limit {
            break;
        }
        waiting.extend(children.remove(&id).unwrap_or_default().into_iter().rev());
    }
    list(conn, &found, viewer)
}

/// The posts of a thread with what each answers, oldest first.
fn skeleton(conn: &mut Conn, thread: PostId) -> Result<Vec<(PostId, Option<PostId>)>> {
    Ok(posts::table
        .filter(posts::thread_id.eq(thread))
        .filter(posts::deleted_at.is_null())
        .order(posts::id.asc())
        .limit(THREAD_LIMIT)
        .select((posts::id, posts::in_reply_to_id))
        .load(conn)?)
}

/// Which posts of an account are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only those with attachments.
    pub only_media: bool,
    /// No answers to others; answers to oneself stay.
    pub exclude_replies: bool,
    /// No boosts.
    pub exclude_boosts: bool,
    /// Only the pinned ones, the last pinned first; there are few, so the page's cursors do not matter.
    pub pinned: bool,
    /// Only those with this hashtag (normalised).
    pub tagged: Option<String>,
}

/// The posts of an account that `viewer` may see.
pub fn list_by_account(
    conn: &mut Conn,
    account: AccountId,
    viewer: Option<AccountId>,
    filter: &AccountFilter,
    page: &Page,
) -> Result<Vec<Post>> {
    if filter.pinned {
        let ids: Vec<PostId> = marks::table
            .filter(marks::account_id.eq(account))
            .filter(marks::kind.eq(MarkKind::Pin))
            .order(marks::id.desc())
            .limit(PINS_SHOWN)
            .select(marks::post_id)
            .load(conn)?;
        return list(conn, &ids, viewer);
    }
    let candidates = |conn: &mut Conn, page: &Page| {
        Ok(paged!(of_account(account, filter).select(posts::id), posts::id, page).load(conn)?)
    };
    fill(conn, page, candidates, |conn, ids| list(conn, ids, viewer))
}

/// How many posts of an account `viewer` may see.
pub fn count_by_account(
    conn: &mut Conn,
    account: AccountId,
    viewer: Option<AccountId>,
    filter: &AccountFilter,
) -> Result<i64> {
    Ok(of_account(account, filter).filter(visible_to(viewer)).count().get_result(conn)?)
}

fn of_account(account: AccountId, filter: &AccountFilter) -> posts::BoxedQuery<'static, MultiBackend> {
    let mut query = posts::table.filter(posts::account_id.eq(account)).into_boxed();
    if filter.only_media {
        query = query.filter(posts::media.ne("[]"));
    }
    if filter.exclude_replies {
        query = query.filter(posts::in_reply_to_uri.is_null().or(posts::in_reply_to_account_id.eq(account)));
    }
    if filter.exclude_boosts || filter.only_media {
        query = query.filter(posts::boost_of_id.is_null());
    }
    if let Some(name) = &filter.tagged {
        let tagged = post_tags::table
            .inner_join(tags::table.on(tags::id.eq(post_tags::tag_id)))
            .filter(post_tags::post_id.eq(posts::id))
            .filter(tags::name.eq(name.clone()));
        query = query.filter(dsl::exists(tagged));
    }
    query
}

/// The known answers to a post that anybody may see, for collections.
pub fn list_replies(conn: &mut Conn, post: PostId, page: &Page) -> Result<Vec<Post>> {
    let query = posts::table
        .filter(posts::in_reply_to_id.eq(post))
        .filter(visible_to(None))
        .select(Post::as_select())
        .into_boxed();
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}

/// Of each of these posts, the ids of what its author answered to it for anybody to see, the first first, at most `each`.
pub fn list_own_answers(conn: &mut Conn, ids: &[PostId], each: usize) -> Result<HashMap<PostId, Vec<String>>> {
    let mut found: HashMap<PostId, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let rows: Vec<(PostId, String)> = posts::table
        .filter(one_of(posts::in_reply_to_id.assume_not_null(), ids))
        .filter(posts::in_reply_to_account_id.eq(posts::account_id.nullable()))
        .filter(visible_to(None))
        .order(posts::id.asc())
        .limit(OWN_ANSWERS)
        .select((posts::in_reply_to_id.assume_not_null(), posts::uri))
        .load(conn)?;
    for (parent, uri) in rows {
        let own = found.entry(parent).or_default();
        if own.len() < each {
            own.push(uri);
        }
    }
    Ok(found)
}

/// The posts of a thread that anybody may see, for collections.
pub fn list_thread(conn: &mut Conn, thread: PostId, page: &Page) -> Result<Vec<Post>> {
    let query = posts::table
        .filter(posts::thread_id.eq(thread))
        .filter(visible_to(None))
        .select(Post::as_select())
        .into_boxed();
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}

/// Whether an account has followers on other servers.
pub fn has_remote_followers(conn: &mut Conn, account: AccountId) -> Result<bool> {
    let remote = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(account))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::domain.ne(""));
    Ok(diesel::select(dsl::exists(remote)).get_result(conn)?)
}

/// An account elsewhere that something can be delivered to.
#[dsl::auto_type]
fn is_reachable() -> _ {
    let here: &'static str = "";
    accounts::domain.ne(here).and(accounts::suspended_at.is_null()).and(accounts::deleted_at.is_null())
}

/// Where those are delivered to who have a local post for another reason than following its author or being named in it: they boosted,
/// favourited or answered it, or voted in its poll. Each inbox once; of a direct message their own ones.
pub fn reached_inboxes(conn: &mut Conn, post: &Post) -> Result<Vec<String>> {
    let inboxes = (accounts::shared_inbox_url, accounts::inbox_url);
    let mut found: Vec<(Option<String>, String)> = marks::table
        .inner_join(accounts::table.on(accounts::id.eq(marks::account_id)))
        .filter(marks::post_id.eq(post.id))
        .filter(marks::kind.eq_any([MarkKind::Favourite, MarkKind::Boost]))
        .filter(is_reachable())
        .limit(REACHED)
        .select(inboxes)
        .load(conn)?;
    let answered: Vec<(Option<String>, String)> = posts::table
        .inner_join(accounts::table.on(accounts::id.eq(posts::account_id)))
        .filter(posts::in_reply_to_uri.eq(&post.uri))
        .filter(is_reachable())
        .limit(REACHED)
        .select(inboxes)
        .load(conn)?;
    let voted: Vec<(Option<String>, String)> = poll_votes::table
        .inner_join(polls::table.on(polls::id.eq(poll_votes::poll_id)))
        .inner_join(accounts::table.on(accounts::id.eq(poll_votes::account_id)))
        .filter(polls::post_id.eq(post.id))
        .filter(is_reachable())
        .limit(REACHED)
        .select(inboxes)
        .load(conn)?;
    found.extend(answered);
    found.extend(voted);
    let is_direct = post.visibility == Visibility::Direct;
    let mut seen = HashSet::new();
    let choose = |(shared, own): (Option<String>, String)| shared.filter(|_| !is_direct).unwrap_or(own);
    Ok(found.into_iter().map(choose).filter(|inbox| seen.insert(inbox.clone())).collect())
}
