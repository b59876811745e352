//! Tag.

use serde::Serialize;

use crate::context::Urls;
use crate::domain::tags::Day;
use crate::domain::tags::views::TagView;

/// A hashtag with the last seven days of its use.
#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    /// Empty for one that nobody used here so far.
    id: String,
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
pub(super) struct Use {
    day: String,
    uses: String,
    accounts: String,
}

pub(super) fn history(days: &[Day]) -> Vec<Use> {
    days.iter()
        .map(|day| Use {
            day: day.day.unix().to_string(),
            uses: day.uses.to_string(),
            accounts: day.accounts.to_string(),
        })
        .collect()
}

impl Tag {
    /// A tag as one viewer sees it.
    pub fn render(view: &TagView, urls: &Urls) -> Self {
        Self {
            id: view.tag.id.to_string(),
            name: view.tag.display_name.clone(),
            url: urls.tag(&view.tag.name),
            history: history(&view.days),
            following: view.standing.map(|standing| standing.is_followed),
            featuring: view.standing.map(|standing| standing.is_featured),
        }
    }

    /// A tag that nobody used here so far; `name` is normalised.
    pub fn unused(name: &str, days: &[Day], has_viewer: bool, urls: &Urls) -> Self {
        let mark = has_viewer.then_some(false);
        Self {
            id: String::new(),
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
    use crate::domain::tags::Tag as Row;
    use crate::domain::tags::views::Standing;
    use crate::ids::TagId;
    use crate::time::Time;

    #[test]
    fn numbers_of_a_day_are_text() {
        let urls = Urls::new("https://b.example", "b.example");
        let tag =
            Row { id: TagId(5), name: "füße".into(), display_name: "Füße".into(), created_at: Time::from_unix(0) };
        let days = vec![Day { day: Time::from_unix(86_400), uses: 3, accounts: 2 }];
        let standing = Some(Standing { is_followed: true, is_featured: false });
        let shown = serde_json::to_value(Tag::render(&TagView { tag, days, standing }, &urls)).unwrap();
        assert_eq!(
            shown,
            json!({"id": "5", "name": "Füße", "url": "https://b.example/tags/f%C3%BC%C3%9Fe", "history": [{"day": "86400", "uses": "3", "accounts": "2"}], "following": true, "featuring": false})
        );
        let stranger = serde_json::to_value(Tag::unused("x", &[], false, &urls)).unwrap();
        assert_eq!(stranger, json!({"id": "", "name": "x", "url": "https://b.example/tags/x", "history": []}));
    }
}
