//! What other servers say about follows. Only the one who was asked may answer, and only a follow that was asked for.

use super::actions::{begin, end, settle};
use super::queries;
use super::{Follow, State};
use crate::context::Context;
use crate::db::{Conn, Json};
use crate::domain::accounts::{Account, Kind};
use crate::domain::notifications::{self, Kind as Notice};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::{account_domain_blocks, blocks};
use crate::error::Result;
use crate::ids::AccountId;

/// `remote` asks to follow `local`. Accepted at once unless `local` is locked, refused if `local` blocks them or their domain; asked again,
/// answered again. `uri`: the id of the Follow, which the answer repeats byte for byte.
pub fn receive_follow(conn: &mut Conn, cx: &Context, remote: &Account, local: &Account, uri: &str) -> Result<()> {
    if remote.is_local() || !local.is_local() || !local.is_active() || remote.id == local.id {
        return Ok(());
    }
    let accept = Outgoing::AcceptFollow { account: local.id, follower: remote.id, uri: uri.to_owned() };
    if local.kind == Kind::Application
        || blocks::exists(conn, local.id, remote.id)?
        || account_domain_blocks::hides(conn, local.id, remote.id)?
    {
        return outgoing::tell(
            conn,
            cx,
            Outgoing::RejectFollow { account: local.id, follower: remote.id, uri: uri.to_owned() },
        );
    }
    let asked = Follow {
        id: cx.id(),
        account_id: remote.id,
        target_id: local.id,
        state: if local.is_locked { State::Pending } else { State::Accepted },
        uri: uri.to_owned(),
        shows_boosts: true,
        notifies: false,
        languages: Json(Vec::new()),
        created_at: cx.now,
    };
    if queries::insert(conn, &asked)? {
        if asked.state == State::Pending {
            notifications::notify(conn, cx, local.id, remote.id, Notice::FollowRequest, None)?;
            return Ok(());
        }
        begin(conn, &asked, false)?;
        notifications::notify(conn, cx, local.id, remote.id, Notice::Follow, None)?;
        return outgoing::tell(conn, cx, accept);
    }
    let Some(known) = queries::between(conn, remote.id, local.id)? else { return Ok(()) };
    queries::set_uri(conn, &known, uri)?;
    match known.state {
        State::Accepted => outgoing::tell(conn, cx, accept),
        State::Pending if local.is_locked => Ok(()),
        // It was locked when they asked first.
        State::Pending => {
            if settle(conn, &known, false)? {
                notifications::notify(conn, cx, local.id, remote.id, Notice::Follow, None)?;
            }
            outgoing::tell(conn, cx, accept)
        }
    }
}

/// `remote` accepts being followed: the follow with this id, else the one by `follower`. False if nobody here asked.
pub fn receive_accept(
    conn: &mut Conn,
    remote: &Account,
    follow: Option<&str>,
    follower: Option<AccountId>,
) -> Result<bool> {
    let Some(asked) = queries::find_to(conn, remote.id, follow, follower)? else { return Ok(false) };
    settle(conn, &asked, true)?;
    Ok(true)
}

/// `remote` refuses to be followed, or no longer wants to be. False if nobody here asked.
pub fn receive_reject(
    conn: &mut Conn,
    remote: &Account,
    follow: Option<&str>,
    follower: Option<AccountId>,
) -> Result<bool> {
    match queries::find_to(conn, remote.id, follow, follower)? {
        Some(asked) => end(conn, &asked, true),
        None => Ok(false),
    }
}

/// `remote` follows no longer, or takes a request back: the follow with this id, else the one of `target`. False if there is none.
pub fn receive_undo_follow(
    conn: &mut Conn,
    remote: &Account,
    uri: Option<&str>,
    target: Option<AccountId>,
) -> Result<bool> {
    match queries::find_by(conn, remote.id, uri, target)? {
        Some(follow) => end(conn, &follow, false),
        None => Ok(false),
    }
}
