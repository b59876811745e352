//! The schema: embedded migrations, the same steps in both dialects.

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How the database's schema stands to this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// They are the same.
    Current,
    /// These steps are still to be taken.
    Older(Vec<String>),
    /// The database knows steps that this program does not.
    Newer(Vec<String>),
}

/// Compares the schema with what this program knows.
pub fn state(conn: &mut Conn) -> Result<Schema> {
    let (applied, known) = match conn {
        Conn::Pg(c) => (applied(c)?, names::<diesel::pg::Pg>(&POSTGRES)?),
        Conn::Sqlite(c) => (applied(c)?, names::<diesel::sqlite::Sqlite>(&SQLITE)?),
    };
    let unknown: Vec<String> = applied.iter().filter(|a| !known.contains(a)).cloned().collect();
    if !unknown.is_empty() {
        return Ok(Schema::Newer(unknown));
    }
    let missing: Vec<String> = known.into_iter().filter(|k| !applied.contains(k)).collect();
    Ok(if missing.is_empty() { Schema::Current } else { Schema::Older(missing) })
}

/// Takes every missing step; refuses a newer schema. Returns the versions taken.
pub fn run(conn: &mut Conn) -> Result<Vec<String>> {
    if let Schema::Newer(unknown) = state(conn)? {
        return Err(Error::Conflict(newer(&unknown)));
    }
    let taken = match conn {
        Conn::Pg(c) => {
            // Two processes that start together must not migrate together.
            diesel::connection::SimpleConnection::batch_execute(c, "SELECT pg_advisory_lock(7310042)")
                .map_err(Error::from)?;
            let taken = c.run_pending_migrations(POSTGRES).map(versions);
            diesel::connection::SimpleConnection::batch_execute(c, "SELECT pg_advisory_unlock(7310042)")
                .map_err(Error::from)?;
            taken
        }
        Conn::Sqlite(c) => c.run_pending_migrations(SQLITE).map(versions),
    };
    taken.map_err(|why| Error::bug(format!("a migration failed: {why}")))
}

/// The sentence for a schema from the future.
pub fn newer(unknown: &[String]) -> String {
    format!(
        "the database was made by a newer version of Rapport (it knows {}); install that version or restore a backup",
        unknown.join(", ")
    )
}

fn versions(taken: Vec<diesel::migration::MigrationVersion<'_>>) -> Vec<String> {
    taken.iter().map(ToString::to_string).collect()
}

fn applied<DB: diesel::backend::Backend>(conn: &mut impl MigrationHarness<DB>) -> Result<Vec<String>> {
    let found =
        conn.applied_migrations().map_err(|why| Error::bug(format!("the list of migrations cannot be read: {why}")))?;
    Ok(found.iter().map(ToString::to_string).collect())
}

fn names<DB: diesel::backend::Backend>(from: &EmbeddedMigrations) -> Result<Vec<String>> {
    let found: Vec<Box<dyn Migration<DB>>> =
        from.migrations().map_err(|why| Error::bug(format!("embedded migrations: {why}")))?;
    Ok(found.iter().map(|m| m.name().version().to_string()).collect())
}
