//! Publishing, and what else the author of a post does with it: each function is one use case in one transaction.

mod boosts;
mod drafts;
pub(in crate::domain::posts) mod effects;
mod removal;
#[cfg(test)]
mod tests;

use diesel::prelude::*;

use super::polls::{self, Poll};
use super::visibility::get_original;
use super::{Post, PostKind, Visibility, queries};
use crate::context::Context;
use crate::db::schema::idempotency_keys;
use crate::db::{Conn, Json};
use crate::domain::accounts::Account;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{media, tags};
use crate::error::Result;
use crate::ids::{AccountId, PollId, PostId, TokenId};

pub(in crate::domain::posts) use boosts::{Made, record as record_boost};
pub use boosts::{boost, unboost};
pub use drafts::{NewPoll, NewPost, PublishLimits};
pub(in crate::domain::posts) use drafts::{Typed, check, language_of, write};
pub use removal::delete;
pub(in crate::domain::posts) use removal::remove;

/// Publishes a post of a local account. The same idempotency key gives the first post again, whatever else is asked for.
///
/// Errors: `Invalid` with the part that is wrong; `NotFound` if what it answers is not there for the author.
pub fn publish(conn: &mut Conn, cx: &Context, author: &Account, new: NewPost, limits: &PublishLimits) -> Result<Post> {
    let id: PostId = cx.id();
    if let Some((token, key)) = &new.idempotency
        && let Some(first) = claim_key(conn, cx, *token, key, id)?
    {
        return Ok(first);
    }
    let draft = check(
        &Typed {
            text: &new.text,
            spoiler_text: &new.spoiler_text,
            sensitive: new.sensitive,
            media: &new.media,
            poll: new.poll.as_ref(),
        },
        limits,
    )?;
    let parent = new.in_reply_to.map(|parent| get_original(conn, parent, Some(author.id))).transpose()?;
    let written = write(conn, cx, &draft.text, limits)?;
    let attachments = if new.media.is_empty() { Vec::new() } else { media::attach(conn, author.id, &new.media, id)? };
    let is_direct = new.visibility == Visibility::Direct
        || parent.as_ref().is_some_and(|parent| parent.visibility == Visibility::Direct);
    let post = Post {
        id,
        uri: cx.urls.post(&author.username, id),
        url: cx.urls.post_page(&author.username, id),
        account_id: author.id,
        is_local: true,
        kind: if draft.poll.is_some() { PostKind::Question } else { PostKind::Note },
        visibility: if is_direct { Visibility::Direct } else { new.visibility },
        title: None,
        content: written.content,
        language: language_of(new.language.as_deref(), author, &draft.text),
        source: Some(draft.text),
        spoiler_text: draft.spoiler_text,
        is_sensitive: draft.is_sensitive,
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_uri: parent.as_ref().map(|parent| parent.uri.clone()),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        thread_id: parent.as_ref().map_or(id, |parent| parent.thread_id),
        boost_of_id: None,
        poll_id: draft.poll.is_some().then(|| cx.id::<PollId>()),
        mentions: Json(written.mentions),
        tags: Json(written.tags),
        emojis: Json(Vec::new()),
        media: Json(attachments),
        app_id: new.app,
        acted_by: new.acted_by,
        replies_count: 0,
        boosts_count: 0,
        favourites_count: 0,
        created_at: cx.now,
        edited_at: None,
        deleted_at: None,
    };
    queries::insert(conn, &post)?;
    let mentioned: Vec<AccountId> = written.mentioned.iter().map(|account| account.id).collect();
    queries::insert_mentions(conn, id, &mentioned)?;
    tags::attach(conn, cx, id, &post.tags.0)?;
    if let (Some(poll_id), Some(poll)) = (post.poll_id, &draft.poll) {
        polls::insert(conn, cx, &Poll::new(cx, poll_id, id, poll))?;
    }
    effects::count(conn, author, &post)?;
    let here: Vec<AccountId> = written
        .mentioned
        .iter()
        .filter(|account| account.is_local() && account.id != author.id)
        .map(|account| account.id)
        .collect();
    effects::spread(conn, cx, &post, &here)?;
    if effects::concerns_others(conn, cx, &post)? {
        outgoing::tell(conn, cx, Outgoing::CreatePost { post: id })?;
    }
    Ok(post)
}

/// Takes an idempotency key for the post `id`, or gives the post that has it. A key whose post is gone is free again.
fn claim_key(conn: &mut Conn, cx: &Context, token: TokenId, key: &str, id: PostId) -> Result<Option<Post>> {
    let key = drafts::check_key(key)?;
    // Of two at once, the second waits here for the first to commit.
    let taken = crate::each_backend!(conn, |c| diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::token_id.eq(token),
            idempotency_keys::key.eq(key),
            idempotency_keys::post_id.eq(id),
            idempotency_keys::created_at.eq(cx.now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if taken == 1 {
        return Ok(None);
    }
    let row = idempotency_keys::table.find((token, key));
    let first: PostId = row.select(idempotency_keys::post_id).first(conn)?;
    if let Some(post) = queries::find(conn, first)?.filter(|post| post.deleted_at.is_none()) {
        return Ok(Some(post));
    }
    diesel::update(row)
        .set((idempotency_keys::post_id.eq(id), idempotency_keys::created_at.eq(cx.now)))
        .execute(conn)?;
    Ok(None)
}
