//! HTML that may be shown: the one type for it, and the sanitiser that makes it from what other servers send.
//!
//! Markup too large or too tangled to parse cheaply is shown as plain text instead. The sanitiser runs until its output
//! no longer changes, so what it returns means the same to every parser and may be sanitised again without loss.

mod links;
mod scan;
#[cfg(test)]
mod tests;
pub(in crate::text) mod tokens;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::panic::catch_unwind;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::plain;
use scan::MAX_BYTES;

/// Elements that are kept. `h1` leaves as `h2`; all others are replaced by their content.
const ELEMENTS: &[&str] = &[
    "p",
    "br",
    "a",
    "span",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "del",
    "s",
    "sub",
    "sup",
    "blockquote",
    "ul",
    "ol",
    "li",
    "code",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ruby",
    "rt",
    "rp",
    "hr",
];

/// Elements that vanish with everything in them.
pub(super) const DROPPED_WITH_CONTENT: &[&str] = &[
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "template", "svg",
    "math", "select", "object", "audio", "video", "canvas",
];

/// Classes that other software gives a meaning to, with the elements that may carry them.
const CLASSES: &[(&str, &[&str])] = &[
    ("a", &["mention", "u-url", "h-card", "hashtag"]),
    ("span", &["mention", "u-url", "h-card", "hashtag", "invisible", "ellipsis", "quote-inline"]),
    ("p", &["quote-inline"]),
];

/// Rounds after which markup that still changes is given up.
const MAX_ROUNDS: usize = 5;
/// The longest address of a link, in bytes.
const MAX_HREF: usize = 4_096;
/// The most line and paragraph breaks that plain text is given.
const MAX_BREAKS: usize = 900;

/// HTML that is safe to put into a page as it is. Only the text modules make it.
///
/// Serialises as a string. Read back from outside it is sanitised again; from our own database use
/// [`SafeHtml::from_stored`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Escapes `text`: blank lines part paragraphs, line breaks become `<br>`. Ends early at 32 KiB of markup.
    pub fn from_plain(text: &str) -> Self {
        let mut html = String::new();
        let mut breaks = 0;
        let text = plain::without_unwanted(text);
        for paragraph in plain::paragraphs(&text) {
            for (index, line) in paragraph.iter().enumerate() {
                // Room for one more character reference and the end tag.
                if breaks > MAX_BREAKS || html.len() + 16 > MAX_BYTES {
                    break;
                }
                html.push_str(if index == 0 { "<p>" } else { "<br>" });
                breaks += 1;
                for c in line.chars() {
                    if html.len() + 10 > MAX_BYTES {
                        break;
                    }
                    push_escaped(&mut html, c);
                }
            }
            if !html.is_empty() && !html.ends_with("</p>") {
                html.push_str("</p>");
            }
        }
        Self(html)
    }

    /// Takes back what an earlier `SafeHtml` was stored as. Never give it anything else.
    pub fn from_stored(html: String) -> Self {
        Self(html)
    }

    /// Takes markup that a sibling module built from escaped parts.
    pub(super) fn from_built(html: String) -> Self {
        Self(html)
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The markup, given away.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its text without markup; see [`plain::to_plain`].
    pub fn to_plain(&self) -> String {
        plain::to_plain(&self.0)
    }

    /// The beginning of its text in one line of at most `max_chars` characters; see [`plain::excerpt`].
    pub fn excerpt(&self, max_chars: usize) -> String {
        plain::excerpt(&self.to_plain(), max_chars)
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for SafeHtml {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for SafeHtml {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SafeHtml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(sanitize(&String::deserialize(deserializer)?))
    }
}

/// Makes markup from another server safe to show.
///
/// Keeps a small set of elements and classes and links to http and https, without images and `target`. Links get
/// `rel="nofollow noopener noreferrer ugc"`, after `tag` where they had it; `me` is dropped. Control characters and the
/// characters that override the direction of writing go. Markup beyond 32 KiB, 1,000 tags or 64 levels, or badly nested,
/// comes back as its plain text, cut to 32 KiB. Costs tens of microseconds for a post and a few milliseconds at worst.
pub fn sanitize(html: &str) -> SafeHtml {
    if scan::is_simple(html) {
        // The parser is not ours: a defect in it costs one post its formatting, and no more.
        match catch_unwind(|| settle(html)) {
            Ok(Some(clean)) => return SafeHtml(clean),
            Ok(None) => {}
            Err(_) => tracing::warn!(bytes = html.len(), "the HTML parser panicked; shown as plain text"),
        }
    }
    SafeHtml::from_plain(&plain::to_plain(html))
}

/// Sanitises until nothing changes; `None` when it never settles or grows too large.
fn settle(html: &str) -> Option<String> {
    let mut current = clean_once(html);
    for _ in 0..MAX_ROUNDS {
        if !scan::is_simple(&current) {
            return None;
        }
        let next = clean_once(&current);
        if next == current {
            return Some(current);
        }
        current = next;
    }
    None
}

fn clean_once(html: &str) -> String {
    let clean = ALLOWED.clean(html).to_string();
    // After the parser, which turns character references into the characters themselves.
    links::rewrite(&plain::without_unwanted(&clean))
}

static ALLOWED: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    let mut builder = Builder::empty();
    builder
        .tags(set(ELEMENTS))
        .clean_content_tags(set(DROPPED_WITH_CONTENT))
        .generic_attributes(set(&["lang", "translate"]))
        .tag_attributes(HashMap::from([
            ("a", set(&["href", "class", "rel"])),
            ("span", set(&["class"])),
            ("p", set(&["class"])),
            ("ol", set(&["start", "reversed"])),
            ("li", set(&["value"])),
        ]))
        .attribute_filter(keep_attribute)
        .url_schemes(set(&["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true);
    builder
});

/// What an allowed attribute may say; `None` drops it.
fn keep_attribute<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match attribute {
        "href" => keep_href(value),
        "class" => {
            let (_, allowed) = CLASSES.iter().find(|(name, _)| *name == element)?;
            let kept: Vec<&str> = value.split_ascii_whitespace().filter(|class| allowed.contains(class)).collect();
            (!kept.is_empty()).then(|| kept.join(" ").into())
        }
        "rel" => {
            value.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("tag")).then_some(Cow::Borrowed("tag"))
        }
        "translate" => (value == "no").then_some(Cow::Borrowed(value)),
        "lang" => {
            let is_tag =
                (2..=35).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            is_tag.then_some(Cow::Borrowed(value))
        }
        "start" | "value" => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            is_number.then_some(Cow::Borrowed(value))
        }
        "reversed" => Some(Cow::Borrowed("")),
        _ => None,
    }
}

/// The address of a link. Kept letter by letter where possible, because clients compare it with the addresses of
/// mentions and tags; written anew where browsers would read it differently from how it looks.
fn keep_href(value: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let has_scheme = |scheme: &str| value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let is_plain = (has_scheme("https://") || has_scheme("http://"))
        && !value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\' || plain::is_unwanted(c));
    let href = if is_plain { Cow::Borrowed(value) } else { Cow::Owned(url.into()) };
    (href.len() <= MAX_HREF).then_some(href)
}

/// `text` with the characters replaced that mean something to HTML, for text and for quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("&quot;"),
            c => push_escaped(&mut escaped, c),
        }
    }
    escaped
}

/// Writes `c` as text the way a parser would write it back, so that sanitising changes nothing.
pub(super) fn push_escaped(html: &mut String, c: char) {
    match c {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '\u{a0}' => html.push_str("&nbsp;"),
        c => html.push(c),
    }
}
