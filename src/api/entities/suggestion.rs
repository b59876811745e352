//! Suggestion and FamiliarFollowers: accounts that one might follow, and what speaks for it.

use serde::Serialize;

use super::account::Account;
use crate::context::Urls;
use crate::domain::accounts::Account as Person;
use crate::domain::suggestions::{Source, Suggestion as Row};
use crate::ids::AccountId;

/// An account that one might follow, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Suggestion {
    /// The strongest reason, as clients called it before there were several.
    source: &'static str,
    sources: Vec<Source>,
    account: Account,
}

impl Suggestion {
    /// In the shape of the API.
    pub fn render(row: &Row, urls: &Urls) -> Self {
        Self {
            source: match row.sources.first() {
                Some(Source::FriendsOfFriends) => "past_interactions",
                Some(Source::MostFollowed) | None => "global",
            },
            sources: row.sources.clone(),
            account: Account::render(&row.account, urls),
        }
    }
}

/// An account with those of its followers whom one follows.
#[derive(Debug, Clone, Serialize)]
pub struct FamiliarFollowers {
    id: AccountId,
    accounts: Vec<Account>,
}

impl FamiliarFollowers {
    /// In the shape of the API.
    pub fn render(id: AccountId, followers: &[Person], urls: &Urls) -> Self {
        Self { id, accounts: followers.iter().map(|row| Account::render(row, urls)).collect() }
    }
}
