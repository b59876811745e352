//! What one process remembers about other servers between requests: parsed keys, what could not be had, who is fetching what.
//!
//! Everything here is bounded and runs out by itself; nothing is lost with it that could not be read or fetched again.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use super::fetch::Signer;
use super::keys::{Found, KnownKey};
use crate::app::App;
use crate::time::Time;

/// How many processes may live in one, as they do in tests.
const APPS: u64 = 256;
/// How long a key read from the database is taken as it was; other processes may have replaced it meanwhile.
const KEY_LIFE: Duration = Duration::from_secs(600);
/// How long a signing key of ours is kept parsed.
const SIGNER_LIFE: Duration = Duration::from_secs(3600);
/// How long a fetched key waits for a signature that fits it.
const FOUND_LIFE: Duration = Duration::from_secs(300);
/// How long an accepted signature is remembered: as long as it could be used again.
const SIGNATURE_LIFE: Duration = Duration::from_secs(3600);
/// How long a place in a queue for one address is kept.
const TURN_LIFE: Duration = Duration::from_secs(120);
/// How many accepted signatures are remembered.
const SIGNATURES: u64 = 50_000;
/// How many fetched keys wait.
const WAITING: u64 = 1000;

static MEMORIES: LazyLock<Cache<String, Arc<Memory>>> = LazyLock::new(|| Cache::new(APPS));

/// Why something could not be had from another server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// The server did not answer, or said later.
    Unreachable,
    /// It is not there, or not usable.
    Unusable,
}

/// What a process remembers.
pub struct Memory {
    /// Keys with which we sign, by their ids.
    pub signers: Cache<String, Arc<Signer>>,
    /// Keys of stored accounts of other servers, by their ids.
    pub keys: Cache<String, Arc<KnownKey>>,
    /// Keys that were fetched for a signature and are not stored, by their ids.
    pub found: Cache<String, Arc<Found>>,
    /// Signatures that were accepted.
    pub signatures: Cache<[u8; 32], ()>,
    misses: Cache<String, (Miss, Time)>,
    turns: Cache<String, Arc<tokio::sync::Mutex<()>>>,
    backlog: Mutex<(Time, bool)>,
}

impl Memory {
    fn new(app: &App) -> Self {
        let limits = &app.config.limits;
        let size = u64::try_from(limits.key_cache).unwrap_or(4096);
        Self {
            signers: Cache::builder().max_capacity(size).time_to_live(SIGNER_LIFE).build(),
            keys: Cache::builder().max_capacity(size).time_to_live(KEY_LIFE).build(),
            found: Cache::builder().max_capacity(WAITING).time_to_live(FOUND_LIFE).build(),
            signatures: Cache::builder().max_capacity(SIGNATURES).time_to_live(SIGNATURE_LIFE).build(),
            misses: Cache::builder()
                .max_capacity(size.saturating_mul(2))
                .time_to_live(limits.key_failure_memory.max(limits.actor_failure_memory))
                .build(),
            turns: Cache::builder().max_capacity(size).time_to_idle(TURN_LIFE).build(),
            backlog: Mutex::new((Time(i64::MIN), false)),
        }
    }

    /// What could not be had, while it is remembered.
    pub fn miss(&self, what: &str, now: Time) -> Option<Miss> {
        self.misses.get(what).filter(|(_, until)| *until > now).map(|(miss, _)| miss)
    }

    /// Remembers until `until` that something could not be had.
    pub fn note_miss(&self, what: &str, miss: Miss, until: Time) {
        self.misses.insert(what.to_owned(), (miss, until));
    }

    /// Forgets that something could not be had.
    pub fn forget_miss(&self, what: &str) {
        self.misses.invalidate(what);
    }

    /// The lock that whoever fetches `what` holds, so that nobody else of this process fetches it meanwhile.
    pub fn turn(&self, what: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.get_with_by_ref(what, Arc::default)
    }

    /// Whether too much waits to be applied, and whether that was looked at within the last seconds; if not, the caller looks.
    pub fn backlog(&self, now: Time) -> (bool, bool) {
        let mut state = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = now.since(state.0) < Duration::from_secs(2) && state.0 <= now;
        if !is_recent {
            // The next ones rely on what this caller is about to find.
            state.0 = now;
        }
        (state.1, is_recent)
    }

    /// Says whether too much waits to be applied.
    pub fn set_backlog(&self, is_full: bool) {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner).1 = is_full;
    }
}

/// The memory of this process.
pub fn of(app: &App) -> Arc<Memory> {
    MEMORIES.get_with_by_ref(app.name.as_str(), || Arc::new(Memory::new(app)))
}
