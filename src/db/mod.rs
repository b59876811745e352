//! The database: SQLite or PostgreSQL behind one handle with two verbs, [`Db::read`] and [`Db::write`].
//!
//! A write is one transaction and returns after COMMIT. On SQLite all writes pass through one thread that commits them in groups.

pub mod check;
pub mod columns;
mod conn;
pub mod leases;
pub mod migrate;
pub mod nodes;
pub mod schema;
pub mod sets;
pub mod settings;
pub mod upkeep;
mod writer;

use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::Pool;

pub use columns::Json;
pub use conn::{Conn, Location, MultiBackend};
pub use sets::one_of;

use crate::error::{Error, Result};
use conn::{Health, Manager, Use};
use writer::Writer;

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    read: Pool<Manager>,
    write: Target,
    location: Location,
    busy: Duration,
    statement: Duration,
    health: Health,
}

#[derive(Clone)]
enum Target {
    Thread(Writer),
    Pool(Pool<Manager>),
}

impl Db {
    /// Opens the database without touching its schema. `connections`: how many may be open at once for reading (and on PostgreSQL for all);
    /// `busy`: how long to wait for a connection or a lock; `statement`: how long one statement may run on PostgreSQL.
    /// Errors say whether the file or the server could not be reached.
    pub fn open(location: &Location, connections: u32, busy: Duration, statement: Duration) -> Result<Self> {
        let unreachable = |why: &dyn std::fmt::Display| {
            // libpq speaks in several lines.
            let why = why.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            Error::Busy(match location {
                Location::Sqlite(path) => {
                    format!("the database file {path} cannot be opened ({why}); check the folder and its permissions")
                }
                Location::Postgres(_) => format!(
                    "the PostgreSQL server of database.url cannot be reached ({why}); check that it runs and that the URL is right"
                ),
            })
        };
        let usage = if matches!(location, Location::Postgres(_)) { Use::Write } else { Use::Read };
        let health = Health::default();
        // The first connection is opened by hand: a pool would wait its whole patience before it says why.
        let manager = |usage| Manager { location: location.clone(), usage, busy, statement, health: health.clone() };
        let first = manager(Use::Write).open().map_err(|e| unreachable(&e))?;
        drop(first);
        let read = Pool::builder()
            .max_size(connections.max(1))
            .min_idle(Some(0))
            .test_on_check_out(usage == Use::Write)
            .connection_timeout(busy)
            .build(manager(usage))
            .map_err(|e| unreachable(&e))?;
        let write = match location {
            Location::Sqlite(_) => Target::Thread(Writer::start(manager(Use::Write)).map_err(|e| unreachable(&e))?),
            Location::Postgres(_) => Target::Pool(read.clone()),
        };
        Ok(Self { read, write, location: location.clone(), busy, statement, health })
    }

    /// Where it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether it is the embedded one.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.location, Location::Sqlite(_))
    }

    /// Runs queries that change nothing, on the blocking pool.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (pool, health) = (self.read.clone(), self.health.clone());
        blocking(move || {
            let outcome = query(&mut *pool.get().map_err(away)?);
            health.note(&outcome);
            outcome
        })
        .await
    }

    /// Runs `action` as one transaction; returns its result after COMMIT, and keeps nothing of it if it fails.
    pub async fn write<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.write {
            Target::Thread(writer) => writer.write(action).await,
            Target::Pool(pool) => {
                let (pool, health) = (pool.clone(), self.health.clone());
                blocking(move || {
                    let outcome = transaction(&mut *pool.get().map_err(away)?, action);
                    health.note(&outcome);
                    outcome
                })
                .await
            }
        }
    }

    fn manager(&self) -> Manager {
        Manager {
            location: self.location.clone(),
            usage: Use::Write,
            busy: self.busy,
            statement: self.statement,
            health: self.health.clone(),
        }
    }

    /// Brings the schema up to date; returns the versions taken.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let manager = self.manager();
        blocking(move || migrate::run(&mut manager.open().map_err(Error::internal)?)).await
    }

    /// How the schema stands to this program's.
    pub async fn schema(&self) -> Result<migrate::Schema> {
        let manager = self.manager();
        blocking(move || migrate::state(&mut manager.open().map_err(Error::internal)?)).await
    }
}

fn away(why: impl std::fmt::Display) -> Error {
    Error::Busy(format!("the database is not available: {why}"))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(why) if why.is_panic() => Err(Error::bug("a database task panicked")),
        Err(_) => Err(Error::Busy("the server is stopping".into())),
    }
}

fn transaction<T>(conn: &mut Conn, action: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match conn {
        Conn::Pg(c) => AnsiTransactionManager::begin_transaction(c)?,
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
    }
    match action(conn) {
        Ok(value) => {
            crate::each_backend!(conn, |c| AnsiTransactionManager::commit_transaction(c))?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to tell; a connection that cannot roll back is marked broken by diesel.
            drop(crate::each_backend!(conn, |c| AnsiTransactionManager::rollback_transaction(c)));
            Err(error)
        }
    }
}
