//! The tables that hold the tokens. On SQLite they are contentless FTS5 tables that split at blanks, on PostgreSQL columns of type
//! `tsvector` with a GIN index; both keep nothing but tokens and their positions. Rows go with what they stand for.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType, Text};

use super::expression::Expression;
use super::tokens::Document;
use crate::db::Conn;
use crate::db::schema::{account_index, post_index};
use crate::error::Result;

/// What is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Posts; `post_index`.
    Posts,
    /// Accounts; `account_index`.
    Accounts,
}

/// Writes the tokens of the thing with this id, instead of those it had.
pub fn put(conn: &mut Conn, table: Table, id: i64, document: &Document) -> Result<()> {
    match (conn, table) {
        (Conn::Sqlite(c), Table::Posts) => diesel::replace_into(post_index::table)
            .values((post_index::rowid.eq(id), post_index::tokens.eq(spaced(document))))
            .execute(c)?,
        (Conn::Sqlite(c), Table::Accounts) => diesel::replace_into(account_index::table)
            .values((account_index::rowid.eq(id), account_index::tokens.eq(spaced(document))))
            .execute(c)?,
        (Conn::Pg(c), table) => {
            let upsert = match table {
                Table::Posts => {
                    "INSERT INTO post_index (rowid, tokens) VALUES ($1, $2::tsvector) ON CONFLICT (rowid) DO UPDATE SET tokens = excluded.tokens"
                }
                Table::Accounts => {
                    "INSERT INTO account_index (rowid, tokens) VALUES ($1, $2::tsvector) ON CONFLICT (rowid) DO UPDATE SET tokens = excluded.tokens"
                }
            };
            diesel::sql_query(upsert).bind::<BigInt, _>(id).bind::<Text, _>(numbered(document)).execute(c)?
        }
    };
    Ok(())
}

/// Removes the tokens of the thing with this id, if there are any.
pub fn remove(conn: &mut Conn, table: Table, id: i64) -> Result<()> {
    match table {
        Table::Posts => diesel::delete(post_index::table.filter(post_index::rowid.eq(id))).execute(conn)?,
        Table::Accounts => diesel::delete(account_index::table.filter(account_index::rowid.eq(id))).execute(conn)?,
    };
    Ok(())
}

/// For FTS5: the tokens between blanks.
fn spaced(document: &Document) -> String {
    document.tokens().collect::<Vec<_>>().join(" ")
}

/// For a `tsvector`: the tokens in quotes, each with its position.
fn numbered(document: &Document) -> String {
    let mut out = String::new();
    for (at, token) in document.tokens().enumerate() {
        let token = token.replace(['\'', '\\'], "");
        if !token.is_empty() {
            out.push_str(&format!("'{token}':{} ", at.saturating_add(1)));
        }
    }
    out
}

/// Whether a row of the index fulfils an expression, for the database behind `conn`. Use it in queries that read from that table.
pub fn matches(conn: &Conn, table: Table, wanted: &Expression) -> Condition {
    match conn {
        Conn::Sqlite(_) => {
            let before = match table {
                Table::Posts => "post_index MATCH ",
                Table::Accounts => "account_index MATCH ",
            };
            Condition { parts: vec![(before, wanted.for_sqlite(), "")], depends_on_values: false }
        }
        Conn::Pg(_) => {
            let before = match table {
                Table::Posts => "post_index.tokens @@ ",
                Table::Accounts => "account_index.tokens @@ ",
            };
            Condition { parts: vec![(before, wanted.for_postgres(), "::tsquery")], depends_on_values: true }
        }
    }
}

/// A column of text whose index knows beginnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// `tags.name`.
    TagName,
}

/// Whether a text begins so, letter by letter, for the database behind `conn`; reads a range of the column's index.
pub fn begins_with(conn: &Conn, column: Column, beginning: &str) -> Condition {
    let (from, until) = match (conn, column) {
        (Conn::Sqlite(_), Column::TagName) => ("(tags.name >= ", " AND tags.name < "),
        // Compares bytes, whatever the collation of the database.
        (Conn::Pg(_), Column::TagName) => ("(tags.name ~>=~ ", " AND tags.name ~<~ "),
    };
    let end = format!("{beginning}{}", char::MAX);
    Condition { parts: vec![(from, beginning.to_owned(), ""), (until, end, ")")], depends_on_values: false }
}

/// A condition that the shared dialect of both databases cannot say: texts bound between pieces of SQL.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What stands before a text, the text, what stands after it.
    parts: Vec<(&'static str, String, &'static str)>,
    /// Whether the best plan depends on the texts, so that no plan should be kept for others.
    depends_on_values: bool,
}

impl diesel::expression::Expression for Condition {
    type SqlType = Bool;
}

impl<GroupBy> ValidGrouping<GroupBy> for Condition {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Condition {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Source> AppearsOnTable<Source> for Condition {}

impl<Source> SelectableExpression<Source> for Condition {}

impl<DB> QueryFragment<DB> for Condition
where
    DB: Backend + HasSqlType<Text>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.depends_on_values {
            out.unsafe_to_cache_prepared();
        }
        for (before, text, after) in &self.parts {
            out.push_sql(before);
            out.push_bind_param::<Text, String>(text)?;
            out.push_sql(after);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Language;

    #[test]
    fn both_databases_get_the_same_tokens_in_the_same_order() {
        let mut document = Document::new(vec![Language::Dutch]);
        document.add_text("Vers brood");
        document.add_label("#brood");
        assert_eq!(spaced(&document), "vers brood #brood nl.brod nl.vers");
        assert_eq!(numbered(&document), "'vers':1 'brood':2 '#brood':3 'nl.brod':4 'nl.vers':5 ");
    }
}
