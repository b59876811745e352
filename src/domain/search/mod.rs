//! Search: what of posts and accounts is found by whom.
//!
//! A post is found by those who may see it anyway and either wrote it, are named in it or did something with it, or if it is
//! public and its author lets everybody find such posts. Nobody finds what is by somebody they block, mute or hide with their domain.
//!
//! The index is written in the transaction of the post. Besides words it holds labels for everything one can ask for, so that a
//! search reads little more than it shows; who may see what is decided again when it is read.

mod accounts;
mod documents;
mod indexing;
mod labels;
mod posts;
#[cfg(test)]
mod tests;

pub use accounts::{AccountSearch, accounts};
pub use indexing::{Batch, JOB, add, add_account, go_on, rebuild, reconsider, refresh, remove};
pub use posts::{PostSearch, posts};
