//! Everything about a new post that can be refused, found out before anything is written.

use super::drafts::{Draft, NewPost, PublishLimits, Typed, Written, check, with_quote, write};
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::posts::visibility::get_original;
use crate::domain::posts::{Post, Visibility};
use crate::domain::quotes;
use crate::error::{Error, Result};

/// A new post that may be written, but for its files.
pub(super) struct Ready {
    pub draft: Draft,
    pub written: Written,
    /// What it answers.
    pub parent: Option<Post>,
    /// What it quotes.
    pub quoted: Option<Post>,
    /// Who may see it, which what it answers and quotes can narrow.
    pub visibility: Visibility,
}

/// Errors: as of publishing.
pub(super) fn prepare(
    conn: &mut Conn,
    cx: &Context,
    author: &Account,
    new: &NewPost,
    limits: &PublishLimits,
) -> Result<Ready> {
    let draft = check(
        &Typed {
            text: &new.text,
            spoiler_text: &new.spoiler_text,
            sensitive: new.sensitive,
            media: &new.media,
            poll: new.poll.as_ref(),
            is_quote: new.quote.is_some(),
        },
        limits,
    )?;
    let parent = new.in_reply_to.map(|parent| get_original(conn, parent, Some(author.id))).transpose()?;
    let quoted = new.quote.map(|quoted| quotes::target(conn, author, quoted)).transpose()?;
    let mut written = write(conn, cx, &draft.text, limits)?;
    let visibility = narrowed(new.visibility, parent.as_ref(), quoted.as_ref());
    if let Some(quoted) = &quoted {
        let is_named =
            quoted.account_id == author.id || written.mentioned.iter().any(|account| account.id == quoted.account_id);
        if visibility == Visibility::Direct && !is_named {
            return Err(Error::invalid(
                "quoted_status_id",
                "can be quoted in a direct message only if its author is mentioned",
            ));
        }
        written.content = with_quote(written.content, quoted);
    }
    Ok(Ready { draft, written, parent, quoted, visibility })
}

/// An answer to a direct message is one; what quotes something for followers is for followers at most.
fn narrowed(wanted: Visibility, parent: Option<&Post>, quoted: Option<&Post>) -> Visibility {
    let is_direct = |post: &Post| post.visibility == Visibility::Direct;
    let is_private = |post: &Post| post.visibility == Visibility::Private;
    if parent.is_some_and(is_direct) {
        Visibility::Direct
    } else if quoted.is_some_and(is_private) {
        wanted.max(Visibility::Private)
    } else {
        wanted
    }
}

/// Whom a new post would mention. Errors: as of publishing.
pub fn would_mention(
    conn: &mut Conn,
    cx: &Context,
    author: &Account,
    new: &NewPost,
    limits: &PublishLimits,
) -> Result<Vec<Account>> {
    Ok(prepare(conn, cx, author, new, limits)?.written.mentioned)
}

/// Refuses what publishing would refuse now, but for files, and gives who would see the post.
pub(in crate::domain) fn rehearse(
    conn: &mut Conn,
    cx: &Context,
    author: &Account,
    new: &NewPost,
    limits: &PublishLimits,
) -> Result<Visibility> {
    Ok(prepare(conn, cx, author, new, limits)?.visibility)
}
