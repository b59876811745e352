//! One page of a long list, by id: the three cursors of the Mastodon API. Results are always newest first.

/// Which page of a list. Rows are chosen by an id that grows with time; the cursors themselves are never part of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only older than this.
    pub max_id: Option<i64>,
    /// Only newer than this; the newest of them.
    pub since_id: Option<i64>,
    /// Only newer than this; the oldest of them, that is the page right after it.
    pub min_id: Option<i64>,
    /// At most this many rows.
    pub limit: i64,
}

impl Page {
    /// The newest `limit` rows.
    pub const fn first(limit: i64) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit }
    }

    /// The `limit` rows older than `max_id`.
    pub const fn before(max_id: i64, limit: i64) -> Self {
        Self { max_id: Some(max_id), since_id: None, min_id: None, limit }
    }

    /// Whether the rows must be read oldest first to find the page.
    pub const fn is_ascending(&self) -> bool {
        self.min_id.is_some()
    }

    /// Puts rows that were read in the order of [`Page::is_ascending`] newest first.
    pub fn newest_first<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.is_ascending() {
            rows.reverse();
        }
        rows
    }
}

/// Cuts a boxed query to a page by `column`, in reading order: `paged!(query, posts::id, page).load(conn)`, then
/// [`Page::newest_first`].
#[macro_export]
macro_rules! paged {
    ($query:expr, $column:expr, $page:expr) => {{
        let page: &$crate::page::Page = $page;
        let mut query = $query;
        if let Some(max) = page.max_id {
            query = query.filter($column.lt(max));
        }
        if let Some(since) = page.since_id {
            query = query.filter($column.gt(since));
        }
        if let Some(min) = page.min_id {
            query = query.filter($column.gt(min));
        }
        query = if page.is_ascending() { query.order($column.asc()) } else { query.order($column.desc()) };
        query.limit(page.limit.max(0))
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_upwards_are_turned_round() {
        assert_eq!(Page { min_id: Some(1), ..Page::first(3) }.newest_first(vec![2, 3, 4]), [4, 3, 2]);
        assert_eq!(Page { since_id: Some(1), ..Page::first(3) }.newest_first(vec![9, 8, 7]), [9, 8, 7]);
    }
}
