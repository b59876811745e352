//! The pages as data: one struct per page, filled by handlers with texts that are ready to show, and its template.
//!
//! Nothing here knows the database. Everything is escaped by the templates, except fields whose doc line says "safe HTML".
//! Forms that change something are sent with POST and carry the hidden field `csrf` ([`Page::csrf`]).

pub mod account;
pub mod authorize;
pub mod error;
pub mod interact;
pub mod layout;
pub mod post;
pub mod server;
pub mod session;
pub mod settings;
pub mod setup;
pub mod tag;

pub use layout::{Alternate, Flash, Input, OpenGraph, Page, Stamp, ViewerBar};

#[cfg(test)]
mod tests;
