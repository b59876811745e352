//! Status and the shapes around it: StatusEdit, StatusSource, Context.

use serde::Serialize;

use super::account::{Account, CustomEmoji};
use super::card::PreviewCard;
use super::filter::FilterResult;
use super::media::MediaAttachment;
use super::poll::Poll;
use super::quote::{Quote, QuoteApproval};
use crate::context::{Context as Surroundings, Urls};
use crate::domain::accounts::Account as Person;
use crate::domain::posts::edits::Version;
use crate::domain::posts::marks::MarkKind;
use crate::domain::posts::views::{PostView, QuoteView};
use crate::domain::posts::{Mention as Named, Post, TagName, Visibility};
use crate::ids::{AccountId, PostId};
use crate::text;
use crate::time::Time;

/// A post or boost as one viewer sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    id: PostId,
    uri: String,
    url: Option<String>,
    created_at: String,
    edited_at: Option<String>,
    account: Account,
    /// Absent where the source is given instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// What was typed; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    visibility: Visibility,
    sensitive: bool,
    spoiler_text: String,
    media_attachments: Vec<MediaAttachment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<Application>,
    mentions: Vec<Mention>,
    tags: Vec<Tag>,
    emojis: Vec<CustomEmoji>,
    reblogs_count: i64,
    favourites_count: i64,
    quotes_count: i64,
    replies_count: i64,
    in_reply_to_id: Option<PostId>,
    in_reply_to_account_id: Option<AccountId>,
    reblog: Option<Box<Status>>,
    poll: Option<Poll>,
    card: Option<PreviewCard>,
    language: Option<String>,
    quote: Option<Quote>,
    quote_approval: QuoteApproval,
    #[serde(flatten)]
    marks: Option<Marks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
}

/// What the viewer did with a post; absent for strangers.
#[derive(Debug, Clone, Serialize)]
struct Marks {
    favourited: bool,
    reblogged: bool,
    muted: bool,
    bookmarked: bool,
    filtered: Vec<FilterResult>,
}

#[derive(Debug, Clone, Serialize)]
struct Application {
    name: String,
    website: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Mention {
    id: AccountId,
    username: String,
    url: String,
    acct: String,
}

impl From<&Named> for Mention {
    fn from(named: &Named) -> Self {
        Self { id: named.id, username: named.username.clone(), url: named.url.clone(), acct: named.acct.clone() }
    }
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tag {
    name: String,
    url: String,
}

pub(super) fn tag(name: &TagName, urls: &Urls) -> Tag {
    Tag { name: name.name.clone(), url: urls.tag(&name.name) }
}

impl Status {
    /// As `viewer` sees it; without one, as strangers do.
    pub fn render(view: &PostView, cx: &Surroundings, viewer: Option<AccountId>) -> Self {
        let (post, urls) = (&view.post, &cx.urls);
        let has = |kind: MarkKind| view.marks.contains(&kind);
        let may_pin =
            viewer == Some(post.account_id) && post.boost_of_id.is_none() && post.visibility != Visibility::Direct;
        Self {
            id: post.id,
            uri: post.uri.clone(),
            url: Some(post.url.clone()).filter(|url| !url.is_empty()),
            created_at: post.created_at.rfc3339(),
            edited_at: post.edited_at.map(Time::rfc3339),
            account: Account::render(&view.author, urls),
            content: Some(content(post)),
            text: None,
            visibility: post.visibility,
            sensitive: post.is_sensitive || !post.spoiler_text.is_empty(),
            spoiler_text: post.spoiler_text.clone(),
            media_attachments: post.media.0.iter().map(|file| MediaAttachment::render(file, urls)).collect(),
            application: view
                .app
                .as_ref()
                .map(|(name, website)| Application { name: name.clone(), website: website.clone() }),
            mentions: post.mentions.0.iter().map(Mention::from).collect(),
            tags: post.tags.0.iter().map(|name| tag(name, urls)).collect(),
            emojis: post.emojis.0.iter().map(CustomEmoji::from).collect(),
            reblogs_count: post.boosts_count,
            favourites_count: post.favourites_count,
            quotes_count: post.quotes_count,
            replies_count: post.replies_count,
            in_reply_to_id: post.in_reply_to_id,
            in_reply_to_account_id: post.in_reply_to_account_id,
            reblog: view.boost.as_deref().map(|inner| Box::new(Self::render(inner, cx, viewer))),
            poll: view
                .poll
                .as_ref()
                .map(|poll| Poll::render(poll, cx.now, viewer.is_some()).with_emojis(&post.emojis.0)),
            card: view.card.as_ref().map(|preview| PreviewCard::render(&preview.card, preview.author.as_deref(), urls)),
            language: post.language.clone(),
            quote: view.quote.as_ref().map(|quote| render_quote(quote, cx, viewer, false)),
            quote_approval: QuoteApproval::render(post, view.consent),
            marks: viewer.map(|_| Marks {
                favourited: has(MarkKind::Favourite),
                reblogged: has(MarkKind::Boost),
                muted: has(MarkKind::Mute),
                bookmarked: has(MarkKind::Bookmark),
                filtered: FilterResult::render(&view.filtered, cx.now),
            }),
            pinned: may_pin.then(|| has(MarkKind::Pin)),
        }
    }

    /// With what was typed in place of the content and what it quotes whatever became of the quote, to be written anew.
    pub fn render_source(view: &PostView, cx: &Surroundings, viewer: AccountId) -> Self {
        let quote = view.quote.as_ref().map(|quote| render_quote(quote, cx, Some(viewer), true));
        Self { content: None, text: Some(source_text(&view.post)), quote, ..Self::render(view, cx, Some(viewer)) }
    }
}

/// What a post quotes; `is_redraft`: also where the quoted author has not agreed. A quoted post tells what it quotes in turn by its id.
fn render_quote(quote: &QuoteView, cx: &Surroundings, viewer: Option<AccountId>, is_redraft: bool) -> Quote {
    let quoted_status = quote.quoted.as_deref().filter(|_| is_redraft || quote.standing.reveals()).map(|quoted| {
        let inner = quoted
            .quote
            .as_ref()
            .map(|inner| Quote::Shallow { state: inner.standing, quoted_status_id: inner.quoted_id });
        Box::new(Status { quote: inner, ..Status::render(quoted, cx, viewer) })
    });
    Quote::Whole { state: quote.standing, quoted_status }
}

/// The status as JSON text, for streams.
pub fn json(view: &PostView, cx: &Surroundings, viewer: AccountId) -> String {
    super::text(&Status::render(view, cx, Some(viewer)))
}

/// What is shown of a post; the title of a long text stands above it.
fn content(post: &Post) -> String {
    match post.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => format!("<p><strong>{}</strong></p>{}", text::escape(title), post.content),
        None => post.content.clone(),
    }
}

/// What was typed or, of posts of other servers, what it reads like.
fn source_text(post: &Post) -> String {
    post.source.clone().unwrap_or_else(|| text::to_plain(&post.content))
}

/// What was typed, for an editor.
#[derive(Debug, Serialize)]
pub struct StatusSource {
    id: PostId,
    text: String,
    spoiler_text: String,
}

impl StatusSource {
    /// Of a post that the caller may see.
    pub fn render(post: &Post) -> Self {
        Self { id: post.id, text: source_text(post), spoiler_text: post.spoiler_text.clone() }
    }
}

/// One state of a post in its history.
#[derive(Debug, Serialize)]
pub struct StatusEdit {
    content: String,
    spoiler_text: String,
    sensitive: bool,
    created_at: String,
    account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    poll: Option<EditPoll>,
    media_attachments: Vec<MediaAttachment>,
    emojis: Vec<CustomEmoji>,
}

#[derive(Debug, Serialize)]
struct EditPoll {
    options: Vec<EditChoice>,
}

#[derive(Debug, Serialize)]
struct EditChoice {
    title: String,
}

impl StatusEdit {
    /// A version of `post`, which `author` wrote.
    pub fn render(version: &Version, post: &Post, author: &Person, urls: &Urls) -> Self {
        Self {
            content: version.content.clone(),
            spoiler_text: version.spoiler_text.clone(),
            sensitive: version.is_sensitive,
            created_at: version.created_at.rfc3339(),
            account: Account::render(author, urls),
            poll: version.poll_options.as_ref().map(|options| EditPoll {
                options: options.0.iter().map(|title| EditChoice { title: title.clone() }).collect(),
            }),
            media_attachments: version.media.0.iter().map(|file| MediaAttachment::render(file, urls)).collect(),
            emojis: post.emojis.0.iter().map(CustomEmoji::from).collect(),
        }
    }
}

/// What is around a post in its thread.
#[derive(Debug, Serialize)]
pub struct Context {
    /// What it answers, the first of the thread first.
    pub ancestors: Vec<Status>,
    /// Answers, depth first.
    pub descendants: Vec<Status>,
}

#[cfg(test)]
mod tests;
