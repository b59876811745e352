//! Filters: words and posts that an account does not want to meet, or only behind a warning.
//!
//! What matches is reported with each post, whatever the place. What a filter hides is left out of home and list timelines and
//! of their streams only; everywhere else hiding is the client's, which knows what it shows.

pub mod actions;
mod matching;
pub mod phrases;
pub mod queries;
#[cfg(test)]
mod tests;

use diesel::prelude::*;

pub use matching::{Match, mark, mark_for};

use crate::db::Json;
use crate::db::schema::{filter_keywords, filter_posts, filters};
use crate::ids::{AccountId, FilterId, FilterKeywordId, FilterPostId, PostId};
use crate::time::Time;

/// How many filters an account may have.
pub const MAX_FILTERS: i64 = 100;
/// How many keywords a filter may have.
pub const MAX_KEYWORDS: usize = 200;
/// How many posts may be in a filter.
pub const MAX_POSTS: i64 = 500;
/// Characters of a title.
pub const MAX_TITLE: usize = 256;
/// Characters of a keyword.
pub const MAX_KEYWORD: usize = 512;
/// Characters of all keywords of an account.
pub const MAX_CHARACTERS: usize = 20_000;

crate::text_enum! {
    /// Where a filter applies.
    pub enum Place {
        /// The home timeline and lists.
        Home = "home",
        /// Notifications.
        Notifications = "notifications",
        /// Public timelines.
        Public = "public",
        /// The thread around a post.
        Thread = "thread",
        /// The profile of an account.
        Account = "account",
    }
}

crate::text_enum! {
    /// What becomes of a post that matches.
    pub enum Action {
        /// It is shown behind a warning.
        Warn = "warn",
        /// It is not shown.
        Hide = "hide",
        /// Its media are blurred.
        Blur = "blur",
    }
}

/// A filter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filters)]
pub struct Filter {
    pub id: FilterId,
    pub account_id: AccountId,
    pub title: String,
    /// Where it applies; never empty.
    pub contexts: Json<Vec<Place>>,
    pub action: Action,
    /// Absent if it does not end.
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

impl Filter {
    /// Whether it has not ended.
    pub fn is_active(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether what matches it is not shown in that place now.
    pub fn hides(&self, place: Place, now: Time) -> bool {
        self.action == Action::Hide && self.contexts.0.contains(&place) && self.is_active(now)
    }
}

/// A keyword of a filter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filter_keywords)]
pub struct Keyword {
    pub id: FilterKeywordId,
    pub filter_id: FilterId,
    pub keyword: String,
    /// Whether it must not be part of a longer word.
    pub is_whole_word: bool,
}

/// A post of a filter as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filter_posts)]
pub struct FilterPost {
    pub id: FilterPostId,
    pub filter_id: FilterId,
    pub post_id: PostId,
}

/// A filter with what is in it, each oldest first.
#[derive(Debug, Clone)]
pub struct FilterView {
    /// The filter.
    pub filter: Filter,
    /// Its keywords.
    pub keywords: Vec<Keyword>,
    /// Its posts.
    pub posts: Vec<FilterPost>,
}
