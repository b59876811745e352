//! Finds addresses, mentions and hashtags in typed text, in one pass.
//!
//! Scripts written without spaces get their own rule: after such a letter a mention or tag may begin, and an address or
//! host that was ASCII so far ends before one, because there the sentence goes on.

use unicode_normalization::char::is_combining_mark;
use url::{Host, Url};

use crate::text::handles::Handle;
use crate::text::tags::{self, Hashtag};

/// The longest address that becomes a link, in bytes.
const MAX_LINK: usize = 2_048;

/// One piece of typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span<'a> {
    /// Anything else.
    Text(&'a str),
    /// An address with http or https, as typed.
    Link(&'a str),
    /// A mention: as typed, and who is meant.
    Mention(&'a str, Handle),
    /// A hashtag: as typed with its sign, and what it is.
    Tag(&'a str, Hashtag),
}

/// Cuts `text` into spans; put together again they are `text`.
pub(super) fn spans(text: &str) -> Vec<Span<'_>> {
    let mut found = Vec::new();
    let (mut plain, mut at) = (0, 0);
    let mut before = None;
    while let Some(rest) = text.get(at..)
        && let Some(c) = rest.chars().next()
    {
        let hit = match c {
            'h' | 'H' => link(rest, before),
            '@' | '＠' => mention(rest, before),
            c if tags::is_sign(c) => tag(rest, before),
            _ => None,
        };
        match hit {
            Some((span, length)) => {
                push_text(&mut found, text.get(plain..at));
                found.push(span);
                at += length;
                plain = at;
                before = rest.get(..length).and_then(|typed| typed.chars().next_back());
            }
            None => {
                at += c.len_utf8();
                before = Some(c);
            }
        }
    }
    push_text(&mut found, text.get(plain..));
    found
}

fn push_text<'a>(found: &mut Vec<Span<'a>>, text: Option<&'a str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        found.push(Span::Text(text));
    }
}

/// An address at the start of `rest`, and its length.
fn link(rest: &str, before: Option<char>) -> Option<(Span<'_>, usize)> {
    let starts = |scheme: &str| rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = ["https://", "http://"].into_iter().find(|scheme| starts(scheme))?;
    if before.is_some_and(is_word) {
        return None;
    }
    let mut end = scheme.len();
    let mut last = '/';
    for c in rest.get(end..)?.chars() {
        if ends_link(c) || is_unspaced(c) && last.is_ascii_alphanumeric() {
            break;
        }
        end += c.len_utf8();
        if end > MAX_LINK {
            return None;
        }
        last = c;
    }
    let typed = without_punctuation(rest.get(..end)?);
    let url = Url::parse(typed).ok()?;
    let is_reachable = match url.host()? {
        Host::Domain(name) => name.contains('.') || name == "localhost",
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    // A user name before the host is there to mislead.
    (is_reachable && url.username().is_empty() && url.password().is_none()).then_some((Span::Link(typed), typed.len()))
}

/// What cannot be part of an address: white space, what encloses one, and the punctuation of scripts without spaces.
fn ends_link(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '\\' | '“' | '”' | '„' | '«' | '»' | '‹' | '›')
        || matches!(c, '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '！' | '，' | '．' | '：' | '；' | '？')
        || matches!(c, '（' | '）' | '［' | '］' | '｛' | '｝' | '｡' | '｢' | '｣' | '､')
}

/// `typed` without the punctuation that ends the sentence around it; brackets stay when they were opened inside.
fn without_punctuation(mut typed: &str) -> &str {
    while let Some(last) = typed.chars().next_back() {
        let opening = match last {
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '’' | '‘' | '*' | '~' | '|' | '…' => None,
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => break,
        };
        let count = |wanted: char| typed.matches(wanted).count();
        if opening.is_some_and(|opening| count(opening) >= count(last)) {
            break;
        }
        typed = typed.strip_suffix(last).unwrap_or_default();
    }
    typed
}

/// A mention at the start of `rest`, and its length.
fn mention(rest: &str, before: Option<char>) -> Option<(Span<'_>, usize)> {
    if before.is_some_and(|c| is_word(c) || matches!(c, '@' | '＠' | '/' | '=')) {
        return None;
    }
    let sign = rest.chars().next()?.len_utf8();
    let name = leading(rest.get(sign..)?, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let name = name.trim_end_matches(['.', '-']);
    let after = rest.get(sign + name.len()..)?;
    let (handle, length) = match after.strip_prefix('@') {
        Some(host) => {
            let host = leading_host(host)?;
            (Handle::parse(&format!("{name}@{host}"))?, sign + name.len() + 1 + host.len())
        }
        None => (Handle::parse(name)?, sign + name.len()),
    };
    // `@bobé` is somebody else.
    let is_cut = rest.get(length..).and_then(|rest| rest.chars().next()).is_some_and(|c| is_word(c) || c == '@');
    let starts_with_word = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (!is_cut && starts_with_word).then_some((Span::Mention(rest.get(..length)?, handle), length))
}

/// The host name with its port at the start of `rest`; `None` when there is none.
fn leading_host(rest: &str) -> Option<&str> {
    let mut last = None;
    let name = leading(rest, |c| {
        let goes_on = (c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '.'))
            && !(is_unspaced(c) && last.is_some_and(|last: char| last.is_ascii_alphanumeric()));
        last = Some(c);
        goes_on
    });
    let name = name.trim_end_matches(['.', '-']);
    if name.is_empty() {
        return None;
    }
    let digits = rest
        .get(name.len()..)
        .and_then(|rest| rest.strip_prefix(':'))
        .map(|rest| leading(rest, |c| c.is_ascii_digit()));
    match digits {
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => rest.get(..name.len() + 1 + port.len()),
        _ => Some(name),
    }
}

/// A hashtag at the start of `rest`, and its length.
fn tag(rest: &str, before: Option<char>) -> Option<(Span<'_>, usize)> {
    if before.is_some_and(|c| is_word(c) || tags::is_sign(c) || matches!(c, '/' | '=' | '&' | ')' | '@')) {
        return None;
    }
    let sign = rest.chars().next()?.len_utf8();
    let tag = tags::leading(rest.get(sign..)?)?;
    let length = sign + tag.name.len();
    Some((Span::Tag(rest.get(..length)?, tag), length))
}

/// The longest start of `text` whose characters all satisfy `wanted`.
fn leading(text: &str, mut wanted: impl FnMut(char) -> bool) -> &str {
    let end = text.char_indices().find(|(_, c)| !wanted(*c)).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// Letters, digits and the underscore, except where words are not parted by spaces.
fn is_word(c: char) -> bool {
    (c.is_alphanumeric() || c == '_' || is_combining_mark(c)) && !is_unspaced(c)
}

/// Letters of Chinese, Japanese, Thai, Lao, Burmese and Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}
