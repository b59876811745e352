//! The second pass over sanitised markup: attributes in one order, and links that show where they lead.
//!
//! Remote software hides the scheme and the tail of long addresses in spans of the classes `invisible` and `ellipsis`.
//! They are kept only inside a link whose text is its own address and whose host stays in sight. A link that shows
//! another host than it leads to gets its real host appended in brackets.

use url::{Host, Url};

use super::tokens::{Tag, Token, Tokens, is_any};
use crate::text::plain;

/// The relations every link of foreign text carries.
pub(super) const LINK_REL: &str = "nofollow noopener noreferrer ugc";

/// The attributes that are written, in this order; the sanitiser has already dropped all others.
const ATTRIBUTES: &[&str] = &["href", "class", "lang", "translate", "start", "reversed", "value"];

/// File names that look like host names.
const FILE_ENDINGS: &[&str] =
    &["pdf", "html", "htm", "txt", "js", "json", "xml", "csv", "png", "jpg", "jpeg", "gif", "webp", "svg"];

/// Rewrites `clean`, which must be the output of the sanitiser.
pub(super) fn rewrite(clean: &str) -> String {
    let tokens: Vec<Token<'_>> = Tokens::new(clean).collect();
    let mut out = String::with_capacity(clean.len() + clean.len() / 4);
    let mut link: Option<Link> = None;
    let mut is_after_pre = false;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            // A parser drops the first line break in `pre`, so it would not survive being read again.
            Token::Text(text) if is_after_pre => out.push_str(text.trim_start_matches('\n')),
            Token::Text(text) => out.push_str(text),
            Token::Raw(_) | Token::Unfinished(_) => {}
            Token::Start(tag) if tag.is(&["a"]) => {
                link = Link::read(tag, tokens.get(at + 1..).unwrap_or_default());
                if link.is_some() {
                    write_tag(&mut out, tag, false);
                }
            }
            Token::Start(tag) => write_tag(&mut out, tag, link.as_ref().is_some_and(|link| link.is_plain_address)),
            Token::End(tag) if tag.is(&["a"]) => {
                if let Some(link) = link.take() {
                    if let Some(host) = link.real_host {
                        out.extend([" [", &host, "]"]);
                    }
                    out.push_str("</a>");
                }
            }
            Token::End(tag) => out.extend(["</", written_name(tag.name), ">"]),
        }
        is_after_pre = matches!(token, Token::Start(tag) if tag.is(&["pre"]));
    }
    out
}

/// A post is no page: its top heading is one level down.
fn written_name(name: &str) -> &str {
    if name.eq_ignore_ascii_case("h1") { "h2" } else { name }
}

fn write_tag(out: &mut String, tag: Tag<'_>, may_hide: bool) {
    out.push('<');
    out.push_str(written_name(tag.name));
    for name in ATTRIBUTES {
        let Some(value) = tag.attribute(name) else { continue };
        if *name == "class" {
            let kept: Vec<&str> = value
                .split_ascii_whitespace()
                .filter(|class| may_hide || !matches!(*class, "invisible" | "ellipsis"))
                .collect();
            if !kept.is_empty() {
                write_attribute(out, name, &kept.join(" "));
            }
        } else {
            write_attribute(out, name, value);
        }
    }
    if tag.is(&["a"]) {
        // `tag` marks a hashtag for other software. `me` is dropped: it would make our page vouch for a stranger.
        let is_tag = tag.attribute("rel").is_some_and(|rel| rel.split_ascii_whitespace().any(|word| word == "tag"));
        write_attribute(out, "rel", &format!("{}{LINK_REL}", if is_tag { "tag " } else { "" }));
    }
    out.push('>');
}

/// `value` is escaped already.
fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\"", value, "\""]);
}

/// What is known of a link from its address and its text.
struct Link {
    /// Its text is its address and the visible part begins with the host, so the rest may be hidden.
    is_plain_address: bool,
    /// The host it leads to, where its text or a user name in the address claims another.
    real_host: Option<String>,
}

impl Link {
    /// Looks at the link that `tag` opens and the tokens after it; `None` when it leads nowhere.
    fn read(tag: Tag<'_>, following: &[Token<'_>]) -> Option<Self> {
        let href = plain::decode(tag.attribute("href")?);
        let url = Url::parse(&href).ok()?;
        let host = url.host_str()?.to_owned();
        let (whole, visible) = link_text(following);
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let is_plain_address = !has_credentials
            && bare(&whole).eq_ignore_ascii_case(bare(&href))
            && host_part(bare(&visible)).eq_ignore_ascii_case(host_part(bare(&href)));
        let is_named = whole.trim_end().ends_with(&format!("[{host}]"));
        let misleads = !is_plain_address && !is_named && (has_credentials || claims_other_host(&whole, &host));
        Some(Self { is_plain_address, real_host: misleads.then_some(host) })
    }
}

/// The text of a link, whole and without what `invisible` hides.
fn link_text(following: &[Token<'_>]) -> (String, String) {
    let (mut whole, mut visible) = (String::new(), String::new());
    let mut spans: Vec<bool> = Vec::new();
    for token in following {
        match token {
            Token::Text(text) => {
                let text = plain::decode(text);
                whole.push_str(&text);
                if !spans.contains(&true) {
                    visible.push_str(&text);
                }
            }
            Token::Start(tag) | Token::End(tag) if tag.is(&["a"]) => break,
            Token::Start(tag) if tag.is(&["span"]) => spans.push(tag.has_class("invisible")),
            Token::End(tag) if tag.is(&["span"]) => {
                spans.pop();
            }
            Token::Start(tag) if tag.is(&["br"]) => {
                whole.push(' ');
                visible.push(' ');
            }
            Token::Start(_) | Token::End(_) | Token::Raw(_) | Token::Unfinished(_) => {}
        }
    }
    (whole, visible)
}

/// An address without scheme, `www.` and final slash, for comparing.
fn bare(address: &str) -> &str {
    let address = address.trim();
    let address = without_prefix(address, "https://").or_else(|| without_prefix(address, "http://")).unwrap_or(address);
    without_prefix(address, "www.").unwrap_or(address).trim_end_matches('/')
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// What comes before the path, query or port.
fn host_part(bare: &str) -> &str {
    bare.split(['/', '?', '#', ':', '\\']).next().unwrap_or_default()
}

/// Whether a reader would take `text` for an address on another host than `host`.
fn claims_other_host(text: &str, host: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    text.split_whitespace().enumerate().any(|(index, word)| {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '@' | '#'));
        let is_address = bare(word).len() < word.trim_end_matches('/').len();
        // Later words count only when they are clearly addresses: `see example.com` is prose.
        let may_claim = (index == 0 || is_address) && !word.starts_with(['@', '#']);
        let differs = |claimed: String| claimed != host && !host.ends_with(&format!(".{claimed}"));
        may_claim && claimed_host(word, is_address).is_some_and(differs)
    })
}

/// The host name that `word` shows, in punycode and without `www.`; `is_address` when a scheme or `www.` precedes it.
fn claimed_host(word: &str, is_address: bool) -> Option<String> {
    let authority = bare(word).split(['/', '?', '#', '\\']).next()?;
    let name = match authority.rsplit_once('@') {
        Some((_, name)) if is_address => name,
        // A mail address.
        Some(_) => return None,
        None => authority,
    };
    let name = host_part(name).trim_end_matches(|c: char| !c.is_alphanumeric());
    if name.len() > 253 {
        return None;
    }
    let Ok(Host::Domain(name)) = Host::parse(name) else { return None };
    let (rest, ending) = name.rsplit_once('.')?;
    let is_file = !is_address && is_any(ending, FILE_ENDINGS);
    let is_host = ending.len() >= 2 && ending.starts_with(|c: char| c.is_ascii_alphabetic());
    (is_host && !is_file && rest.split('.').all(|label| !label.is_empty()))
        .then(|| name.strip_prefix("www.").unwrap_or(&name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(href: &str, text: &str) -> String {
        rewrite(&format!("<a href=\"{href}\">{text}</a>"))
            .replace(&format!(" rel=\"{LINK_REL}\""), "")
            .replace(&format!("<a href=\"{href}\">"), "")
            .replace("</a>", "")
    }

    #[test]
    fn a_link_that_shows_another_host_gets_its_own() {
        for text in [
            "bank.example",
            "https://bank.example/login",
            "<b>www.bank</b>.example",
            "  (bank.example)",
            "bank.example login",
            "Log in at https://bank.example now",
            "evil.example.bank.example",
            "https://evil.example@bank.example/",
            "b\u{e4}nk.example",
            "bank.example…",
        ] {
            assert_eq!(link("https://evil.example/x", text), format!("{text} [evil.example]"), "{text}");
        }
    }

    #[test]
    fn other_links_stay_as_they_are() {
        for text in [
            "evil.example",
            "https://EVIL.example/other",
            "www.evil.example",
            "read this",
            "e.g. this",
            "report.pdf",
            "v1.2",
            "@bob@bank.example",
            "#bank.example",
            "bob@bank.example",
            "see bank.example",
            "bank.example [evil.example]",
            "1.2.3.4",
            "",
        ] {
            assert_eq!(link("https://evil.example/x", text), text, "{text}");
        }
        assert_eq!(link("https://login.bank.example/", "bank.example"), "bank.example", "a host below the one shown");
    }

    #[test]
    fn the_host_of_an_international_name_is_compared_and_shown_in_punycode() {
        assert_eq!(link("https://xn--mnchen-3ya.example/", "münchen.example"), "münchen.example");
        assert_eq!(link("https://apple.example/", "аpple.example"), "аpple.example [apple.example]", "Cyrillic а");
    }

    #[test]
    fn hidden_parts_are_kept_only_in_a_plain_address() {
        let shortened = |host: &str| {
            format!(
                "<span class=\"invisible\">https://</span><span class=\"ellipsis\">{host}/a</span><span class=\"invisible\">/b?c&amp;d</span>"
            )
        };
        assert_eq!(link("https://good.example/a/b?c&amp;d", &shortened("good.example")), shortened("good.example"));
        let shown = "<span>https://</span><span>bank.example/a</span><span>/b?c&amp;d</span>";
        assert_eq!(
            link("https://evil.example/a/b?c&amp;d", &shortened("bank.example")),
            format!("{shown} [evil.example]")
        );
        let hidden_host = "<span class=\"invisible\">https://evil.example/</span><span>bank.example</span>";
        assert_eq!(
            link("https://evil.example/bank.example", hidden_host),
            hidden_host.replace(" class=\"invisible\"", "")
        );
        let credentials =
            "<span class=\"invisible\">https://</span>bank.example<span class=\"invisible\">@evil.example/</span>";
        assert!(!link("https://bank.example@evil.example/", credentials).contains("invisible"));
    }

    #[test]
    fn nothing_is_hidden_outside_links() {
        assert_eq!(rewrite("<span class=\"invisible h-card\">a</span>"), "<span class=\"h-card\">a</span>");
    }

    #[test]
    fn relations_headings_and_attribute_order_are_ours() {
        assert_eq!(
            rewrite("<a rel=\"tag\" class=\"mention\" href=\"https://a.example/\">x</a>"),
            format!("<a href=\"https://a.example/\" class=\"mention\" rel=\"tag {LINK_REL}\">x</a>")
        );
        assert_eq!(rewrite("<h1>a</h1>"), "<h2>a</h2>");
        assert_eq!(rewrite("<a>x</a>"), "x");
        assert_eq!(rewrite("<pre>\n\nx\n</pre>"), "<pre>x\n</pre>");
    }
}
