//! Posts: what people write, and boosts of it. A boost is a post of its own with `boost_of_id` set and no text.

pub mod actions;
pub mod edits;
pub mod filling;
pub mod incoming;
pub mod marks;
pub mod polls;
pub mod queries;
pub mod views;
pub mod visibility;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::Json;
use crate::db::schema::posts;
use crate::domain::accounts::Emoji;
use crate::domain::quotes::QuotePolicy;
use crate::ids::{AccountId, AppId, MediaId, PollId, PostId, QuoteId, UserId};
use crate::time::Time;

crate::text_enum! {
    /// Who may see a post.
    #[derive(PartialOrd, Ord)]
    pub enum Visibility {
        /// Everybody; shown in public timelines.
        Public = "public",
        /// Everybody who finds it; not in public timelines.
        Unlisted = "unlisted",
        /// Followers and those mentioned.
        Private = "private",
        /// Only those mentioned.
        Direct = "direct",
    }
}

crate::text_enum! {
    /// What a post is on the wire.
    pub enum PostKind {
        /// A short text.
        Note = "note",
        /// A long text with a title.
        Article = "article",
        /// A page of a threadiverse server.
        Page = "page",
        /// A poll.
        Question = "question",
        /// A date and place.
        Event = "event",
        /// A film.
        Video = "video",
        /// A sound.
        Audio = "audio",
        /// A picture.
        Image = "image",
        /// A boost.
        Announce = "announce",
    }
}

/// Somebody named in a post, as rendered with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub id: AccountId,
    /// Name without domain.
    pub username: String,
    /// `name` here, `name@domain` elsewhere.
    pub acct: String,
    /// The page; equals the `href` in the text.
    pub url: String,
    /// The actor id.
    pub uri: String,
}

/// A hashtag of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagName {
    /// Normalised: NFKC, lower-case.
    pub name: String,
    /// As written.
    pub display: String,
}

/// An attachment as rendered with its post; also the state of one at the time of an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id; for files of other servers made when the post arrived.
    pub id: MediaId,
    /// image, video, audio, gifv or unknown.
    pub kind: String,
    /// A storage key for files here, an address for others.
    pub file: String,
    /// The small version: storage key or address; absent if there is none.
    pub preview: Option<String>,
    /// Whether `file` and `preview` are addresses of another server.
    pub is_remote: bool,
    /// Media type, such as `image/webp`.
    pub content_type: String,
    /// Alternative text.
    pub description: Option<String>,
    /// Blurred stand-in (blurha.sh).
    pub blurhash: Option<String>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
    /// Pixels of the small version.
    pub preview_width: Option<i32>,
    /// Pixels of the small version.
    pub preview_height: Option<i32>,
    /// Point of interest, -1 to 1 each.
    pub focus: (f64, f64),
}

/// A post as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = posts)]
pub struct Post {
    pub id: PostId,
    pub uri: String,
    pub url: String,
    pub account_id: AccountId,
    pub is_local: bool,
    pub kind: PostKind,
    pub visibility: Visibility,
    pub title: Option<String>,
    /// Sanitised HTML.
    pub content: String,
    /// What was typed; local posts only.
    pub source: Option<String>,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub language: Option<String>,
    pub in_reply_to_id: Option<PostId>,
    /// Also set while the parent is not known here.
    pub in_reply_to_uri: Option<String>,
    pub in_reply_to_account_id: Option<AccountId>,
    /// The first post of the thread as far as it is known; its own id if it starts one.
    pub thread_id: PostId,
    pub boost_of_id: Option<PostId>,
    pub poll_id: Option<PollId>,
    /// What it quotes.
    pub quote_id: Option<QuoteId>,
    /// Who may quote it; of posts that are not for everybody always nobody.
    pub quote_policy: QuotePolicy,
    pub mentions: Json<Vec<Mention>>,
    pub tags: Json<Vec<TagName>>,
    pub emojis: Json<Vec<Emoji>>,
    pub media: Json<Vec<Attachment>>,
    pub app_id: Option<AppId>,
    /// The person who acted, for posts of brands.
    pub acted_by: Option<UserId>,
    pub replies_count: i64,
    pub boosts_count: i64,
    pub favourites_count: i64,
    /// How often it is quoted with its author's consent.
    pub quotes_count: i64,
    pub created_at: Time,
    pub edited_at: Option<Time>,
    pub deleted_at: Option<Time>,
}

/// How long a second request with the same idempotency key gets the first one's post.
const IDEMPOTENCY: std::time::Duration = std::time::Duration::from_secs(3600);

/// Forgets idempotency keys that are too old to count; returns how many.
pub fn prune_idempotency_keys(conn: &mut crate::db::Conn, now: Time) -> crate::error::Result<usize> {
    use crate::db::schema::idempotency_keys;
    Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(now.before(IDEMPOTENCY))))
        .execute(conn)?)
}
