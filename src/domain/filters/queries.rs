//! Reading filters.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Filter, FilterPost, FilterView, Keyword};
use crate::db::Conn;
use crate::db::schema::{accounts, filter_keywords, filter_posts, filters};
use crate::error::{Error, Result};
use crate::ids::{AccountId, FilterId, FilterKeywordId, FilterPostId};

/// All filters of `me` with what is in them, oldest first, also those that have ended.
pub fn list(conn: &mut Conn, me: AccountId) -> Result<Vec<FilterView>> {
    let rows: Vec<Filter> = filters::table
        .filter(filters::account_id.eq(me))
        .order(filters::id.asc())
        .select(Filter::as_select())
        .load(conn)?;
    complete(conn, rows)
}

/// A filter of `me` with what is in it; somebody else's is not found.
pub fn get(conn: &mut Conn, me: AccountId, id: FilterId) -> Result<FilterView> {
    let row = get_own(conn, me, id)?;
    complete(conn, vec![row])?.pop().ok_or(Error::NotFound("filter"))
}

fn complete(conn: &mut Conn, rows: Vec<Filter>) -> Result<Vec<FilterView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<FilterId> = rows.iter().map(|row| row.id).collect();
    let (mut keywords, mut posts): (HashMap<FilterId, Vec<Keyword>>, HashMap<FilterId, Vec<FilterPost>>) =
        (HashMap::new(), HashMap::new());
    let found: Vec<Keyword> = filter_keywords::table
        .filter(filter_keywords::filter_id.eq_any(&ids))
        .order(filter_keywords::id.asc())
        .select(Keyword::as_select())
        .load(conn)?;
    for keyword in found {
        keywords.entry(keyword.filter_id).or_default().push(keyword);
    }
    let found: Vec<FilterPost> = filter_posts::table
        .filter(filter_posts::filter_id.eq_any(&ids))
        .order(filter_posts::id.asc())
        .select(FilterPost::as_select())
        .load(conn)?;
    for post in found {
        posts.entry(post.filter_id).or_default().push(post);
    }
    let whole = |filter: Filter| FilterView {
        keywords: keywords.remove(&filter.id).unwrap_or_default(),
        posts: posts.remove(&filter.id).unwrap_or_default(),
        filter,
    };
    Ok(rows.into_iter().map(whole).collect())
}

/// A filter of `me` by itself; somebody else's is not found.
pub fn get_own(conn: &mut Conn, me: AccountId, id: FilterId) -> Result<Filter> {
    let found = filters::table
        .find(id)
        .filter(filters::account_id.eq(me))
        .select(Filter::as_select())
        .first(conn)
        .optional()?;
    found.ok_or(Error::NotFound("filter"))
}

/// How many filters `me` has.
pub fn count(conn: &mut Conn, me: AccountId) -> Result<i64> {
    Ok(filters::table.filter(filters::account_id.eq(me)).count().get_result(conn)?)
}

/// The version of the filters of an account; 0 if it has none.
pub fn version(conn: &mut Conn, me: AccountId) -> Result<i64> {
    Ok(accounts::table.find(me).select(accounts::filters_version).first(conn).optional()?.unwrap_or(0))
}

/// The keywords of a filter of `me`, oldest first; somebody else's filter is not found.
pub fn keywords(conn: &mut Conn, me: AccountId, id: FilterId) -> Result<Vec<Keyword>> {
    get_own(conn, me, id)?;
    Ok(filter_keywords::table
        .filter(filter_keywords::filter_id.eq(id))
        .order(filter_keywords::id.asc())
        .select(Keyword::as_select())
        .load(conn)?)
}

/// How many characters all keywords of `me` have that are not in the filter `besides`.
pub(super) fn characters(conn: &mut Conn, me: AccountId, besides: FilterId) -> Result<usize> {
    let found: Vec<String> = filter_keywords::table
        .inner_join(filters::table.on(filters::id.eq(filter_keywords::filter_id)))
        .filter(filters::account_id.eq(me))
        .filter(filters::id.ne(besides))
        .select(filter_keywords::keyword)
        .load(conn)?;
    Ok(found.iter().map(|keyword| keyword.chars().count()).sum())
}

/// A keyword of a filter of `me`; somebody else's is not found.
pub fn get_keyword(conn: &mut Conn, me: AccountId, id: FilterKeywordId) -> Result<Keyword> {
    let found = filter_keywords::table
        .inner_join(filters::table.on(filters::id.eq(filter_keywords::filter_id)))
        .filter(filter_keywords::id.eq(id))
        .filter(filters::account_id.eq(me))
        .select(Keyword::as_select())
        .first(conn)
        .optional()?;
    found.ok_or(Error::NotFound("filter keyword"))
}

/// The posts of a filter of `me`, in the order in which they were put there; somebody else's filter is not found.
pub fn posts(conn: &mut Conn, me: AccountId, id: FilterId) -> Result<Vec<FilterPost>> {
    get_own(conn, me, id)?;
    Ok(filter_posts::table
        .filter(filter_posts::filter_id.eq(id))
        .order(filter_posts::id.asc())
        .select(FilterPost::as_select())
        .load(conn)?)
}

/// A post of a filter of `me`; of somebody else's it is not found.
pub fn get_post(conn: &mut Conn, me: AccountId, id: FilterPostId) -> Result<FilterPost> {
    let found = filter_posts::table
        .inner_join(filters::table.on(filters::id.eq(filter_posts::filter_id)))
        .filter(filter_posts::id.eq(id))
        .filter(filters::account_id.eq(me))
        .select(FilterPost::as_select())
        .first(conn)
        .optional()?;
    found.ok_or(Error::NotFound("filter post"))
}
