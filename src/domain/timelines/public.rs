//! Timelines that are read from the posts themselves: everybody's, those of hashtags, and direct messages.

use std::cmp::Reverse;

use diesel::dsl;
use diesel::prelude::*;

use crate::db::schema::{post_mentions, post_tags, posts};
use crate::db::{Conn, one_of};
use crate::domain::posts::filling::fill;
use crate::domain::posts::visibility::visible_to;
use crate::domain::posts::{Post, Visibility};
use crate::domain::tags;
use crate::error::Result;
use crate::ids::{AccountId, PostId, TagId};
use crate::page::Page;
use crate::paged;

/// How many further tags one request may name, of each sort.
const MORE_TAGS: usize = 8;

/// Which public posts are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicFilter {
    /// Only posts of this server.
    pub local: bool,
    /// Only posts of other servers.
    pub remote: bool,
    /// Only posts with attachments.
    pub only_media: bool,
}

/// Which posts of a hashtag are wanted. Names may be in any spelling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagFilter {
    /// Further tags whose posts are shown too.
    pub any: Vec<String>,
    /// Tags that the posts must have besides.
    pub all: Vec<String>,
    /// Tags that the posts must not have.
    pub none: Vec<String>,
    /// What else is wanted.
    pub public: PublicFilter,
}

/// Leaves of a boxed query the public posts that a filter wants.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let (mut query, filter): (_, PublicFilter) = ($query, $filter);
        query = query.filter(posts::boost_of_id.is_null());
        if filter.local {
            query = query.filter(posts::is_local.eq(true));
        }
        if filter.remote {
            query = query.filter(posts::is_local.eq(false));
        }
        if filter.only_media {
            query = query.filter(posts::media.ne("[]"));
        }
        query
    }};
}

/// The public timeline: no boosts, and no answers but to oneself.
pub fn public(conn: &mut Conn, viewer: Option<AccountId>, filter: PublicFilter, page: &Page) -> Result<Vec<Post>> {
    let candidates = |conn: &mut Conn, page: &Page| {
        let query = posts::table
            .filter(posts::visibility.eq(Visibility::Public))
            .filter(posts::in_reply_to_uri.is_null().or(posts::in_reply_to_account_id.eq(posts::account_id.nullable())))
            .select(posts::id)
            .into_boxed();
        Ok(paged!(filtered!(query, filter), posts::id, page).load(conn)?)
    };
    fill(conn, page, candidates, |conn, ids| shown(conn, viewer, ids))
}

/// Those of these posts that `viewer` may see and wants to.
fn shown(conn: &mut Conn, viewer: Option<AccountId>, ids: &[PostId]) -> Result<Vec<Post>> {
    let mut query =
        posts::table.filter(one_of(posts::id, ids)).filter(visible_to(viewer)).select(Post::as_select()).into_boxed();
    if let Some(me) = viewer {
        query = query.filter(wanted_by!(me));
    }
    Ok(query.load(conn)?)
}

/// The public posts with a hashtag, answers too; none for a tag that nobody used.
pub fn tag(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    name: &str,
    filter: &TagFilter,
    page: &Page,
) -> Result<Vec<Post>> {
    let ids = |conn: &mut Conn, names: &[String]| -> Result<Vec<Option<TagId>>> {
        names.iter().take(MORE_TAGS).map(|name| Ok(tags::find(conn, name)?.map(|tag| tag.id))).collect()
    };
    // A tag that nobody used is on no post.
    let Some(all) = ids(conn, &filter.all)?.into_iter().collect::<Option<Vec<TagId>>>() else {
        return Ok(Vec::new());
    };
    let none: Vec<TagId> = ids(conn, &filter.none)?.into_iter().flatten().collect();
    let mut wanted: Vec<TagId> = tags::find(conn, name)?
        .map(|tag| tag.id)
        .into_iter()
        .chain(ids(conn, &filter.any)?.into_iter().flatten())
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found: Vec<Post> = Vec::new();
    for tag in &wanted {
        found.extend(of_tag(conn, viewer, *tag, (&all, &none), filter.public, page)?);
    }
    if wanted.len() > 1 {
        // Each tag gave its own page; the page of all is the part nearest to the cursor.
        found.sort_by_key(|post| Reverse(post.id));
        found.dedup_by_key(|post| post.id);
        let limit = usize::try_from(page.limit).unwrap_or(0);
        if page.is_ascending() {
            found.drain(..found.len().saturating_sub(limit));
        }
        found.truncate(limit);
    }
    Ok(found)
}

/// One page of one tag: read along the tag's own index.
fn of_tag(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    tag: TagId,
    (all, none): (&[TagId], &[TagId]),
    filter: PublicFilter,
    page: &Page,
) -> Result<Vec<Post>> {
    let other = diesel::alias!(post_tags as other);
    let has = |tag: TagId| {
        other.filter(other.field(post_tags::post_id).eq(posts::id)).filter(other.field(post_tags::tag_id).eq(tag))
    };
    let candidates = |conn: &mut Conn, page: &Page| {
        let mut query = post_tags::table
            .inner_join(posts::table.on(posts::id.eq(post_tags::post_id)))
            .filter(post_tags::tag_id.eq(tag))
            .filter(posts::visibility.eq(Visibility::Public))
            .select(post_tags::post_id)
            .into_boxed();
        for tag in all {
            query = query.filter(dsl::exists(has(*tag)));
        }
        for tag in none {
            query = query.filter(dsl::not(dsl::exists(has(*tag))));
        }
        Ok(paged!(filtered!(query, filter), post_tags::post_id, page).load(conn)?)
    };
    fill(conn, page, candidates, |conn, ids| shown(conn, viewer, ids))
}

/// The direct messages of an account, sent and received, without their threads.
pub fn direct(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<Post>> {
    let addressed =
        post_mentions::table.filter(post_mentions::post_id.eq(posts::id)).filter(post_mentions::account_id.eq(me));
    let query = posts::table
        .filter(posts::visibility.eq(Visibility::Direct))
        .filter(posts::account_id.eq(me).or(dsl::exists(addressed)))
        .filter(visible_to(Some(me)))
        .filter(wanted_by!(me))
        .select(Post::as_select())
        .into_boxed();
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}
