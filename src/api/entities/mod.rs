//! The JSON shapes of the Mastodon API, rendered from rows that were loaded before: no query happens here.

pub mod account;
pub mod instance;
pub mod list;
pub mod media;
pub mod notification;
pub mod oauth;
pub mod poll;
pub mod relationship;
pub mod status;
pub mod tag;
