//! The Mastodon client API: translates requests into actions and rows into entities. No SQL and no rule lives here.

pub mod auth;
pub mod entities;
pub mod errors;
pub mod extract;
mod lenient;
mod limits;
pub mod oauth;
mod oembed;
pub mod paging;
mod reading;
mod routes;
pub mod v1;
pub mod v2;

pub use errors::{ApiError, Result};
pub use routes::configure;
