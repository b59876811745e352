//! Announcements with everything that is shown with them, read in a fixed number of queries however many there are.

use std::collections::{HashMap, HashSet};

use diesel::dsl;
use diesel::prelude::*;

use super::Announcement;
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{announcement_dismissals, announcement_reactions};
use crate::domain::accounts::Emoji;
use crate::domain::custom_emojis;
use crate::error::Result;
use crate::ids::{AccountId, AnnouncementId};

/// An announcement as one account sees it, or a stranger.
#[derive(Debug, Clone)]
pub struct AnnouncementView {
    /// The announcement.
    pub announcement: Announcement,
    /// Whether the viewer put it aside; `None` without one.
    pub is_read: Option<bool>,
    /// Reactions, the first given first.
    pub reactions: Vec<Tally>,
}

/// One kind of reaction to one announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The Unicode emoji, or the name of a custom one.
    pub name: String,
    /// How often.
    pub count: i64,
    /// Whether the viewer gave it.
    pub is_mine: bool,
    /// The custom emoji of that name.
    pub emoji: Option<Emoji>,
}

/// Completes announcements in their order.
pub fn load(
    conn: &mut Conn,
    cx: &Context,
    viewer: Option<AccountId>,
    rows: Vec<Announcement>,
) -> Result<Vec<AnnouncementView>> {
    let ids: Vec<AnnouncementId> = rows.iter().map(|row| row.id).collect();
    let counts: Vec<(AnnouncementId, String, i64, Option<i64>)> = announcement_reactions::table
        .filter(announcement_reactions::announcement_id.eq_any(&ids))
        .group_by((announcement_reactions::announcement_id, announcement_reactions::name))
        .select((
            announcement_reactions::announcement_id,
            announcement_reactions::name,
            dsl::count_star(),
            dsl::min(announcement_reactions::id),
        ))
        .load(conn)?;
    let names: Vec<String> =
        counts.iter().map(|(_, name, _, _)| name.clone()).collect::<HashSet<_>>().into_iter().collect();
    let emojis: HashMap<String, Emoji> = custom_emojis::list_named(conn, &names)?
        .into_iter()
        .map(|emoji| (emoji.shortcode.clone(), emoji.used(&cx.urls)))
        .collect();
    let (read, mine) = match viewer {
        Some(me) => (dismissed(conn, me, &ids)?, given(conn, me, &ids)?),
        None => (HashSet::new(), HashSet::new()),
    };
    let mut tallies: HashMap<AnnouncementId, Vec<(Option<i64>, Tally)>> = HashMap::new();
    for (id, name, count, first) in counts {
        let is_mine = mine.contains(&(id, name.clone()));
        let emoji = emojis.get(&name).cloned();
        tallies.entry(id).or_default().push((first, Tally { name, count, is_mine, emoji }));
    }
    Ok(rows
        .into_iter()
        .map(|announcement| {
            let mut reactions = tallies.remove(&announcement.id).unwrap_or_default();
            reactions.sort_by_key(|(first, _)| *first);
            AnnouncementView {
                is_read: viewer.map(|_| read.contains(&announcement.id)),
                reactions: reactions.into_iter().map(|(_, tally)| tally).collect(),
                announcement,
            }
        })
        .collect())
}

fn dismissed(conn: &mut Conn, me: AccountId, ids: &[AnnouncementId]) -> Result<HashSet<AnnouncementId>> {
    let rows: Vec<AnnouncementId> = announcement_dismissals::table
        .filter(announcement_dismissals::account_id.eq(me))
        .filter(announcement_dismissals::announcement_id.eq_any(ids))
        .select(announcement_dismissals::announcement_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

fn given(conn: &mut Conn, me: AccountId, ids: &[AnnouncementId]) -> Result<HashSet<(AnnouncementId, String)>> {
    let rows: Vec<(AnnouncementId, String)> = announcement_reactions::table
        .filter(announcement_reactions::account_id.eq(me))
        .filter(announcement_reactions::announcement_id.eq_any(ids))
        .select((announcement_reactions::announcement_id, announcement_reactions::name))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
