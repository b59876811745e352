//! All SQL of accounts and their keys.

use diesel::prelude::*;

use super::{Account, Kind};
use crate::crypto::keys::Algorithm;
use crate::db::schema::{accounts, private_keys, public_keys};
use crate::db::{Conn, one_of};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::time::Time;

/// A public key as it is kept, of an account here or elsewhere.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// The id that signatures name.
    pub key_id: String,
    /// Whose it is.
    pub account_id: AccountId,
    /// What kind of key.
    pub algorithm: Algorithm,
    /// The key: SPKI for RSA, 32 raw bytes for Ed25519.
    pub public_der: Vec<u8>,
    /// When it was last read from its owner.
    pub fetched_at: Time,
}

/// The account with this id, whatever its state.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    Ok(accounts::table.find(id).select(Account::as_select()).first(conn).optional()?)
}

/// Like [`find`], an error if there is none or it was deleted.
pub fn get(conn: &mut Conn, id: AccountId) -> Result<Account> {
    find(conn, id)?.filter(|a| a.deleted_at.is_none()).ok_or(Error::NotFound("account"))
}

/// The accounts with these ids, in no order; unknown ids are left out.
pub fn list(conn: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(accounts::table.filter(one_of(accounts::id, ids)).select(Account::as_select()).load(conn)?)
}

/// The account with this actor id.
pub fn find_by_uri(conn: &mut Conn, uri: &str) -> Result<Option<Account>> {
    Ok(accounts::table.filter(accounts::uri.eq(uri)).select(Account::as_select()).first(conn).optional()?)
}

/// The accounts with these actor ids, in no order.
pub fn list_by_uris(conn: &mut Conn, uris: &[String]) -> Result<Vec<Account>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    Ok(accounts::table.filter(accounts::uri.eq_any(uris)).select(Account::as_select()).load(conn)?)
}

/// The account of that name and domain (empty for here), in any case; deleted ones too.
pub fn find_by_handle(conn: &mut Conn, username: &str, domain: &str) -> Result<Option<Account>> {
    Ok(accounts::table
        .filter(accounts::username_lower.eq(username.to_lowercase()))
        .filter(accounts::domain.eq(domain.to_lowercase()))
        .select(Account::as_select())
        .first(conn)
        .optional()?)
}

/// The local account of that name, in any case; deleted ones too.
pub fn find_local(conn: &mut Conn, username: &str) -> Result<Option<Account>> {
    find_by_handle(conn, username, "")
}

/// Accounts of this server that can be shown, oldest first; the server's own actor is none of them.
pub fn list_local(conn: &mut Conn) -> Result<Vec<Account>> {
    Ok(accounts::table
        .filter(accounts::domain.eq(""))
        .filter(accounts::kind.ne(Kind::Application))
        .filter(accounts::deleted_at.is_null())
        .filter(accounts::suspended_at.is_null())
        .order(accounts::id.asc())
        .select(Account::as_select())
        .load(conn)?)
}

/// Whether any actor was made here, the server's own included.
pub fn exists_local(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(accounts::table.filter(accounts::domain.eq("")))).get_result(conn)?)
}

type KeyRow = (String, AccountId, String, Vec<u8>, Time);

fn stored(row: KeyRow) -> Result<StoredKey> {
    let (key_id, account_id, algorithm, public_der, fetched_at) = row;
    let algorithm =
        Algorithm::parse(&algorithm).ok_or_else(|| Error::bug(format!("key {key_id} has no known algorithm")))?;
    Ok(StoredKey { key_id, account_id, algorithm, public_der, fetched_at })
}

/// The public key with this id.
pub fn public_key(conn: &mut Conn, key_id: &str) -> Result<Option<StoredKey>> {
    public_keys::table.find(key_id).first::<KeyRow>(conn).optional()?.map(stored).transpose()
}

/// All public keys of an account.
pub fn public_keys_of(conn: &mut Conn, id: AccountId) -> Result<Vec<StoredKey>> {
    let rows: Vec<KeyRow> =
        public_keys::table.filter(public_keys::account_id.eq(id)).order(public_keys::key_id.asc()).load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// The private key of a local account: its id and PKCS#8 bytes.
pub fn private_key(conn: &mut Conn, id: AccountId, algorithm: Algorithm) -> Result<Option<(String, Vec<u8>)>> {
    Ok(private_keys::table
        .filter(private_keys::account_id.eq(id))
        .filter(private_keys::algorithm.eq(algorithm.as_str()))
        .select((private_keys::key_id, private_keys::pkcs8))
        .first(conn)
        .optional()?)
}

/// How many people, posts and other servers there are: for NodeInfo and the instance entity.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// People and brands of this server.
    pub accounts: i64,
    /// Of those, who posted in the last 30 days.
    pub active_month: i64,
    /// Of those, who posted in the last 180 days.
    pub active_half_year: i64,
    /// Local posts.
    pub posts: i64,
    /// Other servers that are known.
    pub domains: i64,
}

/// Counts for NodeInfo and the instance entity; meant to be cached by the caller.
pub fn totals(conn: &mut Conn, now: Time) -> Result<Totals> {
    use std::time::Duration;
    let day = Duration::from_secs(86_400);
    let people = || {
        accounts::table
            .filter(accounts::domain.eq(""))
            .filter(accounts::kind.ne(Kind::Application))
            .filter(accounts::deleted_at.is_null())
    };
    let active = |conn: &mut Conn, days: u32| {
        people().filter(accounts::last_status_at.gt(now.before(day * days))).count().get_result::<i64>(conn)
    };
    let counts: Vec<i64> = people().select(accounts::statuses_count).load(conn)?;
    let domains: i64 = accounts::table
        .filter(accounts::domain.ne(""))
        .select(diesel::dsl::count(accounts::domain).aggregate_distinct())
        .get_result(conn)?;
    Ok(Totals {
        accounts: i64::try_from(counts.len()).unwrap_or(i64::MAX),
        active_month: active(conn, 30)?,
        active_half_year: active(conn, 180)?,
        posts: counts.iter().sum(),
        domains,
    })
}

/// The domains of accounts of other servers, at most `limit`, in the order of the alphabet.
pub fn list_domains(conn: &mut Conn, limit: i64) -> Result<Vec<String>> {
    Ok(accounts::table
        .filter(accounts::domain.ne(""))
        .select(accounts::domain)
        .distinct()
        .order(accounts::domain.asc())
        .limit(limit)
        .load(conn)?)
}
