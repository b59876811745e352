//! FeaturedTag: a hashtag on a profile.

use serde::Serialize;

use crate::context::Urls;
use crate::domain::accounts::Account;
use crate::domain::featured_tags::Featured;
use crate::ids::FeaturedTagId;
use crate::time::Time;

/// A hashtag on a profile with its use by the owner; the count is text.
#[derive(Debug, Clone, Serialize)]
pub struct FeaturedTag {
    id: FeaturedTagId,
    name: String,
    url: String,
    statuses_count: String,
    last_status_at: Option<String>,
}

impl FeaturedTag {
    /// A hashtag on the profile of `owner`, an account of this server.
    pub fn render(featured: &Featured, owner: &Account, urls: &Urls) -> Self {
        Self {
            id: featured.row.id,
            name: featured.row.name.clone(),
            url: urls.tagged(&owner.username, &featured.tag_name),
            statuses_count: featured.row.posts_count.to_string(),
            last_status_at: featured.row.last_post_at.map(Time::date),
        }
    }
}
