//! Long texts of those who run the server, such as a privacy policy: a small part of Markdown becomes markup.
//!
//! Blocks are parted by blank lines: headings (`#` to `####`), lists (`-`, `*` or `1.`) and paragraphs. Within them
//! `**strong**`, `*emphasis*`, `` `code` ``, `[words](https://address)` and bare addresses have a meaning; all else is text.

use std::iter::Peekable;
use std::str::Lines;

use super::html::{SafeHtml, escape};
use super::plain::without_unwanted;

/// The longest text, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// Turns a text into markup; `None` if it is longer than [`MAX_BYTES`].
pub fn render(text: &str) -> Option<SafeHtml> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = without_unwanted(text).replace("\r\n", "\n");
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some((level, words)) = heading(line) {
            html.push_str(&format!("<h{level}>{}</h{level}>", inline(words)));
        } else if let Some((kind, words)) = item(line) {
            write_list(&mut html, kind, words, &mut lines);
        } else {
            let mut paragraph = vec![line];
            while let Some(next) = lines.next_if(|next| continues(next)) {
                paragraph.push(next.trim());
            }
            html.push_str(&format!("<p>{}</p>", inline(&paragraph.join("\n")).replace('\n', "<br>")));
        }
    }
    Some(SafeHtml::from_built(html))
}

/// `# Words` is a heading of the second level: the page has one above it.
fn heading(line: &str) -> Option<(usize, &str)> {
    let signs = line.bytes().take_while(|b| *b == b'#').count();
    let words = line.get(signs..)?.strip_prefix(' ')?.trim();
    ((1..=4).contains(&signs) && !words.is_empty()).then_some((signs + 1, words))
}

/// An item of a list: the list's element and the words.
fn item(line: &str) -> Option<(&'static str, &str)> {
    if let Some(words) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some(("ul", words.trim()));
    }
    let (number, words) = line.split_once(['.', ')'])?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    words.strip_prefix(' ').filter(|_| is_number).map(|words| ("ol", words.trim()))
}

/// Whether a line goes on with the paragraph or item above it.
fn continues(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && heading(line).is_none() && item(line).is_none()
}

fn write_list(html: &mut String, kind: &'static str, first: &str, lines: &mut Peekable<Lines<'_>>) {
    html.push_str(&format!("<{kind}>"));
    let mut words = first.to_owned();
    loop {
        while let Some(next) = lines.next_if(|next| continues(next)) {
            words.push(' ');
            words.push_str(next.trim());
        }
        html.push_str(&format!("<li>{}</li>", inline(&words)));
        let Some(next) = lines.next_if(|next| item(next.trim()).is_some_and(|(other, _)| other == kind)) else { break };
        words = item(next.trim()).map(|(_, words)| words.to_owned()).unwrap_or_default();
    }
    html.push_str(&format!("</{kind}>"));
}

/// One block's words.
fn inline(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, length) = marked(rest).unwrap_or_else(|| {
            // Up to the next character that can begin something.
            let end = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '*' | '`' | '[' | 'h')).map(|(at, _)| at);
            let length = end.unwrap_or(rest.len()).max(c.len_utf8());
            (escape(rest.get(..length).unwrap_or_default()), length)
        });
        html.push_str(&piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    html
}

/// What begins at `rest` with a meaning, as markup, and its length.
fn marked(rest: &str) -> Option<(String, usize)> {
    for (sign, element) in [("**", "strong"), ("*", "em"), ("`", "code")] {
        if let Some(after) = rest.strip_prefix(sign) {
            let (words, _) = after.split_once(sign)?;
            let is_apart = !words.is_empty() && !words.starts_with(' ') && !words.ends_with(' ');
            // Emphasis does not nest; what is in it is text.
            return is_apart
                .then(|| (format!("<{element}>{}</{element}>", escape(words)), words.len() + 2 * sign.len()));
        }
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (words, tail) = after.split_once("](")?;
        let (address, _) = tail.split_once(')')?;
        if words.contains(['[', ']', '\n']) || !is_address(address) {
            return None;
        }
        return Some((link(address, words), words.len() + address.len() + 4));
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`')).unwrap_or(rest.len());
    let address = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '*']);
    is_address(address).then(|| (link(address, address), address.len()))
}

fn is_address(text: &str) -> bool {
    let has_scheme = ["https://", "http://", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
    has_scheme && !text.contains(char::is_whitespace) && url::Url::parse(text).is_ok()
}

fn link(address: &str, words: &str) -> String {
    format!("<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>", escape(address), escape(words))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn html(text: &str) -> String {
        render(text).unwrap().into_string()
    }

    #[test]
    fn blocks_become_headings_lists_and_paragraphs() {
        assert_eq!(
            html("# Rules\n\nBe kind.\nAlways.\n\n- one\n  more\n- two\n\n1. first\n2) second\nText"),
            "<h2>Rules</h2><p>Be kind.<br>Always.</p><ul><li>one more</li><li>two</li></ul>\
             <ol><li>first</li><li>second Text</li></ol>"
        );
        assert_eq!(html("#nospace\n2026. Words"), "<p>#nospace<br>2026. Words</p>");
        assert_eq!(html(""), "");
    }

    #[test]
    fn words_can_be_marked_and_linked() {
        assert_eq!(
            html("**No** *spam* `x < y` see [the **law**](https://law.example/?a=1&b=2)."),
            "<p><strong>No</strong> <em>spam</em> <code>x &lt; y</code> see \
             <a href=\"https://law.example/?a=1&amp;b=2\" rel=\"noopener noreferrer\">the **law**</a>.</p>"
        );
        assert!(html("at https://a.example/x.").contains("<a href=\"https://a.example/x\""));
        assert_eq!(html("2 * 3 * 4 and 5*"), "<p>2 * 3 * 4 and 5*</p>");
    }

    #[test]
    fn nothing_else_gets_through() {
        for text in ["<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](data:text/html,x)", "\"><img src=x>"]
        {
            let html = html(text);
            assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<a "), "{html}");
        }
        assert!(render(&"x".repeat(MAX_BYTES + 1)).is_none());
    }

    proptest! {
        #[test]
        fn any_text_becomes_closed_markup(text in "[-*#`\\[\\]()<>&\" \nh1.a:/é]{0,80}") {
            let html = html(&text);
            prop_assert_eq!(html.matches("<li>").count(), html.matches("</li>").count());
            prop_assert_eq!(html.matches("<a ").count(), html.matches("</a>").count());
        }
    }
}
