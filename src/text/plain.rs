//! Plain text: out of markup, cut to a length, and cleaned of characters that nobody should see or store.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use super::html::DROPPED_WITH_CONTENT;
use super::html::tokens::{Tag, Token, Tokens};

/// The most bytes of text that [`to_plain`] returns.
const MAX_PLAIN: usize = 32 * 1024;
/// The most combining marks in a row that a name keeps; real writing needs four.
const MAX_MARKS: usize = 6;
/// How many characters an excerpt gives up to end at the end of a word.
const WORD_END: usize = 24;

/// The text of `html`, for previews, feeds and search: paragraphs parted by blank lines, list items begun with `- `, white
/// space collapsed, hidden parts of links included. At most 32 KiB; takes any markup, safe or not.
pub fn to_plain<T: AsRef<str> + ?Sized>(html: &T) -> String {
    let mut text = Text::default();
    // The element whose content is being left out, and how often it is open.
    let mut dropped: Option<(&str, usize)> = None;
    for token in Tokens::new(html.as_ref()) {
        if text.out.len() >= MAX_PLAIN {
            break;
        }
        match (token, &mut dropped) {
            (Token::Start(tag), Some((name, depth))) if tag.name.eq_ignore_ascii_case(name) => *depth += 1,
            (Token::End(tag), Some((name, depth))) if tag.name.eq_ignore_ascii_case(name) => {
                *depth -= 1;
                if *depth == 0 {
                    dropped = None;
                }
            }
            (_, Some(_)) | (Token::Raw(_) | Token::Unfinished(_), None) => {}
            (Token::Start(tag), None) if tag.is(DROPPED_WITH_CONTENT) => dropped = Some((tag.name, 1)),
            (Token::Start(tag), None) => text.open(tag),
            (Token::End(tag), None) => text.close(tag),
            (Token::Text(part), None) => text.push(&decode(part)),
        }
    }
    text.finish()
}

/// Text under construction; white space is kept back until something follows it.
#[derive(Default)]
struct Text {
    out: String,
    gap: Gap,
    pre: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

const PARAGRAPHS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "ul",
    "ol",
    "dl",
    "hr",
    "table",
    "figure",
    "article",
    "section",
];
const LINES: &[&str] = &[
    "br",
    "li",
    "dt",
    "dd",
    "tr",
    "div",
    "figcaption",
    "header",
    "footer",
    "address",
    "aside",
    "main",
    "nav",
    "option",
];

impl Text {
    fn open(&mut self, tag: Tag<'_>) {
        self.separate(tag);
        if tag.is(&["li"]) {
            self.flush();
            self.out.push_str("- ");
        }
        self.pre += usize::from(tag.is(&["pre"]));
    }

    fn close(&mut self, tag: Tag<'_>) {
        self.separate(tag);
        self.pre = self.pre.saturating_sub(usize::from(tag.is(&["pre"])));
    }

    fn separate(&mut self, tag: Tag<'_>) {
        let gap = if tag.is(PARAGRAPHS) {
            Gap::Paragraph
        } else if tag.is(LINES) {
            Gap::Line
        } else if tag.is(&["td", "th"]) {
            Gap::Space
        } else {
            Gap::None
        };
        self.gap = self.gap.max(gap);
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.pre > 0 => self.gap = self.gap.max(Gap::Line),
                ' ' | '\t' if self.pre > 0 => {
                    self.flush();
                    self.out.push(c);
                }
                c if c.is_whitespace() => self.gap = self.gap.max(Gap::Space),
                c if is_unwanted(c) => {}
                c => {
                    self.flush();
                    self.out.push(c);
                }
            }
        }
    }

    fn flush(&mut self) {
        let gap = std::mem::take(&mut self.gap);
        if self.out.is_empty() {
            return;
        }
        self.out.push_str(match gap {
            Gap::None => "",
            Gap::Space if self.out.ends_with(' ') => "",
            Gap::Space => " ",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        });
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.floor_char_boundary(MAX_PLAIN));
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

/// `text` with its character references replaced: numeric ones, and the named ones that occur in posts.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // The longest name known here has six letters; a number has at most eight digits.
        let reference =
            after.char_indices().take(10).find(|(_, c)| *c == ';').and_then(|(end, _)| after.split_at_checked(end));
        match reference.and_then(|(name, tail)| Some((referenced(name)?, tail.strip_prefix(';')?))) {
            Some((c, tail)) => {
                out.push(c);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn referenced(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "shy" => '\u{ad}',
        "hellip" => '…',
        "mdash" => '—',
        "ndash" => '–',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "laquo" => '«',
        "raquo" => '»',
        "middot" => '·',
        "bull" => '•',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "pound" => '£',
        "deg" => '°',
        "times" => '×',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        _ => return None,
    })
}

/// The beginning of plain `text` in one line of at most `max_chars` characters; ends with `…`, at the end of a word where
/// one is near, when something was left out.
pub fn excerpt(text: &str, max_chars: usize) -> String {
    // A space and a letter more than fit tell whether anything is left out.
    let line = one_line(text, max_chars.saturating_add(2));
    if line.chars().count() <= max_chars {
        return line;
    }
    let room = max_chars.saturating_sub(1);
    let end = line.char_indices().nth(room).map_or(line.len(), |(at, _)| at);
    let (mut kept, left) = line.split_at_checked(end).unwrap_or((line.as_str(), ""));
    if !left.starts_with(' ')
        && let Some((words, word)) = kept.rsplit_once(' ')
        && word.chars().count() <= WORD_END
    {
        kept = words;
    }
    // A mark or joiner must not lose what it belongs to, nor the other way round.
    if left.starts_with(|c: char| is_combining_mark(c) || c == '\u{200d}') {
        kept = kept.trim_end_matches(|c: char| is_combining_mark(c) || c == '\u{200d}');
        kept = kept.char_indices().next_back().and_then(|(at, _)| kept.get(..at)).unwrap_or(kept);
    }
    let mut excerpt = kept.trim_end().to_owned();
    if max_chars > 0 {
        excerpt.push('…');
    }
    excerpt
}

/// A display name or other short text from outside, in one line: no control characters and direction overrides, white
/// space collapsed, stacked marks thinned out, at most `max_chars` characters.
pub fn clean_text(text: &str, max_chars: usize) -> String {
    one_line(&thinned(text, max_chars), max_chars)
}

/// Like [`clean_text`] for text of several lines, such as descriptions of images: keeps line breaks and single blank lines.
pub fn clean_lines(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut left = max_chars;
    let mut gap = Gap::None;
    for line in thinned(text, max_chars).lines() {
        let separator = match gap {
            Gap::None => "",
            Gap::Paragraph => "\n\n",
            Gap::Space | Gap::Line => "\n",
        };
        let line = one_line(line, left.saturating_sub(separator.len()));
        if line.is_empty() {
            if gap != Gap::None {
                gap = Gap::Paragraph;
            }
            continue;
        }
        out.push_str(separator);
        out.push_str(&line);
        left = left.saturating_sub(separator.len() + line.chars().count());
        gap = Gap::Line;
    }
    out
}

/// The first `max_chars` characters of `text` with every run of white space made one space.
fn one_line(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        if count >= max_chars {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars().take(max_chars.saturating_sub(count)) {
            out.push(c);
            count += 1;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// `text` without unwanted characters and with at most [`MAX_MARKS`] combining marks in a row. Reads no more than can
/// matter for `max_chars` characters, with much room for white space.
fn thinned(text: &str, max_chars: usize) -> String {
    let mut marks = 0;
    let wanted = text.chars().filter(|c| !is_unwanted(*c)).filter(|c| {
        marks = if is_combining_mark(*c) { marks + 1 } else { 0 };
        marks <= MAX_MARKS
    });
    wanted.take(max_chars.saturating_mul(4).saturating_add(1_024)).collect()
}

/// `text` without the characters of [`is_unwanted`].
pub(super) fn without_unwanted(text: &str) -> Cow<'_, str> {
    if text.contains(is_unwanted) {
        Cow::Owned(text.chars().filter(|c| !is_unwanted(*c)).collect())
    } else {
        text.into()
    }
}

/// Characters that are dropped from every text: controls other than line break and tab (PostgreSQL refuses U+0000), those
/// that turn the direction of writing (text is isolated by markup instead), and code points that are no characters.
pub(super) fn is_unwanted(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{feff}' | '\u{fdd0}'..='\u{fdef}' => true,
        c => c.is_control() || u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// The paragraphs of plain `text`, parted by blank lines, each as its lines without white space at their ends.
pub(super) fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let mut paragraphs = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if !line.is_empty() {
            lines.push(line);
        } else if !lines.is_empty() {
            paragraphs.push(std::mem::take(&mut lines));
        }
    }
    if !lines.is_empty() {
        paragraphs.push(lines);
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_becomes_readable_text() {
        for (html, text) in [
            ("<p>Hello <b>you</b></p><p>a<br>b</p>", "Hello you\n\na\nb"),
            ("<ul><li>one</li><li>two</li></ul><p>x</p>", "- one\n- two\n\nx"),
            ("a  \n b", "a b"),
            ("<pre><code>a\n  b\n</code></pre>c", "a\n  b\n\nc"),
            ("1 &lt; 2 &amp;amp; &#39;x&#x27; &nope; & AT&T", "1 < 2 &amp; 'x' &nope; & AT&T"),
            ("<script>alert(1)</script>b<style>c</style>", "b"),
            ("<svg><svg><text>a</text></svg>b</svg>c", "c"),
            ("<span class=\"invisible\">https://</span><span>a.example</span>", "https://a.example"),
            ("<table><tr><td>a<td>b</table>", "a b"),
            ("I <3 you", "I <3 you"),
            ("a\u{202e}b\0c", "abc"),
            ("<img src=x onerror=alert(1)>", ""),
            ("", ""),
        ] {
            assert_eq!(to_plain(html), text, "{html}");
        }
    }

    #[test]
    fn plain_text_is_bounded() {
        assert!(to_plain(&"é".repeat(100_000)).len() <= MAX_PLAIN);
        assert!(to_plain(&"<li>".repeat(100_000)).len() <= MAX_PLAIN);
        assert_eq!(to_plain(&"<div>".repeat(100_000)), "");
        assert_eq!(to_plain(&"<!--x--!>".repeat(100_000)), "");
        assert!(to_plain(&"&".repeat(100_000)).len() <= MAX_PLAIN);
    }

    #[test]
    fn references_are_decoded_or_left() {
        assert_eq!(decode("&#x1F600;&hellip;&#0;&#xD800;&#99999999;&"), "😀…\0&#xD800;&#99999999;&");
        assert_eq!(decode("&amp"), "&amp");
    }

    #[test]
    fn an_excerpt_ends_at_a_word() {
        assert_eq!(excerpt("short  \n text", 20), "short text");
        assert_eq!(excerpt("one two three four", 10), "one two…");
        assert_eq!(excerpt("one two three", 8), "one two…");
        assert_eq!(excerpt(&"x".repeat(50), 10), "xxxxxxxxx…");
        assert_eq!(excerpt("日本語のとても長い文章です", 6), "日本語のと…");
        assert_eq!(excerpt("ae\u{301}\u{301}b", 3), "a…");
        assert_eq!(excerpt("abc", 0), "");
        assert_eq!(excerpt("", 5), "");
    }

    #[test]
    fn names_come_out_clean() {
        assert_eq!(clean_text(" \u{202e}nimda\u{2067} \r\n\t Bob\0 ", 50), "nimda Bob");
        assert_eq!(clean_text("👩‍👩‍👧 café", 50), "👩‍👩‍👧 café");
        assert_eq!(clean_text("abcdef", 3), "abc");
        assert_eq!(clean_text("ab cdef", 3), "ab");
        assert_eq!(clean_text(&format!("Z{}", "\u{300}".repeat(500)), 100).chars().count(), 1 + MAX_MARKS);
        assert_eq!(clean_text(&"\0".repeat(100_000), 10), "");
    }

    #[test]
    fn lines_are_kept_where_they_matter() {
        assert_eq!(clean_lines("\n a \r\nb\n\n\n\nc\0\n", 50), "a\nb\n\nc");
        assert_eq!(clean_lines("ab\ncd", 4), "ab\nc");
        assert_eq!(clean_lines("ab\ncd", 3), "ab");
    }

    #[test]
    fn paragraphs_are_parted_by_blank_lines() {
        assert_eq!(paragraphs("\n\na \nb\r\n  \nc\n"), [vec!["a", "b"], vec!["c"]]);
        assert!(paragraphs(" \n\t\n").is_empty());
    }

    proptest! {
        #[test]
        fn lengths_hold_for_any_text(text in "[\\PC\n\t\u{0}\u{301}\u{202e} ]{0,60}", max in 0usize..40) {
            for cut in [clean_text(&text, max), clean_lines(&text, max), excerpt(&text, max)] {
                prop_assert!(cut.chars().count() <= max, "{:?}", cut);
            }
            prop_assert_eq!(clean_text(&clean_text(&text, max), max), clean_text(&text, max));
        }
    }
}
