//! oEmbed documents (oembed.com), in JSON only. Their `html` is never looked at.

use serde_json::Value;

use crate::net::RemoteUrl;
use crate::text::webpage::Head;

/// The media types under which pages announce them.
const KINDS: &[&str] = &["application/json+oembed", "text/json+oembed"];

/// What a document says, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Embed {
    /// `link`, `photo`, `video` or `rich`.
    pub kind: String,
    pub title: String,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    pub thumbnail_url: String,
    /// Of photos, where they are.
    pub url: String,
}

/// Where the document of a page is, if the page has one.
pub(super) fn address(head: &Head, page: &RemoteUrl) -> Option<RemoteUrl> {
    page.join(head.link("alternate", KINDS)?).ok()
}

/// Reads a document; `None` if it is none.
pub(super) fn read(document: &[u8]) -> Option<Embed> {
    let value: Value = serde_json::from_slice(document).ok()?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let embed = Embed {
        kind: text("type"),
        title: text("title"),
        author_name: text("author_name"),
        author_url: text("author_url"),
        provider_name: text("provider_name"),
        provider_url: text("provider_url"),
        thumbnail_url: text("thumbnail_url"),
        url: text("url"),
    };
    ["link", "photo", "video", "rich"].contains(&embed.kind.as_str()).then_some(embed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proper_documents_are_read() {
        let embed = read(br#"{"type": "video", "title": "Bread", "html": "<script>alert(1)</script>", "width": 4}"#);
        assert_eq!(embed.map(|embed| (embed.kind, embed.title)), Some(("video".into(), "Bread".into())));
        for text in ["", "[]", "{}", "<xml/>", r#"{"type": 5}"#, r#"{"type": "script"}"#] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read("[".repeat(60_000).as_bytes()), None);
    }
}
