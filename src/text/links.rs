//! The links of a text that lead out of it: neither mentions nor hashtags, nor the address of something quoted.

use super::html::tokens::{Tag, Token, Tokens};
use super::plain::decode;

/// The classes of links and of what is around them that belong to the text itself.
const INNER: &[&str] = &["mention", "hashtag"];
/// What a quoted post's address stands in, for those who cannot show quotes.
const QUOTE: &str = "quote-inline";

/// The addresses that sanitised markup links to, in order, at most `limit`; mentions, hashtags and quotes left out.
pub fn outgoing(html: &str, limit: usize) -> Vec<String> {
    // The quote that is being left out, and how deep its own element is nested in itself.
    let mut quote: Option<(&str, usize)> = None;
    let mut found = Vec::new();
    for token in Tokens::new(html) {
        if found.len() >= limit {
            break;
        }
        match (token, &mut quote) {
            (Token::Start(tag), Some((name, depth))) if tag.name.eq_ignore_ascii_case(name) => *depth += 1,
            (Token::End(tag), Some((name, depth))) if tag.name.eq_ignore_ascii_case(name) => {
                *depth -= 1;
                if *depth == 0 {
                    quote = None;
                }
            }
            (Token::Start(tag), None) if tag.has_class(QUOTE) => quote = Some((tag.name, 1)),
            (Token::Start(tag), None) if tag.is(&["a"]) => found.extend(leads_out(tag)),
            _ => {}
        }
    }
    found
}

fn leads_out(tag: Tag<'_>) -> Option<String> {
    let is_tag = tag.attribute("rel").is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word == "tag"));
    if is_tag || INNER.iter().any(|class| tag.has_class(class)) {
        return None;
    }
    tag.attribute("href").map(|href| decode(href).into_owned()).filter(|href| !href.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_hashtags_and_quotes_are_no_links() {
        let html = "<p class=\"quote-inline\">RE: <a href=\"https://q.example/1\">q</a></p>\
                    <p><span class=\"h-card\"><a href=\"https://a.example/@a\" class=\"u-url mention\">@a</a></span> \
                    <a href=\"https://b.example/tags/x\" class=\"mention hashtag\" rel=\"tag\">#x</a> \
                    <a href=\"https://b.example/tags/y\" rel=\"tag nofollow\">#y</a> \
                    <a href=\"https://news.example/?a=1&amp;b=2\">news</a> <a href=\"https://two.example\">two</a></p>";
        assert_eq!(outgoing(html, 5), ["https://news.example/?a=1&b=2", "https://two.example"]);
        assert_eq!(outgoing(html, 1), ["https://news.example/?a=1&b=2"]);
        assert!(outgoing("<p>none</p>", 5).is_empty());
    }
}
