//! Settings that live in the database because they are chosen in a page or fixed at set-up.

use diesel::prelude::*;

use super::Conn;
use super::schema::settings;
use crate::error::Result;

/// The domain of handles, fixed once an actor exists.
pub const DOMAIN: &str = "domain";
/// The public address, as chosen at set-up.
pub const PUBLIC_URL: &str = "public_url";
/// What the server is called on its pages and to clients.
pub const TITLE: &str = "title";
/// One paragraph about the server, plain text.
pub const DESCRIPTION: &str = "description";
/// Address for questions to those who run the server; empty means none is given.
pub const CONTACT_EMAIL: &str = "contact_email";

/// The key by which push services know this server: secret, like the private keys of accounts beside it. Made once.
pub const PUSH_KEY: &str = "push_key";

/// The value of `key`, if it was ever set.
pub fn find(conn: &mut Conn, key: &str) -> Result<Option<String>> {
    Ok(settings::table.find(key).select(settings::value).first(conn).optional()?)
}

/// Sets `key`.
pub fn set(conn: &mut Conn, key: &str, value: &str) -> Result<()> {
    crate::each_backend!(conn, |c| diesel::insert_into(settings::table)
        .values((settings::key.eq(key), settings::value.eq(value)))
        .on_conflict(settings::key)
        .do_update()
        .set(settings::value.eq(value))
        .execute(c))?;
    Ok(())
}

/// Sets `key` unless it is set; returns the value that holds, which another process may have written.
pub fn set_once(conn: &mut Conn, key: &str, value: &str) -> Result<String> {
    crate::each_backend!(conn, |c| diesel::insert_into(settings::table)
        .values((settings::key.eq(key), settings::value.eq(value)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(settings::table.find(key).select(settings::value).first(conn)?)
}
