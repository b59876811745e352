//! The port through which the domain's callers learn of accounts and posts elsewhere. `federation` implements it: it needs the network.

use async_trait::async_trait;

use crate::domain::accounts::Account;
use crate::error::Result;
use crate::ids::{AccountId, PostId};

pub use crate::text::handles::Handle;

/// What an address turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// An account.
    Account(AccountId),
    /// A post.
    Post(PostId),
}

/// Finds what is elsewhere, asking other servers if it is not known here. What is found is stored.
/// Servers that do not answer, or answer nonsense, are `None` or [`crate::error::Error::Upstream`]; never anything that came from them unchecked.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The account with this handle.
    async fn account(&self, handle: &Handle) -> Result<Option<Account>>;

    /// The account or post at this address: its id or its page.
    async fn object(&self, url: &str) -> Result<Option<Resolved>>;
}
