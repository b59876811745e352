//! What every page has: its head, the bar at the top, the message after an action, and the pieces of forms.

use std::sync::LazyLock;

use crate::time::Time;
use crate::web::i18n::Lang;

/// The picture of an account that has none.
pub const DEFAULT_AVATAR: &str = "/assets/avatar.svg";
/// The header of an account that has none.
pub const DEFAULT_HEADER: &str = "/assets/header.svg";

static STYLESHEET: LazyLock<String> =
    LazyLock::new(|| versioned("/assets/rapport.css", include_bytes!("../../../assets/rapport.css")));
static SCRIPT: LazyLock<String> =
    LazyLock::new(|| versioned("/assets/rapport.js", include_bytes!("../../../assets/rapport.js")));

/// The address with a mark of the content (64-bit FNV-1a), so that a file may be kept for ever and still be renewed.
fn versioned(path: &str, content: &[u8]) -> String {
    let mark = content
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{path}?v={mark:016x}")
}

/// What every page carries; embedded in each template struct as `page`.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The language of the page.
    pub lang: Lang,
    /// The name of the server, shown in the bar and after the title.
    pub site: String,
    /// The page's own title, without the server's name.
    pub title: String,
    /// One or two plain sentences for search engines and previews; empty leaves it out.
    pub description: String,
    /// The one address of this page, absolute.
    pub canonical: Option<String>,
    /// The same thing in other forms: ActivityPub, Atom, RSS, `rel=me`.
    pub alternates: Vec<Alternate>,
    /// What other sites show when they link here.
    pub og: Option<OpenGraph>,
    /// The token that forms send back; without it forms leave the field out.
    pub csrf: Option<String>,
    /// Who is signed in.
    pub viewer: Option<ViewerBar>,
    /// What came of the last action.
    pub flash: Option<Flash>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// This page in other languages; empty shows no choice.
    pub languages: Vec<LanguageLink>,
    /// Whether there is nothing to sign in to yet: the bar and the foot then lead nowhere.
    pub bare: bool,
    /// Where the source code of this server can be had (AGPL section 13).
    pub source_url: Option<String>,
}

impl Page {
    /// A page with a title on a server, and nothing else.
    pub fn new(lang: Lang, site: impl Into<String>, title: impl Into<String>) -> Self {
        Self { lang, site: site.into(), title: title.into(), ..Self::default() }
    }

    /// The text of the `title` element.
    pub fn full_title(&self) -> String {
        if self.title.is_empty() || self.title == self.site {
            return self.site.clone();
        }
        self.lang.t_plain("title-on-site", &[("title", &self.title), ("site", &self.site)])
    }

    /// The address of the stylesheet.
    pub fn stylesheet(&self) -> &'static str {
        &STYLESHEET
    }

    /// The address of the script.
    pub fn script(&self) -> &'static str {
        &SCRIPT
    }
}

/// A `link` element in the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternate {
    /// `alternate`, `me`, `prev`, `next` or another relation.
    pub rel: &'static str,
    /// The media type, such as `application/activity+json`; empty leaves it out.
    pub kind: &'static str,
    /// Where it is.
    pub href: String,
    /// What it is, for people; empty leaves it out.
    pub title: String,
}

impl Alternate {
    /// The ActivityPub form of what the page shows.
    pub fn activity(href: impl Into<String>) -> Self {
        Self { rel: "alternate", kind: "application/activity+json", href: href.into(), title: String::new() }
    }

    /// An Atom feed.
    pub fn atom(href: impl Into<String>, title: impl Into<String>) -> Self {
        Self { rel: "alternate", kind: "application/atom+xml", href: href.into(), title: title.into() }
    }

    /// An RSS feed.
    pub fn rss(href: impl Into<String>, title: impl Into<String>) -> Self {
        Self { rel: "alternate", kind: "application/rss+xml", href: href.into(), title: title.into() }
    }

    /// How other sites can show what the page shows (oembed.com).
    pub fn oembed(href: impl Into<String>, title: impl Into<String>) -> Self {
        Self { rel: "alternate", kind: "application/json+oembed", href: href.into(), title: title.into() }
    }

    /// Another page of the same person.
    pub fn me(href: impl Into<String>) -> Self {
        Self { rel: "me", kind: "", href: href.into(), title: String::new() }
    }
}

/// OpenGraph properties; title, description and address come from the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGraph {
    /// `website`, `profile` or `article`.
    pub kind: &'static str,
    /// A picture, absolute address.
    pub image: Option<String>,
    /// What the picture shows.
    pub image_alt: String,
    /// When the article was published, RFC 3339.
    pub published: Option<String>,
    /// The handle of a profile, without the `@` in front.
    pub username: Option<String>,
}

/// Who is signed in, for the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerBar {
    /// The display name.
    pub name: String,
    /// The handle with its `@`.
    pub handle: String,
}

/// The page in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageLink {
    /// The language.
    pub lang: Lang,
    /// Where a reader who chooses it goes.
    pub url: String,
}

/// What came of an action, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// Whether it went well.
    pub good: bool,
    /// One sentence.
    pub text: String,
}

impl Flash {
    /// It went well.
    pub fn done(text: impl Into<String>) -> Self {
        Self { good: true, text: text.into() }
    }

    /// It did not.
    pub fn problem(text: impl Into<String>) -> Self {
        Self { good: false, text: text.into() }
    }
}

/// One field of a form: what was typed, and why it was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    /// The value; never shown again for passwords and codes.
    pub value: String,
    /// One sentence in the reader's language.
    pub error: Option<String>,
}

impl Input {
    /// A field with a value and no error.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// The same field, refused for a reason.
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.error = Some(reason.into());
        self
    }
}

/// How many of the fields were refused.
pub fn count_refused(fields: &[&Input]) -> usize {
    fields.iter().filter(|field| field.error.is_some()).count()
}

/// A time for a `time` element: the script puts it into the reader's own words and zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// RFC 3339, UTC.
    pub iso: String,
    /// The text without script.
    pub text: String,
}

impl Stamp {
    /// Date and time of `time` in words.
    pub fn new(lang: Lang, time: Time) -> Self {
        Self { iso: time.rfc3339(), text: lang.date_time(time) }
    }
}

/// A hidden field that a form carries along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// An account as pages show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The display name, plain text, never empty.
    pub name: String,
    /// The handle with its `@`, and its domain where it is remote.
    pub handle: String,
    /// The account's page.
    pub url: String,
    /// The picture; [`DEFAULT_AVATAR`] where there is none.
    pub avatar: String,
    /// Whether the account is automated.
    pub is_bot: bool,
}
