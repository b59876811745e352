//! Notifications in groups: "Ann and 11 others favourited your post". A group is what shares a key within the page that is read.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::queries::{self, Filter, shown};
use super::{Kind, Notification, ungrouped};
use crate::db::Conn;
use crate::db::schema::{accounts, mutes, notifications};
use crate::domain::accounts::Account;
use crate::error::{Error, Result};
use crate::ids::{AccountId, NotificationId, PostId};
use crate::page::Page;
use crate::time::Time;

/// How many rows are read at once, and how often at most, to fill a page.
const BATCH: i64 = 400;
const BATCHES: usize = 10;
/// How many accounts stand for a group.
const SAMPLE: usize = 8;

/// Notifications shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Names the group towards clients.
    pub key: String,
    /// What all are about.
    pub kind: Kind,
    /// How many there are, older pages included.
    pub count: i64,
    /// The newest.
    pub most_recent_id: NotificationId,
    /// The oldest within the page.
    pub page_min_id: NotificationId,
    /// The newest within the page.
    pub page_max_id: NotificationId,
    /// When the newest within the page came.
    pub latest_at: Time,
    /// Who caused them, the latest first, at most eight.
    pub sample: Vec<AccountId>,
    /// The post they are about.
    pub post: Option<PostId>,
    /// What they are about when that is no post.
    pub subject: Option<i64>,
}

/// A group while rows are read.
struct Open {
    kind: Kind,
    post: Option<PostId>,
    subject: Option<i64>,
    members: BTreeMap<NotificationId, (AccountId, Time)>,
}

impl Open {
    /// A group of the kind of this row, without members.
    fn like(row: &Notification) -> Self {
        Self { kind: row.kind, post: row.post_id, subject: row.subject_id, members: BTreeMap::new() }
    }

    fn close(self, key: String, total: Option<i64>) -> Option<Group> {
        let (oldest, _) = self.members.first_key_value()?;
        let (newest, (_, latest_at)) = self.members.last_key_value()?;
        let mut seen = HashSet::new();
        let sample =
            self.members.values().rev().map(|(from, _)| *from).filter(|from| seen.insert(*from)).take(SAMPLE).collect();
        let here = i64::try_from(self.members.len()).unwrap_or(i64::MAX);
        Some(Group {
            key,
            kind: self.kind,
            count: total.unwrap_or(here).max(here),
            most_recent_id: *newest,
            page_min_id: *oldest,
            page_max_id: *newest,
            latest_at: *latest_at,
            sample,
            post: self.post,
            subject: self.subject,
        })
    }
}

/// The key by which a notification is shown when only the kinds in `grouped` are shown in groups.
fn key_of(row: &Notification, grouped: &[Kind]) -> String {
    if grouped.contains(&row.kind) { row.group_key.clone() } else { ungrouped(row.id) }
}

/// A page of groups, newest first; cursors are ids of notifications: `page_min_id` of the last group leads on.
/// `grouped`: which kinds are put together. The page may be short where one group is very large; it is empty only at the end.
pub fn groups(conn: &mut Conn, me: AccountId, filter: &Filter, grouped: &[Kind], page: &Page) -> Result<Vec<Group>> {
    let wanted = usize::try_from(page.limit).unwrap_or(0);
    let mut cursor = Page { limit: BATCH, ..*page };
    let mut open: HashMap<String, Open> = HashMap::new();
    'reading: for _ in 0..BATCHES {
        let mut rows = queries::list(conn, me, filter, &cursor)?;
        let was_full = i64::try_from(rows.len()).is_ok_and(|n| n >= BATCH);
        if page.is_ascending() {
            rows.reverse();
        }
        for row in rows {
            let key = key_of(&row, grouped);
            if open.len() >= wanted && !open.contains_key(&key) {
                break 'reading;
            }
            let group = open.entry(key).or_insert_with(|| Open::like(&row));
            group.members.insert(row.id, (row.from_id, row.created_at));
            if page.is_ascending() {
                cursor.min_id = Some(row.id.0);
            } else {
                cursor.max_id = Some(row.id.0);
            }
        }
        if !was_full {
            break;
        }
    }
    let keys: Vec<&String> =
        open.iter().filter(|(_, group)| grouped.contains(&group.kind)).map(|(key, _)| key).collect();
    let totals = if filter.account.is_some() { HashMap::new() } else { totals(conn, me, &keys, page.max_id)? };
    let mut closed: Vec<Group> = open
        .into_iter()
        .filter_map(|(key, group)| {
            let total = totals.get(&key).copied();
            group.close(key, total)
        })
        .collect();
    closed.sort_by_key(|group| std::cmp::Reverse(group.page_max_id));
    Ok(closed)
}

/// How many notifications older than `before` have each of these keys.
fn totals(conn: &mut Conn, me: AccountId, keys: &[&String], before: Option<i64>) -> Result<HashMap<String, i64>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let muted = mutes::table
        .filter(mutes::account_id.eq(me))
        .filter(mutes::hides_notifications.eq(true))
        .select(mutes::target_id);
    let rows: Vec<(String, i64)> = notifications::table
        .filter(notifications::account_id.eq(me))
        .filter(notifications::group_key.eq_any(keys.iter().map(|k| k.as_str())))
        .filter(notifications::id.lt(before.unwrap_or(i64::MAX)))
        .filter(notifications::from_id.ne_all(muted))
        .group_by(notifications::group_key)
        .select((notifications::group_key, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// How a key that a client sent is looked up.
enum Key<'a> {
    /// One that stands alone, or is shown so.
    One(NotificationId),
    /// All of that key.
    All(&'a str),
}

fn parse(key: &str) -> Key<'_> {
    match key.strip_prefix("ungrouped-").and_then(|id| id.parse().ok()) {
        Some(id) => Key::One(id),
        None => Key::All(key),
    }
}

/// One group of `me`, whole; an error if there is none.
pub fn get_group(conn: &mut Conn, me: AccountId, key: &str) -> Result<Group> {
    // What is kept aside stands alone, and may be asked for by its key.
    let any = Filter { include_filtered: true, ..Filter::default() };
    let query = shown(me, &any).select(Notification::as_select());
    let rows: Vec<Notification> = match parse(key) {
        Key::One(id) => query.filter(notifications::id.eq(id)).load(conn)?,
        Key::All(key) => query
            .filter(notifications::group_key.eq(key.to_owned()))
            .order(notifications::id.desc())
            .limit(BATCH)
            .load(conn)?,
    };
    let first = rows.first().ok_or(Error::NotFound("notification group"))?;
    let mut group = Open::like(first);
    group.members.extend(rows.iter().map(|row| (row.id, (row.from_id, row.created_at))));
    let key = key.to_owned();
    let total = totals(conn, me, &[&key], None)?.get(&key).copied();
    group.close(key, total).ok_or(Error::NotFound("notification group"))
}

/// Who caused the notifications of a group, newest first; cursors are ids of notifications. An error if there is no such group.
pub fn group_accounts(
    conn: &mut Conn,
    me: AccountId,
    key: &str,
    page: &Page,
) -> Result<Vec<(NotificationId, Account)>> {
    get_group(conn, me, key)?;
    let query = notifications::table
        .inner_join(accounts::table.on(accounts::id.eq(notifications::from_id)))
        .filter(notifications::account_id.eq(me))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select((notifications::id, Account::as_select()))
        .into_boxed();
    let query = match parse(key) {
        Key::One(id) => query.filter(notifications::id.eq(id)),
        Key::All(key) => query.filter(notifications::group_key.eq(key.to_owned())),
    };
    Ok(page.newest_first(crate::paged!(query, notifications::id, page).load(conn)?))
}

/// Removes all notifications of a group; nothing happens if there are none.
pub fn dismiss_group(conn: &mut Conn, me: AccountId, key: &str) -> Result<()> {
    let mine = notifications::table.filter(notifications::account_id.eq(me));
    match parse(key) {
        Key::One(id) => diesel::delete(mine.filter(notifications::id.eq(id))).execute(conn)?,
        Key::All(key) => diesel::delete(mine.filter(notifications::group_key.eq(key))).execute(conn)?,
    };
    Ok(())
}

/// How many groups hold something newer than what `me` has marked as read; counts to `limit` and no further.
pub fn unread_groups(conn: &mut Conn, me: AccountId, filter: &Filter, grouped: &[Kind], limit: i64) -> Result<i64> {
    let unread = Page { since_id: Some(queries::last_read(conn, me)?), ..Page::first(limit.max(0)) };
    let groups = groups(conn, me, filter, grouped, &unread)?;
    Ok(i64::try_from(groups.len()).unwrap_or(limit))
}
