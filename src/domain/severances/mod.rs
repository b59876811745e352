//! Follows that ended because of something bigger than one account, summed up for the account here that lost them.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::severances;
use crate::domain::notifications;
use crate::error::Result;
use crate::ids::{AccountId, SeveranceId};
use crate::time::Time;

crate::text_enum! {
    /// Why follows ended, by the names of the Mastodon API.
    pub enum Kind {
        /// This server blocked another.
        DomainBlock = "domain_block",
        /// The account itself blocked another server.
        UserDomainBlock = "user_domain_block",
        /// Moderators of this server suspended an account.
        AccountSuspension = "account_suspension",
    }
}

/// What an account lost at once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = severances)]
pub struct Severance {
    pub id: SeveranceId,
    /// Who lost it.
    pub account_id: AccountId,
    pub kind: Kind,
    /// The server or the handle that it was lost to.
    pub target_name: String,
    /// How many followers.
    pub followers_count: i64,
    /// How many that the account followed.
    pub following_count: i64,
    pub created_at: Time,
}

/// Writes down what `account` lost and tells it; nothing happens if that is nothing.
pub fn record(
    conn: &mut Conn,
    cx: &Context,
    account: AccountId,
    kind: Kind,
    target_name: &str,
    followers_count: i64,
    following_count: i64,
) -> Result<()> {
    if followers_count <= 0 && following_count <= 0 {
        return Ok(());
    }
    let row = Severance {
        id: cx.id(),
        account_id: account,
        kind,
        target_name: target_name.to_owned(),
        followers_count,
        following_count,
        created_at: cx.now,
    };
    diesel::insert_into(severances::table).values(&row).execute(conn)?;
    let told = notifications::Kind::SeveredRelationships;
    notifications::notify_about(conn, cx, account, account, told, None, Some(row.id.0))?;
    Ok(())
}

/// What these notifications of `me` are about, by the id that they carry.
pub fn of_notifications(
    conn: &mut Conn,
    me: AccountId,
    told: impl Iterator<Item = (notifications::Kind, Option<i64>)>,
) -> Result<HashMap<i64, Severance>> {
    let ids: Vec<SeveranceId> = told
        .filter(|(kind, _)| *kind == notifications::Kind::SeveredRelationships)
        .filter_map(|(_, subject)| subject.map(SeveranceId))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Severance> = severances::table
        .filter(severances::account_id.eq(me))
        .filter(severances::id.eq_any(ids))
        .select(Severance::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.id.0, row)).collect())
}
