//! Users: people who can sign in here. Each has an account of their own.

use diesel::prelude::*;

use crate::context::Context;
use crate::crypto::passwords;
use crate::db::Conn;
use crate::db::schema::users;
use crate::domain::accounts::actions::{GeneratedKeys, NewLocal, create_local};
use crate::domain::accounts::{Account, Kind, queries as accounts};
use crate::error::{Error, Result};
use crate::ids::{AccountId, UserId};
use crate::time::Time;

crate::text_enum! {
    /// What a user may do with the server itself.
    pub enum ServerRole {
        /// Everything; made at set-up.
        Owner = "owner",
        /// Everything but taking the server from its owner.
        Admin = "admin",
        /// Reports and rules for other servers.
        Moderator = "moderator",
        /// Nothing beyond their own account and teams.
        Member = "member",
    }
}

/// A user as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = users)]
pub struct User {
    pub id: UserId,
    pub account_id: AccountId,
    pub email: String,
    pub email_lower: String,
    pub password_hash: String,
    pub role: ServerRole,
    pub locale: Option<String>,
    /// Base32, RFC 6238; counts only once confirmed.
    pub totp_secret: Option<String>,
    pub totp_confirmed_at: Option<Time>,
    /// The last time step whose code was used: a code works once.
    pub totp_last_step: Option<i64>,
    pub created_at: Time,
    pub disabled_at: Option<Time>,
}

impl User {
    /// Whether signing in needs a code besides the password.
    pub fn needs_code(&self) -> bool {
        self.totp_confirmed_at.is_some() && self.totp_secret.is_some()
    }
}

/// A new user. The password was hashed beforehand because that takes long on purpose.
pub struct NewUser {
    /// The name of their account.
    pub username: String,
    /// For signing in and for mail.
    pub email: String,
    /// From [`passwords::hash`].
    pub password_hash: String,
    /// On this server.
    pub role: ServerRole,
    /// Of their pages; `None` follows the browser.
    pub locale: Option<String>,
}

/// Refuses what is no e-mail address; returns it trimmed.
pub fn check_email(email: &str) -> Result<String> {
    let email = email.trim();
    let well_formed = email.len() <= 254
        && email.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        })
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if well_formed { Ok(email.to_owned()) } else { Err(Error::invalid("email", "is not an e-mail address")) }
}

/// Refuses weak passwords, with the reason.
pub fn check_password(password: &str) -> Result<()> {
    passwords::check_strength(password).map_err(|reason| Error::invalid("password", reason))
}

/// Makes a user and their account. Errors name the field that is malformed or taken.
pub fn create(conn: &mut Conn, cx: &Context, new: NewUser, keys: &GeneratedKeys) -> Result<(User, Account)> {
    let email = check_email(&new.email)?;
    let email_lower = email.to_lowercase();
    if diesel::select(diesel::dsl::exists(users::table.filter(users::email_lower.eq(&email_lower)))).get_result(conn)? {
        return Err(Error::invalid("email", "is already in use"));
    }
    let account = create_local(
        conn,
        cx,
        NewLocal { username: new.username, kind: Kind::Person, display_name: String::new() },
        keys,
    )?;
    let id: UserId = cx.id();
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::account_id.eq(account.id),
            users::email.eq(&email),
            users::email_lower.eq(&email_lower),
            users::password_hash.eq(&new.password_hash),
            users::role.eq(new.role),
            users::locale.eq(&new.locale),
            users::created_at.eq(cx.now),
        ))
        .execute(conn)?;
    Ok((get(conn, id)?, account))
}

/// The user with this id.
pub fn find(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

/// Like [`find`], an error if there is none.
pub fn get(conn: &mut Conn, id: UserId) -> Result<User> {
    find(conn, id)?.ok_or(Error::NotFound("user"))
}

/// The user whose own account this is.
pub fn find_by_account(conn: &mut Conn, account: AccountId) -> Result<Option<User>> {
    Ok(users::table.filter(users::account_id.eq(account)).select(User::as_select()).first(conn).optional()?)
}

/// The user who signs in as `login`: an e-mail address or a user name, in any case.
pub fn find_by_login(conn: &mut Conn, login: &str) -> Result<Option<User>> {
    let login = login.trim().trim_start_matches('@').to_lowercase();
    if login.contains('@') {
        return Ok(users::table
            .filter(users::email_lower.eq(login))
            .select(User::as_select())
            .first(conn)
            .optional()?);
    }
    match accounts::find_local(conn, &login)? {
        Some(account) => find_by_account(conn, account.id),
        None => Ok(None),
    }
}

/// How many users there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(users::table.count().get_result(conn)?)
}

/// Keeps a secret that is not confirmed yet.
pub fn propose_totp(conn: &mut Conn, id: UserId, secret: &str) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((
            users::totp_secret.eq(secret),
            users::totp_confirmed_at.eq(None::<Time>),
            users::totp_last_step.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that the code of `step` was used; false if that step or a later one was used before.
pub fn use_totp_step(conn: &mut Conn, id: UserId, step: i64) -> Result<bool> {
    let changed = diesel::update(
        users::table.find(id).filter(users::totp_last_step.is_null().or(users::totp_last_step.lt(step))),
    )
    .set(users::totp_last_step.eq(step))
    .execute(conn)?;
    Ok(changed > 0)
}

/// From now on signing in needs a code.
pub fn confirm_totp(conn: &mut Conn, cx: &Context, id: UserId) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::totp_confirmed_at.eq(cx.now)).execute(conn)?;
    Ok(())
}

/// Signing in needs only the password again.
pub fn remove_totp(conn: &mut Conn, id: UserId) -> Result<()> {
    diesel::update(users::table.find(id))
        .set((
            users::totp_secret.eq(None::<String>),
            users::totp_confirmed_at.eq(None::<Time>),
            users::totp_last_step.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(())
}
