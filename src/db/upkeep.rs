//! What a database needs now and then to stay quick: what the planner knows of the tables, and home timelines that do not grow for ever.

use diesel::connection::SimpleConnection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::Conn;
use super::schema::home_entries;
use crate::error::Result;
use crate::ids::{AccountId, PostId};

/// Has the planner's statistics brought up to date where tables have changed much since they were last looked at. Cheap where nothing has,
/// and bounded where much has: both databases look at a sample.
///
/// A new database has no statistics at all, and without them the planner guesses: the home timeline is then several times slower.
pub fn refresh_statistics(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Pg(c) => on_postgres(c),
        Conn::Sqlite(c) => on_sqlite(c),
    }
}

/// Tables of ours that were never analysed though there is something in them, and those of which a tenth has changed. The server's own
/// autovacuum does the same where it is on, but only once a minute and after thousands of rows.
fn on_postgres(conn: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Changed {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let changed: Vec<Changed> = diesel::sql_query(
        "SELECT quote_ident(c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid \
         WHERE c.relkind = 'r' AND n.nspname = current_schema() AND pg_get_userbyid(c.relowner) = current_user \
         AND ((c.reltuples < 0 AND pg_relation_size(c.oid) > 0) OR coalesce(s.n_mod_since_analyze, 0) > 50 + 0.1 * c.reltuples) \
         ORDER BY 1",
    )
    .load(conn)?;
    if changed.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = changed.into_iter().map(|table| table.name).collect();
    // What somebody else is at work on is left for the next time.
    conn.batch_execute(&format!("ANALYZE (SKIP_LOCKED) {}", names.join(", ")))?;
    Ok(())
}

/// SQLite decides by itself what has changed tenfold: 0x02 analyses, 0x10 looks at a bounded number of rows, 0x10000 considers all tables
/// and not only those that this connection has read.
fn on_sqlite(conn: &mut SqliteConnection) -> Result<()> {
    let before = sqlite_statistics(conn)?;
    conn.batch_execute("PRAGMA optimize=0x10012")?;
    if sqlite_statistics(conn)? != before {
        // Other connections read the statistics with the schema, and read that again only when it changes.
        conn.batch_execute("CREATE VIEW statistics_are_new AS SELECT 1; DROP VIEW statistics_are_new")?;
    }
    Ok(())
}

/// A line of what SQLite knows: table, index, and how many rows there are to each value.
#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    tbl: String,
    #[diesel(sql_type = Nullable<Text>)]
    idx: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    stat: Option<String>,
}

fn sqlite_statistics(conn: &mut SqliteConnection) -> Result<Vec<Line>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let there: Count = diesel::sql_query("SELECT count(*) AS count FROM sqlite_schema WHERE name = 'sqlite_stat1'")
        .get_result(conn)?;
    if there.count == 0 {
        return Ok(Vec::new());
    }
    Ok(diesel::sql_query("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx").load(conn)?)
}

/// Accounts with more than `keep` posts in their home timeline. Reads through all timelines.
pub fn list_long_homes(conn: &mut Conn, keep: i64) -> Result<Vec<AccountId>> {
    Ok(home_entries::table
        .group_by(home_entries::account_id)
        .having(count_star().gt(keep))
        .select(home_entries::account_id)
        .load(conn)?)
}

/// Takes what lies beyond the newest `keep` posts out of one home timeline, at most `batch` of it; returns how many. The posts stay.
pub fn trim_home(conn: &mut Conn, account: AccountId, keep: i64, batch: i64) -> Result<usize> {
    let own = || home_entries::table.filter(home_entries::account_id.eq(account));
    let beyond: Vec<PostId> =
        own().order(home_entries::post_id.desc()).offset(keep).limit(batch).select(home_entries::post_id).load(conn)?;
    let (Some(newest), Some(oldest)) = (beyond.first(), beyond.last()) else { return Ok(0) };
    let stretch = own().filter(home_entries::post_id.le(*newest)).filter(home_entries::post_id.ge(*oldest));
    Ok(diesel::delete(stretch).execute(conn)?)
}
