//! Followed hashtags: public posts with them enter the home timeline, whoever wrote them.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{tag_follows, tags};
use crate::domain::tags::Tag;
use crate::domain::timelines;
use crate::error::{Error, Result};
use crate::ids::{AccountId, TagFollowId, TagId};
use crate::page::Page;

/// How many hashtags one may follow.
const MAX_FOLLOWED: i64 = 1000;

/// Follows a hashtag; again, it changes nothing. Posts that are there already stay where they are.
pub fn follow(conn: &mut Conn, cx: &Context, me: AccountId, tag: TagId) -> Result<()> {
    let there: i64 = tag_follows::table.filter(tag_follows::account_id.eq(me)).count().get_result(conn)?;
    if there >= MAX_FOLLOWED && !among(conn, me, &[tag])?.contains(&tag) {
        return Err(Error::invalid("tag", format!("is one too many: {MAX_FOLLOWED} are followed already")));
    }
    let row = (
        tag_follows::id.eq(cx.id::<TagFollowId>()),
        tag_follows::account_id.eq(me),
        tag_follows::tag_id.eq(tag),
        tag_follows::created_at.eq(cx.now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(tag_follows::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Follows a hashtag no longer; what only it brought leaves the home timeline.
pub fn unfollow(conn: &mut Conn, me: AccountId, tag: TagId) -> Result<()> {
    let pair = tag_follows::table.filter(tag_follows::tag_id.eq(tag)).filter(tag_follows::account_id.eq(me));
    if diesel::delete(pair).execute(conn)? > 0 {
        timelines::remove_tag(conn, me, tag)?;
    }
    Ok(())
}

/// The hashtags that `me` follows, the latest first.
pub fn list(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<(TagFollowId, Tag)>> {
    let query = tag_follows::table
        .inner_join(tags::table.on(tags::id.eq(tag_follows::tag_id)))
        .filter(tag_follows::account_id.eq(me))
        .select((tag_follows::id, Tag::as_select()))
        .into_boxed();
    Ok(page.newest_first(crate::paged!(query, tag_follows::id, page).load(conn)?))
}

/// Those of these hashtags that `me` follows.
pub fn among(conn: &mut Conn, me: AccountId, ids: &[TagId]) -> Result<HashSet<TagId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<TagId> = tag_follows::table
        .filter(tag_follows::account_id.eq(me))
        .filter(tag_follows::tag_id.eq_any(ids))
        .select(tag_follows::tag_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

#[cfg(test)]
mod tests;
