//! Node numbers: every process that makes ids leases one, so that two never make the same id.

use std::time::Duration;

use diesel::prelude::*;

use super::Conn;
use super::schema::nodes;
use crate::error::{Error, Result};
use crate::ids::NODES;
use crate::time::Time;

/// How long a lease lasts unless it is renewed.
pub const LEASE: Duration = Duration::from_secs(120);

/// Leases the lowest free number for `holder`; error when all are taken.
pub fn lease(conn: &mut Conn, holder: &str, now: Time) -> Result<i32> {
    let held: Vec<i32> = nodes::table.filter(nodes::leased_until.gt(now)).select(nodes::id).load(conn)?;
    let free = (0..NODES).find(|id| !held.contains(id)).ok_or_else(|| {
        Error::Busy(format!("all {NODES} node numbers are in use; stop a process or wait two minutes"))
    })?;
    let until = now.after(LEASE);
    diesel::delete(nodes::table.find(free)).execute(conn)?;
    diesel::insert_into(nodes::table)
        .values((nodes::id.eq(free), nodes::holder.eq(holder), nodes::leased_until.eq(until)))
        .execute(conn)?;
    Ok(free)
}

/// Extends the lease; error if another process took the number meanwhile.
pub fn renew(conn: &mut Conn, id: i32, holder: &str, now: Time) -> Result<()> {
    let until = now.after(LEASE);
    let kept = diesel::update(nodes::table.filter(nodes::id.eq(id)).filter(nodes::holder.eq(holder)))
        .set(nodes::leased_until.eq(until))
        .execute(conn)?;
    if kept == 1 { Ok(()) } else { Err(Error::Conflict("this process lost its node number to another".into())) }
}

/// Gives the number back.
pub fn release(conn: &mut Conn, id: i32, holder: &str) -> Result<()> {
    diesel::delete(nodes::table.filter(nodes::id.eq(id)).filter(nodes::holder.eq(holder))).execute(conn)?;
    Ok(())
}
