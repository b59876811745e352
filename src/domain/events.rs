//! What happened, written in the transaction that caused it and read by streams of every process.
//!
//! Ids are made before commit, so nobody may rely on `id > last seen` alone: readers re-read an overlap of a minute and drop what they have sent.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::db::schema::events;
use crate::db::{Conn, Json};
use crate::error::Result;
use crate::ids::{
    AccountId, AnnouncementId, DirectThreadId, EventId, IdSource, NotificationId, PostId, TokenId, UserId,
};
use crate::time::Time;

/// Something that streams or other processes want to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A post or boost appeared here, by anybody.
    PostAdded {
        /// Which.
        post: PostId,
    },
    /// A post was edited.
    PostEdited {
        /// Which.
        post: PostId,
    },
    /// A post was deleted; its row may be gone.
    PostDeleted {
        /// Which.
        post: PostId,
        /// Whose.
        account: AccountId,
    },
    /// Somebody was notified.
    Notified {
        /// Of what.
        notification: NotificationId,
        /// Who.
        account: AccountId,
    },
    /// Notifications that were kept aside are shown now.
    NotificationsMerged {
        /// Whose.
        account: AccountId,
    },
    /// A thread of direct messages changed.
    DirectThreadChanged {
        /// Which.
        thread: DirectThreadId,
        /// As seen by whom.
        account: AccountId,
    },
    /// The filters of an account changed.
    FiltersChanged {
        /// Whose.
        account: AccountId,
    },
    /// Something was announced to everybody.
    AnnouncementPublished {
        /// What.
        announcement: AnnouncementId,
    },
    /// Somebody reacted to an announcement, or took that back.
    AnnouncementReacted {
        /// To which.
        announcement: AnnouncementId,
        /// With what.
        name: String,
    },
    /// An announcement was taken back.
    AnnouncementDeleted {
        /// Which.
        announcement: AnnouncementId,
    },
    /// A token no longer holds; its streams must end.
    TokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// Somebody's place in a team changed.
    TeamChanged {
        /// Who.
        user: UserId,
        /// In which brand's team.
        brand: AccountId,
    },
    /// Rules for other domains changed; caches of them must be dropped.
    RulesChanged,
    /// The public address or another setting changed.
    SettingsChanged,
}

/// An event with its id.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Sorts by time, roughly.
    pub id: EventId,
    /// What happened.
    pub event: Event,
}

/// Writes the event; streams hear of it after COMMIT.
pub fn record(conn: &mut Conn, cx: &Context, event: Event) -> Result<()> {
    record_at(conn, &cx.ids, cx.now, event)
}

/// Like [`record`], also before the server has an address.
pub fn record_at(conn: &mut Conn, ids: &IdSource, now: Time, event: Event) -> Result<()> {
    diesel::insert_into(events::table)
        .values((events::id.eq(ids.next::<EventId>(now)), events::payload.eq(Json(event)), events::created_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Events with ids of `since` or later, oldest first, at most `limit`.
pub fn list_since(conn: &mut Conn, since: Time, limit: i64) -> Result<Vec<Recorded>> {
    let rows: Vec<(EventId, String)> = events::table
        .filter(events::id.ge(crate::ids::floor(since)))
        .order(events::id.asc())
        .limit(limit)
        .select((events::id, events::payload))
        .load(conn)?;
    // An event of a newer version beside us is not ours to understand.
    Ok(rows
        .into_iter()
        .filter_map(|(id, payload)| Some(Recorded { id, event: serde_json::from_str(&payload).ok()? }))
        .collect())
}

/// Removes events older than `before`; returns how many.
pub fn prune(conn: &mut Conn, before: Time) -> Result<usize> {
    Ok(diesel::delete(events::table.filter(events::id.lt(crate::ids::floor(before)))).execute(conn)?)
}
