//! The JSON shapes of the Mastodon API, rendered from rows that were loaded before: no query happens here.

pub mod account;
pub mod announcement;
pub mod card;
pub mod conversation;
pub mod featured_tag;
pub mod filter;
pub mod instance;
pub mod list;
pub mod media;
pub mod notification;
pub mod notification_policy;
pub mod oauth;
pub mod poll;
pub mod profile;
pub mod push;
pub mod quote;
pub mod relationship;
pub mod scheduled_status;
pub mod severance;
pub mod status;
pub mod suggestion;
pub mod tag;

/// An entity as JSON text. What is in an entity can always be written; were it not so, the client would get an empty object.
fn text(entity: &impl serde::Serialize) -> String {
    serde_json::to_string(entity).unwrap_or_else(|error| {
        tracing::error!(%error, "an entity cannot be written as JSON");
        "{}".to_owned()
    })
}
