//! The table of jobs: enqueue, claim with a lease, finish, retry, park.

use std::time::Duration;

use diesel::prelude::*;
use serde::Serialize;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::jobs;
use crate::error::Result;
use crate::ids::JobId;
use crate::time::Time;

/// How long a claimed job belongs to its worker; after a crash it is claimed again.
pub const LEASE: Duration = Duration::from_secs(60);
/// How often a job is tried before it is parked for a person to look at.
const ATTEMPTS: i32 = 12;

/// A job as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct Job {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    pub run_at: Time,
    pub leased_until: Option<Time>,
    pub leased_by: Option<String>,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub parked_at: Option<Time>,
    pub created_at: Time,
}

/// Writes a job of `kind` that may run from `run_at` on.
pub fn enqueue<T: Serialize + std::fmt::Debug>(
    conn: &mut Conn,
    cx: &Context,
    kind: &str,
    payload: &T,
    run_at: Time,
) -> Result<()> {
    let payload = serde_json::to_string(payload)?;
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(cx.id::<JobId>()),
            jobs::kind.eq(kind),
            jobs::payload.eq(payload),
            jobs::run_at.eq(run_at),
            jobs::attempts.eq(0),
            jobs::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Leases up to `limit` due jobs of these kinds to `worker`, oldest first.
pub fn claim(conn: &mut Conn, worker: &str, kinds: &[&str], limit: i64, now: Time) -> Result<Vec<Job>> {
    let due = jobs::parked_at
        .is_null()
        .and(jobs::kind.eq_any(kinds))
        .and(jobs::run_at.le(now))
        .and(jobs::leased_until.is_null().or(jobs::leased_until.lt(now)));
    let order = (jobs::run_at.asc(), jobs::id.asc());
    let ids: Vec<JobId> = match conn {
        Conn::Pg(c) => {
            jobs::table.filter(due).order(order).limit(limit).select(jobs::id).for_update().skip_locked().load(c)?
        }
        Conn::Sqlite(c) => jobs::table.filter(due).order(order).limit(limit).select(jobs::id).load(c)?,
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed: Vec<Job> = diesel::update(jobs::table.filter(jobs::id.eq_any(ids)))
        .set((
            jobs::leased_until.eq(now.after(LEASE)),
            jobs::leased_by.eq(worker),
            jobs::attempts.eq(jobs::attempts + 1),
        ))
        .get_results(conn)?;
    claimed.sort_by_key(|job| (job.run_at, job.id));
    Ok(claimed)
}

/// Removes a job that is done. Called in the transaction of its effects where it has any.
pub fn finish(conn: &mut Conn, id: JobId) -> Result<()> {
    diesel::delete(jobs::table.find(id)).execute(conn)?;
    Ok(())
}

/// Puts a failed job back with growing pauses, or parks it after the last attempt.
pub fn retry_later(conn: &mut Conn, job: &Job, error: &str, now: Time) -> Result<()> {
    let pause = Duration::from_secs(5u64.saturating_mul(1 << u32::try_from(job.attempts).unwrap_or(0).min(10)));
    let parked = (job.attempts >= ATTEMPTS).then_some(now);
    diesel::update(jobs::table.find(job.id))
        .set((
            jobs::run_at.eq(now.after(pause)),
            jobs::leased_until.eq(None::<Time>),
            jobs::last_error.eq(error.chars().take(500).collect::<String>()),
            jobs::parked_at.eq(parked),
        ))
        .execute(conn)?;
    Ok(())
}

/// All jobs, oldest first, at most `limit`.
pub fn list(conn: &mut Conn, limit: i64) -> Result<Vec<Job>> {
    Ok(jobs::table.order(jobs::id.asc()).limit(limit).select(Job::as_select()).load(conn)?)
}

/// How many jobs are neither done nor parked.
pub fn count_waiting(conn: &mut Conn) -> Result<i64> {
    Ok(jobs::table.filter(jobs::parked_at.is_null()).count().get_result(conn)?)
}

/// Makes a job due now, parked or not; false if there is no such job.
pub fn retry_now(conn: &mut Conn, id: JobId, now: Time) -> Result<bool> {
    let changed = diesel::update(jobs::table.find(id))
        .set((
            jobs::run_at.eq(now),
            jobs::leased_until.eq(None::<Time>),
            jobs::parked_at.eq(None::<Time>),
            jobs::attempts.eq(0),
        ))
        .execute(conn)?;
    Ok(changed > 0)
}

/// Removes a job unfinished; false if there is no such job.
pub fn drop_job(conn: &mut Conn, id: JobId) -> Result<bool> {
    Ok(diesel::delete(jobs::table.find(id)).execute(conn)? > 0)
}

/// How much waits in each queue: jobs, received activities, deliveries.
pub fn waiting(conn: &mut Conn) -> Result<Vec<(&'static str, i64)>> {
    use crate::db::schema::{deliveries, inbox_items};
    Ok(vec![
        ("jobs", count_waiting(conn)?),
        ("inbox", inbox_items::table.filter(inbox_items::state.eq("queued")).count().get_result(conn)?),
        ("deliveries", deliveries::table.filter(deliveries::state.eq("queued")).count().get_result(conn)?),
    ])
}
