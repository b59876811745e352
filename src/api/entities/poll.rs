//! Poll.

use serde::Serialize;

use super::account::CustomEmoji;
use crate::domain::accounts::Emoji;
use crate::domain::posts::views::PollView;
use crate::ids::PollId;
use crate::time::Time;

/// A poll as one viewer sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Poll {
    id: PollId,
    expires_at: Option<String>,
    expired: bool,
    multiple: bool,
    votes_count: i64,
    voters_count: i64,
    options: Vec<Choice>,
    emojis: Vec<CustomEmoji>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_votes: Option<Vec<i32>>,
}

#[derive(Debug, Clone, Serialize)]
struct Choice {
    title: String,
    votes_count: Option<i64>,
}

impl Poll {
    /// As it stands at `now`. `has_viewer`: somebody looks who could vote.
    pub fn render(view: &PollView, now: Time, has_viewer: bool) -> Self {
        let poll = &view.poll;
        let expired = poll.is_expired(now);
        let hidden = poll.hides_totals && !expired;
        let tally = |index: usize| poll.tallies.0.get(index).copied().unwrap_or(0);
        Self {
            id: poll.id,
            expires_at: poll.expires_at.map(Time::rfc3339),
            expired,
            multiple: poll.is_multiple,
            votes_count: poll.votes_count(),
            voters_count: poll.voters_count,
            options: poll
                .options
                .0
                .iter()
                .enumerate()
                .map(|(index, title)| Choice { title: title.clone(), votes_count: (!hidden).then(|| tally(index)) })
                .collect(),
            emojis: Vec::new(),
            voted: has_viewer.then_some(view.voted),
            own_votes: has_viewer.then(|| view.own_votes.clone()),
        }
    }

    /// With the custom emoji of its post.
    pub fn with_emojis(self, emojis: &[Emoji]) -> Self {
        Self { emojis: emojis.iter().map(CustomEmoji::from).collect(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::db::Json;
    use crate::domain::posts::polls;
    use crate::ids::PostId;

    #[test]
    fn hidden_totals_show_at_the_end() {
        let poll = polls::Poll {
            id: PollId(3),
            post_id: PostId(4),
            options: Json(vec!["a".into(), "b".into()]),
            tallies: Json(vec![2, 1]),
            is_multiple: false,
            hides_totals: true,
            voters_count: 3,
            expires_at: Some(Time::from_unix(100)),
            created_at: Time::from_unix(0),
        };
        let view = PollView { poll, voted: true, own_votes: vec![1] };
        let before = serde_json::to_value(Poll::render(&view, Time::from_unix(50), true)).unwrap();
        assert_eq!(
            before["options"],
            json!([{"title": "a", "votes_count": null}, {"title": "b", "votes_count": null}])
        );
        assert_eq!(
            (&before["expired"], &before["voted"], &before["own_votes"]),
            (&json!(false), &json!(true), &json!([1]))
        );
        let after = serde_json::to_value(Poll::render(&view, Time::from_unix(100), false)).unwrap();
        assert_eq!(after["options"], json!([{"title": "a", "votes_count": 2}, {"title": "b", "votes_count": 1}]));
        assert_eq!((&after["expired"], after.get("voted")), (&json!(true), None));
        assert_eq!(after["expires_at"], "1970-01-01T00:01:40.000Z");
    }
}
