//! One module for each group of pages: it reads what the page needs, fills its template, and carries out its forms.

pub mod account;
pub mod authorize;
pub mod embed;
pub mod follow;
pub mod interaction;
pub mod post;
pub mod security;
pub mod server;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod tag;
pub mod texts;
