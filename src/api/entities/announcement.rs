//! Announcement and Reaction.

use serde::Serialize;
use serde_json::json;

use super::account::CustomEmoji;
use super::status::{Mention, Tag, tag};
use crate::context::{Context, Urls};
use crate::domain::announcements::{AnnouncementView, Tally};
use crate::ids::{AnnouncementId, PostId};
use crate::time::Time;

/// Something that those who run the server tell everybody on it.
#[derive(Debug, Clone, Serialize)]
pub struct Announcement {
    id: AnnouncementId,
    content: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    all_day: bool,
    published_at: String,
    updated_at: String,
    /// Absent for strangers.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<bool>,
    mentions: Vec<Mention>,
    statuses: Vec<Linked>,
    tags: Vec<Tag>,
    emojis: Vec<CustomEmoji>,
    reactions: Vec<Reaction>,
}

/// A post that an announcement links to.
#[derive(Debug, Clone, Serialize)]
struct Linked {
    id: PostId,
    url: String,
}

/// One kind of reaction.
#[derive(Debug, Clone, Serialize)]
pub struct Reaction {
    name: String,
    count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    me: Option<bool>,
    /// Of custom emoji.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    static_url: Option<String>,
}

impl Reaction {
    fn render(tally: &Tally, has_viewer: bool) -> Self {
        let emoji = tally.emoji.as_ref().map(CustomEmoji::from);
        let (url, still) = emoji.as_ref().map(CustomEmoji::addresses).unzip();
        Self {
            name: tally.name.clone(),
            count: tally.count,
            me: has_viewer.then_some(tally.is_mine),
            url: url.map(str::to_owned),
            static_url: still.map(str::to_owned),
        }
    }
}

impl Announcement {
    /// As the view's viewer sees it.
    pub fn render(view: &AnnouncementView, urls: &Urls) -> Self {
        let row = &view.announcement;
        let has_viewer = view.is_read.is_some();
        Self {
            id: row.id,
            content: row.content.clone(),
            starts_at: row.starts_at.map(Time::rfc3339),
            ends_at: row.ends_at.map(Time::rfc3339),
            all_day: row.is_all_day,
            published_at: row.published_at.rfc3339(),
            updated_at: row.updated_at.rfc3339(),
            read: view.is_read,
            mentions: row.mentions.0.iter().map(Mention::from).collect(),
            statuses: row.posts.0.iter().map(|post| Linked { id: post.id, url: post.url.clone() }).collect(),
            tags: row.tags.0.iter().map(|name| tag(name, urls)).collect(),
            emojis: row.emojis.0.iter().map(CustomEmoji::from).collect(),
            reactions: view.reactions.iter().map(|tally| Reaction::render(tally, has_viewer)).collect(),
        }
    }
}

/// The announcement as JSON text, for streams.
pub fn json(view: &AnnouncementView, cx: &Context) -> String {
    super::text(&Announcement::render(view, &cx.urls))
}

/// How often an announcement got one reaction, as JSON text for streams.
pub fn reaction_json(id: AnnouncementId, tally: &Tally) -> String {
    let mut reaction = json!(Reaction::render(tally, false));
    if let Some(more) = reaction.as_object_mut() {
        more.insert("announcement_id".into(), json!(id));
    }
    reaction.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::Emoji;

    #[test]
    fn a_reaction_says_how_its_emoji_looks() {
        let emoji = Emoji { shortcode: "bread".into(), url: "https://b.example/b.gif".into(), static_url: None };
        let tally = Tally { name: "bread".into(), count: 2, is_mine: true, emoji: Some(emoji) };
        assert_eq!(
            serde_json::to_value(Reaction::render(&tally, true)).unwrap(),
            json!({"name": "bread", "count": 2, "me": true, "url": "https://b.example/b.gif", "static_url": "https://b.example/b.gif"})
        );
        let plain = Tally { name: "🎉".into(), count: 0, is_mine: false, emoji: None };
        let sent: serde_json::Value = serde_json::from_str(&reaction_json(AnnouncementId(7), &plain)).unwrap();
        assert_eq!(sent, json!({"name": "🎉", "count": 0, "announcement_id": "7"}));
    }
}
