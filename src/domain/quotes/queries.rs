//! All SQL of quotes that is no reading of pages with them.

use diesel::dsl;
use diesel::prelude::*;

use super::{Quote, State};
use crate::db::Conn;
use crate::db::schema::{accounts, blocks, mutes, posts, quotes};
use crate::domain::posts::Post;
use crate::domain::posts::visibility::open_to;
use crate::error::Result;
use crate::ids::{AccountId, PostId, QuoteId};
use crate::page::Page;
use crate::paged;

/// How many people here whose posts quote one post are told that it was edited.
const TOLD: i64 = 1000;

/// The quote that a post makes.
pub(super) fn find(conn: &mut Conn, post: PostId) -> Result<Option<Quote>> {
    Ok(quotes::table.filter(quotes::post_id.eq(post)).select(Quote::as_select()).first(conn).optional()?)
}

/// The post that `post` quotes, whoever may see it; `None` if it quotes none or that is gone.
pub(in crate::domain) fn quoted_by(conn: &mut Conn, post: &Post) -> Result<Option<Post>> {
    let Some(id) = post.quote_id else { return Ok(None) };
    Ok(quotes::table
        .inner_join(posts::table.on(quotes::quoted_id.eq(posts::id.nullable())))
        .filter(quotes::id.eq(id))
        .filter(posts::deleted_at.is_null())
        .select(Post::as_select())
        .first(conn)
        .optional()?)
}

/// The id of the post that `post` quotes, for other servers; `None` once its author no longer allows it.
pub fn quoted_uri(conn: &mut Conn, post: &Post) -> Result<Option<String>> {
    let Some(id) = post.quote_id else { return Ok(None) };
    Ok(quotes::table
        .inner_join(posts::table.on(quotes::quoted_id.eq(posts::id.nullable())))
        .filter(quotes::id.eq(id))
        .filter(quotes::state.eq_any([State::Pending, State::Accepted]))
        .filter(posts::deleted_at.is_null())
        .select(posts::uri)
        .first(conn)
        .optional()?)
}

/// Posts that quote `post` with the consent of its author and that `me` may see, without those by people whom `me` blocks or mutes.
/// Cursors are ids of quotes.
pub fn list_quoting(conn: &mut Conn, me: AccountId, post: PostId, page: &Page) -> Result<Vec<(QuoteId, Post)>> {
    let blocked = blocks::table.filter(blocks::account_id.eq(me)).filter(blocks::target_id.eq(posts::account_id));
    let muted = mutes::table.filter(mutes::account_id.eq(me)).filter(mutes::target_id.eq(posts::account_id));
    let query = quotes::table
        .inner_join(posts::table.on(posts::id.eq(quotes::post_id)))
        .filter(quotes::quoted_id.eq(post))
        .filter(quotes::state.eq(State::Accepted))
        .filter(open_to(me))
        .filter(dsl::not(dsl::exists(blocked)))
        .filter(dsl::not(dsl::exists(muted)))
        .select((quotes::id, Post::as_select()))
        .into_boxed();
    Ok(page.newest_first(paged!(query, quotes::id, page).load(conn)?))
}

/// Who here quotes a post with consent, each with the post that does.
pub(in crate::domain) fn local_quoters(conn: &mut Conn, post: PostId) -> Result<Vec<(AccountId, PostId)>> {
    Ok(quotes::table
        .inner_join(accounts::table.on(accounts::id.eq(quotes::account_id)))
        .filter(quotes::quoted_id.eq(post))
        .filter(quotes::state.eq(State::Accepted))
        .filter(accounts::domain.eq(""))
        .order(quotes::id.desc())
        .limit(TOLD)
        .select((quotes::account_id, quotes::post_id))
        .load(conn)?)
}
