//! A post, and the thread around it.

use askama::Template;

use super::account::{HomeForm, Original};
use super::layout::{Page, Person, Stamp};
use crate::web::i18n::Lang;

/// From how many voters on shares are told in percent.
const VOTERS_FOR_PERCENT: u64 = 20;

/// `/@name/{id}`: a post, what came before and what came after.
#[derive(Debug, Clone, Template)]
#[template(path = "post.html", whitespace = "minimize")]
pub struct PostPage {
    /// The frame.
    pub page: Page,
    /// The posts above, oldest first.
    pub ancestors: Vec<PostCard>,
    /// The post.
    pub card: PostCard,
    /// The answers in reading order.
    pub replies: Vec<Reply>,
    /// The form to answer from one's own server.
    pub answer: Option<HomeForm>,
}

/// `/@name/{id}/embed`: a post by itself, for frames on other sites.
#[derive(Debug, Clone, Template)]
#[template(path = "embed.html", whitespace = "minimize")]
pub struct EmbedPage {
    /// The frame; of it only the head is shown.
    pub page: Page,
    /// The post.
    pub card: PostCard,
}

/// An answer in a thread.
#[derive(Debug, Clone)]
pub struct Reply {
    /// How deep: 1 answers the post itself. Shown up to 3.
    pub depth: usize,
    /// The answer.
    pub card: PostCard,
}

impl Reply {
    /// The class that indents it.
    pub fn class(&self) -> &'static str {
        match self.depth {
            0 | 1 => "reply-1",
            2 => "reply-2",
            _ => "reply-3",
        }
    }
}

/// A post as pages show it.
#[derive(Debug, Clone, Default)]
pub struct PostCard {
    /// The post's page: here, or at home for posts of other servers.
    pub url: String,
    /// A part of an element id that is unique on the page, such as the post's id.
    pub permalink_id: String,
    /// Who wrote it.
    pub author: Person,
    /// Who shared it, if that is why it is here.
    pub boosted_by: Option<Person>,
    /// What it answers.
    pub in_reply_to: Option<InReplyTo>,
    /// The words, safe HTML.
    pub html: String,
    /// The warning in front of them, plain text; empty for none.
    pub spoiler: String,
    /// The language of the words, a BCP 47 tag; empty if unknown.
    pub lang: String,
    /// When it was published, RFC 3339.
    pub published_iso: String,
    /// The same in words.
    pub published_text: String,
    /// When it was last changed.
    pub edited: Option<Stamp>,
    /// Who can see it, in words from [`visibility_label`]; empty for public posts.
    pub visibility_label: String,
    /// Pictures, sound, film.
    pub media: Vec<Media>,
    /// A question with answers to choose from.
    pub poll: Option<Poll>,
    /// What people did with it.
    pub counts: Counts,
    /// Whether it comes from another server.
    pub is_remote: bool,
    /// Its address at home.
    pub original_url: String,
    /// The host of that address.
    pub original_host: String,
}

impl PostCard {
    /// The post as HTML, small as one of many or large as the one that the page is about.
    pub fn show(&self, lang: &Lang, focus: bool) -> PostItem<'_> {
        PostItem { lang: *lang, card: self, focus }
    }

    /// Whether something was done with it.
    pub fn has_counts(&self) -> bool {
        self.counts != Counts::default()
    }

    /// Whether a part of its media is hidden until wanted.
    pub fn is_veiled(&self) -> bool {
        self.media.iter().any(|media| media.sensitive)
    }

    /// Its media that have a description.
    pub fn described(&self) -> Vec<&Media> {
        self.media.iter().filter(|media| !media.alt.is_empty()).collect()
    }
}

/// What a post answers.
#[derive(Debug, Clone, Default)]
pub struct InReplyTo {
    /// The author's display name; empty if unknown.
    pub name: String,
    /// The page of that post.
    pub url: String,
}

/// A file of a post.
#[derive(Debug, Clone, Default)]
pub struct Media {
    /// `image`, `gifv`, `video`, `audio` or `unknown`.
    pub kind: String,
    /// The file.
    pub url: String,
    /// A smaller picture of it; empty for none.
    pub preview: String,
    /// What it shows, in words; empty if nobody said.
    pub alt: String,
    /// The width of the preview in pixels; 0 if unknown.
    pub width: u32,
    /// The height of the preview in pixels; 0 if unknown.
    pub height: u32,
    /// Whether it is hidden until wanted.
    pub sensitive: bool,
}

/// A question with its answers, as it stands.
#[derive(Debug, Clone, Default)]
pub struct Poll {
    /// The answers to choose from.
    pub options: Vec<PollOption>,
    /// Whether several may be chosen.
    pub multiple: bool,
    /// Whether voting is over.
    pub closed: bool,
    /// When it ends or ended.
    pub ends: Option<Stamp>,
    /// How many people voted.
    pub voters: u64,
}

impl Poll {
    /// Shares in percent say something only with enough voters.
    pub fn tells_percent(&self) -> bool {
        self.voters >= VOTERS_FOR_PERCENT
    }
}

/// One answer of a poll.
#[derive(Debug, Clone, Default)]
pub struct PollOption {
    /// The words.
    pub title: String,
    /// How many chose it.
    pub votes: u64,
    /// Its share of the voters, 0 to 100.
    pub percent: u64,
}

/// What people did with a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers.
    pub replies: u64,
    /// Shares.
    pub boosts: u64,
    /// Favourites.
    pub favourites: u64,
}

/// One post as HTML; made by [`PostCard::show`].
#[derive(Debug, Clone, Template)]
#[template(path = "parts/post.html", whitespace = "minimize")]
pub struct PostItem<'a> {
    lang: Lang,
    card: &'a PostCard,
    focus: bool,
}

/// Who can see a post, in words; empty for public ones. Takes `public`, `unlisted`, `private` and `direct`.
pub fn visibility_label(lang: Lang, visibility: &str) -> String {
    match visibility {
        "unlisted" => lang.t("post-visibility-unlisted"),
        "private" => lang.t("post-visibility-followers"),
        "direct" => lang.t("post-visibility-direct"),
        _ => String::new(),
    }
}

/// Where a thing of another server is at home; `None` for addresses that are none.
pub fn original(url: &str) -> Option<Original> {
    let parsed = url::Url::parse(url).ok()?;
    let host = parsed.host_str()?.to_owned();
    Some(Original { url: url.to_owned(), host })
}
