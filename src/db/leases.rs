//! Leases of processes that died: who held them, and giving them to the living at once. Turns: duties that one process at a time does.
//!
//! Whoever works on a row leases it for a minute or two. After a crash the lease would run out by itself; where it can be seen that the
//! holder is dead, nobody has to wait for that.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use diesel::prelude::*;

use super::Conn;
use super::schema::{deliveries, inbox_items, jobs, nodes, settings};
use crate::error::Result;
use crate::time::Time;

/// The name under which this process leases: where it runs, its process id, and `random`, which no other process has.
pub fn process_name(random: &str) -> String {
    format!("{}-{}-{random}", place(), std::process::id())
}

/// The same for two processes only if each can see whether the other lives: one running kernel, one space of process ids.
fn place() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let ids = std::fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    (boot.trim(), ids).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Whether `holder` is seen to be dead. Of a process elsewhere that cannot be seen; but a SQLite file has no users elsewhere, so there it
/// ran before this machine was started anew.
fn is_dead(holder: &str, own: &str, is_sqlite: bool) -> bool {
    let parts = |name: &str| {
        let mut parts = name.splitn(3, '-');
        Some((parts.next()?.to_owned(), parts.next()?.parse::<u32>().ok()?))
    };
    let (Some((their_place, their_pid)), Some((our_place, our_pid))) = (parts(holder), parts(own)) else {
        return false;
    };
    if holder == own {
        return false;
    }
    if their_place != our_place {
        return is_sqlite;
    }
    their_pid == our_pid || (has_proc() && !std::path::Path::new(&format!("/proc/{their_pid}")).exists())
}

fn has_proc() -> bool {
    std::path::Path::new("/proc/self").exists()
}

/// Frees what dead processes hold: node numbers, jobs, received activities, deliveries. Returns how many rows.
pub fn free(conn: &mut Conn, own: &str) -> Result<usize> {
    let is_sqlite = matches!(conn, Conn::Sqlite(_));
    let mut holders: Vec<String> = nodes::table.select(nodes::holder).load(conn)?;
    macro_rules! holders_of {
        ($table:ident) => {
            $table::table
                .filter($table::leased_by.is_not_null())
                .filter($table::leased_until.is_not_null())
                .select($table::leased_by.assume_not_null())
                .distinct()
                .load::<String>(conn)?
        };
    }
    holders.extend(holders_of!(jobs));
    holders.extend(holders_of!(inbox_items));
    holders.extend(holders_of!(deliveries));
    holders.sort();
    holders.dedup();
    let dead: Vec<String> = holders.into_iter().filter(|holder| is_dead(holder, own, is_sqlite)).collect();
    if dead.is_empty() {
        return Ok(0);
    }
    let none = None::<Time>;
    let mut freed = diesel::delete(nodes::table.filter(nodes::holder.eq_any(&dead))).execute(conn)?;
    freed += diesel::update(jobs::table.filter(jobs::leased_by.eq_any(&dead)))
        .set(jobs::leased_until.eq(none))
        .execute(conn)?;
    freed += diesel::update(inbox_items::table.filter(inbox_items::leased_by.eq_any(&dead)))
        .set(inbox_items::leased_until.eq(none))
        .execute(conn)?;
    freed += diesel::update(deliveries::table.filter(deliveries::leased_by.eq_any(&dead)))
        .set(deliveries::leased_until.eq(none))
        .execute(conn)?;
    Ok(freed)
}

/// Takes the turn to do a duty that somebody does once in `every`: true for one process alone. The turn is over as soon as it is taken,
/// whatever comes of it, so a duty that fails or dies with its process is done again in the next round.
pub fn take_turn(conn: &mut Conn, duty: &str, every: Duration, now: Time) -> Result<bool> {
    let (key, next) = (format!("turn.{duty}"), now.after(every));
    let known: Option<String> = settings::table.find(&key).select(settings::value).first(conn).optional()?;
    let due = known.as_deref().and_then(|due| due.parse().ok()).map(Time);
    // A time further away than one round was written by a clock that has been set back since.
    if due.is_some_and(|due| now < due && due <= next) {
        return Ok(false);
    }
    let value = next.0.to_string();
    // Whoever finds it changed has come second.
    let taken = match known {
        Some(known) => diesel::update(settings::table.find(&key).filter(settings::value.eq(known)))
            .set(settings::value.eq(value))
            .execute(conn)?,
        None => crate::each_backend!(conn, |c| diesel::insert_into(settings::table)
            .values((settings::key.eq(&key), settings::value.eq(&value)))
            .on_conflict_do_nothing()
            .execute(c))?,
    };
    Ok(taken == 1)
}

#[cfg(test)]
mod tests {
    use diesel::SqliteConnection;

    use super::*;
    use crate::db::migrate;

    #[test]
    fn a_turn_is_taken_once_a_round() {
        let mut conn = Conn::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate::run(&mut conn).unwrap();
        let (hour, now) = (Duration::from_secs(3600), Time::from_unix(1_700_000_000));
        let mut take = |duty, now| take_turn(&mut conn, duty, hour, now).unwrap();
        assert!(take("bins", now), "nobody has done it yet");
        assert!(!take("bins", now));
        assert!(take("stairs", now), "every duty has its own turns");
        assert!(!take("bins", now.after(Duration::from_secs(3599))));
        assert!(take("bins", now.after(hour)));
        assert!(take("bins", now.before(hour)), "the clock was wrong");
        assert!(!take("bins", now.before(hour)));
    }

    #[test]
    fn only_who_is_seen_to_be_dead_is_dead() {
        let own = process_name("x");
        let (here, pid) = (place(), std::process::id());
        assert!(!is_dead(&own, &own, true));
        assert!(is_dead(&format!("{here}-{pid}-before"), &own, false), "a process id that came again");
        assert!(is_dead(&format!("{here}-4294967294-x"), &own, false), "nobody has that process id");
        assert!(!is_dead(&format!("{here}-1-x"), &own, false), "the first process lives");
        assert!(!is_dead("elsewhere-4294967294-x", &own, false));
        assert!(is_dead("elsewhere-1-x", &own, true), "a file has no users elsewhere");
        assert!(!is_dead("nonsense", &own, true));
    }
}
