//! Whose signature it is: the key that a signature names, from memory, the database or its owner, and whether it fits.
//!
//! A key counts only if the actor's own document lists it, names no other owner for it, and both stand on one origin. What a stranger can
//! make us fetch is bounded by quotas, a time limit and a memory of what could not be had. Nothing is stored before a signature fits.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::fetch::{self, Budget};
use super::memory::{self, Memory, Miss};
use super::resolve;
use super::signatures::{Parsed, verify};
use super::vocab::actor::{Key, read_key};
use super::vocab::{Actor, value};
use crate::app::App;
use crate::crypto::keys::PublicKey;
use crate::domain::accounts::actions::{Remote, RemoteKey};
use crate::domain::accounts::queries as accounts;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::net::{RemoteUrl, same_origin};

/// When to ask again after another server did not answer.
const LATER: Duration = Duration::from_secs(60);

/// A key of a stored account of another server.
#[derive(Debug, Clone)]
pub struct KnownKey {
    /// The id of the actor it belongs to.
    pub actor: String,
    /// That account.
    pub account: AccountId,
    /// The key.
    pub key: PublicKey,
}

/// A key that was just fetched, with the actor that lists it.
#[derive(Debug, Clone)]
pub struct Found {
    /// The actor, not stored yet.
    pub remote: Remote,
    /// The key.
    pub key: PublicKey,
}

/// Who sent a request, proven by its signature.
#[derive(Debug, Clone)]
pub enum Sender {
    /// A stored account.
    Known(AccountId),
    /// An actor that was fetched for this: to be stored with what it sent.
    Fresh(Box<Remote>),
}

/// Why a request is not accepted.
#[derive(Debug)]
pub enum Refusal {
    /// The signature does not prove who sent it: 401.
    Unproven(String),
    /// The key could not be had in time or within the quota: try again after so long.
    Later(Duration),
    /// Trouble of our own.
    Own(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

/// Finds the key of a parsed signature and checks that it is `actor`'s and fits. `source`: where the request came from, for quotas.
pub async fn authenticate(app: &App, parsed: &Parsed, actor: &str, source: IpAddr) -> Result<Sender, Refusal> {
    let Some(key_id) = value::canonical(&parsed.key_id).filter(|id| same_origin(id, actor)) else {
        return Err(Refusal::Unproven("The key and the actor do not stand on the same server.".into()));
    };
    let memory = memory::of(app);
    match known(app, &memory, &key_id).await? {
        Some(known) if known.actor != actor => Err(Refusal::Unproven("The key belongs to another actor.".into())),
        Some(known) if verify(parsed, &known.key) => Ok(Sender::Known(known.account)),
        Some(known) => rotated(app, &memory, parsed, &key_id, &known).await,
        None => unknown(app, &memory, parsed, &key_id, actor, source).await,
    }
}

/// Whether the key that a signature names is at hand, so that checking it costs next to nothing.
pub fn is_remembered(app: &App, parsed: &Parsed) -> bool {
    value::canonical(&parsed.key_id).is_some_and(|key_id| memory::of(app).keys.contains_key(&key_id))
}

/// The stored key of that id, if there is one.
async fn known(app: &App, memory: &Memory, key_id: &str) -> Result<Option<Arc<KnownKey>>> {
    if let Some(known) = memory.keys.get(key_id) {
        return Ok(Some(known));
    }
    let wanted = key_id.to_owned();
    let row = app
        .db
        .read(move |conn| {
            let Some(stored) = accounts::public_key(conn, &wanted)? else { return Ok(None) };
            Ok(accounts::find(conn, stored.account_id)?
                .filter(|account| !account.is_local())
                .map(|account| (stored, account)))
        })
        .await?;
    let Some((stored, account)) = row else { return Ok(None) };
    let Ok(key) = PublicKey::from_der(stored.algorithm, &stored.public_der) else {
        return Ok(None);
    };
    let known = Arc::new(KnownKey { actor: account.uri, account: account.id, key });
    memory.keys.insert(key_id.to_owned(), known.clone());
    Ok(Some(known))
}

/// A known key does not fit: its owner may have a new one. Asked once for each signature, and not often for one server.
async fn rotated(
    app: &App,
    memory: &Memory,
    parsed: &Parsed,
    key_id: &str,
    known: &KnownKey,
) -> Result<Sender, Refusal> {
    let limits = &app.config.limits;
    let wrong = || Refusal::Unproven("The signature does not fit the key of the actor.".into());
    if app.rates.take("key_refetch_per_host", limits.rate(limits.key_refetch_per_host), host_of(key_id)).is_err() {
        return Err(wrong());
    }
    let turn = memory.turn(key_id);
    let _turn = turn.lock().await;
    match Box::pin(timely(app, key_id, &known.actor)).await {
        Ok(found) if found.key != known.key && verify(parsed, &found.key) => {
            memory.keys.invalidate(key_id);
            Ok(Sender::Fresh(Box::new(found.remote)))
        }
        Ok(_) => Err(wrong()),
        Err(error) if error.is_transient() => Err(Refusal::Later(LATER)),
        Err(_) => Err(wrong()),
    }
}

/// A key that is not stored: from memory if it was fetched a moment ago, else from its owner, within the quotas.
async fn unknown(
    app: &App,
    memory: &Memory,
    parsed: &Parsed,
    key_id: &str,
    actor: &str,
    source: IpAddr,
) -> Result<Sender, Refusal> {
    let turn = memory.turn(key_id);
    let _turn = turn.lock().await;
    let found = match memory.found.get(key_id) {
        Some(found) => found,
        None => {
            // Whoever was here first may have stored it.
            if let Some(known) = self::known(app, memory, key_id).await? {
                let fits = known.actor == actor && verify(parsed, &known.key);
                return if fits {
                    Ok(Sender::Known(known.account))
                } else {
                    Err(Refusal::Unproven("The signature does not fit the key of the actor.".into()))
                };
            }
            first_fetch(app, memory, key_id, actor, source).await?
        }
    };
    if found.remote.uri == actor && verify(parsed, &found.key) {
        Ok(Sender::Fresh(Box::new(found.remote.clone())))
    } else {
        Err(Refusal::Unproven("The signature does not fit the key of the actor.".into()))
    }
}

async fn first_fetch(
    app: &App,
    memory: &Memory,
    key_id: &str,
    actor: &str,
    source: IpAddr,
) -> Result<Arc<Found>, Refusal> {
    let limits = &app.config.limits;
    let now = app.clock.now();
    match memory.miss(key_id, now) {
        Some(Miss::Unusable) => return Err(Refusal::Unproven("The key could not be read from its owner.".into())),
        Some(Miss::Unreachable) => return Err(Refusal::Later(LATER)),
        None => {}
    }
    let quotas = [
        app.rates.take(
            "inbox_unknown_keys_per_source",
            limits.rate(limits.inbox_unknown_keys_per_source),
            network_of(source),
        ),
        app.rates.take("inbox_unknown_keys_per_host", limits.rate(limits.inbox_unknown_keys_per_host), host_of(key_id)),
    ];
    for quota in quotas {
        if let Err(Error::RateLimited { retry }) = quota {
            return Err(Refusal::Later(retry));
        }
    }
    match Box::pin(timely(app, key_id, actor)).await {
        Ok(found) => {
            let found = Arc::new(found);
            memory.found.insert(key_id.to_owned(), found.clone());
            Ok(found)
        }
        Err(error) if matches!(error, Error::Busy(_) | Error::Internal(_)) => Err(Refusal::Own(error)),
        Err(error) if error.is_transient() => {
            memory.note_miss(key_id, Miss::Unreachable, now.after(LATER));
            Err(Refusal::Later(LATER))
        }
        Err(error) => {
            memory.note_miss(key_id, Miss::Unusable, now.after(limits.key_failure_memory));
            Err(Refusal::Unproven(format!("The key could not be read from its owner: {error}")))
        }
    }
}

async fn timely(app: &App, key_id: &str, actor: &str) -> Result<Found> {
    let limit = app.config.limits.key_fetch_timeout;
    match tokio::time::timeout(limit, Box::pin(fetch_key(app, key_id, actor))).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Upstream(format!("the key did not come within {limit:?}"))),
    }
}

/// Reads the actor, and there the key; a key that the actor only names is read from its own address. Errors: `Upstream` if it may work
/// later, others if the key is not there, is somebody else's or cannot be used.
async fn fetch_key(app: &App, key_id: &str, actor: &str) -> Result<Found> {
    let mut budget = Budget::new(app).within(app.config.limits.key_fetch_timeout);
    let document = fetch::document(app, actor, &mut budget).await?;
    if document.id != actor {
        return Err(Error::Conflict("the actor has another id than it signs with".into()));
    }
    let described =
        Actor::new(&document.json).ok_or_else(|| Error::Conflict("the owner of the key is no actor".into()))?;
    let listed = described.keys().into_iter().find(|key| is_named(key, key_id));
    let listed = listed.ok_or_else(|| Error::Conflict("the actor does not list the key".into()))?;
    let key = match listed {
        Key { key: Some(key), owner, .. } if owner.as_deref().is_none_or(|owner| owner == actor) => key,
        Key { key: None, .. } => named_only(app, key_id, actor, &mut budget).await?,
        Key { .. } => return Err(Error::Conflict("the key says that it is another actor's".into())),
    };
    let mut remote = resolve::describe(app, &document.json, &mut budget).await?;
    if !remote.keys.iter().any(|listed| listed.key_id == key_id) {
        remote.keys.push(RemoteKey { key_id: key_id.to_owned(), algorithm: key.algorithm(), public_der: key.to_der() });
    }
    Ok(Found { remote, key })
}

/// A key that stands in a document of its own, bare or inside a part of its owner. It must say whose it is.
async fn named_only(app: &App, key_id: &str, actor: &str, budget: &mut Budget) -> Result<PublicKey> {
    let raw = fetch::raw(app, key_id, budget).await?;
    if !same_origin(raw.url.as_str(), actor) {
        return Err(Error::Conflict("the key stands on another server than its owner".into()));
    }
    let bare = read_key(&raw.json).filter(|key| key.key.is_some());
    let inside = || Actor::new(&raw.json).and_then(|stub| stub.keys().into_iter().find(|key| is_named(key, key_id)));
    match bare.or_else(inside) {
        Some(Key { key: Some(key), owner: Some(owner), id })
            if owner == actor && value::canonical(&id).as_deref() == Some(key_id) =>
        {
            Ok(key)
        }
        _ => Err(Error::Conflict("the key is not usable, or not that of the actor".into())),
    }
}

fn is_named(key: &Key, key_id: &str) -> bool {
    value::canonical(&key.id).as_deref() == Some(key_id)
}

fn host_of(uri: &str) -> String {
    RemoteUrl::try_from(uri.to_owned()).map(|url| url.host_key()).unwrap_or_default()
}

/// The network that counts as one source: IPv4 /24, IPv6 /56.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}")
        }
        IpAddr::V6(v6) => format!("{:x}", v6.to_bits() >> 72),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_quota() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("203.0.113.1"), network("203.0.113.254"));
        assert_ne!(network("203.0.113.1"), network("203.0.114.1"));
        assert_eq!(network("::ffff:203.0.113.9"), network("203.0.113.1"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:ff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:102::1"));
    }
}
