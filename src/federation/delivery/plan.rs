//! From "others must hear of this" to rows: the activity once, one delivery for each inbox, in one transaction. Safe to run again: an
//! activity that is planned already is done.

use std::collections::HashSet;
use std::time::Duration;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::hosts::{self, HostState};
use super::queue::{Delivery, DeliveryState};
use crate::app::App;
use crate::config::FederationMode;
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{activities, deliveries, jobs};
use crate::domain::outgoing::{JOB, Outgoing};
use crate::domain::posts::queries as post_queries;
use crate::error::{Error, Result};
use crate::federation::outbox::Verb;
use crate::federation::outbox::draft::{Draft, draft};
use crate::ids::{ActivityId, DeliveryId};
use crate::net::RemoteUrl;
use crate::time::Time;

/// How many rows one INSERT carries; SQLite takes 32,766 values.
const ROWS: usize = 500;
/// How often, and how far apart, it is looked whether an earlier job for the same thing has ended.
const LOOKS: u32 = 40;
const LOOK: Duration = Duration::from_millis(50);
/// How often a post that is edited meanwhile is read again.
const READS: u32 = 3;
/// Over how long the end of an account is spread.
const FAREWELL: Duration = Duration::from_secs(600);

/// Plans what the job carries (an [`Outgoing`] as JSON). Error `Busy`: try again soon.
pub async fn run(app: &App, payload: &str) -> Result<()> {
    if app.config.federation.mode == FederationMode::Off {
        return Ok(());
    }
    let what: Outgoing = serde_json::from_str(payload)?;
    wait_for_elders(app, &what).await?;
    for _ in 0..READS {
        let (cx, asked) = (app.context()?, what.clone());
        let Some(draft) = app.db.read(move |conn| draft(conn, &cx, &asked)).await? else { return Ok(()) };
        let (cx, targets) = (app.context()?, targets(app, &draft)?);
        if app.db.write(move |conn| record(conn, &cx, &draft, targets)).await? {
            app.bells.deliveries.notify_one();
            return Ok(());
        }
    }
    Err(Error::Busy("the post keeps changing while it is being planned".into()))
}

/// Jobs run side by side; what takes something back or changes it must not overtake what it is about.
async fn wait_for_elders(app: &App, what: &Outgoing) -> Result<()> {
    let elders = elders(what).iter().map(serde_json::to_string).collect::<std::result::Result<Vec<_>, _>>()?;
    if elders.is_empty() {
        return Ok(());
    }
    for _ in 0..LOOKS {
        let elders = elders.clone();
        let waiting = jobs::table
            .filter(jobs::kind.eq(JOB))
            .filter(jobs::parked_at.is_null())
            .filter(jobs::payload.eq_any(elders));
        if !app.db.read(move |conn| Ok(diesel::select(exists(waiting)).get_result::<bool>(conn)?)).await? {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Error::Busy("what this follows on is not planned yet".into()))
}

/// What must be planned before.
fn elders(what: &Outgoing) -> Vec<Outgoing> {
    match what.clone() {
        Outgoing::UpdatePost { post } | Outgoing::RefreshPost { post, .. } => vec![Outgoing::CreatePost { post }],
        Outgoing::DeletePost { post, .. } => vec![Outgoing::CreatePost { post }, Outgoing::UpdatePost { post }],
        Outgoing::Pin { post, .. } => vec![Outgoing::CreatePost { post }],
        Outgoing::Unpin { account, post, uri } => vec![Outgoing::Pin { account, post, uri }],
        Outgoing::UndoBoost { post } => vec![Outgoing::Boost { post }],
        Outgoing::UndoFavourite { account, post, uri } => vec![Outgoing::Favourite { account, post, uri }],
        Outgoing::RejectFollow { account, follower, uri } => vec![Outgoing::AcceptFollow { account, follower, uri }],
        Outgoing::UndoBlock { account, target, uri } => vec![Outgoing::Block { account, target, uri }],
        Outgoing::CreatePost { .. }
        | Outgoing::Boost { .. }
        | Outgoing::Favourite { .. }
        | Outgoing::Vote { .. }
        | Outgoing::Follow { .. }
        | Outgoing::UndoFollow { .. }
        | Outgoing::AcceptFollow { .. }
        | Outgoing::Block { .. }
        | Outgoing::UpdateActor { .. }
        | Outgoing::DeleteActor { .. } => Vec::new(),
    }
}

/// An inbox and its host.
type Target = (String, String);

/// The inboxes that may be delivered to: on other servers, under addresses that may be contacted, of hosts that no rule refuses.
fn targets(app: &App, draft: &Draft) -> Result<Vec<Target>> {
    let (urls, rules) = (app.urls()?, app.rules());
    let may = |inbox: &String| {
        let url = RemoteUrl::parse(inbox, app.http.policy())
            .inspect_err(|why| tracing::debug!(inbox, %why, "an inbox cannot be delivered to"))
            .ok()?;
        let host = url.host_key();
        (!urls.is_ours(url.as_str()) && !rules.refuses(&host)).then(|| (inbox.clone(), host))
    };
    Ok(draft.inboxes.iter().filter_map(may).collect())
}

/// Writes the rows. False if the post has changed since it was read.
fn record(conn: &mut Conn, cx: &Context, draft: &Draft, mut targets: Vec<Target>) -> Result<bool> {
    if let Some((id, edited_at)) = draft.state_of {
        let Some(post) = post_queries::find(conn, id)?.filter(|post| post.deleted_at.is_none()) else {
            return Ok(true);
        };
        if post.edited_at != edited_at {
            return Ok(false);
        }
    }
    match draft.verb {
        Verb::Accept | Verb::Reject if has_twin(conn, draft)? => return Ok(true),
        Verb::Update => replace(conn, cx, draft, &targets)?,
        Verb::Delete | Verb::Undo | Verb::Remove => {
            let spared = cancel(conn, cx, draft)?;
            targets.retain(|(inbox, _)| !spared.contains(inbox));
        }
        _ => {}
    }
    let targets = admit(conn, cx, draft, targets)?;
    if targets.is_empty() {
        return Ok(true);
    }
    let Some(activity) = insert_activity(conn, cx, draft)? else { return Ok(true) };
    insert_deliveries(conn, cx, draft, activity, targets)?;
    Ok(true)
}

/// Whether the very last word on this follow is the same one and still waits: then a second one adds nothing.
fn has_twin(conn: &mut Conn, draft: &Draft) -> Result<bool> {
    let last: Option<Verb> = deliveries::table
        .inner_join(activities::table.on(activities::id.eq(deliveries::activity_id)))
        .filter(activities::object_uri.eq(&draft.object_uri))
        .filter(activities::actor_id.eq(draft.actor))
        .filter(deliveries::state.ne(DeliveryState::Parked))
        .order(deliveries::id.desc())
        .select(activities::kind)
        .first(conn)
        .optional()?;
    Ok(last == Some(draft.verb))
}

/// A delivery that waits: id, inbox, activity, what it does, attempts.
type Waiting = (DeliveryId, String, String, Verb, i32);

/// Rows for the same thing that are not under way.
fn waiting(conn: &mut Conn, cx: &Context, draft: &Draft) -> Result<Vec<Waiting>> {
    let ended = draft.cancels.as_ref().unwrap_or(&draft.object_uri);
    Ok(deliveries::table
        .inner_join(activities::table.on(activities::id.eq(deliveries::activity_id)))
        .filter(activities::object_uri.eq(&draft.object_uri).or(activities::uri.eq(ended)))
        .filter(deliveries::leased_until.is_null().or(deliveries::leased_until.lt(cx.now)))
        .filter(activities::actor_id.eq(draft.actor))
        .filter(activities::uri.ne(&draft.uri))
        .select((deliveries::id, deliveries::inbox_url, activities::uri, activities::kind, deliveries::attempts))
        .load(conn)?)
}

/// An Update takes the place of unsent ones to the same inboxes.
fn replace(conn: &mut Conn, cx: &Context, draft: &Draft, targets: &[Target]) -> Result<()> {
    let inboxes: HashSet<&String> = targets.iter().map(|(inbox, _)| inbox).collect();
    let rows = waiting(conn, cx, draft)?;
    let old = rows
        .iter()
        .filter(|(_, inbox, _, verb, _)| *verb == Verb::Update && inboxes.contains(inbox))
        .map(|(id, ..)| *id);
    forget(conn, &old.collect::<Vec<_>>())
}

/// A Delete, Undo or Remove takes the place of what it ends. Returns the inboxes that never got anything of it and so need not hear of the end.
fn cancel(conn: &mut Conn, cx: &Context, draft: &Draft) -> Result<HashSet<String>> {
    let Some(ended) = &draft.cancels else { return Ok(HashSet::new()) };
    let rows = waiting(conn, cx, draft)?;
    let is_over = |uri: &String, verb: &Verb| uri == ended || (draft.verb == Verb::Delete && *verb == Verb::Update);
    let over: Vec<DeliveryId> =
        rows.iter().filter(|(_, _, uri, verb, _)| is_over(uri, verb)).map(|(id, ..)| *id).collect();
    let spared = rows
        .iter()
        .filter(|(_, _, uri, _, attempts)| uri == ended && *attempts == 0)
        .map(|(_, inbox, ..)| inbox.clone())
        .collect();
    forget(conn, &over)?;
    Ok(spared)
}

fn forget(conn: &mut Conn, ids: &[DeliveryId]) -> Result<()> {
    for chunk in ids.chunks(1000) {
        diesel::delete(deliveries::table.filter(deliveries::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

/// How deliveries to these hosts begin; hosts that are given up are left out unless this outlasts that.
fn admit(conn: &mut Conn, cx: &Context, draft: &Draft, targets: Vec<Target>) -> Result<Vec<(Target, DeliveryState)>> {
    let closed = hosts::list_closed(conn)?;
    let mut unprobed: Vec<String> = Vec::new();
    let mut admitted = Vec::with_capacity(targets.len());
    for target in targets {
        let state = match closed.get(&target.1) {
            None => Some(DeliveryState::Queued),
            Some((HostState::Down, is_probed)) => {
                if !is_probed {
                    unprobed.push(target.1.clone());
                }
                Some(DeliveryState::Held)
            }
            // It wrote to us: this shows whether it listens again.
            Some((_, true)) => {
                hosts::set_probe(conn, &target.1, Some(cx.now))?;
                Some(DeliveryState::Held)
            }
            Some((HostState::Dead, false)) => draft.verb.outlasts_death().then_some(DeliveryState::Held),
            Some(_) => None,
        };
        admitted.extend(state.map(|state| (target, state)));
    }
    hosts::probe_soon(conn, &unprobed, cx.now)?;
    Ok(admitted)
}

/// Writes the activity; `None` if it is planned already. A Follow that is asked for again is sent again as the same activity.
fn insert_activity(conn: &mut Conn, cx: &Context, draft: &Draft) -> Result<Option<ActivityId>> {
    let id: ActivityId = cx.id();
    let row = (
        activities::id.eq(id),
        activities::uri.eq(&draft.uri),
        activities::actor_id.eq(draft.actor),
        activities::kind.eq(draft.verb),
        activities::object_uri.eq(&draft.object_uri),
        activities::body.eq(&draft.body),
        activities::created_at.eq(cx.now),
    );
    let written = crate::each_backend!(conn, |c| diesel::insert_into(activities::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    if written > 0 {
        return Ok(Some(id));
    }
    if draft.verb != Verb::Follow {
        return Ok(None);
    }
    let known: Option<ActivityId> =
        activities::table.filter(activities::uri.eq(&draft.uri)).select(activities::id).first(conn).optional()?;
    let Some(known) = known else { return Ok(None) };
    let of_it = deliveries::table.filter(deliveries::activity_id.eq(known));
    diesel::delete(of_it.filter(deliveries::state.eq(DeliveryState::Parked))).execute(conn)?;
    let waits = deliveries::table.filter(deliveries::activity_id.eq(known));
    let waits: bool = diesel::select(exists(waits)).get_result(conn)?;
    Ok((!waits).then_some(known))
}

fn insert_deliveries(
    conn: &mut Conn,
    cx: &Context,
    draft: &Draft,
    activity: ActivityId,
    targets: Vec<(Target, DeliveryState)>,
) -> Result<()> {
    // The end of an account is no hurry, and many servers at once would ask back.
    let is_farewell = draft.verb == Verb::Delete && draft.object_uri == draft.order_key && draft.cancels.is_none();
    let count = u32::try_from(targets.len()).unwrap_or(u32::MAX).max(1);
    let due = |at: u32| if is_farewell { cx.now.after(FAREWELL * at / count) } else { cx.now };
    let row = |(at, ((inbox_url, host), state)): (u32, (Target, DeliveryState))| Delivery {
        id: cx.id(),
        activity_id: activity,
        inbox_url,
        host,
        order_key: draft.order_key.clone(),
        state,
        attempts: 0,
        due_at: due(at),
        leased_until: None::<Time>,
        leased_by: None,
        last_status: None,
        last_error: None,
        created_at: cx.now,
    };
    let rows: Vec<Delivery> = (0u32..).zip(targets).map(row).collect();
    for chunk in rows.chunks(ROWS) {
        crate::each_backend!(conn, |c| diesel::insert_into(deliveries::table).values(chunk).execute(c))?;
    }
    metrics::counter!("rapport_deliveries_planned_total", "verb" => draft.verb.as_str())
        .increment(u64::try_from(rows.len()).unwrap_or(0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{AccountId, PostId};

    #[test]
    fn what_ends_something_waits_for_its_beginning() {
        let uri = || "https://brand.example/activities/1".to_owned();
        let (account, post) = (AccountId(1), PostId(2));
        assert_eq!(
            elders(&Outgoing::DeletePost { post, reached: Vec::new() }),
            [Outgoing::CreatePost { post }, Outgoing::UpdatePost { post }]
        );
        assert_eq!(
            elders(&Outgoing::UndoFavourite { account, post, uri: uri() }),
            [Outgoing::Favourite { account, post, uri: uri() }]
        );
        assert_eq!(
            elders(&Outgoing::Unpin { account, post, uri: uri() }),
            [Outgoing::Pin { account, post, uri: uri() }]
        );
        assert!(elders(&Outgoing::CreatePost { post }).is_empty());
    }
}
