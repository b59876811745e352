//! Follows the events of all processes while somebody listens, and brings them to the hub.
//!
//! Ids are made before their transactions commit, so an event may turn up behind later ones: every reading goes back a second, and every few seconds
//! one goes back a minute. What was seen is remembered for as long.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::digest;
use super::hub::{Hub, Outcome};
use super::render::renderer;
use crate::app::App;
use crate::domain::events::{self, Recorded};
use crate::error::{Error, Result};
use crate::ids::{EventId, floor, time_of};
use crate::time::Time;

/// How far every reading goes back.
const SHORT: Duration = Duration::from_secs(1);
/// How far a thorough reading goes back.
const LONG: Duration = Duration::from_secs(60);
/// How often a reading is thorough.
const THOROUGH: Duration = Duration::from_secs(5);
/// How often it is looked whether tokens still hold.
const RECHECK: Duration = Duration::from_secs(60);
/// How long to wait for a bell of this process; events of others are found by looking.
const POLL: Duration = Duration::from_millis(500);
/// The least time between two readings.
const PAUSE: Duration = Duration::from_millis(20);
/// How many events are read at once, and how often at most.
const BATCH: i64 = 1000;
const BATCHES: usize = 100;
/// How many seen events are remembered at most.
const REMEMBERED: usize = 200_000;

/// Runs until the process stops. Reads nothing while nobody listens.
pub async fn follow(app: App) {
    let hub = Hub::of(&app);
    let stopping = app.tasks.stopping();
    tokio::pin!(stopping);
    let mut tail = Tail::default();
    let mut fails = false;
    loop {
        if hub.rest() {
            tail = Tail::default();
            tokio::select! {
                () = &mut stopping => break,
                () = hub.called() => {}
            }
        }
        let bell = app.bells.events.notified();
        tokio::pin!(bell);
        // Armed before reading, so that what rings meanwhile is not missed.
        bell.as_mut().enable();
        match tail.turn(&app, &hub).await {
            Ok(()) => fails = false,
            Err(error) => {
                if !fails {
                    tracing::warn!(%error, "streams stand still; events are read again until it works");
                }
                fails = true;
            }
        }
        tokio::select! {
            () = &mut stopping => break,
            () = bell => {}
            () = tokio::time::sleep(POLL) => {}
        }
        tokio::time::sleep(PAUSE).await;
    }
    Hub::close(&app);
}

/// How far events were followed.
#[derive(Default)]
struct Tail {
    seen: BTreeSet<EventId>,
    /// The time of the last reading; absent before the first.
    last: Option<Time>,
    thorough: Option<Instant>,
    rechecked: Option<Instant>,
}

impl Tail {
    /// One reading: what is new is brought to those who listen. The first one only learns what was there before.
    async fn turn(&mut self, app: &App, hub: &Hub) -> Result<()> {
        let now = app.clock.now();
        let is_thorough = self.thorough.is_none_or(|at| at.elapsed() >= THOROUGH);
        let back = if is_thorough { LONG } else { SHORT };
        let since = self.last.map_or(now, |last| last.min(now)).before(back);
        let found = app.db.read(move |conn| read(conn, since)).await?;
        let fresh: Vec<Recorded> = found.into_iter().filter(|event| !self.seen.contains(&event.id)).collect();
        let ids: Vec<EventId> = fresh.iter().map(|event| event.id).collect();
        if self.last.is_some() && !fresh.is_empty() {
            deliver(app, hub, fresh).await?;
        }
        // Only now: what could not be brought is found again.
        self.seen.extend(ids);
        self.forget(now);
        self.last = Some(now);
        if is_thorough {
            self.thorough = Some(Instant::now());
        }
        hub.rise();
        self.recheck(app, hub).await
    }

    fn forget(&mut self, now: Time) {
        self.seen = self.seen.split_off(&EventId(floor(now.before(LONG * 2))));
        while self.seen.len() > REMEMBERED {
            self.seen.pop_first();
        }
    }

    /// Ends the streams of tokens that no longer hold for reasons that no event tells of.
    async fn recheck(&mut self, app: &App, hub: &Hub) -> Result<()> {
        let started = *self.rechecked.get_or_insert_with(Instant::now);
        if started.elapsed() < RECHECK {
            return Ok(());
        }
        let audience = hub.audience();
        let outcomes = app.db.read(move |conn| digest::recheck(conn, audience.iter())).await?;
        hub.apply(outcomes);
        self.rechecked = Some(Instant::now());
        Ok(())
    }
}

fn read(conn: &mut crate::db::Conn, since: Time) -> Result<Vec<Recorded>> {
    let (mut found, mut from): (Vec<Recorded>, Time) = (Vec::new(), since);
    for _ in 0..BATCHES {
        let batch = events::list_since(conn, from, BATCH)?;
        let is_full = i64::try_from(batch.len()).is_ok_and(|n| n >= BATCH);
        let Some(last) = batch.last().map(|event| time_of(event.id.0)) else { break };
        found.extend(batch);
        if !is_full {
            break;
        }
        // The last millisecond is read again, for it may not have been read to its end.
        from = if last > from { last } else { from.after(Duration::from_millis(1)) };
    }
    found.sort_by_key(|event| event.id);
    found.dedup_by_key(|event| event.id);
    Ok(found)
}

async fn deliver(app: &App, hub: &Hub, fresh: Vec<Recorded>) -> Result<()> {
    let audience = hub.audience();
    let cx = app.context()?;
    let Some(renderer) = renderer() else { return Err(Error::bug("no renderer was wired in for streams")) };
    let outcomes: Vec<Outcome> = app
        .db
        .read(move |conn| {
            let mut outcomes = Vec::new();
            for recorded in &fresh {
                match digest::digest(conn, &cx, renderer, &audience, &recorded.event) {
                    Ok(more) => outcomes.extend(more),
                    Err(error @ Error::Busy(_)) => return Err(error),
                    // One event that cannot be told must not keep back all others.
                    Err(error) => {
                        tracing::error!(%error, event = ?recorded.event, "an event was not brought to streams")
                    }
                }
            }
            Ok(outcomes)
        })
        .await?;
    hub.apply(outcomes);
    Ok(())
}
