//! Posts that are to be published later: kept whole, checked when they are made and again when their time comes, and published once.

mod actions;
mod queries;
#[cfg(test)]
mod tests;

use std::time::Duration;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::Json;
use crate::db::schema::scheduled_posts;
use crate::domain::posts::Visibility;
use crate::domain::posts::actions::{NewPoll, NewPost};
use crate::domain::quotes::QuotePolicy;
use crate::ids::{AccountId, AppId, MediaId, PostId, ScheduledPostId, UserId};
use crate::time::Time;

pub use actions::{Made, Wanted, cancel, create, fail, move_to, publish_due};
pub use queries::{find, get_own, list};

/// The job that publishes a post on time; its payload is a [`Due`], and its handler calls [`publish_due`].
pub const PUBLISH_JOB: &str = "publish_scheduled";
/// How far ahead a post must be scheduled.
pub const SHORTEST: Duration = Duration::from_secs(300);
/// How many posts one account may have waiting.
pub const MOST: i64 = 300;
/// How many of them may be for one day (UTC).
pub const MOST_A_DAY: i64 = 25;

/// What [`PUBLISH_JOB`] carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Due {
    /// Which post.
    pub post: ScheduledPostId,
}

/// A post that waits. Its fields stand in the order of the table's columns.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = scheduled_posts)]
pub struct ScheduledPost {
    pub id: ScheduledPostId,
    /// As whom it will be published.
    pub account_id: AccountId,
    /// The person who scheduled it.
    pub user_id: UserId,
    pub app_id: Option<AppId>,
    pub scheduled_at: Time,
    pub params: Json<Params>,
    /// When it should have been published and could not.
    pub failed_at: Option<Time>,
    /// Why not, for a person to read.
    pub failure: Option<String>,
    pub created_at: Time,
}

/// What will be published. What the author left to their defaults was settled when it was scheduled, so that a later change of them
/// publishes nothing more widely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// As typed.
    pub text: String,
    pub spoiler_text: String,
    pub visibility: Visibility,
    pub sensitive: bool,
    pub language: Option<String>,
    pub in_reply_to: Option<PostId>,
    pub media: Vec<MediaId>,
    pub poll: Option<PollParams>,
    pub quote: Option<PostId>,
    pub quote_policy: Option<QuotePolicy>,
}

/// Its poll.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollParams {
    pub options: Vec<String>,
    /// Seconds.
    pub expires_in: u64,
    pub is_multiple: bool,
    pub hides_totals: bool,
}

impl Params {
    /// Of a post that these people would see.
    fn of(new: &NewPost, visibility: Visibility) -> Self {
        Self {
            text: new.text.clone(),
            spoiler_text: new.spoiler_text.clone(),
            visibility,
            sensitive: new.sensitive,
            language: new.language.clone(),
            in_reply_to: new.in_reply_to,
            media: new.media.clone(),
            poll: new.poll.as_ref().map(|poll| PollParams {
                options: poll.options.clone(),
                expires_in: poll.expires_in.as_secs(),
                is_multiple: poll.is_multiple,
                hides_totals: poll.hides_totals,
            }),
            quote: new.quote,
            quote_policy: new.quote_policy,
        }
    }

    /// The post as its author would give it now.
    fn new_post(self) -> NewPost {
        NewPost {
            text: self.text,
            spoiler_text: self.spoiler_text,
            visibility: self.visibility,
            sensitive: self.sensitive,
            language: self.language,
            in_reply_to: self.in_reply_to,
            media: self.media,
            poll: self.poll.map(|poll| NewPoll {
                options: poll.options,
                expires_in: Duration::from_secs(poll.expires_in),
                is_multiple: poll.is_multiple,
                hides_totals: poll.hides_totals,
            }),
            quote: self.quote,
            quote_policy: self.quote_policy,
            app: None,
            acted_by: None,
            idempotency: None,
        }
    }
}
