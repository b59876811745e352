//! Set-up: from an empty database to an owner, a first brand and a fixed domain, through a one-time link.

use std::time::Duration;

use diesel::prelude::*;

use crate::context::Context;
use crate::crypto::tokens;
use crate::db::schema::setup_links;
use crate::db::{Conn, settings};
use crate::domain::accounts::actions::{GeneratedKeys, NewLocal, create_local};
use crate::domain::accounts::{Account, Kind, queries as accounts};
use crate::domain::teams::{self, NewBrand};
use crate::domain::users::{self, NewUser, ServerRole, User};
use crate::error::{Error, Result};
use crate::time::Time;

/// How long a set-up link works.
pub const LINK_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// The name of the server's own actor: a domain cannot be a user name, so nobody can take it.
pub const SERVER_ACTOR: &str = "instance.actor";

/// Whether somebody has set this server up.
pub fn is_done(conn: &mut Conn) -> Result<bool> {
    Ok(users::count(conn)? > 0)
}

/// Makes a new link's token; older links stop working.
pub fn make_link(conn: &mut Conn, now: Time) -> Result<String> {
    let token = tokens::random_token(24)?;
    diesel::delete(setup_links::table).execute(conn)?;
    diesel::insert_into(setup_links::table)
        .values((
            setup_links::token_hash.eq(tokens::hash_token(&token)),
            setup_links::created_at.eq(now),
            setup_links::expires_at.eq(now.after(LINK_LIFETIME)),
        ))
        .execute(conn)?;
    Ok(token)
}

/// Whether the link can be used now; the error says what to do.
pub fn check_link(conn: &mut Conn, token: &str, now: Time) -> Result<()> {
    if is_done(conn)? {
        return Err(Error::Conflict("This server is set up already. Sign in instead.".into()));
    }
    let expires: Option<Time> = setup_links::table
        .find(tokens::hash_token(token))
        .filter(setup_links::used_at.is_null())
        .select(setup_links::expires_at)
        .first(conn)
        .optional()?;
    if expires.is_some_and(|at| at > now) {
        Ok(())
    } else {
        Err(Error::forbidden("This set-up link has expired or was replaced. Run `rapport setup` for a new one."))
    }
}

/// The answers of the set-up page. The password was hashed and the keys made beforehand.
pub struct Answers {
    /// The owner.
    pub owner: NewUser,
    /// The first brand: handle and display name.
    pub brand: (String, String),
}

/// What set-up made.
pub struct Done {
    /// The owner.
    pub user: User,
    /// The first brand.
    pub brand: Account,
}

/// Makes the owner, the first brand and the server's own actor, and fixes domain and address.
pub fn complete(
    conn: &mut Conn,
    cx: &Context,
    answers: Answers,
    owner_keys: &GeneratedKeys,
    brand_keys: &GeneratedKeys,
    server_keys: &GeneratedKeys,
) -> Result<Done> {
    if is_done(conn)? {
        return Err(Error::Conflict("This server is set up already. Sign in instead.".into()));
    }
    fix_address(conn, cx)?;
    ensure_server_actor(conn, cx, server_keys)?;
    let owner = NewUser { role: ServerRole::Owner, ..answers.owner };
    let (user, _) = users::create(conn, cx, owner, owner_keys)?;
    let (username, display_name) = answers.brand;
    let brand = teams::create_brand(conn, cx, NewBrand { username, display_name, kind: Kind::Organization, owner: user.id }, brand_keys)
        // The same field names stand twice on the page: say which one is meant.
        .map_err(|error| match error {
            Error::Invalid(fields) => Error::Invalid(fields.into_iter().map(|mut f| { if f.field == "username" { f.field = "brand_username"; } f }).collect()),
            other => other,
        })?;
    diesel::update(setup_links::table.filter(setup_links::used_at.is_null()))
        .set(setup_links::used_at.eq(cx.now))
        .execute(conn)?;
    Ok(Done { user, brand })
}

/// Writes domain and public address down; from the first actor on they stay.
pub fn fix_address(conn: &mut Conn, cx: &Context) -> Result<()> {
    settings::set(conn, settings::DOMAIN, cx.urls.domain())?;
    settings::set(conn, settings::PUBLIC_URL, cx.urls.base())
}

/// The server's own actor, once there is one.
pub fn find_server_actor(conn: &mut Conn) -> Result<Option<Account>> {
    accounts::find_local(conn, SERVER_ACTOR)
}

/// Makes the server's own actor unless there is one.
pub fn ensure_server_actor(conn: &mut Conn, cx: &Context, keys: &GeneratedKeys) -> Result<Account> {
    match accounts::find_local(conn, SERVER_ACTOR)? {
        Some(actor) => Ok(actor),
        None => create_local(
            conn,
            cx,
            NewLocal { username: SERVER_ACTOR.into(), kind: Kind::Application, display_name: cx.urls.domain().into() },
            keys,
        ),
    }
}
