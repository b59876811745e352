//! Timelines that are read from the posts themselves: everybody's, those of hashtags, and direct messages.

use diesel::dsl;
use diesel::prelude::*;

use crate::db::schema::{post_mentions, post_tags, posts};
use crate::db::{Conn, MultiBackend};
use crate::domain::posts::visibility::visible_to;
use crate::domain::posts::{Post, Visibility};
use crate::domain::tags;
use crate::error::Result;
use crate::ids::{AccountId, PostId, TagId};
use crate::page::Page;
use crate::paged;

/// How many posts of a hashtag are looked at for one page.
const CANDIDATES: i64 = 400;
/// The same when the page shows only some of them.
const CANDIDATES_FILTERED: i64 = 4000;
/// How many further tags one request may name.
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

/// Public posts that are there to be shown to `viewer` in a timeline of strangers.
fn everybodys(viewer: Option<AccountId>, filter: PublicFilter) -> posts::BoxedQuery<'static, MultiBackend> {
    let mut query = posts::table
        .filter(posts::visibility.eq(Visibility::Public))
        .filter(posts::boost_of_id.is_null())
        .filter(visible_to(viewer))
        .into_boxed();
    if let Some(me) = viewer {
        query = query.filter(wanted_by!(me));
    }
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
}

/// The public timeline: no boosts, and no answers but to oneself.
pub fn public(conn: &mut Conn, viewer: Option<AccountId>, filter: PublicFilter, page: &Page) -> Result<Vec<Post>> {
    let query = everybodys(viewer, filter)
        .filter(posts::in_reply_to_uri.is_null().or(posts::in_reply_to_account_id.eq(posts::account_id.nullable())))
        .select(Post::as_select());
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}

/// The public posts with a hashtag, answers too; none for a tag that nobody used.
pub fn tag(conn: &mut Conn, viewer: Option<AccountId>, name: &str, filter: &TagFilter, page: &Page) -> Result<Vec<Post>> {
    let mut wanted: Vec<TagId> = Vec::new();
    for name in std::iter::once(name).chain(filter.any.iter().take(MORE_TAGS).map(String::as_str)) {
        wanted.extend(tags::find(conn, name)?.map(|tag| tag.id));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let is_narrow = filter.public != PublicFilter::default() || !filter.all.is_empty() || !filter.none.is_empty();
    // The index of a tag is read from the cursor on; a page deep in a large tag costs what the first one does.
    let tagged = post_tags::table
        .filter(post_tags::tag_id.eq_any(wanted))
        .filter(post_tags::post_id.lt(page.max_id.unwrap_or(i64::MAX)))
        .filter(post_tags::post_id.gt(page.since_id.max(page.min_id).unwrap_or(-1)))
        .select(post_tags::post_id)
        .limit(if is_narrow { CANDIDATES_FILTERED } else { CANDIDATES });
    let query = everybodys(viewer, filter.public);
    let mut query = if page.is_ascending() {
        query.filter(posts::id.eq_any(tagged.order(post_tags::post_id.asc())))
    } else {
        query.filter(posts::id.eq_any(tagged.order(post_tags::post_id.desc())))
    };
    for name in filter.all.iter().take(MORE_TAGS) {
        let Some(tag) = tags::find(conn, name)? else {
            return Ok(Vec::new());
        };
        query = query.filter(dsl::exists(post_tags::table.filter(post_tags::post_id.eq(posts::id)).filter(post_tags::tag_id.eq(tag.id))));
    }
    for name in filter.none.iter().take(MORE_TAGS) {
        if let Some(tag) = tags::find(conn, name)? {
            query = query.filter(dsl::not(dsl::exists(post_tags::table.filter(post_tags::post_id.eq(posts::id)).filter(post_tags::tag_id.eq(tag.id)))));
        }
    }
    let query = query.select(Post::as_select());
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}

/// The direct messages of an account, sent and received, without their threads.
pub fn direct(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<Post>> {
    let addressed = post_mentions::table.filter(post_mentions::post_id.eq(posts::id)).filter(post_mentions::account_id.eq(me));
    let query = posts::table
        .filter(posts::visibility.eq(Visibility::Direct))
        .filter(posts::account_id.eq(me).or(dsl::exists(addressed)))
        .filter(visible_to(Some(me)))
        .filter(wanted_by!(me))
        .select(Post::as_select())
        .into_boxed();
    Ok(page.newest_first(paged!(query, posts::id, page).load(conn)?))
}
