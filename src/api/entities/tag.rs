//! Tag.

use serde::Serialize;

use crate::context::Urls;
use crate::domain::tags::{Day, Tag as Row};
use crate::ids::TagId;

/// A hashtag with the last seven days of its use.
#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<TagId>,
    name: String,
    url: String,
    history: Vec<Use>,
    #[serde(skip_serializing_if = "Option::is_none")]
    following: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    featuring: Option<bool>,
}

/// One day; numbers are text in this one entity.
#[derive(Debug, Clone, Serialize)]
struct Use {
    day: String,
    uses: String,
    accounts: String,
}

fn history(days: &[Day]) -> Vec<Use> {
    days.iter()
        .map(|day| Use {
            day: day.day.unix().to_string(),
            uses: day.uses.to_string(),
            accounts: day.accounts.to_string(),
        })
        .collect()
}

impl Tag {
    /// A tag that was used here. `has_viewer`: somebody looks who could follow it.
    pub fn render(row: &Row, days: &[Day], has_viewer: bool, urls: &Urls) -> Self {
        let mark = has_viewer.then_some(false);
        Self {
            id: Some(row.id),
            name: row.display_name.clone(),
            url: urls.tag(&row.name),
            history: history(days),
            following: mark,
            featuring: mark,
        }
    }

    /// A tag that nobody used here so far; `name` is normalised.
    pub fn unused(name: &str, days: &[Day], has_viewer: bool, urls: &Urls) -> Self {
        let mark = has_viewer.then_some(false);
        Self {
            id: None,
            name: name.to_owned(),
            url: urls.tag(name),
            history: history(days),
            following: mark,
            featuring: mark,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::Time;

    #[test]
    fn numbers_of_a_day_are_text() {
        let urls = Urls::new("https://b.example", "b.example");
        let row =
            Row { id: TagId(5), name: "füße".into(), display_name: "Füße".into(), created_at: Time::from_unix(0) };
        let days = [Day { day: Time::from_unix(86_400), uses: 3, accounts: 2 }];
        let shown = serde_json::to_value(Tag::render(&row, &days, true, &urls)).unwrap();
        assert_eq!(
            shown,
            json!({"id": "5", "name": "Füße", "url": "https://b.example/tags/f%C3%BC%C3%9Fe", "history": [{"day": "86400", "uses": "3", "accounts": "2"}], "following": false, "featuring": false})
        );
        let stranger = serde_json::to_value(Tag::unused("x", &[], false, &urls)).unwrap();
        assert_eq!(stranger, json!({"name": "x", "url": "https://b.example/tags/x", "history": []}));
    }
}
