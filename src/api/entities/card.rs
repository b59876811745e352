//! PreviewCard, and the same with its history as Trends::Link.

use serde::Serialize;

use super::account::Account;
use super::tag::{Use, history};
use crate::context::Urls;
use crate::domain::accounts::Account as Person;
use crate::domain::preview_cards::{Card, CardKind};
use crate::domain::tags::Day;
use crate::time::Time;

/// What a page that a post links to says about itself. Texts that are not known are empty.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewCard {
    url: String,
    title: String,
    description: String,
    language: Option<String>,
    #[serde(rename = "type")]
    kind: CardKind,
    authors: Vec<Author>,
    author_name: String,
    author_url: String,
    provider_name: String,
    provider_url: String,
    /// Always empty: markup from outside is not kept.
    html: &'static str,
    width: i32,
    height: i32,
    image: Option<String>,
    image_description: &'static str,
    /// Of photos, our copy; else empty.
    embed_url: String,
    blurhash: Option<String>,
    published_at: Option<String>,
}

/// Who wrote the page.
#[derive(Debug, Clone, Serialize)]
struct Author {
    name: String,
    url: String,
    account: Option<Account>,
}

impl PreviewCard {
    /// A card that can be shown; `author`: the account that wrote the page.
    pub fn render(card: &Card, author: Option<&Person>, urls: &Urls) -> Self {
        let image = card.image_key.as_deref().map(|key| urls.media(key));
        let is_named = !card.author_name.is_empty() || !card.author_url.is_empty();
        let named = (author.is_some() || is_named).then(|| Author {
            name: card.author_name.clone(),
            url: card.author_url.clone(),
            account: author.map(|account| Account::render(account, urls)),
        });
        Self {
            url: card.url.clone(),
            title: card.title.clone(),
            description: card.description.clone(),
            language: card.language.clone(),
            kind: card.kind,
            authors: named.into_iter().collect(),
            author_name: card.author_name.clone(),
            author_url: card.author_url.clone(),
            provider_name: card.provider_name.clone(),
            provider_url: card.provider_url.clone(),
            html: "",
            width: card.width,
            height: card.height,
            embed_url: image.clone().filter(|_| card.kind == CardKind::Photo).unwrap_or_default(),
            image,
            image_description: "",
            blurhash: card.blurhash.clone(),
            published_at: card.published_at.map(Time::rfc3339),
        }
    }
}

/// A page that many link to, with the last seven days of it.
#[derive(Debug, Clone, Serialize)]
pub struct TrendingLink {
    #[serde(flatten)]
    card: PreviewCard,
    history: Vec<Use>,
}

impl TrendingLink {
    /// A card with how often it was linked to, today first.
    pub fn render(card: &Card, author: Option<&Person>, days: &[Day], urls: &Urls) -> Self {
        Self { card: PreviewCard::render(card, author, urls), history: history(days) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::preview_cards::State;
    use crate::ids::PreviewCardId;

    #[test]
    fn nothing_from_outside_is_loaded_by_the_reader() {
        let urls = Urls::new("https://b.example", "b.example");
        let card = Card {
            id: PreviewCardId(1),
            url: "https://news.example/a".into(),
            state: State::Ready,
            kind: CardKind::Photo,
            title: "News".into(),
            description: String::new(),
            language: None,
            author_name: "Ann".into(),
            author_url: String::new(),
            author_id: None,
            provider_name: "News".into(),
            provider_url: "https://news.example/".into(),
            width: 4,
            height: 3,
            image_url: Some("https://news.example/p.png".into()),
            image_key: Some("ab/cd/x.png".into()),
            blurhash: None,
            published_at: Some(Time::from_unix(1_700_000_000)),
            asked_at: Time(0),
            fetched_at: None,
            created_at: Time(0),
        };
        let shown = serde_json::to_value(PreviewCard::render(&card, None, &urls)).unwrap();
        assert_eq!(shown["image"], "https://b.example/media/ab/cd/x.png");
        assert_eq!(shown["embed_url"], shown["image"]);
        assert_eq!(shown["authors"], json!([{"name": "Ann", "url": "", "account": null}]));
        assert_eq!((&shown["html"], &shown["type"]), (&json!(""), &json!("photo")));
        assert_eq!(shown["published_at"], "2023-11-14T22:13:20.000Z");
        let bare = Card { image_key: None, author_name: String::new(), kind: CardKind::Video, ..card };
        let shown = serde_json::to_value(PreviewCard::render(&bare, None, &urls)).unwrap();
        assert_eq!((&shown["image"], &shown["embed_url"], &shown["authors"]), (&json!(null), &json!(""), &json!([])));
    }
}
