//! Hashtags with everything that is shown with them, read in a fixed number of queries however many there are.

use super::{Day, Tag, histories};
use crate::db::Conn;
use crate::domain::{featured_tags, tag_follows};
use crate::error::Result;
use crate::ids::{AccountId, TagId};
use crate::time::Time;

/// How an account stands to a hashtag.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// It follows the hashtag.
    pub is_followed: bool,
    /// It shows the hashtag on its profile.
    pub is_featured: bool,
}

/// A hashtag as one viewer sees it.
#[derive(Debug, Clone)]
pub struct TagView {
    /// The hashtag.
    pub tag: Tag,
    /// Its last seven days, today first.
    pub days: Vec<Day>,
    /// How the viewer stands to it; `None` for strangers.
    pub standing: Option<Standing>,
}

/// Completes hashtags, in their order.
pub fn load(conn: &mut Conn, viewer: Option<AccountId>, tags: Vec<Tag>, now: Time) -> Result<Vec<TagView>> {
    let ids: Vec<TagId> = tags.iter().map(|tag| tag.id).collect();
    let mut days = histories(conn, &ids, now)?;
    let standings = match viewer {
        Some(me) => Some((tag_follows::among(conn, me, &ids)?, featured_tags::among(conn, me, &ids)?)),
        None => None,
    };
    let standing = |id: TagId| {
        let (followed, featured) = standings.as_ref()?;
        Some(Standing { is_followed: followed.contains(&id), is_featured: featured.contains(&id) })
    };
    Ok(tags
        .into_iter()
        .map(|tag| TagView { days: days.remove(&tag.id).unwrap_or_default(), standing: standing(tag.id), tag })
        .collect())
}
