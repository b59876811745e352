//! Decides, in one pass and before anything is parsed, whether markup is small and plain enough to parse.
//!
//! A tree builder takes quadratic time on deep nesting, and copies formatting elements that were left open into every
//! later block. So the depth counted here is never less than the depth of the tree, and closing tags that do not match
//! are allowed only a few times.

use super::tokens::{Tag, Token, Tokens, is_any};

/// The most bytes of markup that are parsed, and the most that a sanitised text may have.
pub(super) const MAX_BYTES: usize = 32 * 1024;
/// The most start tags.
const MAX_TAGS: usize = 1_000;
/// The deepest nesting.
const MAX_DEPTH: usize = 64;
/// The most attributes of one tag: the parser compares each with all before it.
const MAX_ATTRIBUTES: usize = 64;
/// The most elements left open when something around them closes.
const MAX_MISNESTED: usize = 16;

const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Elements that end when the one around them does.
const OPTIONAL_END: &[&str] = &[
    "p", "li", "dd", "dt", "rb", "rp", "rt", "rtc", "tr", "td", "th", "thead", "tbody", "tfoot", "caption", "colgroup",
];
/// Elements whose end tag closes those above whose own end may be left out.
const CLOSES_OPTIONAL: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "header",
    "li",
    "dd",
    "dt",
    "main",
    "nav",
    "ol",
    "pre",
    "ruby",
    "section",
    "table",
    "ul",
    "td",
    "th",
    "tr",
];
/// Elements whose start tag closes an open paragraph.
const CLOSES_PARAGRAPH: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
    "dd",
    "dt",
];

/// Whether `html` may be given to the parser.
pub(super) fn is_simple(html: &str) -> bool {
    if html.len() > MAX_BYTES {
        return false;
    }
    let mut state = State::default();
    Tokens::new(html).all(|token| match token {
        Token::Start(tag) => has_few_attributes(tag) && state.open(tag),
        Token::End(tag) => has_few_attributes(tag) && state.close(tag.name),
        Token::Unfinished(tag) => has_few_attributes(tag),
        Token::Text(_) | Token::Raw(_) => true,
    })
}

fn has_few_attributes(tag: Tag<'_>) -> bool {
    tag.attribute_count <= MAX_ATTRIBUTES
}

#[derive(Default)]
struct State<'a> {
    open: Vec<&'a str>,
    tags: usize,
    misnested: usize,
    /// SVG or MathML was seen: other rules decide what closes what, so nothing counts as closed any more.
    is_foreign: bool,
}

impl<'a> State<'a> {
    /// Takes a start tag; false when it is one too many.
    fn open(&mut self, tag: Tag<'a>) -> bool {
        self.tags += 1;
        self.is_foreign |= tag.is(&["svg", "math"]);
        if !self.is_foreign {
            self.close_implied(tag);
        }
        if self.is_foreign || !tag.is(VOID) {
            self.open.push(tag.name);
        }
        self.tags <= MAX_TAGS && self.is_within_limits()
    }

    /// Takes an end tag; false when there was too much disorder.
    fn close(&mut self, name: &str) -> bool {
        if self.is_foreign {
            return true;
        }
        let above = self.open.iter().rev().take_while(|open| !open.eq_ignore_ascii_case(name)).count();
        let is_open = above < self.open.len();
        let at = self.open.len() - above;
        let are_optional = || self.open.iter().skip(at).all(|open| is_any(open, OPTIONAL_END));
        if is_open && (above == 0 || is_any(name, CLOSES_OPTIONAL) && are_optional()) {
            self.open.truncate(at - 1);
        } else {
            self.misnested += if is_open { above } else { 1 };
        }
        self.is_within_limits()
    }

    /// Removes what the start tag `tag` closes by itself.
    fn close_implied(&mut self, tag: Tag<'a>) {
        if tag.is(CLOSES_PARAGRAPH) {
            if self.is_inside(0, &["p"]) {
                self.open.pop();
            } else if self.open.iter().any(|open| is_any(open, &["p"])) {
                self.misnested += 1;
            }
        }
        let closes_sibling = if tag.is(&["li"]) {
            self.is_inside(0, &["li"])
        } else if tag.is(&["dd", "dt"]) {
            self.is_inside(0, &["dd", "dt"])
        } else {
            tag.is(&["rt", "rp"]) && self.is_inside(0, &["rt", "rp"]) && self.is_inside(1, &["ruby"])
        };
        if closes_sibling {
            self.open.pop();
        }
    }

    /// Whether the open element `level` steps up from the innermost is one of `names`.
    fn is_inside(&self, level: usize, names: &[&str]) -> bool {
        self.open.iter().rev().nth(level).is_some_and(|open| is_any(open, names))
    }

    fn is_within_limits(&self) -> bool {
        self.open.len() <= MAX_DEPTH && self.misnested <= MAX_MISNESTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_posts_are_simple() {
        for html in [
            "",
            "plain",
            "<p>Hello <a href=\"https://a.example\">you</a><br>there</p>",
            "<ul><li>one<li>two<li><p>three</ul><p>a<p>b<p>c",
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<ruby>漢<rp>(</rp><rt>kan<rp>)<rt>x</ruby>",
            "<p>a<b>b</p><p>c</b></p>",
        ] {
            assert!(is_simple(html), "{html}");
        }
        assert!(is_simple(&"<p>x".repeat(900)), "paragraphs close each other");
        assert!(is_simple(&"<li>x".repeat(900)), "list items close each other");
        assert!(is_simple(&"<div><p>x</div>".repeat(400)));
        assert!(is_simple(&"<br>".repeat(1_000)));
    }

    #[test]
    fn limits_hold() {
        assert!(is_simple(&"a".repeat(MAX_BYTES)));
        assert!(!is_simple(&"a".repeat(MAX_BYTES + 1)));
        assert!(!is_simple(&"<br>".repeat(1_001)));
        assert!(is_simple(&format!("{}{}", "<div>".repeat(64), "</div>".repeat(64))));
        assert!(!is_simple(&"<div>".repeat(65)));
        assert!(is_simple(&format!("<p {}>", "a ".repeat(64))));
        for tag in ["<p", "</p", "x<p"] {
            assert!(!is_simple(&format!("{tag} {}>", "a ".repeat(65))));
            assert!(!is_simple(&format!("{tag} {}", "a ".repeat(65))), "cut off by the end");
        }
    }

    #[test]
    fn nesting_cannot_be_hidden() {
        for disguise in [
            "<div><!--</div>-->",
            "<div><br title='</div>'>",
            "<div><script></div></script>",
            "<div><b></div>",
            "<p><b x>",
            "<span><p></span>",
            "<b><p></b>",
            "<svg><wbr></svg>",
            "<svg><desc></desc>",
            "<a><b><i>",
            "<div><script><!--<script></script></div></script>",
        ] {
            assert!(!is_simple(&disguise.repeat(80)), "{disguise}");
        }
    }
}
