//! Publishing, and what else the author of a post does with it: each function is one use case in one transaction.

mod boosts;
mod drafts;
pub(in crate::domain) mod effects;
pub(in crate::domain) mod idempotency;
mod ready;
mod removal;
#[cfg(test)]
mod tests;

use super::polls::{self, Poll};
use super::{Post, PostKind, queries};
use crate::context::Context;
use crate::db::{Conn, Json};
use crate::domain::accounts::Account;
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{custom_emojis, media, preview_cards, quotes, scheduled_posts, search, tags};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PollId, PostId, QuoteId, ScheduledPostId};

pub(in crate::domain::posts) use boosts::{Made, record as record_boost};
pub use boosts::{boost, unboost};
pub use drafts::{NewPoll, NewPost, PublishLimits};
pub(in crate::domain::posts) use drafts::{Typed, check, language_of, with_quote, write};
pub(in crate::domain) use ready::rehearse;
pub use ready::would_mention;
use ready::{Ready, prepare};
pub use removal::delete;
pub(in crate::domain::posts) use removal::remove;

/// Publishes a post of a local account. The same idempotency key gives the first post again, whatever else is asked for.
///
/// Errors: `Invalid` with the part that is wrong; `NotFound` if what it answers is not there for the author, or what it quotes is not there
/// or not for them to quote; `Conflict` if the key belongs to a post that is scheduled.
pub fn publish(conn: &mut Conn, cx: &Context, author: &Account, new: NewPost, limits: &PublishLimits) -> Result<Post> {
    let id: PostId = cx.id();
    if let Some((token, key)) = &new.idempotency
        && let Some(first) = idempotency::claim(conn, cx, *token, key, id.0)?
    {
        if let Some(post) = queries::find(conn, PostId(first))?.filter(|post| post.deleted_at.is_none()) {
            return Ok(post);
        }
        if scheduled_posts::find(conn, ScheduledPostId(first))?.is_some() {
            return Err(Error::Conflict("this idempotency key belongs to a post that is scheduled".into()));
        }
        idempotency::take_over(conn, cx, *token, key, id.0)?;
    }
    let Ready { draft, written, parent, quoted, visibility } = prepare(conn, cx, author, &new, limits)?;
    let attachments = if new.media.is_empty() { Vec::new() } else { media::attach(conn, author.id, &new.media, id)? };
    let emojis = custom_emojis::used_in(conn, &cx.urls, draft.texts())?;
    let post = Post {
        id,
        uri: cx.urls.post(&author.username, id),
        url: cx.urls.post_page(&author.username, id),
        account_id: author.id,
        is_local: true,
        kind: if draft.poll.is_some() { PostKind::Question } else { PostKind::Note },
        visibility,
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
        quote_id: quoted.is_some().then(|| cx.id::<QuoteId>()),
        quote_policy: new.quote_policy.unwrap_or(author.default_quote_policy).within(visibility),
        mentions: Json(written.mentions),
        tags: Json(written.tags),
        emojis: Json(emojis),
        media: Json(attachments),
        app_id: new.app,
        acted_by: new.acted_by,
        replies_count: 0,
        boosts_count: 0,
        favourites_count: 0,
        quotes_count: 0,
        created_at: cx.now,
        edited_at: None,
        deleted_at: None,
    };
    queries::insert(conn, &post)?;
    let mentioned: Vec<AccountId> = written.mentioned.iter().map(|account| account.id).collect();
    queries::insert_mentions(conn, id, &mentioned)?;
    tags::attach(conn, cx, id, &post.tags.0)?;
    preview_cards::attach(conn, cx, &post)?;
    if let (Some(poll_id), Some(poll)) = (post.poll_id, &draft.poll) {
        polls::insert(conn, cx, &Poll::new(cx, poll_id, id, poll))?;
    }
    if let (Some(quote_id), Some(quoted)) = (post.quote_id, &quoted) {
        quotes::begin(conn, cx, quote_id, &post, quoted)?;
    }
    search::add(conn, author, &post, draft.poll.as_ref().map_or(&[], |poll| poll.options.as_slice()))?;
    effects::count(conn, author, &post)?;
    let here: Vec<AccountId> = written
        .mentioned
        .iter()
        .filter(|account| account.is_local() && account.id != author.id)
        .map(|account| account.id)
        .collect();
    effects::spread(conn, cx, &post, &here)?;
    let quotes_others = post.is_for_everybody() && quoted.is_some_and(|quoted| !quoted.is_local);
    if quotes_others || effects::concerns_others(conn, cx, &post)? {
        outgoing::tell(conn, cx, Outgoing::CreatePost { post: id })?;
    }
    Ok(post)
}
