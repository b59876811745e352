//! The endpoints of OAuth 2 that clients call; the page on which a person allows one is `web`'s.

pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;
