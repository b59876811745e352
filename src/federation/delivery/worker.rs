//! Sends what is due: claims ahead in batches, keeps a bounded number of deliveries under way, settles in batches.
//!
//! A slot stays taken until the outcome is committed, so that a crash repeats no more deliveries than there are slots. Nothing here must
//! survive: what is lost with the process is claimed again when its lease ends.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::missing;
use super::queue::{self, Claimed, Finished, LEASE, Outcome, Want};
use super::send::Sender;
use crate::app::App;
use crate::config::FederationMode;
use crate::error::Result;

/// How many deliveries are claimed ahead.
const AHEAD: usize = 256;
/// How many of them may go to one host of which nothing is known.
const AHEAD_EACH: usize = 8;
/// How many at most to one host, however fast it is.
const AHEAD_MOST: usize = 32;
/// How long outcomes are gathered before they are written together.
const GATHER: Duration = Duration::from_millis(5);
/// How many outcomes are written without waiting for more.
const TOGETHER: usize = 128;
/// How often the table is looked at when nobody rings: for retries that are due and what other processes planned.
const POLL: Duration = Duration::from_secs(1);
/// How often old rows are removed.
const TIDY: Duration = Duration::from_secs(3600);
/// How long the database is left alone after it refused.
const REST: Duration = Duration::from_secs(1);
/// How long deliveries under way may take once the process was asked to stop.
const PARTING: Duration = Duration::from_secs(3);
/// A host that takes longer than this, without failing, gets more deliveries at once.
const FAR: Duration = Duration::from_millis(200);
/// How many those are.
const SLOTS_FAR: usize = 8;
/// For how long claims ahead should keep a host busy.
const BUSY_FOR: Duration = Duration::from_secs(5);
/// How many inboxes wait for their owners to be asked for; of more, the next delivery reminds.
const DOUBTFUL: usize = 1000;
/// How many hosts are remembered while nothing goes to them.
const REMEMBERED: usize = 4096;

/// Runs until the process stops. While this server federates with none, what waits stays where it is.
pub async fn run(app: App) {
    if app.config.federation.mode != FederationMode::Off {
        Worker::new(app).run().await;
    }
}

/// What ended.
enum Step {
    Sent(Box<Finished>, Duration),
    Claimed(Result<Vec<Claimed>>),
    Settled(Vec<Finished>, Result<Vec<String>>),
    Asked(Result<()>),
    Tidied(Result<usize>),
}

/// What this process knows of a host.
#[derive(Debug, Default)]
struct Local {
    /// Claimed and not settled.
    held: usize,
    /// Of those, begun.
    busy: usize,
    /// How long it takes, smoothed; unknown before the first answer.
    time: Option<Duration>,
    /// Whether it failed last.
    is_failing: bool,
}

impl Local {
    fn slots(&self, base: usize) -> usize {
        match self.time {
            _ if self.is_failing => 1,
            Some(time) if time > FAR => base.max(SLOTS_FAR),
            _ => base,
        }
    }

    fn ahead(&self, base: usize) -> usize {
        let slots = self.slots(base);
        let Some(time) = self.time else { return AHEAD_EACH.max(slots) };
        let each = BUSY_FOR.as_micros() / time.as_micros().max(1);
        usize::try_from(each).unwrap_or(usize::MAX).saturating_mul(slots).clamp(slots, AHEAD_MOST.max(slots))
    }

    fn note(&mut self, took: Duration, is_failing: bool) {
        self.is_failing = is_failing;
        self.time = Some(self.time.map_or(took, |time| (time * 3 + took) / 4));
    }
}

struct Worker {
    app: App,
    sender: Arc<Sender>,
    slots: usize,
    slots_each: usize,
    waiting: VecDeque<Claimed>,
    finished: Vec<Finished>,
    hosts: HashMap<String, Local>,
    steps: JoinSet<Step>,
    /// Deliveries under way, by the task that sends them.
    under_way: HashMap<Id, Claimed>,
    /// Begun and not settled.
    taken: usize,
    is_claiming: bool,
    is_settling: bool,
    is_asking: bool,
    /// Inboxes whose owners may be gone.
    doubtful: VecDeque<String>,
    /// Whether there may be something to claim.
    looks: bool,
    settle_at: Instant,
    /// Nothing is written before this: the database refused.
    rest_until: Instant,
    tidy_at: Instant,
    /// Set once the process was asked to stop.
    leave_at: Option<Instant>,
}

impl Worker {
    fn new(app: App) -> Self {
        let federation = &app.config.federation;
        let (slots, slots_each) = (federation.delivery_slots.max(1), federation.delivery_slots_per_host.max(1));
        Self {
            sender: Arc::new(Sender::new(app.clone())),
            app,
            slots,
            slots_each,
            waiting: VecDeque::new(),
            finished: Vec::new(),
            hosts: HashMap::new(),
            steps: JoinSet::new(),
            under_way: HashMap::new(),
            taken: 0,
            is_claiming: false,
            is_settling: false,
            is_asking: false,
            doubtful: VecDeque::new(),
            looks: true,
            settle_at: Instant::now(),
            rest_until: Instant::now(),
            tidy_at: Instant::now() + TIDY,
            leave_at: None,
        }
    }

    async fn run(mut self) {
        let stopping = self.app.tasks.stopping();
        tokio::pin!(stopping);
        let bell = self.app.bells.deliveries.clone();
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.begin();
            self.claim();
            self.settle();
            self.ask();
            if self.is_done() {
                return;
            }
            let is_leaving = self.leave_at.is_some();
            let (settle_at, leave_at) =
                (self.settle_at.max(self.rest_until), self.leave_at.unwrap_or_else(Instant::now));
            tokio::select! {
                biased;
                () = &mut stopping, if !is_leaving => self.leave(),
                Some(step) = self.steps.join_next_with_id(), if !self.steps.is_empty() => self.take(step),
                () = tokio::time::sleep_until(settle_at), if !self.finished.is_empty() && !self.is_settling => {}
                () = tokio::time::sleep_until(leave_at), if is_leaving && !self.is_settling && self.finished.is_empty() => return,
                () = bell.notified(), if !is_leaving => self.looks = true,
                _ = poll.tick(), if !is_leaving => self.look_again(),
            }
        }
    }

    fn look_again(&mut self) {
        self.looks = true;
        if Instant::now() >= self.tidy_at {
            self.tidy_at = Instant::now() + TIDY;
            let app = self.app.clone();
            self.steps.spawn(async move {
                let now = app.clock.now();
                Step::Tidied(app.db.write(move |conn| queue::prune(conn, now)).await)
            });
        }
        if self.hosts.len() > REMEMBERED {
            self.hosts.retain(|_, host| host.held > 0);
        }
    }

    /// Begins what has a slot free, in the order of claiming; a host whose slots are taken is passed over.
    fn begin(&mut self) {
        let mut passed = VecDeque::new();
        while self.taken < self.slots {
            let Some(claimed) = self.waiting.pop_front() else { break };
            let has_time = self.has_time(&claimed);
            let host = self.hosts.entry(claimed.delivery.host.clone()).or_default();
            let slots = if claimed.is_slow || claimed.is_probe { 1 } else { host.slots(self.slots_each) };
            if !has_time {
                self.put_back(claimed);
                continue;
            }
            if host.busy >= slots {
                passed.push_back(claimed);
                continue;
            }
            host.busy += 1;
            self.taken += 1;
            let (sender, kept) = (self.sender.clone(), claimed.clone());
            let handle = self.steps.spawn(async move {
                let started = Instant::now();
                let outcome = sender.send(&claimed).await;
                Step::Sent(Box::new(Finished { claimed, outcome }), started.elapsed())
            });
            self.under_way.insert(handle.id(), kept);
        }
        passed.append(&mut self.waiting);
        self.waiting = passed;
    }

    /// Whether its lease lasts for two requests, so that nobody else sends it meanwhile.
    fn has_time(&self, claimed: &Claimed) -> bool {
        let needed = self.app.config.limits.delivery_timeout * 2 + GATHER + REST;
        claimed
            .delivery
            .leased_until
            .is_some_and(|until| until.since(self.app.clock.now()) >= needed.min(LEASE * 9 / 10))
    }

    /// Leaves a claimed delivery to whoever claims it next.
    fn put_back(&mut self, claimed: Claimed) {
        self.finish(Finished { claimed, outcome: Outcome::Unused });
    }

    fn finish(&mut self, finished: Finished) {
        if self.finished.is_empty() {
            self.settle_at = Instant::now() + GATHER;
        }
        self.finished.push(finished);
    }

    fn claim(&mut self) {
        if !self.looks || self.is_claiming || self.leave_at.is_some() || self.waiting.len() > AHEAD / 2 {
            return;
        }
        (self.looks, self.is_claiming) = (false, true);
        let base = self.slots_each;
        let left = self
            .hosts
            .iter()
            .filter(|(_, host)| host.held > 0)
            .map(|(name, host)| (name.clone(), host.ahead(base).saturating_sub(host.held)));
        let want = Want {
            worker: self.app.name.clone(),
            limit: AHEAD - self.waiting.len().min(AHEAD),
            each: AHEAD_EACH.max(base),
            left: left.collect(),
        };
        let app = self.app.clone();
        self.steps.spawn(async move {
            let now = app.clock.now();
            // Most looks find nothing, and reading costs no commit.
            let found = match app.db.read(move |conn| queue::has_due(conn, now)).await {
                Ok(true) => app.db.write(move |conn| queue::claim(conn, &want, now)).await,
                Ok(false) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
            Step::Claimed(found)
        });
    }

    fn settle(&mut self) {
        let now = Instant::now();
        let is_time = now >= self.rest_until && (self.finished.len() >= TOGETHER || now >= self.settle_at);
        if self.finished.is_empty() || self.is_settling || !is_time {
            return;
        }
        self.is_settling = true;
        let batch = std::mem::take(&mut self.finished);
        let app = self.app.clone();
        self.steps.spawn(async move {
            let (batch, now) = (Arc::new(batch), app.clock.now());
            let written = batch.clone();
            let outcome = app.db.write(move |conn| queue::settle(conn, &written, now)).await;
            Step::Settled(Arc::unwrap_or_clone(batch), outcome)
        });
    }

    /// Asks for the owners of doubtful inboxes, one after the other: there is no hurry.
    fn ask(&mut self) {
        if self.is_asking || self.leave_at.is_some() {
            return;
        }
        let Some(inbox) = self.doubtful.pop_front() else { return };
        self.is_asking = true;
        let app = self.app.clone();
        self.steps.spawn(async move { Step::Asked(missing::check(&app, &inbox).await) });
    }

    fn take(&mut self, step: std::result::Result<(Id, Step), JoinError>) {
        match step {
            Ok((id, Step::Sent(finished, took))) => {
                self.under_way.remove(&id);
                metrics::histogram!("rapport_delivery_seconds").record(took.as_secs_f64());
                if let Some(host) = self.hosts.get_mut(&finished.claimed.delivery.host) {
                    host.note(took, matches!(finished.outcome, Outcome::Sent { status: None, .. }));
                }
                self.finish(*finished);
            }
            Ok((_, Step::Claimed(Ok(found)))) => {
                self.is_claiming = false;
                // There may be more; with nothing found, something has to happen first.
                self.looks |= !found.is_empty();
                for claimed in found {
                    self.hosts.entry(claimed.delivery.host.clone()).or_default().held += 1;
                    if self.leave_at.is_some() { self.put_back(claimed) } else { self.waiting.push_back(claimed) }
                }
            }
            Ok((_, Step::Claimed(Err(error)))) => {
                self.is_claiming = false;
                tracing::error!(%error, "deliveries cannot be claimed");
            }
            Ok((_, Step::Settled(batch, Ok(doubtful)))) => {
                self.is_settling = false;
                self.looks = true;
                let new = doubtful.into_iter().filter(|inbox| !self.doubtful.contains(inbox)).collect::<Vec<_>>();
                self.doubtful.extend(new);
                self.doubtful.truncate(DOUBTFUL);
                for finished in &batch {
                    self.let_go(&finished.claimed, !matches!(finished.outcome, Outcome::Unused));
                }
            }
            Ok((_, Step::Settled(batch, Err(error)))) => {
                self.is_settling = false;
                tracing::error!(%error, deliveries = batch.len(), "the end of deliveries could not be written yet");
                self.finished.splice(0..0, batch);
                self.rest_until = Instant::now() + REST;
            }
            Ok((_, Step::Asked(outcome))) => {
                self.is_asking = false;
                if let Err(error) = outcome {
                    tracing::warn!(%error, "it could not be found out whether an account is gone; the next delivery reminds");
                }
            }
            Ok((_, Step::Tidied(Ok(_)))) => {}
            Ok((_, Step::Tidied(Err(error)))) => {
                tracing::warn!(%error, "old deliveries could not be removed; this is tried again later")
            }
            Err(broken) => self.recover(&broken),
        }
    }

    /// A task that panicked: a defect, which must not cost a slot for ever. The lease of its delivery ends by itself.
    fn recover(&mut self, broken: &JoinError) {
        tracing::error!(%broken, "a step of delivering broke");
        match self.under_way.remove(&broken.id()) {
            Some(claimed) => self.let_go(&claimed, true),
            None => (self.is_claiming, self.is_settling, self.is_asking) = (false, false, false),
        }
    }

    fn let_go(&mut self, claimed: &Claimed, was_begun: bool) {
        if was_begun {
            self.taken = self.taken.saturating_sub(1);
        }
        if let Some(host) = self.hosts.get_mut(&claimed.delivery.host) {
            host.held = host.held.saturating_sub(1);
            host.busy = host.busy.saturating_sub(usize::from(was_begun));
        }
    }

    fn leave(&mut self) {
        self.leave_at = Some(Instant::now() + PARTING);
        while let Some(claimed) = self.waiting.pop_front() {
            self.put_back(claimed);
        }
    }

    fn is_done(&self) -> bool {
        self.leave_at.is_some() && self.steps.is_empty() && self.finished.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_hosts_get_more_slots_and_failing_ones_one() {
        let mut host = Local::default();
        assert_eq!((host.slots(2), host.ahead(2)), (2, AHEAD_EACH));
        host.note(Duration::from_millis(1), false);
        assert_eq!((host.slots(2), host.ahead(2)), (2, AHEAD_MOST));
        host.note(Duration::from_secs(2), false);
        assert_eq!(host.slots(2), SLOTS_FAR);
        assert!(host.ahead(2) <= AHEAD_MOST);
        host.note(Duration::from_secs(15), true);
        assert_eq!(host.slots(2), 1);
    }
}
