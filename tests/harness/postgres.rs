//! Databases on one PostgreSQL server, each a copy of a template that was migrated once.
//!
//! The server is the one of `TEST_RAPPORT_POSTGRES_URL` (its user must be allowed to create databases), else a throw-away cluster.
//! Names are `rapport_test_<run>_<number>`. A run keeps one connection open that bears its name: what has none such left
//! belonged to a run that was killed, and the next one drops it.

use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl};
use rapport::db::{Conn, migrate};
use url::Url;

use super::cluster;
use super::parts::setting;

/// A server on which tests make their databases.
pub struct Server {
    admin: Mutex<PgConnection>,
    url: Url,
    run: String,
    made: AtomicU32,
    /// Ends a throw-away cluster when this process ends.
    _guard: Option<Child>,
}

/// A database of one test, dropped with this.
pub struct Database {
    server: &'static Server,
    name: String,
}

static SERVER: LazyLock<Result<Server, String>> = LazyLock::new(|| match setting("TEST_RAPPORT_POSTGRES_URL") {
    Some(url) => Ok(Server::at(Url::parse(&url).expect("TEST_RAPPORT_POSTGRES_URL is a URL"), None)),
    None => cluster::start().map(|cluster| Server::at(cluster.url, Some(cluster.guard))),
});

/// The server of this test process, started when first asked for; or why there is none.
pub fn server() -> Result<&'static Server, &'static str> {
    SERVER.as_ref().map_err(String::as_str)
}

impl Server {
    /// Fails if the server cannot be used, or does not take our migrations: nothing to skip.
    fn at(url: Url, guard: Option<Child>) -> Self {
        let mut run = [0; 4];
        aws_lc_rs::rand::fill(&mut run).expect("this machine gives random numbers");
        let run = hex::encode(run);
        let mut admin = PgConnection::establish(url.as_str()).expect("the PostgreSQL server can be reached");
        admin
            .batch_execute(&format!("SET application_name = 'rapport_test_{run}'; SET client_min_messages = warning"))
            .expect("the connection takes a name");
        drop_leftovers(&mut admin).expect("databases of ended runs can be dropped");
        let server = Self { admin: Mutex::new(admin), url, run, made: AtomicU32::new(0), _guard: guard };
        let template = server.template();
        server.execute(&format!("CREATE DATABASE {template}")).expect("the user may create databases");
        let empty = PgConnection::establish(&server.url_of(&template)).expect("the template can be reached");
        migrate::run(&mut Conn::Pg(empty)).expect("the migrations for PostgreSQL run");
        server
    }

    /// A migrated database that nobody else uses.
    pub fn database(&'static self) -> Database {
        let name = format!("rapport_test_{}_{}", self.run, self.made.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE {}", self.template())).expect("a copy of the template");
        Database { server: self, name }
    }

    fn template(&self) -> String {
        format!("rapport_test_{}_template", self.run)
    }

    fn url_of(&self, name: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(&format!("/{name}"));
        url.into()
    }

    fn execute(&self, sql: &str) -> QueryResult<()> {
        self.admin.lock().unwrap_or_else(PoisonError::into_inner).batch_execute(sql)
    }
}

impl Database {
    /// As `database.url` wants it.
    pub fn url(&self) -> String {
        self.server.url_of(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What stays is dropped by the next run; a test that already failed must not fail again here.
        drop(self.server.execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
    }
}

#[derive(QueryableByName)]
struct Leftover {
    #[diesel(sql_type = Text)]
    name: String,
}

fn drop_leftovers(admin: &mut PgConnection) -> QueryResult<()> {
    let left: Vec<Leftover> = diesel::sql_query(
        r"SELECT d.datname::text AS name FROM pg_database d WHERE d.datname LIKE 'rapport\_test\_%' AND NOT EXISTS
          (SELECT FROM pg_stat_activity a WHERE a.application_name = 'rapport_test_' || split_part(d.datname, '_', 3))",
    )
    .load(admin)?;
    left.iter().try_for_each(|database| admin.batch_execute(&format!("DROP DATABASE IF EXISTS \"{}\"", database.name)))
}
