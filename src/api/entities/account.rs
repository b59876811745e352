//! Account, CredentialAccount and their parts.

use serde::Serialize;

use crate::context::Urls;
use crate::domain::accounts::{Account as Row, Emoji, Kind, ProfileField};
use crate::domain::custom_emojis::CustomEmoji as Kept;
use crate::domain::posts::Visibility;
use crate::domain::quotes::QuotePolicy;
use crate::domain::users::ServerRole;
use crate::ids::AccountId;
use crate::time::Time;

/// A custom emoji in a name or text.
#[derive(Debug, Clone, Serialize)]
pub struct CustomEmoji {
    shortcode: String,
    url: String,
    static_url: String,
    visible_in_picker: bool,
    category: Option<String>,
}

impl From<&Emoji> for CustomEmoji {
    fn from(emoji: &Emoji) -> Self {
        Self {
            shortcode: emoji.shortcode.clone(),
            url: emoji.url.clone(),
            static_url: emoji.static_url.clone().unwrap_or_else(|| emoji.url.clone()),
            visible_in_picker: false,
            category: None,
        }
    }
}

impl CustomEmoji {
    /// One of this server, with what a picker needs.
    pub fn render(row: &Kept, urls: &Urls) -> Self {
        Self { visible_in_picker: row.is_listed, category: row.category.clone(), ..Self::from(&row.used(urls)) }
    }

    /// The addresses of its picture, and of one that does not move.
    pub fn addresses(&self) -> (&str, &str) {
        (&self.url, &self.static_url)
    }
}

/// A line of a profile.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    name: String,
    value: String,
    verified_at: Option<String>,
}

/// A line of a profile with one of its two values: what was typed, or HTML.
pub(super) fn field(row: &ProfileField, value: &str) -> Field {
    Field { name: row.name.clone(), value: value.to_owned(), verified_at: row.verified_at.map(|at| Time(at).rfc3339()) }
}

/// An account as everybody sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    id: AccountId,
    username: String,
    acct: String,
    url: String,
    uri: String,
    display_name: String,
    note: String,
    avatar: String,
    avatar_static: String,
    avatar_description: String,
    header: String,
    header_static: String,
    header_description: String,
    locked: bool,
    fields: Vec<Field>,
    emojis: Vec<CustomEmoji>,
    bot: bool,
    group: bool,
    discoverable: bool,
    indexable: bool,
    hide_collections: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suspended: bool,
    created_at: String,
    last_status_at: Option<String>,
    statuses_count: i64,
    followers_count: i64,
    following_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    noindex: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<AccountRole>>,
}

/// A role shown on a profile.
#[derive(Debug, Clone, Serialize)]
pub struct AccountRole {
    id: String,
    name: String,
    color: String,
}

/// The address of a picture: a stored file of ours, an address elsewhere, or the stand-in.
pub fn picture(row: &Row, kept: Option<&str>, stand_in: &str, urls: &Urls) -> String {
    match kept {
        Some(key) if row.is_local() => urls.media(key),
        Some(address) => address.to_owned(),
        None => urls.path(stand_in),
    }
}

/// What stands in for a missing picture of an account.
pub const AVATAR: &str = "/assets/avatar.svg";
/// What stands in for a missing header of an account.
pub const HEADER: &str = "/assets/header.svg";

impl Account {
    /// As everybody sees it. Of a suspended account only the name is left.
    pub fn render(row: &Row, urls: &Urls) -> Self {
        let hidden = row.suspended_at.is_some();
        let avatar = picture(row, row.avatar.as_deref().filter(|_| !hidden), AVATAR, urls);
        let header = picture(row, row.header.as_deref().filter(|_| !hidden), HEADER, urls);
        Self {
            id: row.id,
            username: row.username.clone(),
            acct: row.acct(),
            url: row.url.clone(),
            uri: row.uri.clone(),
            display_name: if hidden { String::new() } else { row.display_name.clone() },
            note: if hidden { String::new() } else { row.note.clone() },
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: row.avatar_description.clone(),
            header_static: header.clone(),
            header,
            header_description: row.header_description.clone(),
            locked: row.is_locked,
            fields: if hidden { Vec::new() } else { row.fields.0.iter().map(|f| field(f, &f.value)).collect() },
            emojis: row.emojis.0.iter().map(CustomEmoji::from).collect(),
            bot: matches!(row.kind, Kind::Service | Kind::Application),
            group: row.kind == Kind::Group,
            discoverable: row.is_discoverable,
            indexable: row.is_indexable,
            hide_collections: row.hides_collections,
            show_media: row.shows_media,
            show_media_replies: row.shows_media_replies,
            show_featured: row.shows_featured,
            suspended: hidden,
            created_at: row.created_at.midnight().rfc3339(),
            last_status_at: row.last_status_at.map(Time::date),
            statuses_count: row.statuses_count,
            followers_count: row.followers_count,
            following_count: row.following_count,
            noindex: row.is_local().then_some(!row.is_indexable),
            roles: row.is_local().then(Vec::new),
        }
    }
}

/// An account as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct CredentialAccount {
    #[serde(flatten)]
    account: Account,
    source: Source,
    role: Role,
}

#[derive(Debug, Clone, Serialize)]
struct Source {
    note: String,
    fields: Vec<Field>,
    privacy: Visibility,
    sensitive: bool,
    language: Option<String>,
    follow_requests_count: i64,
    hide_collections: bool,
    discoverable: bool,
    indexable: bool,
    attribution_domains: Vec<String>,
    quote_policy: QuotePolicy,
}

/// What somebody may do with the server, for clients with an administration part.
#[derive(Debug, Clone, Serialize)]
pub struct Role {
    id: String,
    name: String,
    color: String,
    /// A bit mask as a decimal string; 1 is everything.
    permissions: String,
    highlighted: bool,
}

impl CredentialAccount {
    /// As its owner sees it. `role`: on this server, when somebody acts as themselves.
    pub fn render(row: &Row, requests: i64, role: Option<ServerRole>, urls: &Urls) -> Self {
        let (name, permissions) = match role {
            Some(ServerRole::Owner) => ("Owner", "1"),
            Some(ServerRole::Admin) => ("Admin", "1"),
            Some(ServerRole::Moderator) => ("Moderator", "0"),
            Some(ServerRole::Member) | None => ("", "0"),
        };
        Self {
            account: Account::render(row, urls),
            source: Source {
                note: row.note_source.clone(),
                fields: row.fields.0.iter().map(|f| field(f, &f.source)).collect(),
                privacy: row.default_visibility,
                sensitive: row.default_sensitive,
                language: row.default_language.clone(),
                follow_requests_count: requests,
                hide_collections: row.hides_collections,
                discoverable: row.is_discoverable,
                indexable: row.is_indexable,
                attribution_domains: row.attribution_domains.0.clone(),
                quote_policy: row.default_quote_policy,
            },
            role: Role {
                id: "-99".into(),
                name: name.into(),
                color: String::new(),
                permissions: permissions.into(),
                highlighted: false,
            },
        }
    }
}
