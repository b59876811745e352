//! How far an account has read its timelines, the same in all its clients.

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::markers;
use crate::error::Result;
use crate::ids::AccountId;
use crate::time::Time;

crate::text_enum! {
    /// What is read.
    pub enum Timeline {
        /// The home timeline; ids are of posts.
        Home = "home",
        /// Notifications; ids are theirs.
        Notifications = "notifications",
    }
}

/// A marker as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = markers)]
pub struct Marker {
    pub timeline: Timeline,
    /// The newest that was read.
    pub last_read_id: i64,
    /// Counts the writes, from 1.
    pub version: i32,
    pub updated_at: Time,
}

/// The markers of `me` that were ever set, of these timelines.
pub fn list(conn: &mut Conn, me: AccountId, timelines: &[Timeline]) -> Result<Vec<Marker>> {
    Ok(markers::table
        .filter(markers::account_id.eq(me))
        .filter(markers::timeline.eq_any(timelines))
        .order(markers::timeline.asc())
        .select(Marker::as_select())
        .load(conn)?)
}

/// The marker of `me` in one timeline, if it was ever set.
pub fn find(conn: &mut Conn, me: AccountId, timeline: Timeline) -> Result<Option<Marker>> {
    Ok(markers::table.find((me, timeline)).select(Marker::as_select()).first(conn).optional()?)
}

/// Moves a marker, forwards or back; the last write wins.
pub fn set(conn: &mut Conn, cx: &Context, me: AccountId, timeline: Timeline, last_read_id: i64) -> Result<Marker> {
    let row = (
        markers::account_id.eq(me),
        markers::timeline.eq(timeline),
        markers::last_read_id.eq(last_read_id),
        markers::version.eq(1),
        markers::updated_at.eq(cx.now),
    );
    Ok(crate::each_backend!(conn, |c| diesel::insert_into(markers::table)
        .values(row)
        .on_conflict((markers::account_id, markers::timeline))
        .do_update()
        .set((
            markers::last_read_id.eq(last_read_id),
            markers::version.eq(markers::version + 1),
            markers::updated_at.eq(cx.now)
        ))
        .returning(Marker::as_returning())
        .get_result(c))?)
}
