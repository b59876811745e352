//! What client applications see and do.

mod announcements;
mod custom_emojis;
mod domain_blocks;
mod filters;
mod instance;
mod notifications;
mod oauth;
mod posting;
mod preview_cards;
mod profiles;
mod push;
mod quotes;
mod rewriting;
mod scheduled;
mod search;
mod streaming;
mod suggestions;
mod tags;
mod teams;
mod trends;
