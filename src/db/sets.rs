//! `column IN (set)` with one bound value whatever the size of the set, so that the statement is prepared once per connection.
//! diesel's own `eq_any` writes one placeholder per value and is prepared anew every time; it stays for sets of fixed names
//! and for subqueries.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::QueryResult;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use super::conn::MultiBackend;

/// Whether a column of ids is one of a set; made by [`one_of`].
#[derive(Debug, Clone, QueryId)]
pub struct OneOf<E> {
    column: E,
    /// A JSON array of numbers.
    set: String,
}

/// `column IN (ids)`. False for an empty set.
pub fn one_of<E, T>(column: E, ids: &[T]) -> OneOf<E>
where
    E: Expression<SqlType = BigInt>,
    T: Copy + Into<i64>,
{
    let ids: Vec<String> = ids.iter().map(|id| Into::<i64>::into(*id).to_string()).collect();
    OneOf { column, set: format!("[{}]", ids.join(",")) }
}

impl<E: Expression> Expression for OneOf<E> {
    type SqlType = Bool;
}

impl<E, T> AppearsOnTable<T> for OneOf<E> where E: AppearsOnTable<T> {}

impl<E, T> SelectableExpression<T> for OneOf<E> where E: SelectableExpression<T> {}

impl<E> ValidGrouping<()> for OneOf<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E> OneOf<E> {
    fn on_sqlite<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        E: QueryFragment<DB>,
        DB: Backend + diesel::sql_types::HasSqlType<Text>,
        String: diesel::serialize::ToSql<Text, DB>,
    {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.set)?;
        out.push_sql("))");
        Ok(())
    }

    fn on_postgres<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        E: QueryFragment<DB>,
        DB: Backend + diesel::sql_types::HasSqlType<Text>,
        String: diesel::serialize::ToSql<Text, DB>,
    {
        self.column.walk_ast(out.reborrow())?;
        // A subquery, or the text would be read again for every row. An array literal is a JSON array in other brackets.
        out.push_sql(" = ANY((SELECT translate(");
        out.push_bind_param::<Text, _>(&self.set)?;
        out.push_sql(", '[]', '{}')::bigint[])::bigint[])");
        Ok(())
    }
}

impl<E: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.on_sqlite(out)
    }
}

impl<E: QueryFragment<Pg>> QueryFragment<Pg> for OneOf<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.on_postgres(out)
    }
}

impl<E: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for OneOf<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        match out.backend() {
            MultiBackend::Pg(_) => self.on_postgres(out),
            MultiBackend::Sqlite(_) => self.on_sqlite(out),
        }
    }
}
