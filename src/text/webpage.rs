//! The head of a page on the web: its title and what it declares in `meta` and `link` elements, read in one bounded pass
//! and without building a tree.

use super::html::tokens::{Tag, Token, Tokens};
use super::plain::decode;

/// How many pieces of markup are looked at.
const MAX_TOKENS: usize = 50_000;
/// How many declarations of each sort are kept.
const MAX_KEPT: usize = 100;
/// The most attributes of an element that is looked at.
const MAX_ATTRIBUTES: usize = 32;
/// The longest value that is kept, in bytes; longer ones are cut.
const MAX_VALUE: usize = 4_096;
/// How far into a document its character encoding may be declared, in bytes.
const MAX_PRESCAN: usize = 2_048;

/// What a page declares about itself. Values are plain text as the page wrote it, cut to 4 KiB each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The text of its first `title` element; empty if there is none.
    pub title: String,
    /// The language of its root element, as written.
    pub lang: Option<String>,
    metas: Vec<(String, String)>,
    links: Vec<Link>,
}

/// A `link` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its relations, lower-case, parted by white space.
    pub rel: String,
    /// The media type of what it leads to, lower-case; may be empty.
    pub kind: String,
    /// Where it leads, relative to the page.
    pub href: String,
}

impl Head {
    /// Reads a page. Takes time linear in its length, whatever is in it.
    pub fn read(html: &str) -> Self {
        let mut head = Self::default();
        let mut in_title = false;
        for token in Tokens::new(html).take(MAX_TOKENS) {
            match token {
                Token::Start(tag) => {
                    in_title = tag.is(&["title"]);
                    head.take(tag);
                }
                Token::Raw(text) if in_title && head.title.is_empty() => {
                    head.title = cut(text).trim().to_owned();
                }
                _ => {}
            }
        }
        head
    }

    fn take(&mut self, tag: Tag<'_>) {
        if tag.attribute_count > MAX_ATTRIBUTES {
            return;
        }
        if tag.is(&["meta"]) && self.metas.len() < MAX_KEPT {
            let content = tag.attribute("content").map(cut).filter(|content| !content.is_empty());
            let names = ["property", "name", "itemprop"].into_iter().filter_map(|name| tag.attribute(name));
            if let Some(content) = content {
                for name in names {
                    self.metas.push((name.trim().to_ascii_lowercase(), content.clone()));
                }
            }
        } else if tag.is(&["link"]) && self.links.len() < MAX_KEPT {
            let lower = |name: &str| tag.attribute(name).map(|value| cut(value).trim().to_ascii_lowercase());
            if let (Some(rel), Some(href)) = (lower("rel"), tag.attribute("href").map(cut)) {
                let kind = lower("type").unwrap_or_default();
                self.links.push(Link { rel, kind, href: href.trim().to_owned() });
            }
        } else if tag.is(&["html"]) && self.lang.is_none() {
            self.lang = tag.attribute("lang").map(cut).filter(|lang| !lang.is_empty());
        }
    }

    /// The content of the first `meta` element that goes by one of these lower-case names, the first name first.
    pub fn meta(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            self.metas
                .iter()
                .find(|(known, content)| known == name && !content.trim().is_empty())
                .map(|(_, c)| c.trim())
        })
    }

    /// Where the first `link` element with this relation and one of these media types leads; no type means any.
    pub fn link(&self, rel: &str, kinds: &[&str]) -> Option<&str> {
        let fits = |link: &&Link| {
            link.rel.split_ascii_whitespace().any(|word| word == rel)
                && (kinds.is_empty() || kinds.contains(&link.kind.split(';').next().unwrap_or_default().trim()))
        };
        self.links.iter().find(fits).map(|link| link.href.as_str())
    }
}

/// The character encoding that a document declares for itself near its beginning, as written. The bytes may be in any encoding that
/// agrees with ASCII.
pub fn declared_charset(document: &[u8]) -> Option<String> {
    let start = document.get(..MAX_PRESCAN).unwrap_or(document);
    let text: String = start.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect();
    Tokens::new(&text).find_map(|token| match token {
        Token::Start(tag) if tag.is(&["meta"]) && tag.attribute_count <= MAX_ATTRIBUTES => {
            let of_content = || {
                let is_type = tag.attribute("http-equiv")?.trim().eq_ignore_ascii_case("content-type");
                tag.attribute("content").filter(|_| is_type).and_then(charset_of)
            };
            tag.attribute("charset").map(|name| name.trim().to_owned()).or_else(of_content)
        }
        _ => None,
    })
}

/// The `charset` parameter of a media type.
pub fn charset_of(media_type: &str) -> Option<String> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The text of an attribute or element, decoded and cut to what is kept.
fn cut(raw: &str) -> String {
    let raw = raw.get(..raw.floor_char_boundary(MAX_VALUE)).unwrap_or_default();
    decode(raw).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_is_read_by_what_it_declares() {
        let head = Head::read(
            "<!doctype html><html lang=nl-BE><head><title>\n Bread &amp; more </title>\
             <meta property='og:title' content='Bread'><meta name=\"Description\" content=\"All of &quot;it&quot;\">\
             <link rel='stylesheet alternate' type='application/json+oembed; charset=utf-8' href='/o?x=1&amp;y=2'>\
             <script>var x = '<meta property=og:image content=evil>'</script></head><body><svg><title>Icon</title></svg>",
        );
        assert_eq!((head.title.as_str(), head.lang.as_deref()), ("Bread & more", Some("nl-BE")));
        assert_eq!(head.meta(&["twitter:title", "og:title"]), Some("Bread"));
        assert_eq!(head.meta(&["description"]), Some("All of \"it\""));
        assert_eq!(head.meta(&["og:image"]), None);
        assert_eq!(head.link("alternate", &["application/json+oembed"]), Some("/o?x=1&y=2"));
        assert_eq!(head.link("alternate", &["text/xml+oembed"]), None);
    }

    #[test]
    fn floods_are_bounded() {
        let flood = "<meta name=x content=y>".repeat(100_000);
        assert_eq!(Head::read(&flood).metas.len(), MAX_KEPT);
        let wide = format!("<meta {} property=og:title content=x>", "a=b ".repeat(100_000));
        assert_eq!(Head::read(&wide), Head::default());
        let long = format!("<title>{}</title>", "é".repeat(100_000));
        assert!(Head::read(&long).title.len() <= MAX_VALUE);
        let deep = "<div>".repeat(200_000);
        assert_eq!(Head::read(&deep), Head::default());
    }

    #[test]
    fn encodings_are_declared_in_two_ways() {
        assert_eq!(declared_charset(b"<meta charset=windows-1252>").as_deref(), Some("windows-1252"));
        let old = b"<meta http-equiv=Content-Type content=\"text/html; charset=ISO-8859-2\">";
        assert_eq!(declared_charset(old).as_deref(), Some("ISO-8859-2"));
        assert_eq!(declared_charset(b"\xff\xfe<p>"), None);
        assert_eq!(charset_of("text/html;charset=\"UTF-8\"").as_deref(), Some("UTF-8"));
        assert_eq!(charset_of("text/html"), None);
    }

    proptest! {
        #[test]
        fn no_page_is_too_strange(html in "[<>/!='\" a-z:é&;-]{0,120}") {
            Head::read(&html);
        }
    }
}
