//! Set-up: the one page of a server that has no account yet.

use askama::Template;

use super::layout::{Input, Page, count_refused};

/// Asks for the address, the owner and the first brand. Sent with POST to `/setup`, fields: `token`, `mode`
/// (`public` or `trial`), `address`, `username`, `email`, `password`, `brand_name`, `brand_handle`.
/// Afterwards the browser goes to the brand's page, which shows [`super::account::Welcome`].
#[derive(Debug, Clone, Template)]
#[template(path = "setup.html", whitespace = "minimize")]
pub struct SetupPage {
    /// The frame.
    pub page: Page,
    /// The answers so far.
    pub form: SetupForm,
}

/// The answers of the set-up page.
#[derive(Debug, Clone, Default)]
pub struct SetupForm {
    /// The one-time token of the link.
    pub token: String,
    /// The address, where the configuration has chosen it already.
    pub fixed_address: Option<String>,
    /// Whether the server is only tried on this machine.
    pub trial: bool,
    /// The public address.
    pub address: Input,
    /// The owner's username.
    pub username: Input,
    /// The owner's e-mail address.
    pub email: Input,
    /// The owner's password.
    pub password: Input,
    /// How many characters a password needs.
    pub min_password: usize,
    /// The brand's display name.
    pub brand_name: Input,
    /// The brand's handle, without `@`.
    pub brand_handle: Input,
}

impl SetupForm {
    /// How many answers were refused.
    pub fn problems(&self) -> usize {
        count_refused(&[
            &self.address,
            &self.username,
            &self.email,
            &self.password,
            &self.brand_name,
            &self.brand_handle,
        ])
    }
}

/// The set-up link was used before, or is none.
#[derive(Debug, Clone, Template)]
#[template(path = "setup_expired.html", whitespace = "minimize")]
pub struct SetupExpiredPage {
    /// The frame.
    pub page: Page,
}

/// `/` and every other page before set-up: where to find the link.
#[derive(Debug, Clone, Template)]
#[template(path = "not_set_up.html", whitespace = "minimize")]
pub struct NotSetUpPage {
    /// The frame; its title is the heading.
    pub page: Page,
}
