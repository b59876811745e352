//! Timelines of what trends: posts, and the posts that link to a page. Whether a post may be there is asked again when it is read.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{post_cards, posts, trends};
use crate::domain::posts::Post;
use crate::domain::posts::visibility::open_to;
use crate::domain::trends::{Subject, counted};
use crate::error::Result;
use crate::ids::{AccountId, PreviewCardId};
use crate::page::Page;
use crate::paged;

/// Posts that trend, the highest score first.
pub fn trending(conn: &mut Conn, viewer: Option<AccountId>, limit: i64, offset: i64) -> Result<Vec<Post>> {
    let found = trends::table
        .inner_join(posts::table.on(posts::id.eq(trends::subject_id)))
        .filter(trends::kind.eq(Subject::Post));
    let mut query = counted!(found).select(Post::as_select()).into_boxed();
    if let Some(me) = viewer {
        query = query.filter(open_to(me)).filter(wanted_by!(me));
    }
    Ok(query.order((trends::score.desc(), trends::subject_id.desc())).limit(limit).offset(offset).load(conn)?)
}

/// The posts that link to a page, answers too.
pub fn link(conn: &mut Conn, viewer: Option<AccountId>, card: PreviewCardId, page: &Page) -> Result<Vec<Post>> {
    let found = post_cards::table
        .inner_join(posts::table.on(posts::id.eq(post_cards::post_id)))
        .filter(post_cards::card_id.eq(card));
    let mut query = counted!(found).select(Post::as_select()).into_boxed();
    if let Some(me) = viewer {
        query = query.filter(open_to(me)).filter(wanted_by!(me));
    }
    Ok(page.newest_first(paged!(query, post_cards::post_id, page).load(conn)?))
}
