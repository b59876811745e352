//! All reading of scheduled posts.

use diesel::prelude::*;

use super::ScheduledPost;
use crate::db::Conn;
use crate::db::schema::scheduled_posts;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ScheduledPostId};
use crate::page::Page;
use crate::paged;
use crate::time::Time;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The scheduled post with this id, whoever's it is.
pub fn find(conn: &mut Conn, id: ScheduledPostId) -> Result<Option<ScheduledPost>> {
    Ok(scheduled_posts::table.find(id).select(ScheduledPost::as_select()).first(conn).optional()?)
}

/// A scheduled post of `account`; somebody else's is not found.
pub fn get_own(conn: &mut Conn, account: AccountId, id: ScheduledPostId) -> Result<ScheduledPost> {
    find(conn, id)?.filter(|post| post.account_id == account).ok_or(Error::NotFound("scheduled post"))
}

/// A page of what `account` has scheduled, the last made first.
pub fn list(conn: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<ScheduledPost>> {
    let query = scheduled_posts::table
        .filter(scheduled_posts::account_id.eq(account))
        .select(ScheduledPost::as_select())
        .into_boxed();
    Ok(page.newest_first(paged!(query, scheduled_posts::id, page).load(conn)?))
}

/// How many posts wait for `account` besides `except`, and how many of them are for the day (UTC) of `at`.
pub(super) fn counts(conn: &mut Conn, account: AccountId, at: Time, except: ScheduledPostId) -> Result<(i64, i64)> {
    let waiting = || {
        scheduled_posts::table
            .filter(scheduled_posts::account_id.eq(account))
            .filter(scheduled_posts::id.ne(except))
            .filter(scheduled_posts::failed_at.is_null())
    };
    let begin = at.midnight();
    let all: i64 = waiting().count().get_result(conn)?;
    let that_day: i64 = waiting()
        .filter(scheduled_posts::scheduled_at.ge(begin))
        .filter(scheduled_posts::scheduled_at.lt(Time(begin.0.saturating_add(DAY))))
        .count()
        .get_result(conn)?;
    Ok((all, that_day))
}
