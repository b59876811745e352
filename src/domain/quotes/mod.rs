//! Quotes: one post shown within another, as far as the quoted author allows it (FEP-044f).
//!
//! A quote of a post of this server is decided here and at once. One of a post of another server stays pending until that
//! server has agreed, and until then is no more than a link.

mod actions;
mod queries;
mod reading;
#[cfg(test)]
mod tests;

use diesel::prelude::*;
use serde::Serialize;

use crate::db::schema::quotes;
use crate::domain::posts::{Post, Visibility};
use crate::ids::{AccountId, PostId, QuoteId};
use crate::time::Time;

pub(in crate::domain) use actions::{begin, end, orphan, target};
pub use actions::{revoke, set_policy};
pub use queries::{list_quoting, quoted_uri};
pub(in crate::domain) use queries::{local_quoters, quoted_by};
pub(in crate::domain) use reading::Readings;

crate::text_enum! {
    /// Who may quote a post besides its author.
    pub enum QuotePolicy {
        /// Everybody.
        Public = "public",
        /// The author's followers.
        Followers = "followers",
        /// Everybody may ask; only of other servers.
        Ask = "ask",
        /// Said in a way that is not understood here; only of other servers.
        Unsupported = "unsupported",
        /// Nobody.
        Nobody = "nobody",
    }
}

impl QuotePolicy {
    /// The policy of that name, if it is one that authors here can choose.
    pub fn chosen(name: &str) -> Option<Self> {
        Self::from_name(name).filter(|policy| matches!(policy, Self::Public | Self::Followers | Self::Nobody))
    }

    /// What it comes to for a post that is for these readers: what is not for everybody is quoted by its author alone.
    pub fn within(self, visibility: Visibility) -> Self {
        if visibility <= Visibility::Unlisted { self } else { Self::Nobody }
    }
}

crate::text_enum! {
    /// How far a quote has come.
    pub enum State {
        /// The quoted author's server has not answered.
        Pending = "pending",
        /// The quoted author allows it.
        Accepted = "accepted",
        /// The quoted author refused.
        Rejected = "rejected",
        /// The quoted author allowed it and no longer does.
        Revoked = "revoked",
        /// The quoted post is gone.
        Deleted = "deleted",
    }
}

/// A quote as it is kept. Its fields stand in the order of the table's columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = quotes)]
pub struct Quote {
    pub id: QuoteId,
    /// The post that quotes.
    pub post_id: PostId,
    /// Who wrote it.
    pub account_id: AccountId,
    /// The quoted post; absent once it is gone.
    pub quoted_id: Option<PostId>,
    pub state: State,
    pub created_at: Time,
}

/// How the author of a post stands to one reader quoting it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// It is allowed beforehand.
    Automatic,
    /// The author will be asked.
    Manual,
    /// It is not allowed.
    Denied,
    /// What the author says of it is not understood.
    Unknown,
}

/// How the author of `post`, which `reader` may see, stands to `reader` quoting it. `follows`: whether `reader` follows the author.
pub fn consent(post: &Post, reader: Option<AccountId>, follows: bool) -> Consent {
    if reader.is_none() || post.boost_of_id.is_some() || post.visibility == Visibility::Direct {
        return Consent::Denied;
    }
    if reader == Some(post.account_id) {
        return Consent::Automatic;
    }
    match post.quote_policy.within(post.visibility) {
        QuotePolicy::Public => Consent::Automatic,
        QuotePolicy::Followers if follows => Consent::Automatic,
        QuotePolicy::Ask => Consent::Manual,
        QuotePolicy::Unsupported => Consent::Unknown,
        QuotePolicy::Followers | QuotePolicy::Nobody => Consent::Denied,
    }
}

/// What one reader is told of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The quoted author's server has not answered.
    Pending,
    /// It is shown.
    Accepted,
    /// The quoted author refused.
    Rejected,
    /// The quoted author no longer allows it.
    Revoked,
    /// The quoted post is gone.
    Deleted,
    /// The quoted post is not for this reader.
    Unauthorized,
    /// The reader blocks the quoted author.
    BlockedAccount,
    /// The reader blocks the quoted author's server.
    BlockedDomain,
    /// The reader mutes the quoted author.
    MutedAccount,
}

impl Standing {
    /// Whether the quoted post comes with it; clients fold it where the reader blocks or mutes its author.
    pub fn reveals(self) -> bool {
        matches!(self, Self::Accepted | Self::BlockedAccount | Self::BlockedDomain | Self::MutedAccount)
    }
}
