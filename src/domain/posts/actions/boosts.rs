//! Boosting a post and taking that back.

use diesel::prelude::*;

use super::effects::uncount;
use crate::context::Context;
use crate::db::schema::{home_entries, posts};
use crate::db::{Conn, Json};
use crate::domain::accounts::{self as people, Account};
use crate::domain::events::{self, Event};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::marks::{self, Mark, MarkKind};
use crate::domain::posts::visibility::{get_original, get_visible};
use crate::domain::posts::{Post, PostKind, Visibility, queries};
use crate::domain::quotes::QuotePolicy;
use crate::domain::{notifications, search, timelines};
use crate::error::{Error, Result};
use crate::ids::{AppId, MarkId, PostId, UserId};
use crate::time::Time;

/// Boosts a post; a second time gives the boost that is there. Errors: not visible, or neither for everybody nor one's own.
pub fn boost(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    id: PostId,
    visibility: Visibility,
    app: Option<AppId>,
    acted_by: Option<UserId>,
) -> Result<Post> {
    let original = get_original(conn, id, Some(account.id))?;
    let visibility = match (original.visibility, visibility) {
        (Visibility::Public | Visibility::Unlisted, Visibility::Direct) => {
            return Err(Error::invalid("visibility", "of a boost cannot be direct"));
        }
        (Visibility::Public | Visibility::Unlisted, wanted) => wanted,
        (Visibility::Private, _) if original.account_id == account.id => Visibility::Private,
        (Visibility::Private | Visibility::Direct, _) => return Err(Error::forbidden("This action is not allowed")),
    };
    let post_id: PostId = cx.id();
    let made = Made {
        id: post_id,
        uri: cx.urls.post(&account.username, post_id),
        url: cx.urls.post_page(&account.username, post_id),
        visibility,
        app,
        acted_by,
        created_at: cx.now,
    };
    match record(conn, cx, account, &original, made)? {
        Some(boost) => {
            if !original.is_local || queries::has_remote_followers(conn, account.id)? {
                outgoing::tell(conn, cx, Outgoing::Boost { post: boost.id })?;
            }
            Ok(boost)
        }
        None => queries::find_boost(conn, account.id, original.id)?
            .ok_or_else(|| Error::Conflict("the boost was taken back just now".into())),
    }
}

/// What tells one boost from another.
pub(in crate::domain::posts) struct Made {
    pub id: PostId,
    pub uri: String,
    pub url: String,
    pub visibility: Visibility,
    pub app: Option<AppId>,
    pub acted_by: Option<UserId>,
    pub created_at: Time,
}

/// Writes a boost with everything that follows from it here; `None` if this account already boosted the post, or the boost
/// is known.
pub(in crate::domain::posts) fn record(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    original: &Post,
    made: Made,
) -> Result<Option<Post>> {
    // The mark goes first: of two at once, one finds it taken.
    let mark = Mark {
        id: cx.id::<MarkId>(),
        account_id: account.id,
        post_id: original.id,
        kind: MarkKind::Boost,
        uri: Some(made.uri.clone()),
        created_at: cx.now,
    };
    if !marks::insert(conn, &mark)? {
        return Ok(None);
    }
    let boost = Post {
        id: made.id,
        uri: made.uri,
        url: made.url,
        account_id: account.id,
        is_local: account.is_local(),
        kind: PostKind::Announce,
        visibility: made.visibility,
        title: None,
        content: String::new(),
        source: None,
        spoiler_text: String::new(),
        is_sensitive: false,
        language: None,
        in_reply_to_id: None,
        in_reply_to_uri: None,
        in_reply_to_account_id: None,
        thread_id: made.id,
        boost_of_id: Some(original.id),
        poll_id: None,
        quote_id: None,
        quote_policy: QuotePolicy::Nobody,
        mentions: Json(Vec::new()),
        tags: Json(Vec::new()),
        emojis: Json(Vec::new()),
        media: Json(Vec::new()),
        app_id: made.app,
        acted_by: made.acted_by,
        replies_count: 0,
        boosts_count: 0,
        favourites_count: 0,
        quotes_count: 0,
        created_at: made.created_at,
        edited_at: None,
        deleted_at: None,
    };
    if !queries::insert_if_new(conn, &boost)? {
        marks::delete(conn, account.id, original.id, MarkKind::Boost)?;
        return Ok(None);
    }
    diesel::update(posts::table.find(original.id))
        .set(posts::boosts_count.eq(posts::boosts_count + 1))
        .execute(conn)?;
    if account.is_local() {
        search::refresh(conn, &[original.id])?;
    }
    let latest = account.last_status_at.map_or(boost.created_at, |last| last.max(boost.created_at));
    people::actions::note_post(conn, account.id, latest)?;
    timelines::fan_out(conn, &boost)?;
    if original.is_local {
        notifications::notify(
            conn,
            cx,
            original.account_id,
            account.id,
            notifications::Kind::Reblog,
            Some(original.id),
        )?;
    }
    events::record(conn, cx, Event::PostAdded { post: boost.id })?;
    Ok(Some(boost))
}

/// Takes a boost back and gives the post that was boosted; `id` may be either. Nothing happens if there is no boost.
pub fn unboost(conn: &mut Conn, cx: &Context, account: &Account, id: PostId) -> Result<Post> {
    let original = match queries::find_own(conn, account.id, id)?.and_then(|post| post.boost_of_id) {
        Some(original) => original,
        None => id,
    };
    let Some(boost) = queries::find_boost(conn, account.id, original)? else {
        return get_visible(conn, original, Some(account.id));
    };
    take_back(conn, cx, &boost)?;
    queries::get(conn, original)
}

/// Deletes a boost of this server: its row stays as a tombstone.
pub(super) fn take_back(conn: &mut Conn, cx: &Context, boost: &Post) -> Result<()> {
    forget(conn, boost)?;
    diesel::update(posts::table.find(boost.id)).set(posts::deleted_at.eq(cx.now)).execute(conn)?;
    diesel::delete(home_entries::table.filter(home_entries::post_id.eq(boost.id))).execute(conn)?;
    events::record(conn, cx, Event::PostDeleted { post: boost.id, account: boost.account_id })?;
    let original = boost.boost_of_id.map(|id| queries::find(conn, id)).transpose()?.flatten();
    if let Some(original) = &original {
        search::refresh(conn, &[original.id])?;
    }
    if original.is_some_and(|original| !original.is_local) || queries::has_remote_followers(conn, boost.account_id)? {
        outgoing::tell(conn, cx, Outgoing::UndoBoost { post: boost.id })?;
    }
    Ok(())
}

/// Removes what a boost left behind besides its row: counts, the mark and the notification.
pub(in crate::domain::posts) fn forget(conn: &mut Conn, boost: &Post) -> Result<()> {
    uncount(conn, boost)?;
    if let Some(original) = boost.boost_of_id {
        marks::delete(conn, boost.account_id, original, MarkKind::Boost)?;
        notifications::remove(conn, boost.account_id, notifications::Kind::Reblog, Some(original))?;
    }
    Ok(())
}
