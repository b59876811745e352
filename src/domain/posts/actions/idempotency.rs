//! Idempotency keys: a request that is sent again gets what the first one made. Of a scheduled post it is that post until it is published,
//! and then what was published.

use diesel::prelude::*;

use super::drafts::check_key;
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::idempotency_keys;
use crate::error::Result;
use crate::ids::TokenId;

/// Takes a key for what will have the id `id`, or gives the id of what has it.
pub(in crate::domain) fn claim(
    conn: &mut Conn,
    cx: &Context,
    token: TokenId,
    key: &str,
    id: i64,
) -> Result<Option<i64>> {
    let key = check_key(key)?;
    // Of two at once, the second waits here for the first to commit.
    let taken = crate::each_backend!(conn, |c| diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::token_id.eq(token),
            idempotency_keys::key.eq(key),
            idempotency_keys::post_id.eq(id),
            idempotency_keys::created_at.eq(cx.now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if taken == 1 {
        return Ok(None);
    }
    Ok(Some(idempotency_keys::table.find((token, key)).select(idempotency_keys::post_id).first(conn)?))
}

/// Takes a key over whose first thing is gone.
pub(in crate::domain) fn take_over(conn: &mut Conn, cx: &Context, token: TokenId, key: &str, id: i64) -> Result<()> {
    diesel::update(idempotency_keys::table.find((token, key)))
        .set((idempotency_keys::post_id.eq(id), idempotency_keys::created_at.eq(cx.now)))
        .execute(conn)?;
    Ok(())
}

/// Lets the key of one thing, if it has any, stand for another that it became.
pub(in crate::domain) fn hand_on(conn: &mut Conn, from: i64, to: i64) -> Result<()> {
    diesel::update(idempotency_keys::table.filter(idempotency_keys::post_id.eq(from)))
        .set(idempotency_keys::post_id.eq(to))
        .execute(conn)?;
    Ok(())
}
