//! Profile: an account as its owner edits it, in plain text.

use serde::Serialize;

use super::account::{Field, field};
use crate::context::Urls;
use crate::domain::accounts::{Account, Kind};
use crate::ids::AccountId;

/// What can be edited about an own account, as it was typed.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    id: AccountId,
    display_name: String,
    note: String,
    fields: Vec<Field>,
    /// Null where a stand-in is shown.
    avatar: Option<String>,
    avatar_static: Option<String>,
    avatar_description: String,
    header: Option<String>,
    header_static: Option<String>,
    header_description: String,
    locked: bool,
    bot: bool,
    hide_collections: bool,
    discoverable: bool,
    indexable: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    attribution_domains: Vec<String>,
}

impl Profile {
    /// Of an account of this server.
    pub fn render(row: &Account, urls: &Urls) -> Self {
        let (avatar, header) =
            (row.avatar.as_deref().map(|key| urls.media(key)), row.header.as_deref().map(|key| urls.media(key)));
        Self {
            id: row.id,
            display_name: row.display_name.clone(),
            note: row.note_source.clone(),
            fields: row.fields.0.iter().map(|line| field(line, &line.source)).collect(),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: row.avatar_description.clone(),
            header_static: header.clone(),
            header,
            header_description: row.header_description.clone(),
            locked: row.is_locked,
            bot: row.kind == Kind::Service,
            hide_collections: row.hides_collections,
            discoverable: row.is_discoverable,
            indexable: row.is_indexable,
            show_media: row.shows_media,
            show_media_replies: row.shows_media_replies,
            show_featured: row.shows_featured,
            attribution_domains: row.attribution_domains.0.clone(),
        }
    }
}
