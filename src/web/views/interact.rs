//! What somebody of this server does with an account or post of another one, sent here by its page.

use askama::Template;

use super::authorize::Choice;
use super::layout::{Page, Person};

/// `/authorize_interaction`. To follow: sent with POST to the same path, fields `target` and `account` (account ids).
#[derive(Debug, Clone, Template)]
#[template(path = "interact.html", whitespace = "minimize")]
pub struct InteractPage {
    /// The frame; its title is the heading.
    pub page: Page,
    /// The account, or the author of the post; none where nothing was found.
    pub person: Option<Person>,
    /// What to do, in words; may be empty.
    pub note: String,
    /// An address to copy; may be empty.
    pub copy: String,
    /// The id of the account to follow.
    pub target: String,
    /// As whom it can be followed; empty shows no form.
    pub choices: Vec<Choice>,
}
