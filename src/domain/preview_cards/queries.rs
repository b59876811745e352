//! All reading of cards, and their removal.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::dsl;
use diesel::prelude::*;

use super::{Card, State};
use crate::db::Conn;
use crate::db::schema::{post_cards, preview_cards};
use crate::error::Result;
use crate::ids::{PostId, PreviewCardId};
use crate::time::Time;

/// The card with this id, whatever its state.
pub fn find(conn: &mut Conn, id: PreviewCardId) -> Result<Option<Card>> {
    Ok(preview_cards::table.find(id).select(Card::as_select()).first(conn).optional()?)
}

/// The card of an address as [`super::address_of`] writes it, whatever its state.
pub fn find_by_url(conn: &mut Conn, url: &str) -> Result<Option<Card>> {
    Ok(preview_cards::table.filter(preview_cards::url.eq(url)).select(Card::as_select()).first(conn).optional()?)
}

/// Those of these cards that can be shown, in the order of `ids`.
pub fn list(conn: &mut Conn, ids: &[PreviewCardId]) -> Result<Vec<Card>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Card> = preview_cards::table
        .filter(preview_cards::id.eq_any(ids))
        .filter(preview_cards::state.eq(State::Ready))
        .select(Card::as_select())
        .load(conn)?;
    let mut found: HashMap<PreviewCardId, Card> = rows.into_iter().map(|card| (card.id, card)).collect();
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The cards of these posts that can be shown.
pub fn of_posts(conn: &mut Conn, posts: &[PostId]) -> Result<HashMap<PostId, Arc<Card>>> {
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(PostId, Card)> = post_cards::table
        .inner_join(preview_cards::table.on(preview_cards::id.eq(post_cards::card_id)))
        .filter(post_cards::post_id.eq_any(posts))
        .filter(preview_cards::state.eq(State::Ready))
        .select((post_cards::post_id, Card::as_select()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(post, card)| (post, Arc::new(card))).collect())
}

/// Removes cards made before `before` that no post shows any more, at most `limit`; returns the keys of their pictures, whose
/// files the caller deletes after COMMIT.
pub fn delete_unused(conn: &mut Conn, before: Time, limit: i64) -> Result<Vec<String>> {
    let used = post_cards::table.filter(post_cards::card_id.eq(preview_cards::id));
    let unused: Vec<(PreviewCardId, Option<String>)> = preview_cards::table
        .filter(preview_cards::created_at.lt(before))
        .filter(dsl::not(dsl::exists(used)))
        .order(preview_cards::created_at.asc())
        .limit(limit)
        .select((preview_cards::id, preview_cards::image_key))
        .load(conn)?;
    let ids: Vec<PreviewCardId> = unused.iter().map(|(id, _)| *id).collect();
    diesel::delete(preview_cards::table.filter(preview_cards::id.eq_any(ids))).execute(conn)?;
    Ok(unused.into_iter().filter_map(|(_, key)| key).collect())
}
