//! Boosts and favourites by accounts of other servers, and what they pin on their profiles.

use super::{bury_unseen, dated_id, is_settled};
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::posts::actions::{Made, record_boost, remove};
use crate::domain::posts::marks::{self, Mark, MarkKind};
use crate::domain::posts::visibility::get_original;
use crate::domain::posts::{Post, Visibility, queries};
use crate::error::{Error, Result};
use crate::ids::PostId;
use crate::time::Time;

/// The longest id of an activity that is kept, in bytes.
const MAX_URI: usize = 2048;

/// The post, or what it boosts, if `account` may see it.
fn find_target(conn: &mut Conn, account: &Account, id: PostId) -> Result<Option<Post>> {
    match get_original(conn, id, Some(account.id)) {
        Ok(post) => Ok(Some(post)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Keeps a boost by an account of another server. `None` if it is known, was taken back, or the post is not that account's to
/// boost.
pub fn receive_boost(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    object: PostId,
    uri: &str,
    published: Time,
) -> Result<Option<Post>> {
    if account.is_local()
        || !account.is_active()
        || uri.len() > MAX_URI
        || cx.urls.is_ours(uri)
        || is_settled(conn, uri)?
    {
        return Ok(None);
    }
    let Some(original) = find_target(conn, account, object)? else {
        return Ok(None);
    };
    let visibility = match original.visibility {
        // A boost never widens who may see what is boosted.
        Visibility::Public | Visibility::Unlisted => original.visibility,
        Visibility::Private if original.account_id == account.id => Visibility::Private,
        Visibility::Private | Visibility::Direct => return Ok(None),
    };
    let published = Time(published.0.clamp(0, cx.now.0));
    let made = Made {
        id: dated_id(conn, cx, published, uri)?,
        uri: uri.to_owned(),
        url: original.url.clone(),
        visibility,
        app: None,
        acted_by: None,
        created_at: published,
    };
    record_boost(conn, cx, account, &original, made)
}

/// Takes back a boost by an account of another server, named by its id or by what it boosted. False if there is none.
pub fn receive_undo_boost(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    uri: Option<&str>,
    object: Option<PostId>,
) -> Result<bool> {
    let is_theirs = |post: &Post| {
        post.account_id == account.id && post.boost_of_id.is_some() && post.deleted_at.is_none() && !post.is_local
    };
    let named = match uri {
        Some(uri) => queries::find_by_uri(conn, uri)?.filter(is_theirs),
        None => None,
    };
    let found = match (named, object) {
        (Some(boost), _) => Some(boost),
        (None, Some(object)) => queries::find_boost(conn, account.id, object)?.filter(is_theirs),
        (None, None) => None,
    };
    match (found, uri) {
        (Some(boost), _) => {
            remove(conn, cx, &boost)?;
            Ok(true)
        }
        (None, Some(uri)) => {
            bury_unseen(conn, cx, uri, account)?;
            Ok(false)
        }
        (None, None) => Ok(false),
    }
}

/// Keeps a favourite by an account of another server. False if it is known, was taken back, or the post is not for that account to see.
pub fn receive_favourite(conn: &mut Conn, cx: &Context, account: &Account, object: PostId, uri: &str) -> Result<bool> {
    if account.is_local()
        || !account.is_active()
        || uri.len() > MAX_URI
        || cx.urls.is_ours(uri)
        || is_settled(conn, uri)?
    {
        return Ok(false);
    }
    let Some(post) = find_target(conn, account, object)? else {
        return Ok(false);
    };
    let mark = Mark {
        id: cx.id(),
        account_id: account.id,
        post_id: post.id,
        kind: MarkKind::Favourite,
        uri: Some(uri.to_owned()),
        created_at: cx.now,
    };
    marks::record_favourite(conn, cx, &post, &mark)
}

/// Takes back a favourite by an account of another server, named by its id or by the post. False if there is none.
pub fn receive_undo_favourite(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    uri: Option<&str>,
    object: Option<PostId>,
) -> Result<bool> {
    let named = match uri {
        Some(uri) => marks::find_by_uri(conn, account.id, uri)?
            .filter(|mark| mark.kind == MarkKind::Favourite)
            .map(|mark| mark.post_id),
        None => None,
    };
    if let Some(post) = named.or(object)
        && marks::forget_favourite(conn, account.id, post)?.is_some()
    {
        return Ok(true);
    }
    if let Some(uri) = uri {
        bury_unseen(conn, cx, uri, account)?;
    }
    Ok(false)
}

/// The known post of an account of another server with this id, if that account may pin it.
fn find_pinnable(conn: &mut Conn, author: &Account, uri: &str) -> Result<Option<Post>> {
    Ok(queries::find_by_uri(conn, uri)?.filter(|post| {
        post.account_id == author.id
            && !post.is_local
            && post.boost_of_id.is_none()
            && post.deleted_at.is_none()
            && post.visibility != Visibility::Direct
    }))
}

/// An account of another server shows one of its posts first on its profile. False if the post is not known or somebody else's, if it
/// is pinned already, or one too many.
pub fn receive_pin(conn: &mut Conn, cx: &Context, author: &Account, uri: &str) -> Result<bool> {
    match find_pinnable(conn, author, uri)? {
        Some(post) => marks::record_pin(conn, cx, author, post.id),
        None => Ok(false),
    }
}

/// An account of another server does so no longer. False if there was nothing to take back.
pub fn receive_unpin(conn: &mut Conn, author: &Account, uri: &str) -> Result<bool> {
    match find_pinnable(conn, author, uri)? {
        Some(post) => Ok(marks::delete(conn, author.id, post.id, MarkKind::Pin)?.is_some()),
        None => Ok(false),
    }
}
