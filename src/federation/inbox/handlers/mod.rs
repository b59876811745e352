//! One module for each kind of activity. Each begins with the question whether the sender may do this (`may_apply…`), which knows nothing of
//! the network, and goes on with the action of the domain.

pub mod accept;
pub mod add;
pub mod announce;
pub mod block;
pub mod create;
pub mod delete;
pub mod follow;
pub mod like;
pub mod reject;
pub mod remove;
pub mod undo;
pub mod update;
