//! One connection type over both databases; the URL decides which.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{self, ManageConnection, R2D2Connection};

use crate::error::{Error, Result};

/// A connection to SQLite or PostgreSQL. Queries in diesel's common subset run on it directly;
/// upserts and batch inserts go through [`crate::each_backend!`].
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(diesel::PgConnection),
    /// The embedded default.
    Sqlite(diesel::SqliteConnection),
}

/// Compiles one expression for each concrete connection: `each_backend!(conn, |c| diesel::insert_into(…).on_conflict(…).execute(c))`.
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file path.
    Sqlite(String),
    /// A `postgres://` URL.
    Postgres(String),
}

impl Location {
    /// Reads `sqlite:///path` or `postgres://…`; anything else is an error sentence.
    pub fn parse(url: &str) -> std::result::Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return if path.is_empty() {
                Err("database.url names no file; write sqlite:///path/to/rapport.db".into())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.into()));
        }
        Err("database.url must start with sqlite:// or postgres://".into())
    }
}

/// How a connection will be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Write,
}

/// Opens connections for a pool.
#[derive(Debug)]
pub(super) struct Manager {
    pub location: Location,
    pub usage: Use,
    pub busy: Duration,
    pub statement: Duration,
    pub health: Health,
}

/// Whether the server answered just now, so that not every use of a connection asks first. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Health {
    start: Instant,
    /// Milliseconds from `start` until which no connection needs to be tried.
    good_until: Arc<AtomicU64>,
}

impl Default for Health {
    fn default() -> Self {
        Self { start: Instant::now(), good_until: Arc::default() }
    }
}

impl Health {
    /// How long one answer vouches for the other connections.
    const TRUST: u64 = 1_000;

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes how a query went: an answer vouches for a while, trouble of the server's makes every connection be tried before use.
    pub fn note<T>(&self, outcome: &Result<T>) {
        match outcome {
            Ok(_) => self.good_until.store(self.now().saturating_add(Self::TRUST), Ordering::Relaxed),
            Err(Error::Busy(_) | Error::Internal(_)) => self.good_until.store(0, Ordering::Relaxed),
            Err(_) => {}
        }
    }

    fn is_good(&self) -> bool {
        self.now() < self.good_until.load(Ordering::Relaxed)
    }
}

impl Manager {
    /// Opens a connection with the settings for its use.
    pub fn open(&self) -> std::result::Result<Conn, r2d2::Error> {
        match &self.location {
            Location::Postgres(url) => {
                let mut conn = diesel::PgConnection::establish(url)?;
                let setup = format!(
                    // Statements are prepared once per connection and touch few rows by index: planning each anew would cost more than running it.
                    "SET statement_timeout = {}; SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET plan_cache_mode = force_generic_plan",
                    self.statement.as_millis()
                );
                conn.batch_execute(&setup).map_err(r2d2::Error::QueryError)?;
                Ok(Conn::Pg(conn))
            }
            Location::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(path)?;
                // What was promised to a peer or a client must survive power loss, hence FULL; the cache sizes keep idle memory low.
                let mut setup = format!(
                    "PRAGMA busy_timeout={}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456;",
                    self.busy.as_millis()
                );
                setup.push_str(match self.usage {
                    Use::Read => "PRAGMA cache_size=-2000; PRAGMA query_only=ON;",
                    Use::Write => "PRAGMA cache_size=-8000;",
                });
                conn.batch_execute(&setup).map_err(r2d2::Error::QueryError)?;
                Ok(Conn::Sqlite(conn))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> std::result::Result<Conn, r2d2::Error> {
        self.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> std::result::Result<(), r2d2::Error> {
        if self.health.is_good() { Ok(()) } else { conn.ping().map_err(r2d2::Error::QueryError) }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        conn.is_broken()
    }
}
