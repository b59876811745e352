//! The directory: accounts that want to be found, here and elsewhere.

use diesel::prelude::*;

use crate::db::schema::accounts;
use crate::db::{Conn, MultiBackend};
use crate::domain::accounts::{Account, Kind};
use crate::error::Result;
use crate::ids::AccountId;

crate::text_enum! {
    /// What the directory is sorted by.
    pub enum Order {
        /// Who posted last comes first, who never did comes last.
        Active = "active",
        /// Who is known here for the shortest time comes first.
        New = "new",
    }
}

/// Which part of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryQuery {
    /// In which order.
    pub order: Order,
    /// Only accounts of this server.
    pub is_local: bool,
    /// How many.
    pub limit: i64,
    /// After how many others.
    pub offset: i64,
}

/// A page of the directory, without those whom `viewer` blocks, mutes or hides with their domain, or who block `viewer`.
pub fn directory(conn: &mut Conn, viewer: Option<AccountId>, query: &DirectoryQuery) -> Result<Vec<Account>> {
    let (limit, offset) = (query.limit.max(0), query.offset.max(0));
    if query.order == Order::New {
        return Ok(listed(viewer, query)
            .select(Account::as_select())
            .order(accounts::id.desc())
            .limit(limit)
            .offset(offset)
            .load(conn)?);
    }
    // The two databases sort what is absent to different ends, and neither finds it in an index; so it is read by itself.
    let mut found: Vec<Account> = listed(viewer, query)
        .filter(accounts::last_status_at.is_not_null())
        .select(Account::as_select())
        .order((accounts::last_status_at.desc(), accounts::id.desc()))
        .limit(limit)
        .offset(offset)
        .load(conn)?;
    let missing = limit - i64::try_from(found.len()).unwrap_or(limit);
    if missing > 0 {
        let posted: i64 = if found.is_empty() && offset > 0 {
            count(conn, viewer, query)?
        } else {
            offset + i64::try_from(found.len()).unwrap_or(0)
        };
        let silent: Vec<Account> = listed(viewer, query)
            .filter(accounts::last_status_at.is_null())
            .select(Account::as_select())
            .order(accounts::id.desc())
            .limit(missing)
            .offset((offset - posted).max(0))
            .load(conn)?;
        found.extend(silent);
    }
    Ok(found)
}

/// How many of those who are listed ever posted.
fn count(conn: &mut Conn, viewer: Option<AccountId>, query: &DirectoryQuery) -> Result<i64> {
    let ids: Vec<AccountId> = listed(viewer, query)
        .filter(accounts::last_status_at.is_not_null())
        .select(accounts::id)
        .limit(query.offset)
        .load(conn)?;
    Ok(i64::try_from(ids.len()).unwrap_or(query.offset))
}

fn listed(viewer: Option<AccountId>, query: &DirectoryQuery) -> accounts::BoxedQuery<'static, MultiBackend> {
    let mut listed = accounts::table
        .filter(accounts::is_discoverable.eq(true))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .filter(accounts::moved_to_uri.is_null())
        .filter(accounts::kind.ne(Kind::Application))
        .into_boxed();
    if query.is_local {
        listed = listed.filter(accounts::domain.eq(""));
    }
    if let Some(me) = viewer {
        listed = listed.filter(welcome_to!(me));
    }
    listed
}
