//! Editing: a post is replaced as a whole, and what it was before stays in its history.

use std::collections::HashSet;

use diesel::prelude::*;

use super::actions::effects::{self, ever_concerned_others};
use super::actions::{NewPoll, PublishLimits, Typed, check, with_quote, write};
use super::marks::MarkKind;
use super::polls::{self, Poll};
use super::{Attachment, Mention, Post, PostKind, TagName, Visibility, queries};
use crate::context::Context;
use crate::db::schema::{accounts, marks, post_edits, posts};
use crate::db::{Conn, Json};
use crate::domain::accounts::{Account, Emoji};
use crate::domain::events::{self, Event};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::quotes::{self, QuotePolicy};
use crate::domain::{custom_emojis, direct_threads, featured_tags, media, notifications, preview_cards, search, tags};
use crate::error::{Error, Result};
use crate::ids::{AccountId, MediaId, PollId, PostId};
use crate::text::language;
use crate::time::Time;

/// How many earlier versions of a post are kept; of more, the original and the latest.
const VERSIONS_KEPT: i64 = 100;
/// How many local accounts that boosted a post are notified of an edit.
const NOTIFIED: i64 = 1000;

/// What a post becomes: everything is replaced, what is left out is cleared. Visibility and what it answers stay.
#[derive(Debug, Clone)]
pub struct PostEdit {
    /// As typed.
    pub text: String,
    /// The content warning, plain text; empty for none.
    pub spoiler_text: String,
    /// Whether media are hidden at first.
    pub sensitive: bool,
    /// A language code; absent leaves it as it is.
    pub language: Option<String>,
    /// Attached already or uploaded since, in the order to be shown.
    pub media: Vec<MediaId>,
    /// A poll; other options than before start it anew.
    pub poll: Option<NewPoll>,
    /// Who may quote it from now on; absent leaves it as it is.
    pub quote_policy: Option<QuotePolicy>,
}

/// A state of a post.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = post_edits)]
pub struct Version {
    /// Sanitised HTML.
    pub content: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub media: Json<Vec<Attachment>>,
    /// The options of its poll.
    pub poll_options: Option<Json<Vec<String>>>,
    /// When it became so.
    pub created_at: Time,
}

/// Edits a post of a local account. Nothing happens if nothing changes. Errors: as of publishing; no such post of that account.
pub fn edit(
    conn: &mut Conn,
    cx: &Context,
    account: &Account,
    id: PostId,
    edit: PostEdit,
    limits: &PublishLimits,
) -> Result<Post> {
    let before = queries::find_own(conn, account.id, id)?
        .filter(|post| post.boost_of_id.is_none())
        .ok_or(Error::NotFound("post"))?;
    let draft = check(
        &Typed {
            text: &edit.text,
            spoiler_text: &edit.spoiler_text,
            sensitive: edit.sensitive,
            media: &edit.media,
            poll: edit.poll.as_ref(),
            is_quote: before.quote_id.is_some(),
        },
        limits,
    )?;
    let before = match edit.quote_policy {
        Some(policy) => quotes::set_policy(conn, cx, account, id, policy)?,
        None => before,
    };
    let mut written = write(conn, cx, &draft.text, limits)?;
    if let Some(quoted) = quotes::quoted_by(conn, &before)? {
        written.content = with_quote(written.content, &quoted);
    }
    if !before.media.0.is_empty() {
        media::detach(conn, cx, id)?;
    }
    let attachments =
        if edit.media.is_empty() { Vec::new() } else { media::attach(conn, account.id, &edit.media, id)? };
    let options = options_of(conn, &before)?;
    let poll_id = change_poll(conn, cx, &before, draft.poll.as_ref())?;
    let emojis = custom_emojis::used_in(conn, &cx.urls, draft.texts())?;
    let after = Post {
        kind: if poll_id.is_some() { PostKind::Question } else { PostKind::Note },
        content: written.content,
        source: Some(draft.text),
        spoiler_text: draft.spoiler_text,
        is_sensitive: draft.is_sensitive,
        language: edit.language.as_deref().and_then(language::normalize).or_else(|| before.language.clone()),
        poll_id,
        mentions: Json(written.mentions),
        tags: Json(written.tags),
        emojis: Json(emojis),
        media: Json(attachments),
        edited_at: Some(cx.now),
        ..before.clone()
    };
    if !differs(&before, &after) {
        if draft.poll.is_some() {
            // The same poll, and perhaps another end.
            effects::refresh(conn, cx, &before)?;
        }
        return Ok(before);
    }
    replace(conn, cx, &before, options, &after, &written.mentioned, true)?;
    if ever_concerned_others(conn, cx, &after)? || ever_concerned_others(conn, cx, &before)? {
        outgoing::tell(conn, cx, Outgoing::UpdatePost { post: id })?;
    }
    Ok(after)
}

/// All states of a post, the first written first, the last as it is now.
pub fn history(conn: &mut Conn, post: &Post) -> Result<Vec<Version>> {
    let mut versions: Vec<Version> = post_edits::table
        .filter(post_edits::post_id.eq(post.id))
        .order(post_edits::id.asc())
        .limit(VERSIONS_KEPT)
        .select(Version::as_select())
        .load(conn)?;
    versions.push(Version {
        content: post.content.clone(),
        spoiler_text: post.spoiler_text.clone(),
        is_sensitive: post.is_sensitive,
        media: post.media.clone(),
        poll_options: options_of(conn, post)?.map(Json),
        created_at: post.edited_at.unwrap_or(post.created_at),
    });
    Ok(versions)
}

/// The options of a post's poll.
pub(super) fn options_of(conn: &mut Conn, post: &Post) -> Result<Option<Vec<String>>> {
    let poll = post.poll_id.map(|id| polls::find(conn, id)).transpose()?.flatten();
    Ok(poll.map(|poll| poll.options.0))
}

/// Brings the poll of a local post to what the edit says and gives its id. The same options keep their votes.
fn change_poll(conn: &mut Conn, cx: &Context, post: &Post, new: Option<&NewPoll>) -> Result<Option<PollId>> {
    let old = post.poll_id.map(|id| polls::find(conn, id)).transpose()?.flatten();
    match (old, new) {
        (Some(old), Some(new)) if old.options.0 == new.options && old.is_multiple == new.is_multiple => {
            polls::prolong(conn, cx, &old, new)?;
            Ok(Some(old.id))
        }
        (old, new) => {
            if let Some(old) = old {
                polls::delete(conn, old.id)?;
            }
            let Some(new) = new else {
                return Ok(None);
            };
            let id: PollId = cx.id();
            polls::insert(conn, cx, &Poll::new(cx, id, post.id, new))?;
            Ok(Some(id))
        }
    }
}

/// Whether an edit changes anything that is shown.
pub(super) fn differs(before: &Post, after: &Post) -> bool {
    before.content != after.content
        || before.source != after.source
        || before.kind != after.kind
        || before.title != after.title
        || before.spoiler_text != after.spoiler_text
        || before.is_sensitive != after.is_sensitive
        || before.language != after.language
        || before.poll_id != after.poll_id
        || before.mentions != after.mentions
        || before.tags != after.tags
        || before.emojis != after.emojis
        || before.media != after.media
}

/// The columns that an edit sets.
#[derive(AsChangeset)]
#[diesel(table_name = posts, treat_none_as_null = true)]
struct Columns<'a> {
    kind: PostKind,
    title: Option<&'a str>,
    content: &'a str,
    source: Option<&'a str>,
    spoiler_text: &'a str,
    is_sensitive: bool,
    language: Option<&'a str>,
    poll_id: Option<PollId>,
    mentions: &'a Json<Vec<Mention>>,
    tags: &'a Json<Vec<TagName>>,
    emojis: &'a Json<Vec<Emoji>>,
    media: &'a Json<Vec<Attachment>>,
    edited_at: Option<Time>,
}

/// Replaces a post by its next state and does what follows. `options`: of the poll it had before. `mentioned`: whom it names now.
/// Those named before may still see it. `is_new`: whether the edit is recent enough to notify of.
pub(super) fn replace(
    conn: &mut Conn,
    cx: &Context,
    before: &Post,
    options: Option<Vec<String>>,
    after: &Post,
    mentioned: &[Account],
    is_new: bool,
) -> Result<()> {
    keep_version(conn, cx, before, options)?;
    let columns = Columns {
        kind: after.kind,
        title: after.title.as_deref(),
        content: &after.content,
        source: after.source.as_deref(),
        spoiler_text: &after.spoiler_text,
        is_sensitive: after.is_sensitive,
        language: after.language.as_deref(),
        poll_id: after.poll_id,
        mentions: &after.mentions,
        tags: &after.tags,
        emojis: &after.emojis,
        media: &after.media,
        edited_at: after.edited_at,
    };
    diesel::update(posts::table.find(after.id)).set(columns).execute(conn)?;
    if before.tags != after.tags {
        tags::detach(conn, after.id)?;
        tags::attach(conn, cx, after.id, &after.tags.0)?;
        featured_tags::uncount(conn, before, &before.tags.0)?;
        featured_tags::count(conn, after, &after.tags.0)?;
    }
    if before.content != after.content {
        preview_cards::detach(conn, after.id)?;
        preview_cards::attach(conn, cx, after)?;
    }
    let known: HashSet<AccountId> = queries::mentioned_in(conn, after.id)?.into_iter().collect();
    // Mentions of strangers in posts of other servers matter to nobody here.
    let added: Vec<&Account> = mentioned
        .iter()
        .filter(|account| (after.is_local || account.is_local()) && !known.contains(&account.id))
        .collect();
    let ids: Vec<AccountId> = added.iter().map(|account| account.id).collect();
    queries::insert_mentions(conn, after.id, &ids)?;
    if is_new {
        for account in added.iter().filter(|account| account.is_local()) {
            notifications::notify(
                conn,
                cx,
                account.id,
                after.account_id,
                notifications::Kind::Mention,
                Some(after.id),
            )?;
        }
        for booster in local_boosters(conn, after.id)? {
            notifications::notify(conn, cx, booster, after.account_id, notifications::Kind::Update, Some(after.id))?;
        }
        for (quoter, quoting) in quotes::local_quoters(conn, after.id)? {
            notifications::notify(
                conn,
                cx,
                quoter,
                after.account_id,
                notifications::Kind::QuotedUpdate,
                Some(quoting),
            )?;
        }
        if after.visibility == Visibility::Direct && !added.is_empty() {
            direct_threads::touch(conn, cx, after)?;
        }
    }
    search::refresh(conn, &[after.id])?;
    events::record(conn, cx, Event::PostEdited { post: after.id })
}

/// Writes down what a post was. Of very many versions, the second is dropped for each new one.
fn keep_version(conn: &mut Conn, cx: &Context, before: &Post, options: Option<Vec<String>>) -> Result<()> {
    let kept: i64 = post_edits::table.filter(post_edits::post_id.eq(before.id)).count().get_result(conn)?;
    if kept >= VERSIONS_KEPT {
        let second: Option<i64> = post_edits::table
            .filter(post_edits::post_id.eq(before.id))
            .order(post_edits::id.asc())
            .offset(1)
            .select(post_edits::id)
            .first(conn)
            .optional()?;
        if let Some(second) = second {
            diesel::delete(post_edits::table.find(second)).execute(conn)?;
        }
    }
    diesel::insert_into(post_edits::table)
        .values((
            post_edits::id.eq(cx.id::<i64>()),
            post_edits::post_id.eq(before.id),
            post_edits::content.eq(&before.content),
            post_edits::source.eq(&before.source),
            post_edits::spoiler_text.eq(&before.spoiler_text),
            post_edits::is_sensitive.eq(before.is_sensitive),
            post_edits::media.eq(&before.media),
            post_edits::poll_options.eq(options.map(Json)),
            post_edits::created_at.eq(before.edited_at.unwrap_or(before.created_at)),
        ))
        .execute(conn)?;
    Ok(())
}

fn local_boosters(conn: &mut Conn, post: PostId) -> Result<Vec<AccountId>> {
    Ok(marks::table
        .inner_join(accounts::table.on(accounts::id.eq(marks::account_id)))
        .filter(marks::post_id.eq(post))
        .filter(marks::kind.eq(MarkKind::Boost))
        .filter(accounts::domain.eq(""))
        .order(marks::id.desc())
        .limit(NOTIFIED)
        .select(marks::account_id)
        .load(conn)?)
}
