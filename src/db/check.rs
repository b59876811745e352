//! Whether the database itself is whole.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Conn;
use crate::error::Result;

/// SQLite's own quick check of the file: `ok`, or the first damage it found. On PostgreSQL always `ok`: the server looks after its files.
pub fn quick(conn: &mut Conn) -> Result<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    match conn {
        Conn::Pg(_) => Ok("ok".to_owned()),
        Conn::Sqlite(c) => Ok(diesel::sql_query("PRAGMA quick_check(1)").get_result::<Row>(c)?.quick_check),
    }
}
