//! From what a page declares to what its card says: OpenGraph first, then Twitter cards, oEmbed and plain HTML.

use std::time::Duration;

use super::oembed::Embed;
use crate::domain::preview_cards::CardKind;
use crate::net::RemoteUrl;
use crate::text::webpage::Head;
use crate::text::{clean_text, language};
use crate::time::Time;

/// Characters of a title.
const TITLE: usize = 300;
/// Characters of a description.
const DESCRIPTION: usize = 500;
/// Characters of the name of an author or provider.
const NAME: usize = 150;
/// How far in the future a page may say it was published: clocks differ.
const AHEAD: Duration = Duration::from_secs(86_400);

/// What a page says about itself, cut to size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub kind: CardKind,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    /// Where its picture is.
    pub image: Option<RemoteUrl>,
    /// The handle of the account that it names as its author.
    pub creator: Option<String>,
    pub published_at: Option<Time>,
}

/// Reads a page that was found at `url`; `None` if it does not even say what it is called.
pub(super) fn read(head: &Head, embed: Option<&Embed>, url: &RemoteUrl, now: Time) -> Option<Said> {
    let nothing = Embed::default();
    let embed = embed.unwrap_or(&nothing);
    let first = |candidates: &[Option<&str>], most: usize| {
        candidates.iter().flatten().map(|text| clean_text(text, most)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let title = first(
        &[head.meta(&["og:title", "twitter:title"]), Some(&embed.title), head.meta(&["title"]), Some(&head.title)],
        TITLE,
    );
    if title.is_empty() {
        return None;
    }
    let (profile, author) = (head.meta(&["article:author"]), head.meta(&["author"]));
    let named = profile.filter(|text| web_address(text).is_none());
    let kind = match (embed.kind.as_str(), head.meta(&["og:type"])) {
        ("photo", _) => CardKind::Photo,
        ("video", _) => CardKind::Video,
        (_, Some(kind)) if kind.to_ascii_lowercase().starts_with("video") => CardKind::Video,
        _ => CardKind::Link,
    };
    let pictures = [
        Some(embed.url.as_str()).filter(|_| kind == CardKind::Photo),
        head.meta(&["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"]),
        Some(embed.thumbnail_url.as_str()),
        head.link("image_src", &[]),
    ];
    let published = head.meta(&["article:published_time", "datepublished", "date"]).and_then(Time::parse);
    Some(Said {
        kind,
        title,
        description: first(
            &[head.meta(&["og:description", "twitter:description"]), head.meta(&["description"])],
            DESCRIPTION,
        ),
        language: head.meta(&["og:locale"]).or(head.lang.as_deref()).and_then(language::normalize),
        author_name: first(&[Some(&embed.author_name), author, named], NAME),
        author_url: web_address(&embed.author_url).or_else(|| profile.and_then(web_address)).unwrap_or_default(),
        provider_name: first(&[head.meta(&["og:site_name"]), Some(&embed.provider_name), Some(url.host())], NAME),
        provider_url: web_address(&embed.provider_url).unwrap_or_else(|| format!("{}/", url.origin())),
        image: pictures.into_iter().flatten().filter(|at| !at.is_empty()).find_map(|at| url.join(at).ok()),
        creator: head.meta(&["fediverse:creator"]).map(|handle| handle.chars().take(NAME).collect()),
        published_at: published.filter(|at| *at > Time(0) && *at < now.after(AHEAD)),
    })
}

/// The address in normal form, if it is one that a browser may follow.
fn web_address(text: &str) -> Option<String> {
    RemoteUrl::try_from(text.trim().to_owned()).ok().map(|url| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_unix(1_770_000_000);

    fn read_page(html: &str, embed: Option<&Embed>) -> Option<Said> {
        let url = RemoteUrl::try_from("https://www.news.example/2026/bread".to_owned()).unwrap();
        read(&Head::read(html), embed, &url, NOW)
    }

    #[test]
    fn open_graph_comes_before_the_rest() {
        let said = read_page(
            "<html lang=en-GB><title>Bread | News</title><meta property=og:title content='Bread\n rises'>\
             <meta name=description content='plain'><meta property=og:description content='It \u{202e}does.'>\
             <meta property=og:site_name content='The News'><meta property=og:image content='/p.jpg'>\
             <meta name=author content='Ann Baker'><meta property=article:author content='https://news.example/ann'>\
             <meta property=article:published_time content='2026-01-02T03:04:05Z'>\
             <meta name=fediverse:creator content='@ann@social.example'>",
            None,
        )
        .unwrap();
        assert_eq!((said.title.as_str(), said.description.as_str()), ("Bread rises", "It does."));
        assert_eq!((said.provider_name.as_str(), said.language.as_deref()), ("The News", Some("en")));
        assert_eq!((said.author_name.as_str(), said.author_url.as_str()), ("Ann Baker", "https://news.example/ann"));
        assert_eq!(said.image.map(|image| image.to_string()).as_deref(), Some("https://www.news.example/p.jpg"));
        assert_eq!(said.published_at.map(Time::rfc3339).as_deref(), Some("2026-01-02T03:04:05.000Z"));
        assert_eq!((said.kind, said.creator.as_deref()), (CardKind::Link, Some("@ann@social.example")));
    }

    #[test]
    fn a_page_that_says_little_still_has_a_card_and_one_that_says_nothing_has_none() {
        let said = read_page("<title> Bread </title>", None).unwrap();
        assert_eq!(
            (said.title.as_str(), said.provider_name.as_str(), said.provider_url.as_str()),
            ("Bread", "www.news.example", "https://www.news.example/")
        );
        assert_eq!((said.image, said.published_at, said.author_url.as_str()), (None, None, ""));
        assert_eq!(read_page("<title></title><p>words</p>", None), None);
    }

    #[test]
    fn embeds_say_what_kind_it_is_and_nothing_they_name_is_followed_blindly() {
        let embed = Embed {
            kind: "photo".into(),
            title: "A loaf".into(),
            author_url: "javascript:alert(1)".into(),
            url: "https://cdn.example/loaf.jpg".into(),
            ..Embed::default()
        };
        let said = read_page("", Some(&embed)).unwrap();
        assert_eq!((said.kind, said.title.as_str(), said.author_url.as_str()), (CardKind::Photo, "A loaf", ""));
        assert_eq!(said.image.map(|image| image.to_string()).as_deref(), Some("https://cdn.example/loaf.jpg"));
        let said = read_page("<title>x</title><meta property=og:image content='data:image/png;base64,AAAA'>", None);
        assert_eq!(said.unwrap().image, None);
        let long = read_page(&format!("<title>{}</title>", "x ".repeat(5000)), None).unwrap();
        assert!(long.title.chars().count() <= TITLE);
        let later = read_page("<title>x</title><meta name=date content='2999-01-01T00:00:00Z'>", None).unwrap();
        assert_eq!(later.published_at, None);
    }
}
