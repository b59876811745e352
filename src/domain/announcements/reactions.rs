//! Reactions to announcements: a Unicode emoji or a custom one of this server, each once by one account.

use diesel::dsl;
use diesel::prelude::*;

use super::{Tally, get_current};
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::announcement_reactions;
use crate::domain::custom_emojis;
use crate::domain::events::{self, Event};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AnnouncementId};
use crate::text::emoji;

/// How many different reactions one announcement gets.
pub const MAX_REACTIONS: i64 = 8;

/// Reacts; again changes nothing. Errors: no such announcement; neither a Unicode emoji nor a custom one of this server; one
/// kind too many.
pub fn react(conn: &mut Conn, cx: &Context, me: AccountId, id: AnnouncementId, name: &str) -> Result<()> {
    get_current(conn, id, cx.now)?;
    if !emoji::is_emoji(name) && custom_emojis::find(conn, name)?.is_none() {
        return Err(Error::invalid("name", "is not a recognized emoji"));
    }
    let of_this = || announcement_reactions::table.filter(announcement_reactions::announcement_id.eq(id));
    let is_new: bool =
        !diesel::select(dsl::exists(of_this().filter(announcement_reactions::name.eq(name)))).get_result(conn)?;
    let kinds: i64 =
        of_this().select(dsl::count(announcement_reactions::name).aggregate_distinct()).get_result(conn)?;
    if is_new && kinds >= MAX_REACTIONS {
        return Err(Error::invalid("name", "is one kind of reaction too many"));
    }
    let written = crate::each_backend!(conn, |c| diesel::insert_into(announcement_reactions::table)
        .values((
            announcement_reactions::id.eq(cx.id::<i64>()),
            announcement_reactions::announcement_id.eq(id),
            announcement_reactions::account_id.eq(me),
            announcement_reactions::name.eq(name),
            announcement_reactions::created_at.eq(cx.now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    if written > 0 {
        events::record(conn, cx, Event::AnnouncementReacted { announcement: id, name: name.to_owned() })?;
    }
    Ok(())
}

/// Takes a reaction back; nothing happens if there is none. Error: no such announcement.
pub fn unreact(conn: &mut Conn, cx: &Context, me: AccountId, id: AnnouncementId, name: &str) -> Result<()> {
    get_current(conn, id, cx.now)?;
    let own = announcement_reactions::table
        .filter(announcement_reactions::announcement_id.eq(id))
        .filter(announcement_reactions::name.eq(name))
        .filter(announcement_reactions::account_id.eq(me));
    if diesel::delete(own).execute(conn)? > 0 {
        events::record(conn, cx, Event::AnnouncementReacted { announcement: id, name: name.to_owned() })?;
    }
    Ok(())
}

/// How often an announcement got one reaction, as a stranger sees it; it may be never.
pub fn tally(conn: &mut Conn, cx: &Context, id: AnnouncementId, name: &str) -> Result<Tally> {
    let count = announcement_reactions::table
        .filter(announcement_reactions::announcement_id.eq(id))
        .filter(announcement_reactions::name.eq(name))
        .count()
        .get_result(conn)?;
    let emoji = custom_emojis::find(conn, name)?.map(|emoji| emoji.used(&cx.urls));
    Ok(Tally { name: name.to_owned(), count, is_mine: false, emoji })
}
