//! A database for each test, on both engines: [`both!`] and [`TestDatabase`].

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use diesel::{Connection, SqliteConnection};
use rapport::db::{Conn, Db, Location, migrate};
use tempfile::TempDir;
use tokio::task::LocalSet;

use super::parts::{self, Part};
use super::postgres::{self, Database};

/// Writes a test once and runs it on both engines, as `name::sqlite` and `name::postgres`:
/// `both!(a_post_is_kept, |t| async move { … })`, where `t` is a [`TestDatabase`].
///
/// It runs on one thread with tasks that need not be `Send`, as actix has them. Without PostgreSQL, `name::postgres` says that it skips.
macro_rules! both {
    ($(#[$meta:meta])* $name:ident, |$test:pat_param| async move $body:block) => {
        $(#[$meta])*
        async fn $name($test: $crate::harness::TestDatabase) $body

        mod $name {
            #[tokio::test]
            async fn sqlite() {
                $crate::harness::db::on_sqlite(super::$name).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::harness::db::on_postgres(super::$name).await;
            }
        }
    };
}
pub(crate) use both;

/// How many connections a test's database opens at most.
const CONNECTIONS: u32 = 4;
/// How long it waits for a connection or a lock, and how long one statement may run: a loaded machine is no failure.
const PATIENCE: Duration = Duration::from_secs(30);

/// A migrated, empty database that belongs to one test and goes with it.
pub struct TestDatabase {
    url: String,
    folder: TempDir,
    /// On PostgreSQL, what drops the database.
    postgres: Option<Database>,
}

impl TestDatabase {
    /// A copy of a file that was migrated once in this process.
    pub fn sqlite() -> Self {
        static MIGRATED: LazyLock<Vec<u8>> = LazyLock::new(migrated_file);
        let folder = folder();
        let file = folder.path().join("rapport.db");
        std::fs::write(&file, &*MIGRATED).expect("the temporary folder can be written to");
        Self { url: format!("sqlite://{}", file.display()), folder, postgres: None }
    }

    /// A copy of a database that was migrated once in this process.
    pub fn postgres(server: &'static postgres::Server) -> Self {
        let database = server.database();
        Self { url: database.url(), folder: folder(), postgres: Some(database) }
    }

    /// One more on the same engine, for a second server.
    pub fn another(&self) -> Self {
        match &self.postgres {
            None => Self::sqlite(),
            Some(_) => Self::postgres(postgres::server().expect("the server of this database")),
        }
    }

    /// As `database.url` wants it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder of the test's own, for a server's data; deleted with this.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens it as the server does.
    pub fn open(&self) -> Db {
        let location = Location::parse(&self.url).expect("a URL that the server understands");
        Db::open(&location, CONNECTIONS, PATIENCE, PATIENCE).expect("the test's database opens")
    }
}

/// Runs a test on SQLite.
pub async fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(TestDatabase) -> F) {
    run(test, TestDatabase::sqlite()).await;
}

/// Runs a test on PostgreSQL, or says that it is skipped.
pub async fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(TestDatabase) -> F) {
    match postgres::server() {
        Ok(server) => run(test, TestDatabase::postgres(server)).await,
        Err(reason) => parts::skip(Part::Postgres, reason),
    }
}

async fn run<F: Future<Output = ()>>(test: impl FnOnce(TestDatabase) -> F, database: TestDatabase) {
    // Boxed, since a test that tells a long story holds much across its waits.
    LocalSet::new().run_until(Box::pin(test(database))).await;
}

fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("test-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .expect("cargo's temporary folder is there")
}

fn migrated_file() -> Vec<u8> {
    let folder = folder();
    let file = folder.path().join("template.db");
    let path = file.to_str().expect("the temporary folder has a plain name");
    let mut conn = Conn::Sqlite(SqliteConnection::establish(path).expect("a new SQLite file opens"));
    migrate::run(&mut conn).expect("the migrations for SQLite run");
    drop(conn);
    std::fs::read(&file).expect("the migrated file can be read")
}
