//! Announcements: what those who run the server tell everybody on it. Each account can put one aside and react to it.

mod reactions;
#[cfg(test)]
mod tests;
mod views;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::db::schema::{announcement_dismissals, announcements};
use crate::db::{Conn, Json};
use crate::domain::accounts::{self, Account, Emoji};
use crate::domain::custom_emojis;
use crate::domain::events::{self, Event};
use crate::domain::posts::{self, Mention, TagName};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AnnouncementId, PostId};
use crate::text::{MentionTarget, compose, find_handles};
use crate::time::Time;

pub use reactions::{MAX_REACTIONS, react, tally, unreact};
pub use views::{AnnouncementView, Tally, load};

/// Characters of an announcement.
const MAX_TEXT: usize = 5000;
/// How many are shown at once.
const SHOWN: i64 = 50;
/// How many posts of this server one may link to.
const MAX_POSTS: usize = 10;
/// How many people one may name.
const MAX_MENTIONS: usize = 20;

/// A post that an announcement links to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedPost {
    /// Which.
    pub id: PostId,
    /// Its page.
    pub url: String,
}

/// An announcement as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = announcements)]
pub struct Announcement {
    pub id: AnnouncementId,
    /// What was typed.
    pub source: String,
    /// Safe HTML.
    pub content: String,
    pub mentions: Json<Vec<Mention>>,
    pub tags: Json<Vec<TagName>>,
    pub emojis: Json<Vec<Emoji>>,
    pub posts: Json<Vec<LinkedPost>>,
    /// When what it is about begins.
    pub starts_at: Option<Time>,
    /// When what it is about ends; it is shown no longer.
    pub ends_at: Option<Time>,
    /// Whether the two are days rather than times.
    pub is_all_day: bool,
    pub published_at: Time,
    pub updated_at: Time,
}

/// An announcement to be made.
#[derive(Debug, Clone, Default)]
pub struct NewAnnouncement {
    /// Plain text with addresses, mentions, hashtags and custom emoji.
    pub text: String,
    /// When what it is about begins.
    pub starts_at: Option<Time>,
    /// When what it is about ends.
    pub ends_at: Option<Time>,
    /// Whether the two are days rather than times.
    pub is_all_day: bool,
}

/// Announces something at once. Errors: no text or too much of it; an end before the beginning.
pub fn create(conn: &mut Conn, cx: &Context, new: &NewAnnouncement) -> Result<Announcement> {
    let text = new.text.trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Error::invalid("text", format!("is longer than {MAX_TEXT} characters")));
    }
    if new.ends_at.is_some_and(|end| end <= new.starts_at.unwrap_or(cx.now)) {
        return Err(Error::invalid("ends", "must be after the beginning"));
    }
    let named = find_named(conn, cx, text)?;
    let ours = |handle: &crate::text::Handle| handle.clone().relative_to(cx.urls.domain()).to_string();
    let of =
        |handle: &crate::text::Handle| named.iter().find(|account| account.acct().eq_ignore_ascii_case(&ours(handle)));
    let target = |handle: &crate::text::Handle| {
        of(handle).map(|a| MentionTarget { url: a.url.clone(), username: a.username.clone() })
    };
    let composed = compose(text, &target, &|name: &str| cx.urls.tag(name));
    let row = Announcement {
        id: cx.id(),
        source: text.to_owned(),
        mentions: Json(composed.mentions.iter().filter_map(of).map(Mention::of).collect()),
        tags: Json(composed.hashtags.into_iter().map(TagName::from).collect()),
        emojis: Json(custom_emojis::used_in(conn, &cx.urls, [text])?),
        posts: Json(linked_posts(conn, cx, &composed.links)?),
        content: composed.html.into_string(),
        starts_at: new.starts_at,
        ends_at: new.ends_at,
        is_all_day: new.is_all_day,
        published_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(announcements::table).values(&row).execute(conn)?;
    events::record(conn, cx, Event::AnnouncementPublished { announcement: row.id })?;
    Ok(row)
}

/// The accounts known here that a text names.
fn find_named(conn: &mut Conn, cx: &Context, text: &str) -> Result<Vec<Account>> {
    let mut found = Vec::new();
    for handle in find_handles(text).into_iter().take(MAX_MENTIONS) {
        let handle = handle.relative_to(cx.urls.domain());
        let domain = handle.domain.as_deref().unwrap_or_default();
        let account = accounts::queries::find_by_handle(conn, &handle.username, domain)?;
        found.extend(account.filter(Account::is_active));
    }
    Ok(found)
}

/// The posts of this server, open to everybody, that a text links to.
fn linked_posts(conn: &mut Conn, cx: &Context, links: &[String]) -> Result<Vec<LinkedPost>> {
    let id_of = |link: &String| link.rsplit('/').next().and_then(|last| last.parse::<PostId>().ok());
    let ids: Vec<PostId> =
        links.iter().filter(|link| cx.urls.is_ours(link)).filter_map(id_of).take(MAX_POSTS).collect();
    let found = posts::queries::list(conn, &ids, None)?;
    let is_named = |post: &&posts::Post| links.iter().any(|link| *link == post.url || *link == post.uri);
    Ok(found.iter().filter(is_named).map(|post| LinkedPost { id: post.id, url: post.url.clone() }).collect())
}

/// Takes an announcement back; false if there is none.
pub fn delete(conn: &mut Conn, cx: &Context, id: AnnouncementId) -> Result<bool> {
    let removed = diesel::delete(announcements::table.find(id)).execute(conn)? > 0;
    if removed {
        events::record(conn, cx, Event::AnnouncementDeleted { announcement: id })?;
    }
    Ok(removed)
}

/// The announcement, also one that is over.
pub fn find(conn: &mut Conn, id: AnnouncementId) -> Result<Option<Announcement>> {
    Ok(announcements::table.find(id).select(Announcement::as_select()).first(conn).optional()?)
}

/// Like [`find`]; an error if there is none, or it is over.
pub fn get_current(conn: &mut Conn, id: AnnouncementId, now: Time) -> Result<Announcement> {
    find(conn, id)?.filter(|row| row.ends_at.is_none_or(|end| end > now)).ok_or(Error::NotFound("announcement"))
}

/// Announcements that are not over, in the order of their time: what begins or was published first comes first.
pub fn list_current(conn: &mut Conn, now: Time) -> Result<Vec<Announcement>> {
    let mut rows: Vec<Announcement> = announcements::table
        .filter(announcements::ends_at.is_null().or(announcements::ends_at.gt(now)))
        .order(announcements::id.desc())
        .limit(SHOWN)
        .select(Announcement::as_select())
        .load(conn)?;
    rows.sort_by_key(|row| (row.starts_at.unwrap_or(row.published_at), row.id));
    Ok(rows)
}

/// All announcements, the latest first, at most `limit`.
pub fn list(conn: &mut Conn, limit: i64) -> Result<Vec<Announcement>> {
    Ok(announcements::table
        .order(announcements::id.desc())
        .limit(limit)
        .select(Announcement::as_select())
        .load(conn)?)
}

/// Puts an announcement aside for `me`; again changes nothing.
pub fn dismiss(conn: &mut Conn, me: AccountId, id: AnnouncementId, now: Time) -> Result<()> {
    get_current(conn, id, now)?;
    crate::each_backend!(conn, |c| diesel::insert_into(announcement_dismissals::table)
        .values((announcement_dismissals::announcement_id.eq(id), announcement_dismissals::account_id.eq(me)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}
