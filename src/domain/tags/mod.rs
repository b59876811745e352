//! Hashtags: found by their normalised name, shown as first written.

pub mod views;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::schema::{post_tags, posts, tags};
use crate::db::{Conn, one_of};
use crate::domain::posts::visibility::open_to_anybody;
use crate::domain::posts::{TagName, Visibility};
use crate::error::Result;
use crate::ids::{AccountId, PostId, TagId, floor};
use crate::search::{Column, begins_with};
use crate::text::tags::normalize;
use crate::time::Time;

/// How many days the history of a tag goes back, today included.
pub const HISTORY_DAYS: usize = 7;
/// How many posts of a week are counted.
const HISTORY_LIMIT: i64 = 20_000;
const DAY: Duration = Duration::from_secs(86_400);

/// A hashtag as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = tags)]
pub struct Tag {
    pub id: TagId,
    /// Normalised: NFKC, lower-case.
    pub name: String,
    /// As first written.
    pub display_name: String,
    pub created_at: Time,
}

/// How much a tag was used on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Midnight UTC of the day.
    pub day: Time,
    /// Public posts with it.
    pub uses: i64,
    /// Accounts that used it.
    pub accounts: i64,
}

/// The tag of that name, in any spelling of it.
pub fn find(conn: &mut Conn, name: &str) -> Result<Option<Tag>> {
    let Some(name) = normalize(name) else {
        return Ok(None);
    };
    Ok(tags::table.filter(tags::name.eq(name)).select(Tag::as_select()).first(conn).optional()?)
}

/// The tag with this id.
pub fn find_by_id(conn: &mut Conn, id: TagId) -> Result<Option<Tag>> {
    Ok(tags::table.find(id).select(Tag::as_select()).first(conn).optional()?)
}

/// Tags whose name starts with `q`, shortest name first.
pub fn search(conn: &mut Conn, q: &str, limit: i64, offset: i64) -> Result<Vec<Tag>> {
    let Some(q) = normalize(q) else {
        return Ok(Vec::new());
    };
    let begins_so = begins_with(conn, Column::TagName, &q);
    let mut found: Vec<Tag> = tags::table
        .filter(begins_so)
        .order((tags::name.asc(), tags::id.asc()))
        .limit(limit)
        .offset(offset)
        .select(Tag::as_select())
        .load(conn)?;
    found.sort_by_key(|tag| tag.name.len());
    Ok(found)
}

/// The ids of these tags, made where they were not known; each once.
pub fn find_or_create(conn: &mut Conn, cx: &Context, names: &[TagName]) -> Result<Vec<TagId>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<&str> = names.iter().map(|tag| tag.name.as_str()).collect();
    let known: Vec<(String, TagId)> =
        tags::table.filter(tags::name.eq_any(&wanted)).select((tags::name, tags::id)).load(conn)?;
    let mut ids: HashMap<String, TagId> = known.into_iter().collect();
    for tag in names {
        if ids.contains_key(&tag.name) {
            continue;
        }
        let row = Tag { id: cx.id(), name: tag.name.clone(), display_name: tag.display.clone(), created_at: cx.now };
        let written = crate::each_backend!(conn, |c| diesel::insert_into(tags::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(c))?;
        // Another transaction may have been first.
        let id = if written == 1 {
            row.id
        } else {
            tags::table.filter(tags::name.eq(&tag.name)).select(tags::id).first(conn)?
        };
        ids.insert(row.name, id);
    }
    Ok(ids.into_values().collect())
}

/// Says which tags a new post has.
pub fn attach(conn: &mut Conn, cx: &Context, post: PostId, names: &[TagName]) -> Result<()> {
    let ids = find_or_create(conn, cx, names)?;
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = ids.into_iter().map(|id| (post_tags::tag_id.eq(id), post_tags::post_id.eq(post))).collect();
    crate::each_backend!(conn, |c| diesel::insert_into(post_tags::table).values(rows).execute(c))?;
    Ok(())
}

/// Says that a post has no tags any more.
pub fn detach(conn: &mut Conn, post: PostId) -> Result<()> {
    diesel::delete(post_tags::table.filter(post_tags::post_id.eq(post))).execute(conn)?;
    Ok(())
}

/// The last seven days of a tag, today first.
pub fn history(conn: &mut Conn, tag: TagId, now: Time) -> Result<Vec<Day>> {
    Ok(histories(conn, &[tag], now)?.remove(&tag).unwrap_or_else(|| count_days(&[], now)))
}

/// [`history`] of several tags in one query.
pub fn histories(conn: &mut Conn, ids: &[TagId], now: Time) -> Result<HashMap<TagId, Vec<Day>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let first = now.midnight().before(DAY * u32::try_from(HISTORY_DAYS - 1).unwrap_or(0));
    let uses: Vec<(TagId, Time, AccountId)> = post_tags::table
        .inner_join(posts::table.on(posts::id.eq(post_tags::post_id)))
        .filter(one_of(post_tags::tag_id, ids))
        .filter(post_tags::post_id.ge(floor(first)))
        .filter(posts::created_at.ge(first))
        .filter(open_to_anybody())
        // Said this way round, the index of all public posts is not read instead of the tag's.
        .filter(posts::visibility.ne(Visibility::Unlisted))
        .limit(HISTORY_LIMIT)
        .select((post_tags::tag_id, posts::created_at, posts::account_id))
        .load(conn)?;
    let mut by_tag: HashMap<TagId, Vec<(Time, AccountId)>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for (tag, at, account) in uses {
        by_tag.entry(tag).or_default().push((at, account));
    }
    Ok(by_tag.into_iter().map(|(tag, uses)| (tag, count_days(&uses, now))).collect())
}

/// Counts uses by their days, today first.
pub(in crate::domain) fn count_days(uses: &[(Time, AccountId)], now: Time) -> Vec<Day> {
    let mut days: BTreeMap<i64, (i64, HashSet<AccountId>)> = BTreeMap::new();
    for (at, account) in uses {
        let (count, accounts) = days.entry(at.day()).or_default();
        *count += 1;
        accounts.insert(*account);
    }
    let today = now.day();
    (0..HISTORY_DAYS)
        .filter_map(|back| i64::try_from(back).ok())
        .map(|back| {
            let (uses, accounts) = days
                .get(&(today - back))
                .map_or((0, 0), |(uses, accounts)| (*uses, i64::try_from(accounts.len()).unwrap_or(i64::MAX)));
            Day { day: Time::from_unix((today - back) * 86_400), uses, accounts }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_counts_posts_and_people() {
        let now = Time::from_unix(1_700_000_000);
        let yesterday = now.before(DAY);
        let days = count_days(
            &[(now, AccountId(1)), (now, AccountId(1)), (now, AccountId(2)), (yesterday, AccountId(1))],
            now,
        );
        assert_eq!(days.len(), HISTORY_DAYS);
        assert_eq!(days.iter().map(|d| (d.uses, d.accounts)).take(3).collect::<Vec<_>>(), [(3, 2), (1, 1), (0, 0)]);
        assert_eq!(days.first().map(|d| d.day), Some(now.midnight()));
    }
}
