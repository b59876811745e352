//! Finding accounts by their names.

use diesel::dsl;
use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{account_index, accounts, follows};
use crate::domain::accounts::{Account, Kind};
use crate::domain::follows::State;
use crate::error::Result;
use crate::ids::AccountId;
use crate::search::{self, Expression, Table, tokens};

/// Which accounts are looked for.
#[derive(Debug, Clone)]
pub struct AccountSearch {
    /// A name or its beginning, or a handle with or without the end of its domain.
    pub text: String,
    /// Only accounts that the searcher follows.
    pub following: bool,
    /// At most this many.
    pub limit: i64,
    /// How many to pass over.
    pub offset: i64,
}

/// The accounts that fit: followed ones first, then who is called exactly so, then those with the most followers.
pub fn accounts(conn: &mut Conn, cx: &Context, me: Option<AccountId>, wanted: &AccountSearch) -> Result<Vec<Account>> {
    // PostgreSQL knows no text with this character in it.
    let text = wanted.text.replace('\0', " ").trim().to_lowercase();
    let name = text.strip_prefix('@').unwrap_or(&text);
    let (name, domain) = name.split_once('@').map_or((name, None), |(name, domain)| (name, Some(domain)));
    if name.is_empty() {
        return Ok(Vec::new());
    }
    // Nobody has the id 0.
    let me = me.unwrap_or(AccountId(0));
    let followed = || {
        follows::table
            .filter(follows::account_id.eq(me))
            .filter(follows::state.eq(State::Accepted))
            .filter(follows::target_id.eq(accounts::id))
    };
    let mut query = accounts::table
        .filter(accounts::deleted_at.is_null())
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::kind.ne(Kind::Application))
        .select(Account::as_select())
        .into_boxed();
    query = match domain {
        Some(domain) => {
            let elsewhere = accounts::domain.like(format!("{}%", escape_like(domain))).escape('\\');
            let query = query.filter(accounts::username_lower.eq(name));
            if cx.urls.domain().starts_with(domain) {
                query.filter(elsewhere.or(accounts::domain.eq("")))
            } else {
                query.filter(elsewhere)
            }
        }
        None => {
            let Some(names) = expression(&text, name) else {
                return Ok(Vec::new());
            };
            let called = account_index::table
                .filter(search::matches(conn, Table::Accounts, &names))
                .select(account_index::rowid);
            query.filter(accounts::id.eq_any(called))
        }
    };
    if wanted.following {
        query = query.filter(dsl::exists(followed()));
    }
    query = query.order((
        dsl::exists(followed()).desc(),
        accounts::username_lower.eq(name).desc(),
        accounts::followers_count.desc(),
        accounts::id.asc(),
    ));
    Ok(query.limit(wanted.limit.max(0)).offset(wanted.offset.max(0)).load(conn)?)
}

/// Words of a name, the last of which may be unfinished, or the beginning of a user name; with an `@` before it only that.
fn expression(text: &str, name: &str) -> Option<Expression> {
    let username =
        (!name.contains(char::is_whitespace)).then(|| Expression::starts_with(search::label(&format!("@{name}"))));
    if text.starts_with('@') {
        return username;
    }
    let mut parts: Vec<Vec<String>> = name.split_whitespace().map(tokens).filter(|words| !words.is_empty()).collect();
    let last = parts.pop().and_then(|words| Expression::phrase(words, true));
    let words = parts.into_iter().filter_map(|words| Expression::phrase(words, false)).chain(last).collect();
    Expression::any(Expression::all(words).into_iter().chain(username).collect())
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
