//! What happened here week by week: posts, people who came, people who joined. Weeks begin on Monday, UTC.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{accounts, active_weeks, posts, users};
use crate::error::Result;
use crate::ids::{UserId, floor};
use crate::time::Time;

/// How many weeks are told of, this one included.
const WEEKS: i64 = 12;
const SECONDS: i64 = 7 * 86_400;
/// The epoch was a Thursday.
const OFFSET: i64 = 3 * 86_400;

/// One week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday, midnight UTC.
    pub start: Time,
    /// Posts that people here wrote, boosts left out.
    pub posts: i64,
    /// People who came.
    pub logins: i64,
    /// People who joined.
    pub registrations: i64,
}

fn week_of(time: Time) -> i64 {
    (time.unix() + OFFSET).div_euclid(SECONDS)
}

fn start_of(week: i64) -> Time {
    Time::from_unix(week * SECONDS - OFFSET)
}

/// Writes down that somebody was here in this week.
pub fn note(conn: &mut Conn, user: UserId, now: Time) -> Result<()> {
    crate::each_backend!(conn, |c| diesel::insert_into(active_weeks::table)
        .values((active_weeks::week.eq(week_of(now)), active_weeks::user_id.eq(user)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// The last twelve weeks, this one first. Meant to be cached by the caller.
pub fn weeks(conn: &mut Conn, now: Time) -> Result<Vec<Week>> {
    let this = week_of(now);
    let mut told = Vec::new();
    for week in (this + 1 - WEEKS..=this).rev() {
        let (start, end) = (start_of(week), start_of(week + 1));
        let locals = accounts::table.filter(accounts::domain.eq("")).select(accounts::id);
        let written: i64 = posts::table
            .filter(posts::account_id.eq_any(locals))
            .filter(posts::id.ge(floor(start)))
            .filter(posts::id.lt(floor(end)))
            .filter(posts::boost_of_id.is_null())
            .filter(posts::deleted_at.is_null())
            .count()
            .get_result(conn)?;
        let logins = active_weeks::table.filter(active_weeks::week.eq(week)).count().get_result(conn)?;
        let registrations = users::table
            .filter(users::created_at.ge(start))
            .filter(users::created_at.lt(end))
            .count()
            .get_result(conn)?;
        told.push(Week { start, posts: written, logins, registrations });
    }
    Ok(told)
}

/// Forgets weeks that are no longer told of; returns how many rows.
pub fn prune(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(active_weeks::table.filter(active_weeks::week.lt(week_of(now) - WEEKS))).execute(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::tests::world::World;
    use crate::domain::posts::Visibility;

    #[test]
    fn weeks_begin_on_monday() {
        let monday = Time::parse("2026-11-23T00:00:00Z").unwrap();
        let sunday = Time::parse("2026-11-22T23:59:59Z").unwrap();
        assert_eq!(week_of(monday), week_of(sunday) + 1);
        assert_eq!(start_of(week_of(monday)), monday);
    }

    #[test]
    fn this_week_comes_first_and_counts_what_was_written_here() {
        let mut w = World::new();
        let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
        for author in [&ann, &ann, &kim] {
            w.post(author, Visibility::Public, &[], None);
        }
        let told = weeks(&mut w.conn, w.cx.now).unwrap();
        assert_eq!((told.len(), told[0].posts, told[1].posts), (12, 2, 0));
        let now = w.cx.now.after(std::time::Duration::from_secs(7 * 86_400));
        assert_eq!(weeks(&mut w.conn, now).unwrap()[1].posts, 2);
    }
}
