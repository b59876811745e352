//! The table of deliveries: claim with a lease, settle in batches, and what an operator does by hand.
//!
//! `queued` rows are sent when due. `held` rows wait for a host that is down. `parked` rows failed for good and wait for a person. A row
//! that waits blocks later ones for the same object on the same host, so that order is kept; what is done is removed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::hosts::{self, Form, Heard, Host, HostState, Turn};
use super::retry::{LIFETIME, Verdict, pause, pause_after_refusal};
use crate::db::schema::{activities, deliveries};
use crate::db::{Conn, one_of};
use crate::error::Result;
use crate::federation::outbox::Verb;
use crate::ids::{AccountId, ActivityId, DeliveryId};
use crate::time::Time;

/// How long a claimed delivery belongs to its worker; after a crash it is claimed again.
pub const LEASE: Duration = Duration::from_secs(60);
/// How many hosts are probed in one claim.
const PROBES: i64 = 16;
/// How often one claim looks further because single hosts fill what it found.
const ROUNDS: usize = 4;
/// The status of what is not there.
const NOT_FOUND: i32 = 404;
/// How often an inbox must not have been there before its owner is asked for.
const MISSED: i64 = 3;
/// How long what is parked is kept for a person to look at, and what outlasts death for a host to come back.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

crate::text_enum! {
    /// How a delivery stands.
    pub enum DeliveryState {
        /// It is sent when due.
        Queued = "queued",
        /// Its host is down.
        Held = "held",
        /// It failed for good.
        Parked = "parked",
    }
}

/// One activity on its way to one inbox.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct Delivery {
    pub id: DeliveryId,
    pub activity_id: ActivityId,
    pub inbox_url: String,
    /// The inbox's host, with port where that is not the scheme's own.
    pub host: String,
    /// Deliveries to one host with one key keep their order.
    pub order_key: String,
    pub state: DeliveryState,
    /// How often it was begun.
    pub attempts: i32,
    pub due_at: Time,
    pub leased_until: Option<Time>,
    pub leased_by: Option<String>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub created_at: Time,
}

/// What is sent; shared by all deliveries of it.
#[derive(Debug)]
pub struct Letter {
    /// Who signs it.
    pub actor: AccountId,
    /// The document.
    pub body: Bytes,
}

/// A delivery that this process may send until its lease ends.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row as claimed.
    pub delivery: Delivery,
    /// What to send.
    pub letter: Arc<Letter>,
    /// The form of signature to begin with.
    pub form: Form,
    /// Whether its host is sent to only to see whether it is back.
    pub is_probe: bool,
    /// Whether its host failed lately.
    pub is_slow: bool,
}

/// What a worker can take.
#[derive(Debug)]
pub struct Want {
    /// Its name, for the lease.
    pub worker: String,
    /// How many at most.
    pub limit: usize,
    /// How many at most to one host of which it has none yet.
    pub each: usize,
    /// How many more to the hosts of which it has some.
    pub left: HashMap<String, usize>,
}

/// Whether a claim would likely find something. Cheap.
pub fn has_due(conn: &mut Conn, now: Time) -> Result<bool> {
    let free = deliveries::leased_until.is_null().or(deliveries::leased_until.lt(now));
    let due = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Queued))
        .filter(deliveries::due_at.le(now))
        .filter(free);
    if diesel::select(exists(due)).get_result(conn)? {
        return Ok(true);
    }
    Ok(!hosts::list_due_probes(conn, now, 1)?.is_empty())
}

/// Leases due deliveries, the longest due first: no more to a host than wanted, none before its elders for the same object. Hosts that are
/// down get one probe when its time has come.
pub fn claim(conn: &mut Conn, want: &Want, now: Time) -> Result<Vec<Claimed>> {
    let probes = claim_probes(conn, now)?;
    let mut left = want.left.clone();
    let mut picked: Vec<(DeliveryId, String)> = Vec::new();
    let mut seen: HashSet<DeliveryId> = HashSet::new();
    for _ in 0..ROUNDS {
        let full: Vec<String> = left.iter().filter(|(_, left)| **left == 0).map(|(host, _)| host.clone()).collect();
        let look = want.limit.saturating_sub(picked.len()).saturating_mul(2);
        if look == 0 {
            break;
        }
        let found = due(conn, &full, look, now)?;
        let is_all = found.len() < look;
        let before = picked.len();
        for (id, host) in found {
            let room = left.entry(host.clone()).or_insert(want.each);
            if picked.len() < want.limit && *room > 0 && seen.insert(id) {
                *room -= 1;
                picked.push((id, host));
            }
        }
        if is_all || picked.len() >= want.limit || picked.len() == before {
            break;
        }
    }
    let names: BTreeSet<String> =
        picked.iter().map(|(_, host)| host.clone()).chain(probes.iter().map(|(_, host)| host.clone())).collect();
    let known = hosts::list(conn, &names.into_iter().collect::<Vec<_>>())?;
    // Planned while its host went down.
    let (open, closed): (Vec<_>, Vec<_>) =
        picked.into_iter().partition(|(_, host)| known.get(host).is_none_or(|host| host.state.is_open()));
    for (_, host) in &closed {
        hold(conn, host, now)?;
    }
    let probed: HashSet<DeliveryId> = probes.iter().map(|(id, _)| *id).collect();
    let ids: Vec<DeliveryId> = probes.into_iter().chain(open).map(|(id, _)| id).collect();
    let rows = lease(conn, &ids, &want.worker, now)?;
    let letters = letters(conn, &rows)?;
    let complete = |delivery: Delivery| {
        let host = known.get(&delivery.host);
        let letter = letters.get(&delivery.activity_id)?.clone();
        let is_probe = probed.contains(&delivery.id);
        Some(Claimed {
            letter,
            form: host.map_or(Form::Cavage, |h| h.signature_scheme),
            is_probe,
            is_slow: host.is_some_and(|h| h.state != HostState::Ok),
            delivery,
        })
    };
    Ok(rows.into_iter().filter_map(complete).collect())
}

/// Free rows whose time has come and that no elder blocks, with their hosts.
fn due(conn: &mut Conn, full: &[String], limit: usize, now: Time) -> Result<Vec<(DeliveryId, String)>> {
    let earlier = diesel::alias!(deliveries as earlier);
    let elder = earlier
        .filter(earlier.field(deliveries::host).eq(deliveries::host))
        .filter(earlier.field(deliveries::order_key).eq(deliveries::order_key))
        .filter(earlier.field(deliveries::id).lt(deliveries::id))
        .filter(earlier.field(deliveries::state).ne(DeliveryState::Parked));
    let query = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Queued))
        .filter(deliveries::due_at.le(now))
        .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt(now)))
        .filter(deliveries::host.ne_all(full))
        .filter(not(exists(elder)))
        .order((deliveries::due_at.asc(), deliveries::id.asc()))
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((deliveries::id, deliveries::host));
    Ok(match conn {
        Conn::Pg(c) => query.for_update().skip_locked().load(c)?,
        Conn::Sqlite(c) => query.load(c)?,
    })
}

/// The eldest held delivery of each host whose probe is due. Until it is settled, nobody else probes.
fn claim_probes(conn: &mut Conn, now: Time) -> Result<Vec<(DeliveryId, String)>> {
    let mut probes = Vec::new();
    for host in hosts::list_due_probes(conn, now, PROBES)? {
        let eldest: Option<DeliveryId> = deliveries::table
            .filter(deliveries::host.eq(&host.host))
            .filter(deliveries::state.ne(DeliveryState::Parked))
            .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt(now)))
            .order(deliveries::id.asc())
            .select(deliveries::id)
            .first(conn)
            .optional()?;
        match eldest {
            Some(id) => {
                hosts::set_probe(conn, &host.host, Some(now.after(LEASE)))?;
                probes.push((id, host.host));
            }
            // Nothing to probe with: the next plan arranges it. That a dead host wrote to us is remembered until then.
            None => {
                let again = (host.state != HostState::Down).then(|| now.after(hosts::REVIVAL));
                hosts::set_probe(conn, &host.host, again)?;
            }
        }
    }
    Ok(probes)
}

fn lease(conn: &mut Conn, ids: &[DeliveryId], worker: &str, now: Time) -> Result<Vec<Delivery>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Delivery> = diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)))
        .set((
            deliveries::leased_until.eq(now.after(LEASE)),
            deliveries::leased_by.eq(worker),
            deliveries::attempts.eq(deliveries::attempts + 1),
        ))
        .get_results(conn)?;
    rows.sort_by_key(|row| (row.due_at, row.id));
    Ok(rows)
}

fn letters(conn: &mut Conn, rows: &[Delivery]) -> Result<HashMap<ActivityId, Arc<Letter>>> {
    let ids: Vec<ActivityId> = rows.iter().map(|row| row.activity_id).collect::<BTreeSet<_>>().into_iter().collect();
    let found: Vec<(ActivityId, AccountId, String)> = activities::table
        .filter(one_of(activities::id, &ids))
        .select((activities::id, activities::actor_id, activities::body))
        .load(conn)?;
    Ok(found.into_iter().map(|(id, actor, body)| (id, Arc::new(Letter { actor, body: body.into() }))).collect())
}

/// How a claimed delivery ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was sent.
    Sent {
        /// What came of it.
        verdict: Verdict,
        /// The HTTP status, if there was an answer.
        status: Option<i32>,
        /// The form of signature that was used last.
        form: Form,
        /// Whether the inbox serves a whole server; asked only where the verdict is "gone".
        is_shared: bool,
    },
    /// It was not begun: somebody else may.
    Unused,
}

/// A claimed delivery with its end.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What was claimed.
    pub claimed: Claimed,
    /// How it ended.
    pub outcome: Outcome,
}

/// Writes how deliveries ended, and what that says of their hosts, in the caller's one transaction. Returns the inboxes whose owners may be
/// gone: they said so, or could not be found several times.
pub fn settle(conn: &mut Conn, batch: &[Finished], now: Time) -> Result<Vec<String>> {
    let names: BTreeSet<String> = batch.iter().map(|finished| finished.claimed.delivery.host.clone()).collect();
    let mut book = Book::open(conn, names)?;
    for finished in batch {
        book.hear(finished, now);
    }
    let mut done: Vec<DeliveryId> = Vec::new();
    let mut unused: Vec<DeliveryId> = Vec::new();
    let mut doubtful: BTreeSet<&str> = BTreeSet::new();
    for Finished { claimed, outcome } in batch {
        let row = &claimed.delivery;
        let Outcome::Sent { verdict, status, is_shared, .. } = outcome else {
            unused.push(row.id);
            continue;
        };
        match verdict {
            Verdict::Delivered { .. } | Verdict::Forbidden => done.push(row.id),
            Verdict::Gone if !is_shared => {
                drop_inbox(conn, &row.host, &row.inbox_url)?;
                doubtful.insert(&row.inbox_url);
            }
            Verdict::Gone => put_back(
                conn,
                row,
                book.is_open(&row.host),
                now.after(pause(row.attempts, row.id.0)),
                *status,
                "answered 410",
                now,
            )?,
            Verdict::Later { after, why, .. } => {
                let due = now.after(after.unwrap_or_else(|| pause(row.attempts, row.id.0)));
                put_back(conn, row, book.is_open(&row.host), due, *status, why, now)?;
            }
            Verdict::Refused { why } => match pause_after_refusal(row.attempts, row.id.0) {
                Some(pause) => put_back(conn, row, true, now.after(pause), *status, why, now)?,
                None => park(conn, row.id, *status, why)?,
            },
            Verdict::Hopeless { why } => {
                park(conn, row.id, *status, why)?;
                if *status == Some(NOT_FOUND) && is_often_missing(conn, row)? {
                    doubtful.insert(&row.inbox_url);
                }
            }
        }
    }
    diesel::delete(deliveries::table.filter(deliveries::id.eq_any(done))).execute(conn)?;
    give_back(conn, &unused)?;
    book.close(conn, now)?;
    Ok(doubtful.into_iter().map(str::to_owned).collect())
}

/// Drops everything for an inbox.
pub(super) fn drop_inbox(conn: &mut Conn, host: &str, inbox: &str) -> Result<()> {
    let to_it = deliveries::table.filter(deliveries::host.eq(host)).filter(deliveries::inbox_url.eq(inbox));
    diesel::delete(to_it).execute(conn)?;
    Ok(())
}

/// Whether the inbox of a delivery was not there several times lately.
fn is_often_missing(conn: &mut Conn, row: &Delivery) -> Result<bool> {
    let missed: i64 = deliveries::table
        .filter(deliveries::host.eq(&row.host))
        .filter(deliveries::inbox_url.eq(&row.inbox_url))
        .filter(deliveries::state.eq(DeliveryState::Parked))
        .filter(deliveries::last_status.eq(NOT_FOUND))
        .count()
        .get_result(conn)?;
    Ok(missed >= MISSED)
}

/// Makes a delivery wait for its next attempt. For a host that is down it is held, and the attempt does not count.
fn put_back(
    conn: &mut Conn,
    row: &Delivery,
    is_open: bool,
    due: Time,
    status: Option<i32>,
    why: &str,
    now: Time,
) -> Result<()> {
    if now.since(row.created_at) >= LIFETIME {
        return park(conn, row.id, status, &format!("given up after a week: {why}"));
    }
    let (state, attempts) = if is_open {
        (DeliveryState::Queued, row.attempts)
    } else {
        (DeliveryState::Held, row.attempts.saturating_sub(1))
    };
    diesel::update(deliveries::table.find(row.id))
        .set((
            deliveries::state.eq(state),
            deliveries::attempts.eq(attempts),
            deliveries::due_at.eq(due),
            deliveries::leased_until.eq(None::<Time>),
            deliveries::leased_by.eq(None::<String>),
            deliveries::last_status.eq(status),
            deliveries::last_error.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

fn park(conn: &mut Conn, id: DeliveryId, status: Option<i32>, why: &str) -> Result<()> {
    diesel::update(deliveries::table.find(id))
        .set((
            deliveries::state.eq(DeliveryState::Parked),
            deliveries::leased_until.eq(None::<Time>),
            deliveries::leased_by.eq(None::<String>),
            deliveries::last_status.eq(status),
            deliveries::last_error.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends leases of deliveries that were not begun.
fn give_back(conn: &mut Conn, ids: &[DeliveryId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)).filter(deliveries::attempts.gt(0)))
        .set((
            deliveries::leased_until.eq(None::<Time>),
            deliveries::leased_by.eq(None::<String>),
            deliveries::attempts.eq(deliveries::attempts - 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a batch says of its hosts: read once, judged in memory, written where it changed.
struct Book(HashMap<String, Page>);

struct Page {
    host: Host,
    /// As it is in the table; `None` if it has no row.
    before: Option<Host>,
    turn: Turn,
}

impl Book {
    fn open(conn: &mut Conn, names: BTreeSet<String>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().collect();
        let known = hosts::list(conn, &names)?;
        let page = |host: Host| (host.host.clone(), Page { before: Some(host.clone()), host, turn: Turn::None });
        Ok(Self(known.into_values().map(page).collect()))
    }

    fn hear(&mut self, finished: &Finished, now: Time) {
        let Claimed { delivery, is_probe, .. } = &finished.claimed;
        let Outcome::Sent { verdict, form, is_shared, .. } = &finished.outcome else { return };
        let heard = match verdict {
            Verdict::Delivered { is_page } => Heard::Took { form: *form, is_page: *is_page },
            Verdict::Later { is_trouble: true, why, .. } => Heard::Failed { is_probe: *is_probe, why: why.clone() },
            Verdict::Gone if *is_shared => Heard::Gone,
            // No request was sent, so nothing was heard.
            Verdict::Forbidden => return,
            Verdict::Hopeless { .. } if matches!(finished.outcome, Outcome::Sent { status: None, .. }) => return,
            Verdict::Later { .. } | Verdict::Refused { .. } | Verdict::Gone | Verdict::Hopeless { .. } => {
                Heard::Answered
            }
        };
        let page = self.0.entry(delivery.host.clone()).or_insert_with(|| Page {
            host: Host::new(delivery.host.clone(), now),
            before: None,
            turn: Turn::None,
        });
        let turn = page.host.hear(heard, now);
        if turn != Turn::None {
            page.turn = turn;
        }
    }

    fn is_open(&self, host: &str) -> bool {
        self.0.get(host).is_none_or(|page| page.host.state.is_open())
    }

    fn close(self, conn: &mut Conn, now: Time) -> Result<()> {
        for (name, page) in self.0 {
            let Page { host, before, turn } = page;
            // A host that only ever did well needs no row.
            let is_new = before.as_ref().is_none_or(|before| *before != host);
            let is_plain = before.is_none()
                && host.failures == 0
                && host.html_answers == 0
                && host.gone_answers == 0
                && host.signature_scheme == Form::Cavage;
            if is_new && !is_plain {
                hosts::save(conn, &host)?;
            }
            match turn {
                Turn::None => {}
                Turn::Down => hold(conn, &name, now)?,
                Turn::Back => release(conn, &name, now)?,
                Turn::Dead => bury(conn, &name, now, true)?,
                Turn::Gone => bury(conn, &name, now, false)?,
            }
        }
        Ok(())
    }
}

/// Holds what waits for a host, apart from what is under way.
fn hold(conn: &mut Conn, host: &str, now: Time) -> Result<()> {
    let waiting = deliveries::table
        .filter(deliveries::host.eq(host))
        .filter(deliveries::state.eq(DeliveryState::Queued))
        .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt(now)));
    diesel::update(waiting).set(deliveries::state.eq(DeliveryState::Held)).execute(conn)?;
    Ok(())
}

/// Lets what was held for a host go.
fn release(conn: &mut Conn, host: &str, now: Time) -> Result<()> {
    let held = deliveries::table.filter(deliveries::host.eq(host)).filter(deliveries::state.eq(DeliveryState::Held));
    diesel::update(held)
        .set((deliveries::state.eq(DeliveryState::Queued), deliveries::due_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Parks what waits for a host that is dead or gone; `keeps`: but holds what it should still hear of if it comes back.
fn bury(conn: &mut Conn, host: &str, now: Time, keeps: bool) -> Result<()> {
    hold(conn, host, now)?;
    let held = deliveries::table.filter(deliveries::host.eq(host)).filter(deliveries::state.eq(DeliveryState::Held));
    let lasting: Vec<Verb> =
        if keeps { Verb::ALL.iter().copied().filter(|verb| verb.outlasts_death()).collect() } else { Vec::new() };
    let kept = activities::table.filter(activities::kind.eq_any(lasting)).select(activities::id);
    diesel::update(held.filter(deliveries::activity_id.ne_all(kept)))
        .set((deliveries::state.eq(DeliveryState::Parked), deliveries::last_error.eq("the host is given up")))
        .execute(conn)?;
    Ok(())
}

/// Removes what has served its time: what is parked or held for a month, and activities of more than a week ago that are delivered.
/// What is held for a host that was down for a week is parked.
pub fn prune(conn: &mut Conn, now: Time) -> Result<usize> {
    let old = deliveries::table
        .filter(deliveries::state.ne(DeliveryState::Queued))
        .filter(deliveries::created_at.lt(now.before(KEPT)));
    let removed = diesel::delete(old).execute(conn)?;
    let lasting: Vec<Verb> = Verb::ALL.iter().copied().filter(|verb| verb.outlasts_death()).collect();
    let kept = activities::table.filter(activities::kind.eq_any(lasting)).select(activities::id);
    let late = deliveries::table
        .filter(deliveries::state.eq(DeliveryState::Held))
        .filter(deliveries::created_at.lt(now.before(LIFETIME)))
        .filter(deliveries::activity_id.ne_all(kept));
    diesel::update(late)
        .set((deliveries::state.eq(DeliveryState::Parked), deliveries::last_error.eq("given up after a week")))
        .execute(conn)?;
    let waiting = deliveries::table.filter(deliveries::activity_id.eq(activities::id));
    let sent = activities::table.filter(activities::created_at.lt(now.before(LIFETIME))).filter(not(exists(waiting)));
    Ok(removed + diesel::delete(sent).execute(conn)?)
}

/// Deliveries, oldest first, at most `limit`; with `host`, only those to that host.
pub fn list(conn: &mut Conn, host: Option<&str>, limit: i64) -> Result<Vec<Delivery>> {
    let mut query =
        deliveries::table.order(deliveries::id.asc()).limit(limit).select(Delivery::as_select()).into_boxed();
    if let Some(host) = host {
        query = query.filter(deliveries::host.eq(host.to_owned()));
    }
    Ok(query.load(conn)?)
}

/// The delivery with this id, with the document it carries.
pub fn find(conn: &mut Conn, id: DeliveryId) -> Result<Option<(Delivery, String)>> {
    Ok(deliveries::table
        .inner_join(activities::table.on(activities::id.eq(deliveries::activity_id)))
        .filter(deliveries::id.eq(id))
        .select((Delivery::as_select(), activities::body))
        .first(conn)
        .optional()?)
}

/// Has one delivery tried now, or all that failed, as if for the first time; hosts that are down are probed now. Returns how many.
pub fn retry(conn: &mut Conn, id: Option<DeliveryId>, now: Time) -> Result<usize> {
    let mut failed = deliveries::table.select((deliveries::id, deliveries::host)).into_boxed();
    failed = match id {
        Some(id) => failed.filter(deliveries::id.eq(id)),
        None => failed.filter(deliveries::state.ne(DeliveryState::Queued).or(deliveries::last_error.is_not_null())),
    };
    let rows: Vec<(DeliveryId, String)> = failed.load(conn)?;
    let names: BTreeSet<String> = rows.iter().map(|(_, host)| host.clone()).collect();
    hosts::probe_soon(conn, &names.into_iter().collect::<Vec<_>>(), now)?;
    let ids: Vec<DeliveryId> = rows.into_iter().map(|(id, _)| id).collect();
    for chunk in ids.chunks(1000) {
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(chunk)))
            .set((
                deliveries::state.eq(DeliveryState::Queued),
                deliveries::attempts.eq(0),
                deliveries::due_at.eq(now),
                deliveries::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(ids.len())
}

/// Gives a delivery up; false if there is none with this id.
pub fn drop_delivery(conn: &mut Conn, id: DeliveryId) -> Result<bool> {
    Ok(diesel::delete(deliveries::table.find(id)).execute(conn)? > 0)
}
