//! Applies what was accepted: the activities of one actor one after the other, those of different actors side by side.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::dispatch;
use super::store::{self, Item};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::InboxItemId;

/// How often the table is looked at when nobody says that there is work, for items of other processes and for pauses that end.
const POLL: Duration = Duration::from_secs(1);
/// How many claimed items a process has in hand at most.
const IN_HAND: usize = 128;
/// How many actors' items are applied at once.
const AT_ONCE: usize = 16;
/// How long one item may take; well within its lease, so that no other worker takes it up meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often, and how many times, the end of an item is written anew while the database refuses: together less than what is left of the
/// lease. Whoever gave up at once would find the item again only when that ends.
const REST: Duration = Duration::from_secs(1);
const TRIES: u32 = 50;

/// Claimed items by actor. An actor is ready while it has items and none of them is being applied.
#[derive(Default)]
struct Lanes {
    waiting: HashMap<String, VecDeque<Item>>,
    ready: VecDeque<String>,
    count: usize,
}

impl Lanes {
    fn add(&mut self, item: Item, is_busy: bool) {
        let lane = self.waiting.entry(item.actor_uri.clone()).or_default();
        if lane.is_empty() && !is_busy {
            self.ready.push_back(item.actor_uri.clone());
        }
        lane.push_back(item);
        self.count += 1;
    }

    /// The next item of an actor that is ready; the actor is busy until [`Lanes::release`].
    fn take(&mut self) -> Option<Item> {
        let actor = self.ready.pop_front()?;
        let item = self.waiting.get_mut(&actor)?.pop_front()?;
        self.count -= 1;
        Some(item)
    }

    /// Says that the item of `actor` that was taken is done.
    fn release(&mut self, actor: String) {
        match self.waiting.get(&actor) {
            Some(lane) if !lane.is_empty() => self.ready.push_back(actor),
            _ => {
                self.waiting.remove(&actor);
            }
        }
    }

    fn ids(&self) -> Vec<InboxItemId> {
        self.waiting.values().flatten().map(|item| item.id).collect()
    }
}

/// Runs until the process is asked to stop, then finishes what it has begun and gives back the rest.
pub async fn run(app: App) {
    let stopping = app.tasks.stopping();
    tokio::pin!(stopping);
    let mut lanes = Lanes::default();
    let mut running = FuturesUnordered::new();
    let mut busy: HashSet<String> = HashSet::new();
    // Whether the last claim brought as much as was asked for, so that more may wait.
    let mut may_have_more = true;
    loop {
        let in_hand = lanes.count + running.len();
        if may_have_more && in_hand <= IN_HAND / 2 {
            let wanted = IN_HAND - in_hand;
            match claim(&app, wanted).await {
                Ok(items) => {
                    may_have_more = items.len() >= wanted;
                    for item in items {
                        let is_busy = busy.contains(&item.actor_uri);
                        lanes.add(item, is_busy);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "received activities cannot be claimed");
                    may_have_more = false;
                }
            }
        }
        while running.len() < AT_ONCE {
            let Some(item) = lanes.take() else { break };
            busy.insert(item.actor_uri.clone());
            running.push(apply(&app, item));
        }
        tokio::select! {
            biased;
            () = &mut stopping => break,
            Some(actor) = running.next(), if !running.is_empty() => {
                busy.remove(&actor);
                lanes.release(actor);
            }
            () = app.bells.inbox.notified() => may_have_more = true,
            () = tokio::time::sleep(POLL) => may_have_more = true,
        }
    }
    let unbegun = lanes.ids();
    if !unbegun.is_empty()
        && let Err(error) = app.db.write(move |conn| store::release(conn, &unbegun)).await
    {
        tracing::warn!(%error, "claimed activities could not be given back; they are claimed again when their lease ends");
    }
    while running.next().await.is_some() {}
}

async fn claim(app: &App, limit: usize) -> Result<Vec<Item>> {
    let (worker, now, limit) = (app.name.clone(), app.clock.now(), i64::try_from(limit).unwrap_or(1));
    // Most looks find nothing: those should not cost a write.
    if !app.db.read(move |conn| store::is_due(conn, now)).await? {
        return Ok(Vec::new());
    }
    app.db.write(move |conn| store::claim(conn, &worker, limit, now)).await
}

/// Applies one item and writes down how it ended; returns its actor.
async fn apply(app: &App, item: Item) -> String {
    // A defect in one handler costs that item, not the worker.
    let guarded = AssertUnwindSafe(Box::pin(dispatch::apply(app, &item))).catch_unwind();
    let outcome = match tokio::time::timeout(PATIENCE, guarded).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Error::bug("the handler of a received activity panicked")),
        Err(_) => Err(Error::Upstream(format!("it was not done within {PATIENCE:?}"))),
    };
    if let Err(error) = outcome {
        settle_at_last(app, &item, &error).await;
    }
    item.actor_uri
}

async fn settle_at_last(app: &App, item: &Item, error: &Error) {
    for _ in 0..TRIES {
        let Err(trouble) = settle(app, item, error).await else { return };
        tracing::error!(item = %item.id, %trouble, "the end of a received activity could not be written yet");
        if app.tasks.is_stopping() {
            break;
        }
        tokio::time::sleep(REST).await;
    }
    tracing::error!(item = %item.id, "a received activity waits for the end of its lease");
}

async fn settle(app: &App, item: &Item, error: &Error) -> Result<()> {
    let (id, now) = (item.id, app.clock.now());
    let cause = match error {
        Error::Internal(cause) => format!("{cause:#}"),
        other => other.to_string(),
    };
    if error.is_transient() {
        let item = item.clone();
        tracing::warn!(%id, kind = %item.activity_type, attempts = item.attempts, %cause, "a received activity could not be applied");
        return app.db.write(move |conn| store::retry(conn, &item, &cause, now)).await;
    }
    tracing::debug!(%id, kind = %item.activity_type, %cause, "a received activity was not applied");
    app.db.write(move |conn| store::finish(conn, id, Some(&cause)).map(drop)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn item(id: i64, actor: &str) -> Item {
        Item {
            id: InboxItemId(id),
            actor_uri: actor.into(),
            activity_uri: String::new(),
            activity_type: "Like".into(),
            body: String::new(),
            attempts: 1,
            received_at: Time(0),
        }
    }

    #[test]
    fn an_actor_has_one_item_under_way() {
        let mut lanes = Lanes::default();
        for (id, actor) in [(1, "a"), (2, "a"), (3, "b")] {
            lanes.add(item(id, actor), false);
        }
        let (first, second) = (lanes.take().unwrap(), lanes.take().unwrap());
        assert_eq!((first.id.0, second.id.0), (1, 3));
        assert!(lanes.take().is_none(), "the second item of a waits for the first");
        lanes.add(item(4, "b"), true);
        assert!(lanes.take().is_none());
        lanes.release("a".into());
        assert_eq!(lanes.take().unwrap().id.0, 2);
        lanes.release("b".into());
        assert_eq!(lanes.take().unwrap().id.0, 4);
        lanes.release("a".into());
        lanes.release("b".into());
        assert_eq!((lanes.count, lanes.waiting.len()), (0, 0));
    }
}
