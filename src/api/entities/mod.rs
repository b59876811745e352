//! The JSON shapes of the Mastodon API, rendered from rows that were loaded before: no query happens here.

pub mod account;
pub mod conversation;
pub mod instance;
pub mod list;
pub mod media;
pub mod notification;
pub mod oauth;
pub mod poll;
pub mod relationship;
pub mod status;
pub mod tag;

/// An entity as JSON text. What is in an entity can always be written; were it not so, the client would get an empty object.
fn text(entity: &impl serde::Serialize) -> String {
    serde_json::to_string(entity).unwrap_or_else(|error| {
        tracing::error!(%error, "an entity cannot be written as JSON");
        "{}".to_owned()
    })
}
