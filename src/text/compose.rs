//! From what an author here types to what is published: markup with links, mentions and hashtags, and the facts in it.

mod spans;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::handles::Handle;
use super::html::{SafeHtml, escape};
use super::plain::{paragraphs, without_unwanted};
use super::tags::Hashtag;
use spans::{Span, spans};

/// How many characters any address counts for, whatever its length.
pub const CHARACTERS_PER_URL: usize = 23;

/// How many characters of an address without its scheme are shown; more when the host is longer.
const SHOWN_URL: usize = 30;

/// An account that a mention leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionTarget {
    /// The address of its page for people (http or https), exactly as `mentions[].url` will give it to clients.
    pub url: String,
    /// Its user name, without host and sign.
    pub username: String,
}

/// A composed text: what is shown, and what was found in it. Lists are in order of first appearance, without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composed {
    /// The markup.
    pub html: SafeHtml,
    /// The mentions that resolved.
    pub mentions: Vec<Handle>,
    /// The hashtags.
    pub hashtags: Vec<Hashtag>,
    /// The addresses, as typed.
    pub links: Vec<String>,
}

/// Turns typed plain text into markup.
///
/// `resolve` gives the account behind a handle, or `None`, and then the handle stays text. `tag_url` gives the address of
/// the page of a hashtag, from its normalised name. Blank lines part paragraphs. Takes time linear in the text; its
/// length is for the caller to limit.
pub fn compose(
    text: &str,
    resolve: &dyn Fn(&Handle) -> Option<MentionTarget>,
    tag_url: &dyn Fn(&str) -> String,
) -> Composed {
    let text = without_unwanted(text);
    let mut composer =
        Composer { resolve, tag_url, html: String::new(), seen: Seen::default(), composed: Composed::default() };
    for paragraph in paragraphs(&text) {
        composer.html.push_str("<p>");
        for (index, line) in paragraph.into_iter().enumerate() {
            if index > 0 {
                composer.html.push_str("<br>");
            }
            for span in spans(line) {
                composer.write(span);
            }
        }
        composer.html.push_str("</p>");
    }
    Composed { html: SafeHtml::from_built(composer.html), ..composer.composed }
}

/// The line that leads to a quoted post, for software that shows no quotes; what shows them hides it by its class. `url`: http or https.
pub fn quote_line(url: &str) -> SafeHtml {
    let mut composer = Composer {
        resolve: &|_| None,
        tag_url: &|_| String::new(),
        html: "<p class=\"quote-inline\">RE: ".to_owned(),
        seen: Seen::default(),
        composed: Composed::default(),
    };
    composer.write_link(url);
    composer.html.push_str("</p>");
    SafeHtml::from_built(composer.html)
}

/// Everyone mentioned in `text`, in order and once each, so that the accounts can be looked up before [`compose`].
pub fn find_handles(text: &str) -> Vec<Handle> {
    let mut seen = HashSet::new();
    spans(&without_unwanted(text))
        .into_iter()
        .filter_map(|span| match span {
            Span::Mention(_, handle) => Some(handle),
            Span::Text(_) | Span::Link(_) | Span::Tag(..) => None,
        })
        .filter(|handle| seen.insert(handle.clone()))
        .collect()
}

/// The length of a post as clients count it: any address is [`CHARACTERS_PER_URL`], a mention counts without its host,
/// everything else one for each Unicode scalar value, and the content warning counts too.
pub fn count_characters(text: &str, spoiler: &str) -> usize {
    let text = text.replace("\r\n", "\n");
    let count = |span: Span<'_>| match span {
        Span::Link(_) => CHARACTERS_PER_URL,
        Span::Mention(_, handle) => handle.username.chars().count() + 1,
        Span::Text(typed) | Span::Tag(typed, _) => typed.chars().count(),
    };
    spans(&text).into_iter().map(count).sum::<usize>() + spoiler.chars().count()
}

struct Composer<'a> {
    resolve: &'a dyn Fn(&Handle) -> Option<MentionTarget>,
    tag_url: &'a dyn Fn(&str) -> String,
    html: String,
    seen: Seen,
    composed: Composed,
}

#[derive(Default)]
struct Seen {
    mentions: HashSet<Handle>,
    hashtags: HashSet<String>,
    links: HashSet<String>,
}

impl Composer<'_> {
    fn write(&mut self, span: Span<'_>) {
        match span {
            Span::Text(typed) => self.html.push_str(&escape_text(typed)),
            Span::Link(typed) => self.write_link(typed),
            Span::Mention(typed, handle) => self.write_mention(typed, handle),
            Span::Tag(_, tag) => self.write_tag(tag),
        }
    }

    fn write_link(&mut self, url: &str) {
        let (prefix, shown, rest) = shorten(url);
        let class = if rest.is_empty() { "" } else { " class=\"ellipsis\"" };
        let href = escape(url);
        self.html.push_str(&format!(
            "<a href=\"{href}\" rel=\"nofollow noopener noreferrer\" translate=\"no\"><span class=\"invisible\">{}</span><span{class}>{}</span>",
            escape_text(prefix),
            escape_text(shown),
        ));
        if !rest.is_empty() {
            self.html.push_str(&format!("<span class=\"invisible\">{}</span>", escape_text(rest)));
        }
        self.html.push_str("</a>");
        if self.seen.links.insert(url.to_owned()) {
            self.composed.links.push(url.to_owned());
        }
    }

    fn write_mention(&mut self, typed: &str, handle: Handle) {
        // The address may come from another server.
        let is_web = |target: &MentionTarget| target.url.starts_with("https://") || target.url.starts_with("http://");
        let Some(target) = (self.resolve)(&handle).filter(is_web) else {
            self.html.push_str(&escape_text(typed));
            return;
        };
        self.html.push_str(&format!(
            "<span class=\"h-card\" translate=\"no\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
            escape(&target.url),
            escape_text(&target.username),
        ));
        if self.seen.mentions.insert(handle.clone()) {
            self.composed.mentions.push(handle);
        }
    }

    fn write_tag(&mut self, tag: Hashtag) {
        self.html.push_str(&format!(
            "<a href=\"{}\" class=\"mention hashtag\" rel=\"tag\">#<span>{}</span></a>",
            escape(&(self.tag_url)(&tag.normalized)),
            escape_text(&tag.name),
        ));
        if self.seen.hashtags.insert(tag.normalized.clone()) {
            self.composed.hashtags.push(tag);
        }
    }
}

/// Escapes text between tags.
fn escape_text(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| super::html::push_escaped(&mut html, c));
    html
}

/// An address as its hidden prefix, its shown part and its hidden rest. The whole host is always shown.
fn shorten(url: &str) -> (&str, &str, &str) {
    let scheme = url.find("://").map_or(0, |at| at + 3);
    let www = url.get(scheme..scheme + 4).filter(|start| start.eq_ignore_ascii_case("www.")).map_or(0, str::len);
    let (prefix, address) = url.split_at_checked(scheme + www).unwrap_or(("", url));
    let host = address.find(['/', '?', '#']).unwrap_or(address.len());
    let short = address.char_indices().nth(SHOWN_URL).map_or(address.len(), |(at, _)| at);
    let (shown, rest) = address.split_at_checked(short.max(host)).unwrap_or((address, ""));
    (prefix, shown, rest)
}
