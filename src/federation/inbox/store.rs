//! The table of received activities: insert once, claim in order, finish with the effects.

use std::time::Duration;

use aws_lc_rs::digest::{Context as Digest, SHA256};
use diesel::prelude::*;

use crate::db::schema::inbox_items;
use crate::db::{Conn, one_of};
use crate::error::Result;
use crate::federation::vocab::{Activity, ActivityKind, value};
use crate::ids::InboxItemId;
use crate::time::Time;

/// How long a claimed item belongs to its worker; after a crash it is claimed again.
pub const LEASE: Duration = Duration::from_secs(120);
/// How long applied items are kept, so that their copies are known.
const KEPT: Duration = Duration::from_secs(7 * 86_400);
/// How often an item is tried before it has failed.
const ATTEMPTS: i32 = 4;
/// How long the pauses between the attempts are.
const PAUSES: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(600)];
/// How many actors in the hands of other processes are passed over in one claim.
const OTHERS: i64 = 500;
/// Characters of a reason.
const MAX_REASON: usize = 500;
/// How many rows one pruning removes.
const PRUNED: i64 = 5000;

crate::text_enum! {
    /// How far an item has come.
    pub enum State {
        /// It waits, or a worker has it.
        Queued = "queued",
        /// It was applied, or there was nothing to apply.
        Done = "done",
        /// It could not be applied; its body is kept for a person to look at.
        Failed = "failed",
    }
}

/// A received activity on its way through the worker.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inbox_items)]
pub struct Item {
    pub id: InboxItemId,
    /// Who sent it, proven.
    pub actor_uri: String,
    pub activity_uri: String,
    pub activity_type: String,
    /// The JSON as it came.
    pub body: String,
    pub attempts: i32,
    pub received_at: Time,
}

/// A received activity before it is stored.
#[derive(Debug, Clone)]
pub struct Received {
    /// What makes it the same as another.
    pub dedupe_key: String,
    /// Who sent it, proven.
    pub actor_uri: String,
    /// Its id; empty if it has none.
    pub activity_uri: String,
    /// Its type as written.
    pub activity_type: String,
    /// The JSON as it came.
    pub body: String,
}

/// What makes two activities the same: actor, type, id and the object inside. Without an id of its own, the whole body counts.
pub fn dedupe_key(actor: &str, activity: Activity<'_>, body: &[u8]) -> String {
    let mut digest = Digest::new(&SHA256);
    let mut add = |part: &[u8]| {
        digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    };
    add(actor.as_bytes());
    add(activity.type_name().unwrap_or_default().as_bytes());
    match activity.raw_id() {
        Some(id) => {
            add(id.as_bytes());
            add(activity.raw_object_id().unwrap_or_default().as_bytes());
            // An Undo may name what it takes back only from inside.
            let inner = activity.object().and_then(|object| value::id(object, "object"));
            add(inner.unwrap_or_default().as_bytes());
        }
        None => add(body),
    }
    hex::encode(digest.finish())
}

/// Whether an activity with this key waits or was applied lately.
pub fn exists(conn: &mut Conn, dedupe_key: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(inbox_items::table.filter(inbox_items::dedupe_key.eq(dedupe_key))))
        .get_result(conn)?)
}

/// Stores an activity; false if it is there already. One that may mean something again (see [`ActivityKind::may_repeat`]) waits
/// again if its earlier copy was applied.
pub fn insert(conn: &mut Conn, id: InboxItemId, new: &Received, now: Time) -> Result<bool> {
    let row = (
        inbox_items::id.eq(id),
        inbox_items::dedupe_key.eq(&new.dedupe_key),
        inbox_items::actor_uri.eq(&new.actor_uri),
        inbox_items::activity_uri.eq(&new.activity_uri),
        inbox_items::activity_type.eq(&new.activity_type),
        inbox_items::body.eq(&new.body),
        inbox_items::state.eq(State::Queued),
        inbox_items::attempts.eq(0),
        inbox_items::due_at.eq(now),
        inbox_items::received_at.eq(now),
    );
    let written = crate::each_backend!(conn, |c| diesel::insert_into(inbox_items::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if written > 0 || !ActivityKind::from_name(&new.activity_type).may_repeat() {
        return Ok(written > 0);
    }
    let applied = inbox_items::table
        .filter(inbox_items::dedupe_key.eq(&new.dedupe_key))
        .filter(inbox_items::state.eq(State::Done));
    let again = diesel::update(applied)
        .set((
            inbox_items::id.eq(id),
            inbox_items::body.eq(&new.body),
            inbox_items::state.eq(State::Queued),
            inbox_items::attempts.eq(0),
            inbox_items::due_at.eq(now),
            inbox_items::leased_until.eq(None::<Time>),
            inbox_items::last_error.eq(None::<String>),
            inbox_items::received_at.eq(now),
        ))
        .execute(conn)?;
    Ok(again > 0)
}

/// Whether anything may be claimed.
pub fn is_due(conn: &mut Conn, now: Time) -> Result<bool> {
    let free = inbox_items::leased_until.is_null().or(inbox_items::leased_until.lt(now));
    let due = inbox_items::table
        .filter(inbox_items::state.eq(State::Queued))
        .filter(inbox_items::due_at.le(now))
        .filter(free);
    Ok(due.select(inbox_items::id).first::<InboxItemId>(conn).optional()?.is_some())
}

/// Leases up to `limit` due items to `worker`, oldest first. Those of actors that another worker is busy with are left to it, so that the
/// order of each actor's activities holds.
pub fn claim(conn: &mut Conn, worker: &str, limit: i64, now: Time) -> Result<Vec<Item>> {
    let waiting = inbox_items::state.eq(State::Queued);
    let held = inbox_items::leased_until.ge(now).and(inbox_items::leased_by.ne(worker));
    let elsewhere: Vec<String> = inbox_items::table
        .filter(waiting)
        .filter(held)
        .select(inbox_items::actor_uri)
        .distinct()
        .limit(OTHERS)
        .load(conn)?;
    let free = inbox_items::leased_until.is_null().or(inbox_items::leased_until.lt(now));
    let due = waiting.and(inbox_items::due_at.le(now)).and(free).and(inbox_items::actor_uri.ne_all(elsewhere));
    let order = inbox_items::id.asc();
    let ids: Vec<InboxItemId> = match conn {
        Conn::Pg(c) => inbox_items::table
            .filter(due)
            .order(order)
            .limit(limit)
            .select(inbox_items::id)
            .for_update()
            .skip_locked()
            .load(c)?,
        Conn::Sqlite(c) => inbox_items::table.filter(due).order(order).limit(limit).select(inbox_items::id).load(c)?,
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    diesel::update(inbox_items::table.filter(inbox_items::id.eq_any(&ids)))
        .set((
            inbox_items::leased_until.eq(now.after(LEASE)),
            inbox_items::leased_by.eq(worker),
            inbox_items::attempts.eq(inbox_items::attempts + 1),
        ))
        .execute(conn)?;
    Ok(inbox_items::table
        .filter(one_of(inbox_items::id, &ids))
        .order(inbox_items::id.asc())
        .select(Item::as_select())
        .load(conn)?)
}

/// Marks an item as applied, in the transaction of its effects; `note` says why there was nothing to apply. False if it was finished
/// before, by a worker that took over: then the effects must not be kept.
pub fn finish(conn: &mut Conn, id: InboxItemId, note: Option<&str>) -> Result<bool> {
    let changed =
        diesel::update(inbox_items::table.filter(inbox_items::id.eq(id)).filter(inbox_items::state.eq(State::Queued)))
            .set((
                inbox_items::state.eq(State::Done),
                inbox_items::body.eq(""),
                inbox_items::leased_until.eq(None::<Time>),
                inbox_items::last_error.eq(note.map(cut)),
            ))
            .execute(conn)?;
    Ok(changed > 0)
}

/// Puts an item back after a failure that may pass, or marks it as failed after the last attempt.
pub fn retry(conn: &mut Conn, item: &Item, error: &str, now: Time) -> Result<()> {
    let pause = usize::try_from(item.attempts - 1).ok().and_then(|at| PAUSES.get(at));
    let state = if item.attempts >= ATTEMPTS || pause.is_none() { State::Failed } else { State::Queued };
    diesel::update(inbox_items::table.filter(inbox_items::id.eq(item.id)).filter(inbox_items::state.eq(State::Queued)))
        .set((
            inbox_items::state.eq(state),
            inbox_items::due_at.eq(now.after(pause.copied().unwrap_or_default())),
            inbox_items::leased_until.eq(None::<Time>),
            inbox_items::last_error.eq(cut(error)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives back items that a worker claimed and will not begin, so that they need not wait for the end of their lease.
pub fn release(conn: &mut Conn, ids: &[InboxItemId]) -> Result<()> {
    diesel::update(inbox_items::table.filter(inbox_items::id.eq_any(ids)).filter(inbox_items::state.eq(State::Queued)))
        .set((inbox_items::leased_until.eq(None::<Time>), inbox_items::attempts.eq(inbox_items::attempts - 1)))
        .execute(conn)?;
    Ok(())
}

/// Whether more than `limit` items wait.
pub fn is_longer_than(conn: &mut Conn, limit: i64) -> Result<bool> {
    let beyond: Option<InboxItemId> = inbox_items::table
        .filter(inbox_items::state.eq(State::Queued))
        .select(inbox_items::id)
        .offset(limit)
        .limit(1)
        .first(conn)
        .optional()?;
    Ok(beyond.is_some())
}

/// Removes what was applied or has failed more than seven days ago, a few thousand at a time.
pub fn prune(conn: &mut Conn, now: Time) -> Result<()> {
    let old: Vec<InboxItemId> = inbox_items::table
        .filter(inbox_items::received_at.lt(now.before(KEPT)))
        .filter(inbox_items::state.ne(State::Queued))
        .order(inbox_items::received_at.asc())
        .limit(PRUNED)
        .select(inbox_items::id)
        .load(conn)?;
    for chunk in old.chunks(500) {
        diesel::delete(inbox_items::table.filter(inbox_items::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_REASON).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key(activity: &Value) -> String {
        dedupe_key("https://r.example/users/bob", Activity::new(activity), activity.to_string().as_bytes())
    }

    #[test]
    fn the_same_activity_has_the_same_key() {
        let like = json!({"id": "https://r.example/l/1", "type": "Like", "object": "https://b.example/p/1"});
        let embedded =
            json!({"id": "https://r.example/l/1", "type": "Like", "object": {"id": "https://b.example/p/1"}, "to": []});
        assert_eq!(key(&like), key(&embedded));
        for other in [
            json!({"id": "https://r.example/l/2", "type": "Like", "object": "https://b.example/p/1"}),
            json!({"id": "https://r.example/l/1", "type": "Undo", "object": "https://b.example/p/1"}),
            json!({"id": "https://r.example/l/1", "type": "Like", "object": "https://b.example/p/2"}),
        ] {
            assert_ne!(key(&like), key(&other));
        }
    }

    #[test]
    fn without_an_id_the_body_decides() {
        let one = json!({"type": "Like", "object": "https://b.example/p/1"});
        let other = json!({"type": "Like", "object": "https://b.example/p/1", "content": "x"});
        assert_eq!(key(&one), key(&one));
        assert_ne!(key(&one), key(&other));
    }

    #[test]
    fn an_undo_with_a_repeated_id_is_told_apart_by_what_it_takes_back() {
        let undo = |object: &str| json!({"id": "https://r.example/undo", "type": "Undo", "object": {"type": "Follow", "object": object}});
        assert_ne!(key(&undo("https://b.example/users/a")), key(&undo("https://b.example/users/c")));
    }
}
