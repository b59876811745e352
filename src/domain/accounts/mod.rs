//! Accounts: people, brands, communities and servers, here and elsewhere. One namespace for all kinds.

pub mod actions;
pub mod queries;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::Json;
use crate::db::schema::accounts;
use crate::domain::posts::Visibility;
use crate::domain::quotes::QuotePolicy;
use crate::ids::AccountId;
use crate::time::Time;

crate::text_enum! {
    /// What kind of actor an account is (ActivityStreams actor types, lower-case).
    pub enum Kind {
        /// Somebody.
        Person = "person",
        /// A brand, by default.
        Organization = "organization",
        /// Something automated, or a brand that chose so.
        Service = "service",
        /// A community.
        Group = "group",
        /// A server.
        Application = "application",
    }
}

/// A line of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileField {
    /// Its label, plain text.
    pub name: String,
    /// Its value, sanitised HTML.
    pub value: String,
    /// What the owner typed, plain text; empty for accounts of other servers.
    #[serde(default)]
    pub source: String,
    /// When a `rel=me` link back was seen, microseconds UTC.
    #[serde(default)]
    pub verified_at: Option<i64>,
}

/// A custom emoji used in a name or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emoji {
    /// Its name without colons.
    pub shortcode: String,
    /// Its picture.
    pub url: String,
    /// A picture of it that does not move, if that one may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_url: Option<String>,
}

/// An account as it is kept. `domain` is empty for accounts of this server.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = accounts)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub username_lower: String,
    pub domain: String,
    pub uri: String,
    pub url: String,
    pub kind: Kind,
    pub display_name: String,
    pub note: String,
    pub note_source: String,
    pub fields: Json<Vec<ProfileField>>,
    pub emojis: Json<Vec<Emoji>>,
    /// A storage key for accounts here, an address for others.
    pub avatar: Option<String>,
    pub avatar_description: String,
    /// A storage key for accounts here, an address for others.
    pub header: Option<String>,
    pub header_description: String,
    pub is_locked: bool,
    pub is_discoverable: bool,
    pub is_indexable: bool,
    pub hides_collections: bool,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    pub also_known_as: Json<Vec<String>>,
    pub moved_to_uri: Option<String>,
    pub default_visibility: Visibility,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    /// Who may quote posts that say nothing else.
    pub default_quote_policy: QuotePolicy,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub fetched_at: Option<Time>,
    pub suspended_at: Option<Time>,
    pub deleted_at: Option<Time>,
    /// Whether its profile has a part with media.
    pub shows_media: bool,
    /// Whether that part holds media of answers too.
    pub shows_media_replies: bool,
    /// Whether its profile shows the accounts and hashtags that it features.
    pub shows_featured: bool,
    /// The sites that may name it as the author of their pages.
    pub attribution_domains: Json<Vec<String>>,
}

impl Account {
    /// Whether it lives on this server.
    pub fn is_local(&self) -> bool {
        self.domain.is_empty()
    }

    /// `name` for accounts here, `name@domain` for others.
    pub fn acct(&self) -> String {
        if self.is_local() { self.username.clone() } else { format!("{}@{}", self.username, self.domain) }
    }

    /// The display name, or the user name where there is none.
    pub fn shown_name(&self) -> &str {
        if self.display_name.trim().is_empty() { &self.username } else { &self.display_name }
    }

    /// Whether it can be shown and written to: neither suspended nor deleted.
    pub fn is_active(&self) -> bool {
        self.suspended_at.is_none() && self.deleted_at.is_none()
    }

    /// Where to deliver what is for everybody on its server; its own inbox if there is no shared one.
    pub fn delivery_inbox(&self) -> &str {
        self.shared_inbox_url.as_deref().unwrap_or(&self.inbox_url)
    }
}
