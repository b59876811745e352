//! Markup cut into tags and text, in one pass over the input and without building a tree.
//!
//! Follows the tokenizer of the HTML standard closely enough to see the same tags a parser sees (quoted attributes,
//! comments, raw text elements). Nothing here decides what is safe.

/// One piece of markup, borrowed from the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text) enum Token<'a> {
    /// Text between tags, still with its character references.
    Text(&'a str),
    /// The content of a raw text element such as `script`, in which nothing is markup.
    Raw(&'a str),
    /// A start tag.
    Start(Tag<'a>),
    /// An end tag.
    End(Tag<'a>),
    /// A tag that the end of the input cuts off; parsers drop it.
    Unfinished(Tag<'a>),
}

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text) struct Tag<'a> {
    /// As written; compare without case.
    pub(in crate::text) name: &'a str,
    /// How many attributes it has, duplicates included.
    pub(in crate::text) attribute_count: usize,
    source: &'a str,
}

impl<'a> Tag<'a> {
    /// Whether it is one of these lower-case names.
    pub(in crate::text) fn is(&self, names: &[&str]) -> bool {
        is_any(self.name, names)
    }

    /// Its attributes as (name, value), in order, duplicates included, values still with their character references.
    pub(in crate::text) fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        Attributes { rest: self.source }
    }

    /// The value of the first attribute of this name, still with its character references.
    pub(in crate::text) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether its class list holds `class`.
    pub(in crate::text) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|list| list.split_ascii_whitespace().any(|found| found == class))
    }
}

/// Whether `name` is one of the lower-case `names`, regardless of its case.
pub(in crate::text) fn is_any(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Elements whose content the parser takes as text.
const RAW: &[&str] =
    &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];

/// Iterates over the tokens of some markup; comments and declarations are left out.
#[derive(Debug, Clone)]
pub(in crate::text) struct Tokens<'a> {
    rest: &'a str,
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// Starts at the beginning of `html`.
    pub(in crate::text) fn new(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    /// Takes the first `length` bytes.
    fn cut(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Reads the tag whose name begins at `rest`, and tells with `kind` what it is.
    fn cut_tag(&mut self, kind: fn(Tag<'a>) -> Token<'a>) -> Token<'a> {
        let end = self.rest.find(|c: char| is_space(c) || matches!(c, '/' | '>')).unwrap_or(self.rest.len());
        let name = self.cut(end);
        let source = self.rest;
        let mut attributes = Attributes { rest: source };
        let attribute_count = attributes.by_ref().count();
        let length = source.len() - attributes.rest.len();
        let tag = Tag { name, attribute_count, source: source.get(..length).unwrap_or_default() };
        match attributes.rest.strip_prefix('>') {
            Some(rest) => {
                self.rest = rest;
                kind(tag)
            }
            None => {
                self.rest = "";
                Token::Unfinished(tag)
            }
        }
    }

    /// Skips a comment or declaration, which begins at `rest` with `<!`, `<?` or `</`.
    fn skip_comment(&mut self) {
        let end = if let Some(comment) = self.rest.strip_prefix("<!--") {
            // `<!-->` and `<!--->` are whole comments; `--!>` closes one too.
            let closed = |text: &str| text.starts_with('>') || text.starts_with("->");
            if closed(comment) {
                comment.find('>').map(|at| at + 5)
            } else {
                let ends = |text: &str| text.ends_with("--") || text.ends_with("--!");
                let mut brackets = comment.match_indices('>').map(|(at, _)| at);
                brackets.find(|at| comment.get(..*at).is_some_and(ends)).map(|at| at + 5)
            }
        } else {
            self.rest.find('>').map(|at| at + 1)
        };
        self.cut(end.unwrap_or(self.rest.len()));
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take() {
            let text = self.cut(raw_length(self.rest, name));
            if !text.is_empty() {
                return Some(Token::Raw(text));
            }
        }
        loop {
            let mut after = self.rest.chars();
            match (after.next()?, after.next(), after.next()) {
                ('<', Some(c), _) if c.is_ascii_alphabetic() => {
                    self.cut(1);
                    let token = self.cut_tag(Token::Start);
                    if let Token::Start(tag) = token {
                        self.raw = tag.is(RAW).then_some(tag.name);
                    }
                    return Some(token);
                }
                ('<', Some('/'), Some(c)) if c.is_ascii_alphabetic() => {
                    self.cut(2);
                    return Some(self.cut_tag(Token::End));
                }
                ('<', Some('!' | '?'), _) | ('<', Some('/'), Some(_)) => self.skip_comment(),
                (first, _, _) => {
                    // A lone `<` is text.
                    let from = first.len_utf8();
                    let end =
                        self.rest.get(from..).and_then(|rest| rest.find('<')).map_or(self.rest.len(), |at| at + from);
                    return Some(Token::Text(self.cut(end)));
                }
            }
        }
    }
}

/// Where the raw text element `name` ends in `text`: before its end tag, or at the end.
fn raw_length(text: &str, name: &str) -> usize {
    if name.eq_ignore_ascii_case("plaintext") {
        return text.len();
    }
    let closes = |at: usize| {
        let after = at + 2;
        text.get(after..after + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && text
                .get(after + name.len()..)
                .is_some_and(|rest| rest.starts_with(|c: char| is_space(c) || matches!(c, '/' | '>')))
    };
    text.match_indices("</").map(|(at, _)| at).find(|at| closes(*at)).unwrap_or(text.len())
}

/// Iterates over the attributes of a tag as (name, raw value) and stops at its `>`.
struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start_matches(|c: char| is_space(c) || c == '/');
        if self.rest.is_empty() || self.rest.starts_with('>') {
            return None;
        }
        // An equals sign in first place belongs to the name.
        let is_end = |(_, c): &(usize, char)| is_space(*c) || matches!(c, '/' | '>' | '=');
        let end = self.rest.char_indices().skip(1).find(is_end).map_or(self.rest.len(), |(at, _)| at);
        let (name, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        let Some(value) = rest.trim_start_matches(is_space).strip_prefix('=') else {
            self.rest = rest;
            return Some((name, ""));
        };
        let value = value.trim_start_matches(is_space);
        for quote in ['"', '\''] {
            if let Some(quoted) = value.strip_prefix(quote) {
                // Without a closing quote everything to the end is the value, and the tag never ends.
                let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
                self.rest = rest;
                return Some((name, value));
            }
        }
        let end = value.find(|c: char| is_space(c) || c == '>').unwrap_or(value.len());
        let (value, rest) = value.split_at_checked(end).unwrap_or((value, ""));
        self.rest = rest;
        Some((name, value))
    }
}

/// What HTML takes as white space inside a tag.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{c}' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(html: &str) -> Vec<String> {
        Tokens::new(html)
            .map(|token| match token {
                Token::Text(text) => format!("'{text}'"),
                Token::Raw(text) => format!("raw '{text}'"),
                Token::Start(tag) => format!("<{}>", tag.name),
                Token::End(tag) => format!("</{}>", tag.name),
                Token::Unfinished(tag) => format!("cut {}", tag.name),
            })
            .collect()
    }

    #[test]
    fn tags_and_text_come_in_order() {
        assert_eq!(names("a<p class=x>b<br/>c</p >d"), ["'a'", "<p>", "'b'", "<br>", "'c'", "</p>", "'d'"]);
        assert_eq!(names("1 < 2 <3 <>"), ["'1 '", "'< 2 '", "'<3 '", "'<>'"]);
    }

    #[test]
    fn quotes_and_comments_hide_tags() {
        assert_eq!(names("<a title='</p>' href=\"<b>\">x"), ["<a>", "'x'"]);
        assert_eq!(
            names("a<!-- <b> --><!--><i><!-- x --!><u></ x><?php <s>?><!doctype html>"),
            ["'a'", "<i>", "<u>", "'?>'"]
        );
        assert_eq!(
            names("<script>if (a</b>) '<b>'</SCRIPT>x"),
            ["<script>", "raw 'if (a</b>) '<b>''", "</SCRIPT>", "'x'"]
        );
        assert_eq!(names("<p <b>x"), ["<p>", "'x'"]);
    }

    #[test]
    fn what_the_end_cuts_off_is_no_tag() {
        for html in ["<p", "<p class='x><b>y", "</p", "<p class=\""] {
            assert_eq!(names(html), ["cut p"], "{html}");
        }
        assert_eq!(names("x<!-- <b>"), ["'x'"]);
    }

    #[test]
    fn attributes_are_found() {
        let Some(Token::Start(tag)) = Tokens::new("<A HREF = 'x&amp;y' class=\"a  b\"id=c checked =d=e>").next() else {
            panic!("no tag");
        };
        assert!(tag.is(&["a"]));
        assert_eq!(tag.attribute("href"), Some("x&amp;y"));
        assert_eq!(tag.attribute("id"), Some("c"));
        assert_eq!(tag.attribute("checked"), Some("d=e"));
        assert_eq!(tag.attribute("none"), None);
        assert!(tag.has_class("b") && !tag.has_class("c"));
        assert_eq!(tag.attribute_count, 4);
    }

    proptest! {
        #[test]
        fn any_input_comes_to_an_end(html in "[<>/!='\" a-cé&-]{0,80}") {
            prop_assert!(Tokens::new(&html).count() <= html.len());
        }
    }
}
