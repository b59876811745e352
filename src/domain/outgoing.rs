//! What other servers must be told. The domain only says so; `federation` plans and delivers it from the durable job.

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::{AccountId, FollowId, PostId};
use crate::jobs;

/// The name of the job that carries an [`Outgoing`].
pub const JOB: &str = "federate";

/// Something a local account did that others may have to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Outgoing {
    /// A local post was published.
    CreatePost {
        /// Which.
        post: PostId,
    },
    /// A local post was edited.
    UpdatePost {
        /// Which.
        post: PostId,
    },
    /// Something about a local post changed that is no edit: who may quote it, what it quotes, when its poll ends.
    RefreshPost {
        /// Which.
        post: PostId,
        /// When, in microseconds UTC: each change is told by an activity of its own.
        at: i64,
    },
    /// A local post was deleted (its row stays as a tombstone).
    DeletePost {
        /// Which.
        post: PostId,
        /// The inboxes of those who had it for another reason than following or being named: nobody can be asked for them any more.
        #[serde(default)]
        reached: Vec<String>,
    },
    /// A local account boosted a post; `post` is the boost.
    Boost {
        /// The boost.
        post: PostId,
    },
    /// A boost was taken back (its row stays as a tombstone).
    UndoBoost {
        /// The boost.
        post: PostId,
    },
    /// A local account favourited a post of another server.
    Favourite {
        /// Who.
        account: AccountId,
        /// Which post.
        post: PostId,
        /// The id of the Like.
        uri: String,
    },
    /// A favourite was taken back.
    UndoFavourite {
        /// Who.
        account: AccountId,
        /// Which post.
        post: PostId,
        /// The id of the Like.
        uri: String,
    },
    /// A local account chose an option in a poll of another server.
    Vote {
        /// Who.
        account: AccountId,
        /// The post with the poll.
        post: PostId,
        /// The text of the option.
        option: String,
        /// The id of the vote.
        uri: String,
    },
    /// A local account shows one of its posts first on its profile.
    Pin {
        /// Who.
        account: AccountId,
        /// Which post.
        post: PostId,
        /// The id of the Add.
        uri: String,
    },
    /// A local account does so no longer.
    Unpin {
        /// Who.
        account: AccountId,
        /// Which post.
        post: PostId,
        /// The id of the Add.
        uri: String,
    },
    /// A local account asks to follow one of another server.
    Follow {
        /// The follow.
        follow: FollowId,
    },
    /// A follow or request was taken back.
    UndoFollow {
        /// Who followed.
        account: AccountId,
        /// Whom.
        target: AccountId,
        /// The id of the Follow.
        uri: String,
    },
    /// A local account accepts a follower of another server.
    AcceptFollow {
        /// Who accepts.
        account: AccountId,
        /// The follower.
        follower: AccountId,
        /// The id of the Follow, byte for byte as it came.
        uri: String,
    },
    /// A local account refuses or removes a follower of another server.
    RejectFollow {
        /// Who refuses.
        account: AccountId,
        /// The follower.
        follower: AccountId,
        /// The id of the Follow.
        uri: String,
    },
    /// A local account blocks one of another server.
    Block {
        /// Who.
        account: AccountId,
        /// Whom.
        target: AccountId,
        /// The id of the Block.
        uri: String,
    },
    /// A block was lifted.
    UndoBlock {
        /// Who.
        account: AccountId,
        /// Whom.
        target: AccountId,
        /// The id of the Block.
        uri: String,
    },
    /// A local profile changed.
    UpdateActor {
        /// Whose.
        account: AccountId,
    },
    /// A local account was deleted.
    DeleteActor {
        /// Which.
        account: AccountId,
    },
}

/// Writes the job in the caller's transaction.
pub fn tell(conn: &mut Conn, cx: &Context, what: Outgoing) -> Result<()> {
    jobs::enqueue(conn, cx, JOB, &what, cx.now)
}
