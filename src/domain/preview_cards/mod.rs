//! Preview cards: what the pages that posts link to say about themselves. One card for each address, shared by all posts
//! that link to it; fetched by a job and asked for again when it has grown old.
//!
//! Nothing that a page says is shown as markup, and its picture is shown from a copy of our own.

mod queries;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::context::{Context, Urls};
use crate::db::Conn;
use crate::db::schema::{post_cards, preview_cards};
use crate::domain::accounts::{self, Account};
use crate::domain::posts::Post;
use crate::domain::search;
use crate::error::Result;
use crate::ids::{AccountId, PostId, PreviewCardId};
use crate::jobs;
use crate::text::{Handle, links};
use crate::time::Time;

pub use queries::{delete_unused, find, find_by_url, list, of_posts};

/// The name of the job that fetches a page; it carries a [`Wanted`].
pub const JOB: &str = "preview";

/// The longest address that gets a card, in bytes.
const MAX_URL: usize = 2048;
/// How many links of a post are looked at to find one that can have a card.
const LINKS: usize = 5;
/// How long a card is shown before its page is asked again, once another post links to it.
const FRESH: Duration = Duration::from_secs(14 * 86_400);
/// The same for a page that had nothing to show or did not answer.
const RETRY: Duration = Duration::from_secs(6 * 3600);
/// How long the answer of a page that was asked is waited for.
const ASKED: Duration = Duration::from_secs(600);
/// Servers that hear of a link at once ask its page spread over this time.
const SPREAD: u64 = 30;

/// How many posts are found by what their page turned out to be, the newest first.
const FOUND_BY_IT: i64 = 200;

crate::text_enum! {
    /// How far a card is.
    pub enum State {
        /// Its page was not read yet.
        Waiting = "waiting",
        /// There is something to show.
        Ready = "ready",
        /// Its page has nothing to show, or did not answer.
        Empty = "empty",
    }
}

crate::text_enum! {
    /// What a page is about.
    pub enum CardKind {
        /// A text.
        Link = "link",
        /// A picture.
        Photo = "photo",
        /// A film.
        Video = "video",
    }
}

/// A card as it is kept. Texts are plain and may be empty.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = preview_cards)]
pub struct Card {
    pub id: PreviewCardId,
    /// The address as posts link to it, without its fragment.
    pub url: String,
    pub state: State,
    pub kind: CardKind,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    /// The account that wrote the page, if the page says so and the account agrees.
    pub author_id: Option<AccountId>,
    pub provider_name: String,
    pub provider_url: String,
    /// Pixels of the picture; 0 without one.
    pub width: i32,
    /// Pixels of the picture; 0 without one.
    pub height: i32,
    /// Where the picture came from.
    pub image_url: Option<String>,
    /// Our copy of the picture.
    pub image_key: Option<String>,
    /// Blurred stand-in (blurha.sh).
    pub blurhash: Option<String>,
    pub published_at: Option<Time>,
    /// When its page was last asked for.
    pub asked_at: Time,
    /// When its page was last read, with or without success.
    pub fetched_at: Option<Time>,
    pub created_at: Time,
}

/// What a page said, checked and cut to size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: CardKind,
    /// Never empty.
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    /// A web address or empty.
    pub author_url: String,
    pub author_id: Option<AccountId>,
    pub provider_name: String,
    /// A web address or empty.
    pub provider_url: String,
    pub picture: Option<Picture>,
    pub published_at: Option<Time>,
}

/// Our copy of a page's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Where it came from.
    pub url: String,
    /// Its storage key.
    pub key: String,
    /// Pixels.
    pub width: i32,
    /// Pixels.
    pub height: i32,
    /// Blurred stand-in (blurha.sh).
    pub blurhash: Option<String>,
}

/// What the job is to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The card.
    pub card: PreviewCardId,
}

/// The address under which a link has its card; `None` for what has none: our own pages, and what is no usable web address.
pub fn address_of(link: &str, urls: &Urls) -> Option<String> {
    if link.len() > MAX_URL || urls.is_ours(link) {
        return None;
    }
    let mut url = Url::parse(link).ok()?;
    let is_usable = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    url.set_fragment(None);
    (is_usable && url.as_str().len() <= MAX_URL && !urls.is_ours(url.as_str())).then(|| url.into())
}

/// Gives a post, which has none, the card of its first link that can have one.
pub fn attach(conn: &mut Conn, cx: &Context, post: &Post) -> Result<()> {
    let link = links::outgoing(&post.content, LINKS).iter().find_map(|link| address_of(link, &cx.urls));
    let Some(url) = link.filter(|_| post.boost_of_id.is_none()) else { return Ok(()) };
    let card = find_or_create(conn, cx, &url)?;
    diesel::insert_into(post_cards::table)
        .values((post_cards::post_id.eq(post.id), post_cards::card_id.eq(card.id)))
        .execute(conn)?;
    if wants_asking(&card, cx.now) {
        ask(conn, cx, &card, post.is_local)?;
    }
    Ok(())
}

/// Takes a post's card away, as when it is edited or deleted.
pub fn detach(conn: &mut Conn, post: PostId) -> Result<()> {
    diesel::delete(post_cards::table.find(post)).execute(conn)?;
    Ok(())
}

fn find_or_create(conn: &mut Conn, cx: &Context, url: &str) -> Result<Card> {
    if let Some(card) = find_by_url(conn, url)? {
        return Ok(card);
    }
    let row = (
        preview_cards::id.eq(cx.id::<PreviewCardId>()),
        preview_cards::url.eq(url),
        preview_cards::state.eq(State::Waiting),
        preview_cards::kind.eq(CardKind::Link),
        preview_cards::title.eq(""),
        preview_cards::description.eq(""),
        preview_cards::author_name.eq(""),
        preview_cards::author_url.eq(""),
        preview_cards::provider_name.eq(""),
        preview_cards::provider_url.eq(""),
        preview_cards::width.eq(0),
        preview_cards::height.eq(0),
        // Nobody was asked so far.
        preview_cards::asked_at.eq(Time(0)),
        preview_cards::created_at.eq(cx.now),
    );
    // Another transaction may have been first.
    crate::each_backend!(conn, |c| diesel::insert_into(preview_cards::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(preview_cards::table.filter(preview_cards::url.eq(url)).select(Card::as_select()).first(conn)?)
}

/// Whether the page of a card should be asked, now that another post links to it.
fn wants_asking(card: &Card, now: Time) -> bool {
    let age = card.fetched_at.map(|fetched| now.since(fetched));
    let is_old = match card.state {
        State::Waiting => true,
        State::Ready => age.is_none_or(|age| age > FRESH),
        State::Empty => age.is_none_or(|age| age > RETRY),
    };
    is_old && now.since(card.asked_at) > ASKED
}

fn ask(conn: &mut Conn, cx: &Context, card: &Card, at_once: bool) -> Result<()> {
    diesel::update(preview_cards::table.find(card.id)).set(preview_cards::asked_at.eq(cx.now)).execute(conn)?;
    let wait = if at_once {
        0
    } else {
        // Each server has its own moment for each page.
        let mut hasher = DefaultHasher::new();
        (cx.urls.domain(), &card.url).hash(&mut hasher);
        hasher.finish() % SPREAD
    };
    jobs::enqueue(conn, cx, JOB, &Wanted { card: card.id }, cx.now.after(Duration::from_secs(wait)))
}

/// Keeps what a page said, or that it said nothing (then what was known stays). Returns the key of a picture that is no longer
/// shown; the caller deletes its file after COMMIT.
pub fn settle(conn: &mut Conn, cx: &Context, id: PreviewCardId, found: Option<Found>) -> Result<Option<String>> {
    let Some(card) = find(conn, id)? else {
        return Ok(found.and_then(|found| found.picture).map(|picture| picture.key));
    };
    let Some(found) = found else {
        let state = if card.state == State::Ready { State::Ready } else { State::Empty };
        diesel::update(preview_cards::table.find(id))
            .set((preview_cards::state.eq(state), preview_cards::fetched_at.eq(cx.now)))
            .execute(conn)?;
        return Ok(None);
    };
    let picture = found.picture.as_ref();
    diesel::update(preview_cards::table.find(id))
        .set((
            preview_cards::state.eq(State::Ready),
            preview_cards::kind.eq(found.kind),
            preview_cards::title.eq(&found.title),
            preview_cards::description.eq(&found.description),
            preview_cards::language.eq(&found.language),
            preview_cards::author_name.eq(&found.author_name),
            preview_cards::author_url.eq(&found.author_url),
            preview_cards::author_id.eq(found.author_id),
            preview_cards::provider_name.eq(&found.provider_name),
            preview_cards::provider_url.eq(&found.provider_url),
            preview_cards::width.eq(picture.map_or(0, |picture| picture.width)),
            preview_cards::height.eq(picture.map_or(0, |picture| picture.height)),
            preview_cards::image_url.eq(picture.map(|picture| picture.url.as_str())),
            preview_cards::image_key.eq(picture.map(|picture| picture.key.as_str())),
            preview_cards::blurhash.eq(picture.and_then(|picture| picture.blurhash.as_deref())),
            preview_cards::published_at.eq(found.published_at),
            preview_cards::fetched_at.eq(cx.now),
        ))
        .execute(conn)?;
    if found.kind == CardKind::Video && card.kind != CardKind::Video {
        let linking: Vec<PostId> = post_cards::table
            .filter(post_cards::card_id.eq(id))
            .order(post_cards::post_id.desc())
            .limit(FOUND_BY_IT)
            .select(post_cards::post_id)
            .load(conn)?;
        search::refresh(conn, &linking)?;
    }
    Ok(card.image_key.filter(|old| picture.is_none_or(|new| new.key != *old)))
}

/// The account that a page on `host` names as its author, if it is known here and agrees: it lives there, or lists the site.
pub fn author_on(conn: &mut Conn, urls: &Urls, handle: &str, host: &str) -> Result<Option<AccountId>> {
    let Some(handle) = Handle::parse(handle).map(|handle| handle.relative_to(urls.domain())) else { return Ok(None) };
    let domain = handle.domain.as_deref().unwrap_or_default();
    let account = accounts::queries::find_by_handle(conn, &handle.username, domain)?;
    Ok(account.filter(|account| account.is_active() && agrees(account, urls, host)).map(|account| account.id))
}

fn agrees(account: &Account, urls: &Urls, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let own = if account.is_local() { urls.domain() } else { account.domain.as_str() };
    let lies_in = |site: &str| {
        let site = site.trim().trim_start_matches("*.").trim_start_matches("www.").to_ascii_lowercase();
        !site.is_empty() && (host == site || host.strip_suffix(&site).is_some_and(|rest| rest.ends_with('.')))
    };
    host == own || account.attribution_domains.0.iter().any(|site| lies_in(site))
}
