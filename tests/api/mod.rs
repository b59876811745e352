//! What client applications see and do.

mod oauth;
mod posting;
mod streaming;
mod teams;
