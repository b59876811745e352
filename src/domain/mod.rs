//! The product, one folder per noun: types and rules in `mod.rs`, use cases in `actions.rs` (one function, one transaction), SQL in `queries.rs`.

pub mod accounts;
pub mod blocks;
pub mod direct_threads;
pub mod domain_rules;
pub mod events;
pub mod follows;
pub mod lists;
pub mod markers;
pub mod media;
pub mod mutes;
pub mod notifications;
pub mod oauth;
pub mod outgoing;
pub mod posts;
pub mod resolver;
#[cfg(test)]
pub(crate) mod sample;
pub mod sessions;
pub mod setup;
pub mod tags;
pub mod teams;
pub mod timelines;
pub mod users;
