//! Relationship: how one account stands to another.

use serde::Serialize;

use crate::domain::follows::Relationship as Row;
use crate::ids::AccountId;
use crate::time::Time;

/// How the caller stands to an account.
#[derive(Debug, Serialize)]
pub struct Relationship {
    id: AccountId,
    following: bool,
    showing_reblogs: bool,
    notifying: bool,
    languages: Option<Vec<String>>,
    followed_by: bool,
    blocking: bool,
    blocked_by: bool,
    muting: bool,
    muting_notifications: bool,
    muting_expires_at: Option<String>,
    requested: bool,
    requested_by: bool,
    domain_blocking: bool,
    endorsed: bool,
    note: String,
}

impl Relationship {
    /// In the shape of the API.
    pub fn render(row: Row) -> Self {
        Self {
            id: row.id,
            following: row.following,
            showing_reblogs: row.showing_reblogs,
            notifying: row.notifying,
            languages: row.languages,
            followed_by: row.followed_by,
            blocking: row.blocking,
            blocked_by: row.blocked_by,
            muting: row.muting,
            muting_notifications: row.muting_notifications,
            muting_expires_at: row.muting_expires_at.map(Time::rfc3339),
            requested: row.requested,
            requested_by: row.requested_by,
            domain_blocking: row.domain_blocking,
            endorsed: row.endorsed,
            note: row.note,
        }
    }
}
