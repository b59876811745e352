//! What it costs to keep a promise through power loss, and what committing in groups gives back.
//!
//! `cargo bench --bench commit`: inserts into SQLite, one commit each without and with `synchronous=FULL` on a bare connection, then through
//! [`rapport::db::Db`] alone and with 64 callers at once. Figures of one run on one machine; compare them with each other only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nobody to tell but the terminal")]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, RunQueryDsl, SqliteConnection};
use rapport::db::schema::settings;
use rapport::db::{Db, Location};

const ROWS: usize = 4000;
const CALLERS: usize = 64;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for mode in ["NORMAL", "FULL"] {
        let path = folder.path().join(format!("{mode}.db"));
        let mut conn = SqliteConnection::establish(path.to_str().expect("a plain path")).expect("a new file");
        let setup = format!(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous={mode}; CREATE TABLE settings (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);"
        );
        conn.batch_execute(&setup).expect("a table");
        let started = Instant::now();
        for row in 0..ROWS {
            insert(&mut conn, row).expect("a row");
        }
        report(&format!("one commit each, synchronous={mode}"), started);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for callers in [1, CALLERS] {
        let path = folder.path().join(format!("group-{callers}.db"));
        let location = Location::Sqlite(path.display().to_string());
        let patience = Duration::from_secs(5);
        let db = Db::open(&location, 2, patience, patience).expect("a database");
        runtime.block_on(async {
            db.migrate().await.expect("the schema");
            let started = Instant::now();
            let mut waiting = tokio::task::JoinSet::new();
            for caller in 0..callers {
                let db = db.clone();
                waiting.spawn(async move {
                    for row in (caller..ROWS).step_by(callers) {
                        db.write(move |conn| rapport::db::settings::set(conn, &row.to_string(), "x"))
                            .await
                            .expect("a row");
                    }
                });
            }
            while waiting.join_next().await.is_some() {}
            report(&format!("through the writer, synchronous=FULL, {callers} at once"), started);
        });
    }
}

fn insert(conn: &mut SqliteConnection, row: usize) -> diesel::QueryResult<usize> {
    diesel::insert_into(settings::table)
        .values((settings::key.eq(row.to_string()), settings::value.eq("x")))
        .execute(conn)
}

fn report(what: &str, started: Instant) {
    let rows = u32::try_from(ROWS).expect("a small number");
    println!("{what:<60} {:>8.0} rows/s", f64::from(rows) / started.elapsed().as_secs_f64());
}
