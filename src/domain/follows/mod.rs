//! Follows and requests to follow, in both directions. A follow counts only once it was accepted, here or by the other server.

mod actions;
mod familiar;
mod incoming;
mod queries;

use diesel::prelude::*;

use crate::db::Json;
use crate::db::schema::follows;
use crate::ids::{AccountId, FollowId};
use crate::time::Time;

pub(in crate::domain) use actions::sever;
pub use actions::{FollowOptions, authorize, reject, remove_follower, request, unfollow};
pub use familiar::familiar_followers;
pub use incoming::{receive_accept, receive_follow, receive_reject, receive_undo_follow};
pub use queries::{
    Relationship, between, count_requests, find, follower_inboxes, followers, following, local_followers, relationship,
    relationships, requests,
};

crate::text_enum! {
    /// How far a follow has come.
    pub enum State {
        /// Asked for, not answered yet.
        Pending = "pending",
        /// It holds.
        Accepted = "accepted",
    }
}

/// A follow or request as it is kept: `account_id` follows `target_id`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = follows)]
pub struct Follow {
    pub id: FollowId,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub state: State,
    /// The id of the Follow activity, byte for byte as it was sent or came.
    pub uri: String,
    /// Whether boosts by the target are shown.
    pub shows_boosts: bool,
    /// Whether every post of the target is a notification.
    pub notifies: bool,
    /// Only posts in these languages are shown; empty means all.
    pub languages: Json<Vec<String>>,
    pub created_at: Time,
}

#[cfg(test)]
pub(in crate::domain) mod tests;
