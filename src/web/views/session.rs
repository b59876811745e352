//! Signing in and out.

use askama::Template;

use super::layout::{Input, Page};

/// Sent with POST to `/auth/sign_in`, fields: `login`, `password`, `return_to`.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub struct SignInPage {
    /// The frame.
    pub page: Page,
    /// E-mail address or username.
    pub login: Input,
    /// The password; an error about the pair of both belongs to `login`.
    pub password: Input,
    /// Where to go afterwards, a path on this server; empty for the front page.
    pub return_to: String,
    /// The app on whose behalf the reader was sent here.
    pub app: Option<String>,
}

/// The second step. Sent with POST to `/auth/two_factor`, fields: `code` (six digits or a recovery code), `return_to`.
#[derive(Debug, Clone, Template)]
#[template(path = "two_factor.html", whitespace = "minimize")]
pub struct TwoFactorPage {
    /// The frame.
    pub page: Page,
    /// The code.
    pub code: Input,
    /// Whether a recovery code is taken too.
    pub recovery: bool,
    /// Where to go afterwards, a path on this server.
    pub return_to: String,
}

/// Asks before signing out. Sent with POST to `/auth/sign_out`, field: `return_to`.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_out.html", whitespace = "minimize")]
pub struct SignOutPage {
    /// The frame.
    pub page: Page,
    /// The reader's own name.
    pub name: String,
    /// Where to go afterwards, a path on this server; empty for the front page.
    pub return_to: String,
}
