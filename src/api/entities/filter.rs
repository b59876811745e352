//! Filter, what is in it, and what it found; also the shape of the first version.

use serde::Serialize;

use crate::domain::filters::phrases::Phrase;
use crate::domain::filters::{Action, Filter as Row, FilterPost, FilterView, Keyword, Match, Place};
use crate::ids::{FilterId, FilterKeywordId, FilterPostId, PostId};
use crate::time::Time;

/// A filter of the caller.
#[derive(Debug, Clone, Serialize)]
pub struct Filter {
    id: FilterId,
    title: String,
    context: Vec<Place>,
    expires_at: Option<String>,
    filter_action: Action,
    /// Absent where it is said what a post matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    keywords: Option<Vec<FilterKeyword>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<Vec<FilterStatus>>,
}

impl Filter {
    /// With everything in it.
    pub fn render(view: &FilterView) -> Self {
        Self {
            keywords: Some(view.keywords.iter().map(FilterKeyword::render).collect()),
            statuses: Some(view.posts.iter().map(FilterStatus::render).collect()),
            ..Self::alone(&view.filter)
        }
    }

    fn alone(row: &Row) -> Self {
        Self {
            id: row.id,
            title: row.title.clone(),
            context: row.contexts.0.clone(),
            expires_at: row.expires_at.map(Time::rfc3339),
            filter_action: row.action,
            keywords: None,
            statuses: None,
        }
    }
}

/// A keyword of a filter.
#[derive(Debug, Clone, Serialize)]
pub struct FilterKeyword {
    id: FilterKeywordId,
    keyword: String,
    whole_word: bool,
}

impl FilterKeyword {
    /// Of any filter.
    pub fn render(row: &Keyword) -> Self {
        Self { id: row.id, keyword: row.keyword.clone(), whole_word: row.is_whole_word }
    }
}

/// A post of a filter.
#[derive(Debug, Clone, Serialize)]
pub struct FilterStatus {
    id: FilterPostId,
    status_id: PostId,
}

impl FilterStatus {
    /// Of any filter.
    pub fn render(row: &FilterPost) -> Self {
        Self { id: row.id, status_id: row.post_id }
    }
}

/// A filter that a post matches, and by what.
#[derive(Debug, Clone, Serialize)]
pub struct FilterResult {
    filter: Filter,
    keyword_matches: Option<Vec<String>>,
    status_matches: Option<Vec<PostId>>,
}

impl FilterResult {
    /// Of those filters that have not ended at `now`.
    pub fn render(found: &[Match], now: Time) -> Vec<Self> {
        let active = found.iter().filter(|found| found.filter.is_active(now));
        active
            .map(|found| Self {
                filter: Filter::alone(&found.filter),
                keyword_matches: found.keyword.clone().map(|keyword| vec![keyword]),
                status_matches: Some(found.posts.clone()).filter(|posts| !posts.is_empty()),
            })
            .collect()
    }
}

/// A filter as the first version knows it: one keyword.
#[derive(Debug, Serialize)]
pub struct OldFilter {
    id: FilterKeywordId,
    phrase: String,
    context: Vec<Place>,
    whole_word: bool,
    expires_at: Option<String>,
    irreversible: bool,
}

impl OldFilter {
    /// Of a keyword and its filter.
    pub fn render(phrase: &Phrase) -> Self {
        let (keyword, filter) = (&phrase.keyword, &phrase.filter);
        Self {
            id: keyword.id,
            phrase: keyword.keyword.clone(),
            context: filter.contexts.0.clone(),
            whole_word: keyword.is_whole_word,
            expires_at: filter.expires_at.map(Time::rfc3339),
            irreversible: filter.action == Action::Hide,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::db::Json;
    use crate::ids::AccountId;

    fn row() -> Row {
        Row {
            id: FilterId(7),
            account_id: AccountId(1),
            title: "Weather".into(),
            contexts: Json(vec![Place::Home, Place::Thread]),
            action: Action::Warn,
            expires_at: Some(Time::from_unix(60)),
            created_at: Time::from_unix(0),
        }
    }

    #[test]
    fn a_filter_always_has_its_lists() {
        let view = FilterView { filter: Row { expires_at: None, ..row() }, keywords: Vec::new(), posts: Vec::new() };
        assert_eq!(
            serde_json::to_value(Filter::render(&view)).unwrap(),
            json!({"id": "7", "title": "Weather", "context": ["home", "thread"], "expires_at": null, "filter_action": "warn", "keywords": [], "statuses": []})
        );
    }

    #[test]
    fn what_is_found_names_the_filter_without_its_lists_until_it_ends() {
        let found = [Match { filter: Arc::new(row()), keyword: Some("Rain".into()), posts: Vec::new() }];
        assert_eq!(
            serde_json::to_value(FilterResult::render(&found, Time::from_unix(59))).unwrap(),
            json!([{
                "filter": {"id": "7", "title": "Weather", "context": ["home", "thread"], "expires_at": "1970-01-01T00:01:00.000Z", "filter_action": "warn"},
                "keyword_matches": ["Rain"], "status_matches": null
            }])
        );
        assert!(FilterResult::render(&found, Time::from_unix(60)).is_empty());
    }
}
