//! From accounts and posts to what pages show of them. Addresses of ours are paths, so that a page works under every name of
//! this machine, but for files that have an origin of their own; addresses of others are shown only where they are `http` or `https`.

use std::collections::HashMap;

use super::i18n::Lang;
use super::views::Stamp;
use super::views::account::{AccountCard, Field};
use super::views::layout::{DEFAULT_AVATAR, DEFAULT_HEADER, Person};
use super::views::post::{Counts, InReplyTo, Media, Poll, PollOption, PostCard, Reply, original, visibility_label};
use super::views::server::BrandCard;
use crate::context::Urls;
use crate::domain::accounts::{Account, Kind, ProfileField};
use crate::domain::posts::views::{PollView, PostView};
use crate::domain::posts::{Attachment, Post};
use crate::ids::PostId;
use crate::text;
use crate::time::Time;

/// How many characters of a bio a brand's card shows.
const SUMMARY: usize = 160;

/// What posts are drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The language of the page.
    pub lang: Lang,
    /// When it is read.
    pub now: Time,
    /// The origin of stored files; empty where it is the page's own.
    pub files: &'a str,
}

/// An account as pages show it. `files`: see [`Scene::files`].
pub fn person(account: &Account, files: &str) -> Person {
    Person {
        name: account.shown_name().to_owned(),
        handle: format!("@{}", account.acct()),
        url: page_of(account),
        avatar: picture(account, account.avatar.as_deref(), DEFAULT_AVATAR, files),
        is_bot: account.kind == Kind::Service,
    }
}

/// Where an account's page is: here, or at home.
pub fn page_of(account: &Account) -> String {
    if account.is_local() { format!("/@{}", account.username) } else { web_address(&account.url) }
}

/// Where a post's page is: here, or at home.
pub fn page_of_post(author: &Account, post: &Post) -> String {
    if post.is_local { format!("/@{}/{}", author.username, post.id) } else { web_address(address_of(post)) }
}

/// `@name@domain`, whole.
pub fn full_handle(account: &Account, urls: &Urls) -> String {
    if account.is_local() { format!("@{}@{}", account.username, urls.domain()) } else { format!("@{}", account.acct()) }
}

/// The avatar of a local account as a whole address, for other sites.
pub fn avatar_address(account: &Account, urls: &Urls) -> Option<String> {
    account.avatar.as_deref().map(|key| if account.is_local() { urls.media(key) } else { web_address(key) })
}

fn picture(account: &Account, file: Option<&str>, otherwise: &str, files: &str) -> String {
    match file {
        Some(key) if account.is_local() => format!("{files}/media/{key}"),
        Some(address) if is_web_address(address) => address.to_owned(),
        _ => otherwise.to_owned(),
    }
}

fn is_web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// The address if a browser may follow it, else none.
fn web_address(address: &str) -> String {
    if is_web_address(address) { address.to_owned() } else { String::new() }
}

fn address_of(post: &Post) -> &str {
    if is_web_address(&post.url) { &post.url } else { &post.uri }
}

/// A local account with everything its page shows. `moved_to` is where it went, if it did.
pub fn account(account: &Account, is_brand: bool, moved_to: Option<&Account>, lang: Lang, urls: &Urls) -> AccountCard {
    let files = urls.files_elsewhere().unwrap_or_default();
    AccountCard {
        person: person(account, files),
        full_handle: full_handle(account, urls),
        header: picture(account, account.header.as_deref(), DEFAULT_HEADER, files),
        is_brand,
        bio_html: account.note.clone(),
        fields: account.fields.0.iter().map(field).collect(),
        posts_count: count(account.statuses_count),
        followers_count: (!account.hides_collections).then(|| count(account.followers_count)),
        following_count: (!account.hides_collections).then(|| count(account.following_count)),
        joined: lang.date(account.created_at),
        moved_to: moved_to.map(|account| person(account, files)),
        original: None,
    }
}

fn field(field: &ProfileField) -> Field {
    let plain = text::to_plain(&field.value);
    let is_link = is_web_address(&plain) && !plain.contains(char::is_whitespace);
    Field {
        name: field.name.clone(),
        html: field.value.clone(),
        link: is_link.then_some(plain),
        proved: field.verified_at.is_some(),
    }
}

/// A brand on the front page. `files`: see [`Scene::files`].
pub fn brand(account: &Account, files: &str) -> BrandCard {
    BrandCard {
        person: person(account, files),
        header: picture(account, account.header.as_deref(), DEFAULT_HEADER, files),
        summary: text::excerpt(&text::to_plain(&account.note), SUMMARY),
    }
}

/// A post, or what a boost boosts with who did it.
pub fn post(view: &PostView, scene: Scene<'_>) -> PostCard {
    let Scene { lang, now, files } = scene;
    let shown = view.original();
    let (post, author) = (&shown.post, &shown.author);
    let original_url = web_address(address_of(post));
    PostCard {
        url: page_of_post(author, post),
        // Of the row, not of the original: somebody may share what is on the page already.
        permalink_id: view.post.id.to_string(),
        author: person(author, files),
        boosted_by: view.boost.as_ref().map(|_| person(&view.author, files)),
        in_reply_to: answered(shown),
        html: words(post),
        spoiler: post.spoiler_text.clone(),
        lang: post.language.clone().unwrap_or_default(),
        published_iso: post.created_at.rfc3339(),
        published_text: lang.date_time(post.created_at),
        edited: post.edited_at.map(|time| Stamp::new(lang, time)),
        visibility_label: visibility_label(lang, post.visibility.as_str()),
        media: post.media.0.iter().map(|file| media(file, post, files)).collect(),
        poll: shown.poll.as_ref().map(|view| poll(view, lang, now)),
        counts: Counts {
            replies: count(post.replies_count),
            boosts: count(post.boosts_count),
            favourites: count(post.favourites_count),
        },
        is_remote: !post.is_local,
        original_host: original(&original_url).map(|home| home.host).unwrap_or_default(),
        original_url,
    }
}

/// The words of a post, safe HTML; those with a title begin with it.
pub fn words(post: &Post) -> String {
    match post.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => format!("<p><strong>{}</strong></p>{}", text::escape(title), post.content),
        None => post.content.clone(),
    }
}

fn answered(view: &PostView) -> Option<InReplyTo> {
    let url = web_address(view.post.in_reply_to_uri.as_deref()?);
    if url.is_empty() {
        return None;
    }
    let is_own = view.post.in_reply_to_account_id == Some(view.post.account_id);
    let name =
        if is_own { Some(view.author.shown_name().to_owned()) } else { view.answers().map(|acct| format!("@{acct}")) };
    Some(InReplyTo { name: name.unwrap_or_default(), url })
}

fn media(file: &Attachment, post: &Post, files: &str) -> Media {
    let address = |at: &str| if file.is_remote { web_address(at) } else { format!("{files}/media/{at}") };
    let pixels = |small: Option<i32>, large: Option<i32>| u32::try_from(small.or(large).unwrap_or(0)).unwrap_or(0);
    Media {
        kind: file.kind.clone(),
        url: address(&file.file),
        preview: file.preview.as_deref().map(address).unwrap_or_default(),
        alt: file.description.clone().unwrap_or_default(),
        width: pixels(file.preview_width, file.width),
        height: pixels(file.preview_height, file.height),
        // Behind a warning already, one more would only be in the way.
        sensitive: post.is_sensitive && post.spoiler_text.is_empty(),
    }
}

fn poll(view: &PollView, lang: Lang, now: Time) -> Poll {
    let poll = &view.poll;
    let closed = poll.is_expired(now);
    let hidden = poll.hides_totals && !closed;
    let everybody = count(poll.voters_count).max(if poll.is_multiple { 0 } else { count(poll.votes_count()) });
    let options = poll.options.0.iter().enumerate().map(|(place, title)| {
        let votes = if hidden { 0 } else { count(poll.tallies.0.get(place).copied().unwrap_or(0)) };
        PollOption {
            title: title.clone(),
            votes,
            percent: votes.saturating_mul(100).checked_div(everybody).unwrap_or(0).min(100),
        }
    });
    Poll {
        options: options.collect(),
        multiple: poll.is_multiple,
        closed,
        ends: poll.expires_at.map(|time| Stamp::new(lang, time)),
        voters: everybody,
    }
}

/// The answers to `root` with how deep each is, in the order given: parents before their answers.
pub fn replies(root: PostId, views: &[PostView], scene: Scene<'_>) -> Vec<Reply> {
    let mut depths: HashMap<PostId, usize> = HashMap::from([(root, 0)]);
    views
        .iter()
        .map(|view| {
            let above = view.post.in_reply_to_id.and_then(|parent| depths.get(&parent)).copied().unwrap_or(0);
            depths.insert(view.post.id, above + 1);
            Reply { depth: above + 1, card: post(view, scene) }
        })
        .collect()
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_no_pages_are_left_out() {
        assert_eq!(web_address("https://far.example/1"), "https://far.example/1");
        for address in ["javascript:alert(1)", "data:text/html,x", "//far.example", "", " https://far.example"] {
            assert_eq!(web_address(address), "", "{address}");
        }
    }

    #[test]
    fn a_profile_line_that_is_an_address_becomes_a_link() {
        let line = |value: &str| {
            field(&ProfileField {
                name: "Site".into(),
                value: value.into(),
                source: String::new(),
                verified_at: Some(1),
            })
        };
        let link = line("<a href=\"https://example.org/\"><span class=\"invisible\">https://</span>example.org/</a>");
        assert_eq!(link.link.as_deref(), Some("https://example.org/"));
        assert!(link.proved);
        assert_eq!(line("see https://example.org/ or ask").link, None);
        assert_eq!(line("javascript:alert(1)").link, None);
    }
}
