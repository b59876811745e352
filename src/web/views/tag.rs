//! The posts about one thing.

use askama::Template;

use super::layout::Page;
use super::post::PostCard;

/// `/tags/{name}`: public posts with a hashtag, newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "tag.html", whitespace = "minimize")]
pub struct TagPage {
    /// The frame; its title is the heading.
    pub page: Page,
    /// The hashtag as people write it, without `#`.
    pub name: String,
    /// One page of posts.
    pub posts: Vec<PostCard>,
    /// The next older page.
    pub older: Option<String>,
    /// The next newer page.
    pub newer: Option<String>,
}
