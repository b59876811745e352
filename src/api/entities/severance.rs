//! RelationshipSeveranceEvent.

use serde::Serialize;

use crate::domain::severances::{Kind, Severance};
use crate::ids::SeveranceId;

/// Follows that ended at once.
#[derive(Debug, Clone, Serialize)]
pub struct RelationshipSeveranceEvent {
    id: SeveranceId,
    #[serde(rename = "type")]
    kind: Kind,
    /// Whether it is no longer known which they were: who they were is not kept.
    purged: bool,
    target_name: String,
    followers_count: i64,
    following_count: i64,
    created_at: String,
}

impl From<&Severance> for RelationshipSeveranceEvent {
    fn from(row: &Severance) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            purged: true,
            target_name: row.target_name.clone(),
            followers_count: row.followers_count,
            following_count: row.following_count,
            created_at: row.created_at.rfc3339(),
        }
    }
}
