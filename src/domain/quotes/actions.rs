//! Beginning and ending quotes, and deciding who may quote.

use diesel::prelude::*;

use super::{Consent, Quote, QuotePolicy, State, consent, queries};
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{posts, quotes};
use crate::domain::accounts::Account;
use crate::domain::posts::actions::effects;
use crate::domain::posts::visibility::{get_original, get_visible};
use crate::domain::posts::{Post, queries as rows};
use crate::domain::{follows, notifications};
use crate::error::{Error, Result};
use crate::ids::{PostId, QuoteId};

/// The post that `author` wants to quote; of a boost, what it boosts. One that is not there for them and one that they may not quote are
/// the same error.
pub(in crate::domain) fn target(conn: &mut Conn, author: &Account, id: PostId) -> Result<Post> {
    let missing = || Error::NotFound("quoted post");
    let post = get_original(conn, id, Some(author.id)).map_err(|error| match error {
        Error::NotFound(_) => missing(),
        other => other,
    })?;
    let follows = follows::between(conn, author.id, post.account_id)?
        .is_some_and(|follow| follow.state == follows::State::Accepted);
    if consent(&post, Some(author.id), follows) == Consent::Denied { Err(missing()) } else { Ok(post) }
}

/// Writes that `post`, which was just inserted with this quote's id, quotes `quoted`, and what follows: the quoted author may see it,
/// and if they are here it counts and they are told. [`target`] has said that it may be.
pub(in crate::domain) fn begin(conn: &mut Conn, cx: &Context, id: QuoteId, post: &Post, quoted: &Post) -> Result<()> {
    let state = if quoted.is_local { State::Accepted } else { State::Pending };
    let row = Quote {
        id,
        post_id: post.id,
        account_id: post.account_id,
        quoted_id: Some(quoted.id),
        state,
        created_at: cx.now,
    };
    diesel::insert_into(quotes::table).values(&row).execute(conn)?;
    // Whoever is quoted may read what is made of it. Elsewhere that would carry a closed post to a server that it is not for.
    let is_new_reader = quoted.account_id != post.account_id && (quoted.is_local || post.is_for_everybody());
    if is_new_reader && !rows::mentioned_in(conn, post.id)?.contains(&quoted.account_id) {
        rows::insert_mentions(conn, post.id, &[quoted.account_id])?;
    }
    if state == State::Accepted {
        count(conn, quoted.id, 1)?;
        notifications::notify(conn, cx, quoted.account_id, post.account_id, notifications::Kind::Quote, Some(post.id))?;
    }
    Ok(())
}

fn count(conn: &mut Conn, quoted: PostId, by: i64) -> Result<()> {
    diesel::update(posts::table.find(quoted).filter(posts::quotes_count.ge(-by)))
        .set(posts::quotes_count.eq(posts::quotes_count + by))
        .execute(conn)?;
    Ok(())
}

/// Forgets what a post quotes, as when it is deleted.
pub(in crate::domain) fn end(conn: &mut Conn, post: &Post) -> Result<()> {
    let Some(id) = post.quote_id else { return Ok(()) };
    let ended: Option<Quote> = diesel::delete(quotes::table.find(id)).get_result(conn).optional()?;
    match ended {
        Some(Quote { quoted_id: Some(quoted), state: State::Accepted, .. }) => count(conn, quoted, -1),
        _ => Ok(()),
    }
}

/// Posts that quote a deleted post stay, as quotes of something that is gone.
pub(in crate::domain) fn orphan(conn: &mut Conn, quoted: PostId) -> Result<()> {
    diesel::update(quotes::table.filter(quotes::quoted_id.eq(quoted)))
        .set((quotes::state.eq(State::Deleted), quotes::quoted_id.eq(None::<PostId>)))
        .execute(conn)?;
    Ok(())
}

/// Takes an own post out of a post that quotes it, and gives that post. A second time changes nothing. Errors: `quoted` is not there for
/// `account` or not quoted by `quoting`, or somebody else's.
pub fn revoke(conn: &mut Conn, cx: &Context, account: &Account, quoted: PostId, quoting: PostId) -> Result<Post> {
    let post = get_visible(conn, quoted, Some(account.id))?;
    if post.account_id != account.id {
        return Err(Error::forbidden("This action is not allowed"));
    }
    let quote = queries::find(conn, quoting)?
        .filter(|quote| quote.quoted_id == Some(quoted))
        .ok_or(Error::NotFound("quote"))?;
    let state = match quote.state {
        State::Accepted => State::Revoked,
        State::Pending => State::Rejected,
        State::Rejected | State::Revoked | State::Deleted => return rows::get(conn, quoting),
    };
    // Of two at once, one counts.
    let held = quotes::table.find(quote.id).filter(quotes::state.eq(quote.state));
    let changed = diesel::update(held).set(quotes::state.eq(state)).execute(conn)?;
    if changed > 0 && state == State::Revoked {
        count(conn, quoted, -1)?;
    }
    let quoting = rows::get(conn, quoting)?;
    effects::refresh(conn, cx, &quoting)?;
    Ok(quoting)
}

/// Says who may quote an own post from now on; quotes that are there stay. Posts that are not for everybody stay closed. Error: no such
/// post of that account.
pub fn set_policy(conn: &mut Conn, cx: &Context, account: &Account, id: PostId, policy: QuotePolicy) -> Result<Post> {
    let post = rows::find_own(conn, account.id, id)?
        .filter(|post| post.boost_of_id.is_none())
        .ok_or(Error::NotFound("post"))?;
    let policy = policy.within(post.visibility);
    if post.quote_policy == policy {
        return Ok(post);
    }
    diesel::update(posts::table.find(id)).set(posts::quote_policy.eq(policy)).execute(conn)?;
    let post = Post { quote_policy: policy, ..post };
    effects::refresh(conn, cx, &post)?;
    Ok(post)
}
