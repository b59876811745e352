//! The front page of the server, and what it says about itself.

use askama::Template;

use super::layout::{Page, Person};
use super::post::PostCard;

/// `/`: who speaks here, and the last of what was said.
#[derive(Debug, Clone, Template)]
#[template(path = "server.html", whitespace = "minimize")]
pub struct ServerPage {
    /// The frame.
    pub page: Page,
    /// What the server is for, safe HTML; may be empty.
    pub description_html: String,
    /// Those who speak here.
    pub brands: Vec<BrandCard>,
    /// The latest public posts, newest first.
    pub posts: Vec<PostCard>,
}

/// One of those who speak here.
#[derive(Debug, Clone, Default)]
pub struct BrandCard {
    /// The account.
    pub person: Person,
    /// Its header picture; [`super::layout::DEFAULT_HEADER`] where there is none.
    pub header: String,
    /// The first words of its bio, plain text.
    pub summary: String,
}

/// `/about`: who runs this, by which rules, and what is kept about readers.
#[derive(Debug, Clone, Template)]
#[template(path = "about.html", whitespace = "minimize")]
pub struct AboutPage {
    /// The frame.
    pub page: Page,
    /// What the server is for, safe HTML; may be empty.
    pub description_html: String,
    /// The same at length, safe HTML; may be empty.
    pub more_html: String,
    /// Whether there are terms of service.
    pub has_terms: bool,
    /// Where to write to.
    pub contact_email: Option<String>,
    /// The account to ask.
    pub contact: Option<Person>,
    /// The rules.
    pub rules: Vec<RuleLine>,
    /// The version of the program.
    pub version: &'static str,
    /// Where its source code can be had; else the contact is asked.
    pub source_url: Option<String>,
}

/// A rule for people, in the reader's language where it was translated.
#[derive(Debug, Clone, Default)]
pub struct RuleLine {
    /// One sentence, plain text.
    pub text: String,
    /// What explains it, plain text; may be empty.
    pub hint: String,
}

/// `/privacy` and `/terms`: a long text of the server about itself.
#[derive(Debug, Clone, Template)]
#[template(path = "text.html", whitespace = "minimize")]
pub struct TextPage {
    /// The frame; its title is the heading.
    pub page: Page,
    /// The words, safe HTML.
    pub html: String,
    /// What is said about them, such as since when they hold.
    pub notes: Vec<String>,
}
