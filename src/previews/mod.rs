//! Fetches the pages that posts link to and reads what they say about themselves, for preview cards.
//!
//! Everything goes through the guarded client with sizes and times of its own; of a page only plain text is kept, and of its
//! picture a small copy that was encoded anew. A page that cannot be read is no error: it has no card.

mod fetch;
mod oembed;
mod reading;

use std::time::Duration;

use crate::app::App;
use crate::config::FederationMode;
use crate::domain::preview_cards::{self, Card, CardKind, Found, Picture, Wanted};
use crate::error::Result;
use crate::media;
use crate::net::RemoteUrl;
use crate::text::webpage::Head;

/// How long a picture waits for its turn to be worked on.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs the job with this payload, a [`Wanted`]. Fetches end well within the time for which a job is leased.
/// Errors are our own trouble, after which the page is asked again.
pub async fn run(app: &App, payload: &str) -> Result<()> {
    let wanted: Wanted = serde_json::from_str(payload)?;
    let Some(card) = app.db.read(move |conn| preview_cards::find(conn, wanted.card)).await? else { return Ok(()) };
    let found = look(app, &card).await?;
    let stale = app.act(move |conn, cx| preview_cards::settle(conn, cx, wanted.card, found)).await?;
    remove(app, stale).await;
    Ok(())
}

/// Removes files that no card names any more. What cannot be removed only takes room.
pub async fn remove(app: &App, keys: impl IntoIterator<Item = String>) {
    for key in keys {
        if let Err(error) = app.media.delete(&key).await {
            tracing::warn!(%error, key, "the picture of a preview card was not removed");
        }
    }
}

async fn look(app: &App, card: &Card) -> Result<Option<Found>> {
    let is_wanted = app.config.federation.preview_cards && app.config.federation.mode != FederationMode::Off;
    let Ok(url) = RemoteUrl::parse(&card.url, app.http.policy()) else { return Ok(None) };
    if !is_wanted {
        return Ok(None);
    }
    let Some(page) = fetch::page(app, &url).await else { return Ok(None) };
    let head = Head::read(&page.html);
    let embed = match oembed::address(&head, &page.url) {
        Some(address) => fetch::document(app, &address).await.and_then(|document| oembed::read(&document)),
        None => None,
    };
    let Some(said) = reading::read(&head, embed.as_ref(), &page.url, app.clock.now()) else { return Ok(None) };
    let author_id = match said.creator {
        Some(handle) => {
            let (urls, host) = (app.urls()?, page.url.host().to_owned());
            app.db.read(move |conn| preview_cards::author_on(conn, &urls, &handle, &host)).await?
        }
        None => None,
    };
    // Last, so that nothing that fails leaves a file behind.
    let picture = match &said.image {
        Some(address) => picture(app, card, address).await,
        None => None,
    };
    Ok(Some(Found {
        kind: if said.kind == CardKind::Photo && picture.is_none() { CardKind::Link } else { said.kind },
        title: said.title,
        description: said.description,
        language: said.language,
        author_name: said.author_name,
        author_url: said.author_url,
        author_id,
        provider_name: said.provider_name,
        provider_url: said.provider_url,
        picture,
        published_at: said.published_at,
    }))
}

/// A small copy of a picture: the one that is there, if it came from the same address.
async fn picture(app: &App, card: &Card, address: &RemoteUrl) -> Option<Picture> {
    let url = address.to_string();
    if let (Some(known), Some(key)) = (&card.image_url, &card.image_key)
        && *known == url
    {
        let (width, height, blurhash) = (card.width, card.height, card.blurhash.clone());
        return Some(Picture { url, key: key.clone(), width, height, blurhash });
    }
    let bytes = fetch::picture(app, address).await?;
    let limits = media::Limits { bytes: bytes.len(), pixels: app.config.media.max_image_pixels };
    let made = match tokio::time::timeout(PATIENCE, media::process(bytes, limits)).await {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => {
            tracing::debug!(%error, host = address.host_key(), "the picture of a page cannot be used");
            return None;
        }
        Err(_) => return None,
    };
    let key = match app.media.put(made.preview_extension, made.preview).await {
        Ok(key) => key,
        Err(error) => {
            tracing::warn!(%error, "the picture of a page was not kept");
            return None;
        }
    };
    Some(Picture { url, key, width: made.preview_width, height: made.preview_height, blurhash: made.blurhash })
}
