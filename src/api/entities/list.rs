//! List: chosen accounts with a timeline of their own.

use serde::Serialize;

use crate::domain::lists::{List as Row, Replies};
use crate::ids::ListId;

/// A list as its owner sees it.
#[derive(Debug, Serialize)]
pub struct List {
    id: ListId,
    title: String,
    replies_policy: Replies,
    exclusive: bool,
}

impl From<Row> for List {
    fn from(row: Row) -> Self {
        Self { id: row.id, title: row.title, replies_policy: row.replies_policy, exclusive: row.is_exclusive }
    }
}
