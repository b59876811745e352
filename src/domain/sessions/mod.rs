//! Browser sessions: an opaque token in a cookie, kept as a hash.

use std::time::Duration;

use diesel::prelude::*;

use crate::context::Context;
use crate::crypto::tokens;
use crate::db::Conn;
use crate::db::schema::{sessions, users};
use crate::domain::activity;
use crate::domain::users::User;
use crate::error::Result;
use crate::ids::{SessionId, UserId};
use crate::time::Time;

/// How long a session lasts without being used.
pub const LIFETIME: Duration = Duration::from_secs(14 * 86_400);
/// How often its last use is written down.
const TOUCH: Duration = Duration::from_secs(3600);

/// A session as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: SessionId,
    pub token_hash: String,
    pub user_id: UserId,
    /// What the browser called itself, cut short.
    pub user_agent: String,
    /// Where it was opened from.
    pub address: String,
    pub created_at: Time,
    pub last_seen_at: Time,
    pub expires_at: Time,
}

/// Opens a session; returns the token for the cookie, which is not kept.
pub fn open(conn: &mut Conn, cx: &Context, user: UserId, user_agent: &str, address: &str) -> Result<String> {
    let token = tokens::random_token(32)?;
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(cx.id::<SessionId>()),
            sessions::token_hash.eq(tokens::hash_token(&token)),
            sessions::user_id.eq(user),
            sessions::user_agent.eq(user_agent.chars().take(200).collect::<String>()),
            sessions::address.eq(address),
            sessions::created_at.eq(cx.now),
            sessions::last_seen_at.eq(cx.now),
            sessions::expires_at.eq(cx.now.after(LIFETIME)),
        ))
        .execute(conn)?;
    activity::note(conn, user, cx.now)?;
    Ok(token)
}

/// The session of this token and its user, unless it ended or the user was disabled.
pub fn find(conn: &mut Conn, token: &str, now: Time) -> Result<Option<(Session, User)>> {
    Ok(sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::token_hash.eq(tokens::hash_token(token)))
        .filter(sessions::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .select((Session::as_select(), User::as_select()))
        .first(conn)
        .optional()?)
}

/// Whether the session's last use should be written down.
pub fn wants_touch(session: &Session, now: Time) -> bool {
    now.since(session.last_seen_at) > TOUCH
}

/// Writes down that the session was used, which lengthens it.
pub fn touch(conn: &mut Conn, cx: &Context, id: SessionId) -> Result<()> {
    if let Some(user) = sessions::table.find(id).select(sessions::user_id).first(conn).optional()? {
        activity::note(conn, user, cx.now)?;
    }
    diesel::update(sessions::table.find(id))
        .set((sessions::last_seen_at.eq(cx.now), sessions::expires_at.eq(cx.now.after(LIFETIME))))
        .execute(conn)?;
    Ok(())
}

/// Ends one session of `user`; nothing happens if it is not theirs.
pub fn close(conn: &mut Conn, user: UserId, id: SessionId) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::id.eq(id)).filter(sessions::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Ends all sessions of `user` but `except`.
pub fn close_others(conn: &mut Conn, user: UserId, except: Option<SessionId>) -> Result<usize> {
    let keep = except.unwrap_or(SessionId(0));
    Ok(diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id.ne(keep)))
        .execute(conn)?)
}

/// The open sessions of `user`, last used first.
pub fn list(conn: &mut Conn, user: UserId, now: Time) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::last_seen_at.desc())
        .limit(100)
        .select(Session::as_select())
        .load(conn)?)
}

/// Removes sessions that ended; returns how many.
pub fn prune(conn: &mut Conn, now: Time) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(conn)?)
}
