//! ActivityPub: what other servers send us, what we send them, and what they read here.
//!
//! `inbox` accepts and applies, `outbox` and `delivery` plan and send, `resolve` finds accounts and posts elsewhere; `vocab` reads documents
//! tolerantly and `mapping` stands between documents and rows. Everything that leaves passes `crate::net`, everything that arrives is unproven
//! until `keys` and `signatures` say otherwise.

pub mod actor;
pub mod collections;
pub mod delivery;
pub mod fetch;
pub mod inbox;
pub mod keys;
pub mod mapping;
pub mod memory;
pub mod negotiate;
pub mod nodeinfo;
pub mod objects;
pub mod outbox;
pub mod resolve;
pub mod routes;
pub mod signatures;
pub mod vocab;
pub mod webfinger;
pub mod webfinger_client;

pub use routes::configure;
