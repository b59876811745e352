//! Hashtags that somebody shows on their profile, with how often and when they used them last.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{count_star, exists, max};
use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{featured_tags, post_tags, posts, tags};
use crate::domain::posts::{Post, TagName, Visibility};
use crate::domain::tags::{self as all_tags, Tag};
use crate::error::{Error, Result};
use crate::ids::{AccountId, FeaturedTagId, PostId, TagId};
use crate::text::Hashtag;
use crate::time::Time;

/// How many hashtags one may show.
pub const MAX_FEATURED: usize = 10;
/// How many hashtags are suggested at once.
const SUGGESTED: i64 = 10;
/// How many of the last posts suggestions are taken from.
const LOOKED_AT: i64 = 1000;

/// A hashtag on a profile as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = featured_tags)]
pub struct FeaturedTag {
    pub id: FeaturedTagId,
    pub account_id: AccountId,
    pub tag_id: TagId,
    /// As its owner wrote it.
    pub name: String,
    /// How many public and unlisted posts of the owner have it.
    pub posts_count: i64,
    /// When the latest of them was written.
    pub last_post_at: Option<Time>,
    pub created_at: Time,
}

/// A hashtag on a profile with its common name.
#[derive(Debug, Clone)]
pub struct Featured {
    /// The row.
    pub row: FeaturedTag,
    /// The normalised name.
    pub tag_name: String,
}

/// Shows a hashtag, in any spelling, on the profile of `me`; again, it changes nothing. Errors: no hashtag, or one too many.
pub fn feature(conn: &mut Conn, cx: &Context, me: AccountId, name: &str) -> Result<Featured> {
    let tag = Hashtag::parse(name).ok_or_else(|| Error::invalid("tag", "is not a valid hashtag"))?;
    let name = TagName::from(tag);
    let ids = all_tags::find_or_create(conn, cx, std::slice::from_ref(&name))?;
    let tag = *ids.first().ok_or_else(|| Error::bug("a hashtag was not made"))?;
    let shown: Vec<TagId> =
        featured_tags::table.filter(featured_tags::account_id.eq(me)).select(featured_tags::tag_id).load(conn)?;
    if !shown.contains(&tag) {
        if shown.len() >= MAX_FEATURED {
            return Err(Error::invalid("tag", format!("is one too many: {MAX_FEATURED} are featured already")));
        }
        let (posts_count, last_post_at) = uses(conn, me, tag)?;
        let row = FeaturedTag {
            id: cx.id(),
            account_id: me,
            tag_id: tag,
            name: name.display,
            posts_count,
            last_post_at,
            created_at: cx.now,
        };
        crate::each_backend!(conn, |c| diesel::insert_into(featured_tags::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    list(conn, me)?
        .into_iter()
        .find(|featured| featured.row.tag_id == tag)
        .ok_or_else(|| Error::Conflict("the hashtag was taken off the profile just now".into()))
}

/// Shows a hashtag of `me` no longer; somebody else's is not found.
pub fn unfeature(conn: &mut Conn, me: AccountId, id: FeaturedTagId) -> Result<()> {
    let own = featured_tags::table.filter(featured_tags::id.eq(id)).filter(featured_tags::account_id.eq(me));
    if diesel::delete(own).execute(conn)? == 0 { Err(Error::NotFound("featured tag")) } else { Ok(()) }
}

/// Shows a hashtag no longer; nothing happens if it was not shown.
pub fn unfeature_tag(conn: &mut Conn, me: AccountId, tag: TagId) -> Result<()> {
    let pair = featured_tags::table.filter(featured_tags::account_id.eq(me)).filter(featured_tags::tag_id.eq(tag));
    diesel::delete(pair).execute(conn)?;
    Ok(())
}

/// The hashtags on a profile, the most used first.
pub fn list(conn: &mut Conn, of: AccountId) -> Result<Vec<Featured>> {
    let rows: Vec<(FeaturedTag, String)> = featured_tags::table
        .inner_join(tags::table.on(tags::id.eq(featured_tags::tag_id)))
        .filter(featured_tags::account_id.eq(of))
        .order((featured_tags::posts_count.desc(), featured_tags::id.asc()))
        .select((FeaturedTag::as_select(), tags::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(row, tag_name)| Featured { row, tag_name }).collect())
}

/// How often an account used a hashtag for everybody to see, and when last.
fn uses(conn: &mut Conn, of: AccountId, tag: TagId) -> Result<(i64, Option<Time>)> {
    Ok(post_tags::table
        .inner_join(posts::table.on(posts::id.eq(post_tags::post_id)))
        // Said this way, a popular hashtag is not read whole: the account's own posts are.
        .filter((post_tags::tag_id + 0i64).eq(tag))
        .filter(posts::account_id.eq(of))
        .filter(posts::visibility.eq_any([Visibility::Public, Visibility::Unlisted]))
        .filter(posts::deleted_at.is_null())
        .select((count_star(), max(posts::created_at)))
        .first(conn)?)
}

/// Adds a post of this server to the hashtags of `names` that its author shows.
pub(in crate::domain) fn count(conn: &mut Conn, post: &Post, names: &[TagName]) -> Result<()> {
    for row in shown_of(conn, post, names)? {
        let last = row.last_post_at.map_or(post.created_at, |last| last.max(post.created_at));
        set_uses(conn, row.id, row.posts_count.saturating_add(1), Some(last))?;
    }
    Ok(())
}

/// Takes a post of this server out of the hashtags of `names` that its author shows.
pub(in crate::domain) fn uncount(conn: &mut Conn, post: &Post, names: &[TagName]) -> Result<()> {
    for row in shown_of(conn, post, names)? {
        let last = if row.last_post_at == Some(post.created_at) {
            let tagged =
                post_tags::table.filter(post_tags::tag_id.eq(row.tag_id)).filter(post_tags::post_id.eq(posts::id));
            posts::table
                .filter(posts::account_id.eq(post.account_id))
                .filter(posts::id.ne(post.id))
                .filter(posts::visibility.eq_any([Visibility::Public, Visibility::Unlisted]))
                .filter(posts::deleted_at.is_null())
                .filter(exists(tagged))
                .order(posts::id.desc())
                .select(posts::created_at)
                .first(conn)
                .optional()?
        } else {
            row.last_post_at
        };
        set_uses(conn, row.id, row.posts_count.saturating_sub(1).max(0), last)?;
    }
    Ok(())
}

/// The hashtags of `names` on the profile of a post's author, if the post counts there.
fn shown_of(conn: &mut Conn, post: &Post, names: &[TagName]) -> Result<Vec<FeaturedTag>> {
    if !post.is_local || !post.is_for_everybody() || post.boost_of_id.is_some() || names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(featured_tags::table
        .inner_join(tags::table.on(tags::id.eq(featured_tags::tag_id)))
        .filter(featured_tags::account_id.eq(post.account_id))
        .filter(tags::name.eq_any(names.iter().map(|tag| tag.name.as_str())))
        .select(FeaturedTag::as_select())
        .load(conn)?)
}

fn set_uses(conn: &mut Conn, id: FeaturedTagId, count: i64, last: Option<Time>) -> Result<()> {
    diesel::update(featured_tags::table.find(id))
        .set((featured_tags::posts_count.eq(count), featured_tags::last_post_at.eq(last)))
        .execute(conn)?;
    Ok(())
}

/// Those of these hashtags that `me` shows on the profile.
pub fn among(conn: &mut Conn, me: AccountId, ids: &[TagId]) -> Result<HashSet<TagId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<TagId> = featured_tags::table
        .filter(featured_tags::account_id.eq(me))
        .filter(featured_tags::tag_id.eq_any(ids))
        .select(featured_tags::tag_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Hashtags that `me` used most in the last thousand posts and does not show yet, the most used first.
pub fn suggestions(conn: &mut Conn, me: AccountId) -> Result<Vec<Tag>> {
    let recent: Vec<PostId> = posts::table
        .filter(posts::account_id.eq(me))
        .filter(posts::boost_of_id.is_null())
        .filter(posts::deleted_at.is_null())
        .order(posts::id.desc())
        .limit(LOOKED_AT)
        .select(posts::id)
        .load(conn)?;
    if recent.is_empty() {
        return Ok(Vec::new());
    }
    let shown = featured_tags::table.filter(featured_tags::account_id.eq(me)).select(featured_tags::tag_id);
    let used: Vec<(TagId, i64)> = post_tags::table
        .filter(post_tags::post_id.eq_any(&recent))
        .filter(post_tags::tag_id.ne_all(shown))
        .group_by(post_tags::tag_id)
        .order((count_star().desc(), post_tags::tag_id.asc()))
        .limit(SUGGESTED)
        .select((post_tags::tag_id, count_star()))
        .load(conn)?;
    let ids: Vec<TagId> = used.iter().map(|(tag, _)| *tag).collect();
    let mut found: HashMap<TagId, Tag> = tags::table
        .filter(tags::id.eq_any(&ids))
        .select(Tag::as_select())
        .load(conn)?
        .into_iter()
        .map(|tag: Tag| (tag.id, tag))
        .collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

#[cfg(test)]
mod tests;
