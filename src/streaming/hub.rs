//! Who listens in this process, each with a bounded queue. Whoever is too slow to empty it is let go and may come back.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Notify, watch};

use super::access::Listener;
use super::names::Stream;
use crate::app::App;
use crate::error::{Error, Result};

/// How many streams one socket may listen to.
const STREAMS: usize = 64;
/// How long opening a stream waits until events are followed.
const PATIENCE: Duration = Duration::from_secs(5);
/// When somebody with too many streams may try again.
const RETRY: Duration = Duration::from_secs(30);

/// The hub of each server in this process, by its name.
static HUBS: Mutex<BTreeMap<String, Arc<Hub>>> = Mutex::new(BTreeMap::new());

/// Something to be sent on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// On which.
    pub stream: Stream,
    /// What happened, by the name that clients know.
    pub event: &'static str,
    /// JSON as text, or an id; empty if the event says it all.
    pub payload: Arc<str>,
}

/// Somebody who listens, as deliveries see it.
#[derive(Debug, Clone)]
pub struct Audience {
    /// The socket.
    pub id: u64,
    /// Who.
    pub listener: Listener,
    /// To what.
    pub streams: Vec<Stream>,
}

/// What becomes of a socket because of an event.
#[derive(Debug)]
pub enum Outcome {
    /// It gets a message.
    Send(u64, Message),
    /// It ends: its token does not hold any more.
    End(u64),
    /// Who listens has changed.
    Renew(u64, Listener),
}

struct Entry {
    listener: Listener,
    streams: Vec<Stream>,
    sender: Sender<Message>,
    is_over: Arc<AtomicBool>,
}

/// All who listen to one server in this process.
pub struct Hub {
    entries: Mutex<HashMap<u64, Entry>>,
    next: AtomicU64,
    /// Somebody has come.
    wake: Notify,
    /// Whether events are followed now.
    awake: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            next: AtomicU64::new(1),
            wake: Notify::new(),
            awake: watch::Sender::new(false),
        }
    }
}

impl Hub {
    /// The hub of this server, made when first asked for.
    pub fn of(app: &App) -> Arc<Self> {
        HUBS.lock().unwrap_or_else(PoisonError::into_inner).entry(app.name.clone()).or_default().clone()
    }

    /// Ends all streams of a server that stops.
    pub fn close(app: &App) {
        let hub = HUBS.lock().unwrap_or_else(PoisonError::into_inner).remove(&app.name);
        if let Some(hub) = hub {
            hub.entries().clear();
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<u64, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody listen; returns when what happens from now on will reach them. Errors: too many streams here, or of this person as that account.
    pub async fn join(self: &Arc<Self>, app: &App, listener: Listener, streams: Vec<Stream>) -> Result<Subscription> {
        let limits = &app.config.limits;
        let (sender, receiver) = channel(limits.stream_backlog.max(1));
        let (id, is_over) = (self.next.fetch_add(1, Ordering::Relaxed), Arc::new(AtomicBool::new(false)));
        {
            let mut entries = self.entries();
            if entries.len() >= limits.streams || app.tasks.is_stopping() {
                return Err(Error::Busy("this server has no room for another stream now".into()));
            }
            let same = entries
                .values()
                .filter(|entry| entry.listener.user == listener.user && entry.listener.me == listener.me)
                .count();
            if same >= limits.streams_per_account {
                return Err(Error::RateLimited { retry: RETRY });
            }
            entries.insert(id, Entry { listener, streams, sender, is_over: is_over.clone() });
        }
        // From here on, dropping it takes the entry out again.
        let subscription = Subscription { id, hub: self.clone(), receiver, is_over };
        let mut awake = self.awake.subscribe();
        self.wake.notify_one();
        match tokio::time::timeout(PATIENCE, awake.wait_for(|awake| *awake)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return Err(Error::Busy("streams are not served at the moment".into())),
        }
        Ok(subscription)
    }

    /// Falls asleep if nobody listens; whether it did.
    pub fn rest(&self) -> bool {
        // Under the lock: whoever comes after it finds the hub asleep, whoever came before keeps it awake.
        let entries = self.entries();
        if entries.is_empty() {
            self.awake.send_replace(false);
        }
        entries.is_empty()
    }

    /// Resolves when somebody has come.
    pub async fn called(&self) {
        self.wake.notified().await;
    }

    /// Says that events are followed from now on.
    pub fn rise(&self) {
        self.awake.send_replace(true);
    }

    /// All who listen now.
    pub fn audience(&self) -> Vec<Audience> {
        self.entries()
            .iter()
            .map(|(id, entry)| Audience { id: *id, listener: entry.listener.clone(), streams: entry.streams.clone() })
            .collect()
    }

    /// Does what was decided, in order. A socket whose queue is full is let go.
    pub fn apply(&self, outcomes: Vec<Outcome>) {
        let mut entries = self.entries();
        for outcome in outcomes {
            match outcome {
                Outcome::Send(id, message) => {
                    let lags = entries.get(&id).is_some_and(|entry| entry.sender.try_send(message).is_err());
                    if lags {
                        entries.remove(&id);
                    }
                }
                Outcome::End(id) => {
                    if let Some(entry) = entries.remove(&id) {
                        entry.is_over.store(true, Ordering::Relaxed);
                    }
                }
                Outcome::Renew(id, listener) => {
                    if let Some(entry) = entries.get_mut(&id) {
                        entry.listener = listener;
                    }
                }
            }
        }
    }
}

/// A place in the audience; dropping it gives it up.
pub struct Subscription {
    id: u64,
    hub: Arc<Hub>,
    receiver: Receiver<Message>,
    is_over: Arc<AtomicBool>,
}

impl Subscription {
    /// The next message; `None` when the stream must end. Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Message> {
        let message = self.receiver.recv().await?;
        // What still waits is not for those whose token was revoked meanwhile.
        (!self.is_over.load(Ordering::Relaxed)).then_some(message)
    }

    /// Listens to one more stream; again is no error. Error: too many.
    pub fn add(&self, stream: Stream) -> Result<()> {
        let mut entries = self.hub.entries();
        let Some(entry) = entries.get_mut(&self.id) else { return Ok(()) };
        if entry.streams.contains(&stream) {
            return Ok(());
        }
        if entry.streams.len() >= STREAMS {
            return Err(Error::invalid("stream", format!("is one too many: a socket may listen to {STREAMS}")));
        }
        entry.streams.push(stream);
        Ok(())
    }

    /// Listens to a stream no longer; nothing happens if it did not.
    pub fn remove(&self, stream: &Stream) {
        if let Some(entry) = self.hub.entries().get_mut(&self.id) {
            entry.streams.retain(|other| other != stream);
        }
    }

    /// Who listens, as known now; `None` once it is over.
    pub fn listener(&self) -> Option<Listener> {
        self.hub.entries().get(&self.id).map(|entry| entry.listener.clone())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.entries().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::oauth::Scopes;
    use crate::ids::{AccountId, TokenId, UserId};

    fn listener() -> Listener {
        Listener { token: TokenId(1), user: UserId(2), me: AccountId(3), sees_direct: true, scopes: Scopes::default() }
    }

    fn seat(hub: &Arc<Hub>, id: u64, room: usize) -> Subscription {
        let (sender, receiver) = channel(room);
        let is_over = Arc::new(AtomicBool::new(false));
        hub.entries()
            .insert(id, Entry { listener: listener(), streams: vec![Stream::User], sender, is_over: is_over.clone() });
        Subscription { id, hub: hub.clone(), receiver, is_over }
    }

    fn message(payload: &str) -> Message {
        Message { stream: Stream::User, event: "delete", payload: payload.into() }
    }

    #[tokio::test]
    async fn whoever_lags_gets_what_waits_and_then_the_end() {
        let hub = Arc::new(Hub::default());
        let mut slow = seat(&hub, 1, 1);
        hub.apply(vec![Outcome::Send(1, message("a")), Outcome::Send(1, message("b")), Outcome::Send(1, message("c"))]);
        assert_eq!(slow.next().await, Some(message("a")));
        assert_eq!(slow.next().await, None);
    }

    #[tokio::test]
    async fn what_waits_is_not_for_a_revoked_token() {
        let hub = Arc::new(Hub::default());
        let mut revoked = seat(&hub, 1, 4);
        hub.apply(vec![Outcome::Send(1, message("a")), Outcome::End(1)]);
        assert_eq!(revoked.next().await, None);
    }

    #[tokio::test]
    async fn leaving_lets_the_hub_rest() {
        let hub = Arc::new(Hub::default());
        let place = seat(&hub, 1, 1);
        hub.rise();
        assert!(!hub.rest());
        place.add(Stream::Direct).unwrap();
        place.remove(&Stream::User);
        assert_eq!(hub.audience().first().map(|seat| seat.streams.clone()), Some(vec![Stream::Direct]));
        drop(place);
        assert!(hub.rest() && !*hub.awake.borrow());
    }
}
