//! What clients send to write or edit a post, and what it becomes.

use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use crate::api::v1::media::focus;
use crate::api::v1::{quotes, scheduled_statuses};
use crate::config::Limits;
use crate::domain::accounts::Account;
use crate::domain::media::Description;
use crate::domain::posts::Visibility;
use crate::domain::posts::actions::{NewPoll, NewPost, PublishLimits};
use crate::domain::posts::edits::PostEdit;
use crate::domain::quotes::QuotePolicy;
use crate::error::{Error, Result};
use crate::ids::{AccountId, MediaId, PostId};
use crate::time::Time;

/// A post as clients send it. Ids are read as text, because some clients send an empty one for none.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StatusForm {
    status: Option<String>,
    spoiler_text: Option<String>,
    visibility: Option<String>,
    sensitive: Option<bool>,
    language: Option<String>,
    in_reply_to_id: Option<String>,
    media_ids: Vec<String>,
    media_attributes: Vec<MediaForm>,
    poll: Option<PollForm>,
    scheduled_at: Option<String>,
    quoted_status_id: Option<String>,
    /// What some clients call the same.
    quote_id: Option<String>,
    quote_approval_policy: Option<String>,
    /// Whom the text may mention.
    allowed_mentions: Option<Vec<String>>,
}

/// What an edit says about a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MediaForm {
    id: String,
    description: Option<String>,
    focus: Option<String>,
}

/// A poll as clients send it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PollForm {
    options: Vec<String>,
    /// Seconds.
    expires_in: u64,
    multiple: Option<bool>,
    hide_totals: Option<bool>,
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn id<T: FromStr>(field: &'static str, text: &str) -> Result<T> {
    text.trim().parse().map_err(|_| Error::invalid(field, "is not an id"))
}

impl StatusForm {
    /// What was typed.
    pub fn text(&self) -> &str {
        self.status.as_deref().unwrap_or_default()
    }

    /// What it answers. An id that is none is of no post.
    pub fn parent(&self) -> Result<Option<PostId>> {
        filled(self.in_reply_to_id.as_ref()).map(|text| text.parse().map_err(|_| Error::NotFound("post"))).transpose()
    }

    /// Who may see it: as given, or what the author chose for all posts.
    pub fn visibility(&self, author: &Account) -> Result<Visibility> {
        match filled(self.visibility.as_ref()) {
            None => Ok(author.default_visibility),
            Some(name) => Visibility::from_name(name)
                .ok_or_else(|| Error::invalid("visibility", "must be public, unlisted, private or direct")),
        }
    }

    fn media(&self) -> Result<Vec<MediaId>> {
        self.media_ids.iter().filter(|text| !text.trim().is_empty()).map(|text| id("media_ids", text)).collect()
    }

    fn poll(&self) -> Option<NewPoll> {
        let form = self.poll.as_ref().filter(|poll| !poll.options.is_empty())?;
        Some(NewPoll {
            options: form.options.clone(),
            expires_in: Duration::from_secs(form.expires_in),
            is_multiple: form.multiple.unwrap_or(false),
            hides_totals: form.hide_totals.unwrap_or(false),
        })
    }

    /// When it is to be published, if not at once.
    pub fn scheduled_at(&self) -> Result<Option<Time>> {
        filled(self.scheduled_at.as_ref()).map(scheduled_statuses::time).transpose()
    }

    /// What it quotes. An id that is none is of no post.
    fn quoted(&self) -> Result<Option<PostId>> {
        let id = filled(self.quoted_status_id.as_ref()).or_else(|| filled(self.quote_id.as_ref()));
        id.map(|text| text.parse().map_err(|_| Error::NotFound("post"))).transpose()
    }

    fn quote_policy(&self) -> Result<Option<QuotePolicy>> {
        filled(self.quote_approval_policy.as_ref()).map(quotes::policy).transpose()
    }

    /// Whether the text may mention `account`: anybody, unless the client says whom it expects.
    pub fn may_mention(&self, account: AccountId) -> bool {
        let is_it = |text: &String| text.trim().parse() == Ok(account);
        self.allowed_mentions.as_ref().is_none_or(|allowed| allowed.iter().any(is_it))
    }

    /// Whether the client says whom it expects to be mentioned.
    pub fn expects_mentions(&self) -> bool {
        self.allowed_mentions.is_some()
    }

    /// A new post by `author`, without who wrote it with what.
    pub fn new_post(&self, author: &Account) -> Result<NewPost> {
        Ok(NewPost {
            text: self.text().to_owned(),
            spoiler_text: self.spoiler_text.clone().unwrap_or_default(),
            visibility: self.visibility(author)?,
            sensitive: self.sensitive.unwrap_or(author.default_sensitive),
            language: filled(self.language.as_ref()).map(str::to_owned),
            in_reply_to: self.parent()?,
            media: self.media()?,
            poll: self.poll(),
            quote: self.quoted()?,
            quote_policy: self.quote_policy()?,
            app: None,
            acted_by: None,
            idempotency: None,
        })
    }

    /// An edit: what is left out is cleared.
    pub fn edit(&self) -> Result<PostEdit> {
        Ok(PostEdit {
            text: self.text().to_owned(),
            spoiler_text: self.spoiler_text.clone().unwrap_or_default(),
            sensitive: self.sensitive.unwrap_or(false),
            language: filled(self.language.as_ref()).map(str::to_owned),
            media: self.media()?,
            poll: self.poll(),
            quote_policy: self.quote_policy()?,
        })
    }

    /// What an edit says about files. At most `limit` of them.
    pub fn descriptions(&self, limit: usize) -> Result<Vec<(MediaId, Description)>> {
        let read = |form: &MediaForm| -> Result<(MediaId, Description)> {
            let focus = filled(form.focus.as_ref()).map(focus).transpose()?;
            Ok((id("media_attributes", &form.id)?, Description { text: form.description.clone(), focus }))
        };
        self.media_attributes.iter().take(limit).map(read).collect()
    }
}

/// What a post written here may hold.
pub fn publish_limits(limits: &Limits) -> PublishLimits {
    PublishLimits {
        characters: limits.post_characters,
        media: limits.media_per_post,
        mentions: limits.mentions,
        hashtags: limits.hashtags,
        poll_options: limits.poll_options,
        poll_option_characters: limits.poll_option_characters,
        poll_shortest: limits.poll_shortest,
        poll_longest: limits.poll_longest,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(value: serde_json::Value) -> StatusForm {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn empty_is_the_same_as_left_out() {
        let form = form(
            json!({"status": "hi", "in_reply_to_id": "", "media_ids": [""], "poll": {"options": []}, "language": " ", "scheduled_at": ""}),
        );
        assert_eq!(form.parent().unwrap(), None);
        let edit = form.edit().unwrap();
        assert_eq!((edit.media, edit.poll, edit.language, edit.sensitive), (Vec::new(), None, None, false));
    }

    #[test]
    fn an_answer_to_nonsense_is_an_answer_to_nothing_that_exists() {
        assert!(matches!(form(json!({"in_reply_to_id": "x"})).parent(), Err(Error::NotFound(_))));
        assert!(matches!(form(json!({"media_ids": ["x"]})).edit(), Err(Error::Invalid(_))));
    }

    #[test]
    fn what_is_quoted_goes_by_two_names() {
        for name in ["quoted_status_id", "quote_id"] {
            assert_eq!(form(json!({ name: "7" })).quoted().unwrap(), Some(PostId(7)), "{name}");
        }
        assert!(matches!(form(json!({"quoted_status_id": "x"})).quoted(), Err(Error::NotFound(_))));
        assert!(matches!(form(json!({"quote_approval_policy": "ask"})).quote_policy(), Err(Error::Invalid(_))));
    }

    #[test]
    fn only_those_expected_may_be_mentioned() {
        assert!(form(json!({})).may_mention(AccountId(3)));
        let expecting = form(json!({"allowed_mentions": ["3"]}));
        assert!(expecting.may_mention(AccountId(3)) && !expecting.may_mention(AccountId(4)));
        assert!(!form(json!({"allowed_mentions": []})).may_mention(AccountId(3)));
    }

    #[test]
    fn files_are_described_in_place() {
        let form = form(json!({"media_attributes": [{"id": "4", "description": "a cup", "focus": "0.5,-1"}]}));
        let said = form.descriptions(4).unwrap();
        let (id, description) = &said[0];
        assert_eq!(
            (said.len(), *id, description.text.as_deref(), description.focus),
            (1, MediaId(4), Some("a cup"), Some((0.5, -1.0)))
        );
    }
}
