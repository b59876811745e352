//! Key pairs, passwords, tokens and one-time codes: everything secret is made, checked and compared here and nowhere else.

pub mod keys;
pub mod passwords;
pub mod push;
pub mod tokens;
pub mod totp;
