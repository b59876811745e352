//! An account's page, and following it from one's own server.

use askama::Template;

use super::layout::{Input, Page, Person};
use super::post::PostCard;

/// `/@name`: who speaks here, their last posts, and how to follow.
#[derive(Debug, Clone, Template)]
#[template(path = "account.html", whitespace = "minimize")]
pub struct AccountPage {
    /// The frame.
    pub page: Page,
    /// The account.
    pub account: AccountCard,
    /// One page of posts, newest first.
    pub posts: Vec<PostCard>,
    /// The next older page.
    pub older: Option<String>,
    /// The next newer page.
    pub newer: Option<String>,
    /// The form to follow with; none for accounts that cannot be followed. Its action is `/follow/{name}`.
    pub follow: Option<HomeForm>,
    /// Feeds in formats for feed readers: addresses of Atom and RSS.
    pub feeds: Option<Feeds>,
    /// Shown once, after set-up.
    pub welcome: Option<Welcome>,
}

/// Everything about an account that its page shows.
#[derive(Debug, Clone, Default)]
pub struct AccountCard {
    /// Name, handle, page and picture.
    pub person: Person,
    /// `@name@domain`, whole, to copy.
    pub full_handle: String,
    /// The header picture; [`super::layout::DEFAULT_HEADER`] where there is none.
    pub header: String,
    /// Whether it speaks for an organisation.
    pub is_brand: bool,
    /// What it says about itself, safe HTML; may be empty.
    pub bio_html: String,
    /// Lines of its profile.
    pub fields: Vec<Field>,
    /// How much it wrote.
    pub posts_count: u64,
    /// How many follow it; `None` where it keeps that to itself.
    pub followers_count: Option<u64>,
    /// How many it follows; `None` where it keeps that to itself.
    pub following_count: Option<u64>,
    /// The day it joined, in words.
    pub joined: String,
    /// Where it went.
    pub moved_to: Option<Person>,
    /// Its page at home and that page's host, for accounts of other servers.
    pub original: Option<Original>,
}

/// One line of a profile.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// What it is about, plain text.
    pub name: String,
    /// What it says, safe HTML. Unused where `link` is there.
    pub html: String,
    /// The address, where the whole value is one; it becomes a link with `rel=me`.
    pub link: Option<String>,
    /// Whether the linked page links back here.
    pub proved: bool,
}

/// Something at its home.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its address.
    pub url: String,
    /// Where that is.
    pub host: String,
}

/// Feeds of an account.
#[derive(Debug, Clone)]
pub struct Feeds {
    /// The address of the Atom feed.
    pub atom: String,
    /// The address of the RSS feed.
    pub rss: String,
}

/// Asks a visitor for their own handle; sent with GET to `action`, field `handle`.
#[derive(Debug, Clone, Default)]
pub struct HomeForm {
    /// Where it goes, such as `/follow/brand`.
    pub action: String,
    /// The visitor's handle.
    pub handle: Input,
}

impl HomeForm {
    /// An empty form.
    pub fn to(action: impl Into<String>) -> Self {
        Self { action: action.into(), handle: Input::default() }
    }
}

/// What to do next, for the owner of a new server.
#[derive(Debug, Clone, Default)]
pub struct Welcome {
    /// What apps call the server: its domain.
    pub server: String,
    /// The command that makes a colleague's account.
    pub invite_command: String,
    /// Whether the server is only tried on this machine.
    pub trial: bool,
}

/// `/follow/{name}` and its sibling for posts: the way to the visitor's own server. Nothing happens before they confirm there.
#[derive(Debug, Clone, Template)]
#[template(path = "home_server.html", whitespace = "minimize")]
pub struct HomeServerPage {
    /// The frame.
    pub page: Page,
    /// The account to follow, or the author of the post to answer.
    pub person: Person,
    /// Whether it is about a post rather than about following.
    pub about_post: bool,
    /// The form, to try again or with another handle.
    pub form: HomeForm,
    /// Where to confirm, once the visitor's server is known.
    pub go: Option<Original>,
    /// What to search for at home: the full handle or the post's address.
    pub copy: String,
}
