//! Who may see a post: one predicate, in SQL, that every way of reading posts goes through.
//!
//! A post is shown while it is not deleted and its author is neither suspended nor deleted. Public and unlisted posts are for
//! everybody; others for their author, for those they mention and, if private, for accepted followers. Whoever the author
//! blocks sees none of them.

use diesel::dsl;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::{Post, Visibility};
use crate::db::schema::{accounts, blocks, follows, post_mentions, posts};
use crate::db::{Conn, MultiBackend};
use crate::domain::follows::State;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PostId};

/// What the predicate is on a query that reads from `posts` alone.
pub type Predicate = Box<dyn BoxableExpression<posts::table, MultiBackend, SqlType = Bool>>;

/// Whether `viewer`, or anybody if `None`, may see the post; for queries that read from `posts` alone.
/// Queries that join `posts` use [`open_to`] and [`open_to_anybody`], which it is made of.
pub fn visible_to(viewer: Option<AccountId>) -> Predicate {
    match viewer {
        Some(me) => Box::new(open_to(me)),
        None => Box::new(open_to_anybody()),
    }
}

/// Deleted neither itself nor with its author.
#[dsl::auto_type]
fn is_there() -> _ {
    posts::deleted_at.is_null().and(dsl::not(dsl::exists(
        accounts::table
            .filter(accounts::id.eq(posts::account_id))
            .filter(accounts::suspended_at.is_not_null().or(accounts::deleted_at.is_not_null())),
    )))
}

#[dsl::auto_type]
fn is_for_everybody() -> _ {
    let public: Visibility = Visibility::Public;
    let unlisted: Visibility = Visibility::Unlisted;
    posts::visibility.eq(public).or(posts::visibility.eq(unlisted))
}

#[dsl::auto_type]
fn mentions(me: AccountId) -> _ {
    dsl::exists(
        post_mentions::table.filter(post_mentions::post_id.eq(posts::id)).filter(post_mentions::account_id.eq(me)),
    )
}

#[dsl::auto_type]
fn is_for_follower(me: AccountId) -> _ {
    let private: Visibility = Visibility::Private;
    let accepted: State = State::Accepted;
    posts::visibility.eq(private).and(dsl::exists(
        follows::table
            .filter(follows::account_id.eq(me))
            .filter(follows::target_id.eq(posts::account_id))
            .filter(follows::state.eq(accepted)),
    ))
}

#[dsl::auto_type]
fn is_by_somebody_blocking(me: AccountId) -> _ {
    dsl::exists(blocks::table.filter(blocks::account_id.eq(posts::account_id)).filter(blocks::target_id.eq(me)))
}

/// [`visible_to`] for nobody in particular, usable in joins.
#[dsl::auto_type]
pub fn open_to_anybody() -> _ {
    let there: is_there = is_there();
    let for_everybody: is_for_everybody = is_for_everybody();
    there.and(for_everybody)
}

/// [`visible_to`] for one account, usable in joins.
#[dsl::auto_type]
pub fn open_to(me: AccountId) -> _ {
    let there: is_there = is_there();
    let for_everybody: is_for_everybody = is_for_everybody();
    let for_mentioned: mentions = mentions(me);
    let for_follower: is_for_follower = is_for_follower(me);
    let blocked: is_by_somebody_blocking = is_by_somebody_blocking(me);
    there.and(for_everybody.or(posts::account_id.eq(me)).or(for_mentioned).or(for_follower)).and(dsl::not(blocked))
}

/// The post, if `viewer` may see it.
pub fn find_visible(conn: &mut Conn, id: PostId, viewer: Option<AccountId>) -> Result<Option<Post>> {
    Ok(posts::table
        .filter(posts::id.eq(id))
        .filter(visible_to(viewer))
        .select(Post::as_select())
        .first(conn)
        .optional()?)
}

/// Like [`find_visible`]; a post that is not there and one that is not for `viewer` are the same error.
pub fn get_visible(conn: &mut Conn, id: PostId, viewer: Option<AccountId>) -> Result<Post> {
    find_visible(conn, id, viewer)?.ok_or(Error::NotFound("post"))
}

/// The post or, of a boost, the post that was boosted: what replies, favourites and the like are meant for.
pub fn get_original(conn: &mut Conn, id: PostId, viewer: Option<AccountId>) -> Result<Post> {
    let post = get_visible(conn, id, viewer)?;
    match post.boost_of_id {
        Some(original) => get_visible(conn, original, viewer),
        None => Ok(post),
    }
}

/// Whether `viewer` may see a post that is already loaded, as the database stands now.
pub fn may_see(conn: &mut Conn, post: &Post, viewer: Option<AccountId>) -> Result<bool> {
    let open = posts::table.filter(posts::id.eq(post.id)).filter(visible_to(viewer)).select(posts::id);
    Ok(open.first::<PostId>(conn).optional()?.is_some())
}
