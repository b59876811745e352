//! ScheduledStatus.

use std::collections::HashMap;

use serde::Serialize;

use super::media::MediaAttachment;
use crate::context::Urls;
use crate::domain::media::Media;
use crate::domain::posts::Visibility;
use crate::domain::quotes::QuotePolicy;
use crate::domain::scheduled_posts::ScheduledPost;
use crate::ids::{MediaId, PostId, ScheduledPostId};

/// A post that is to be published later.
#[derive(Debug, Clone, Serialize)]
pub struct ScheduledStatus {
    id: ScheduledPostId,
    scheduled_at: String,
    params: Params,
    media_attachments: Vec<MediaAttachment>,
    /// Why it was not published when it should have been; not part of the Mastodon API, and absent unless that happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Params {
    text: String,
    poll: Option<Poll>,
    media_ids: Option<Vec<MediaId>>,
    sensitive: bool,
    spoiler_text: Option<String>,
    visibility: Visibility,
    in_reply_to_id: Option<PostId>,
    quoted_status_id: Option<PostId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quote_approval_policy: Option<QuotePolicy>,
    language: Option<String>,
    /// A number, for clients that were written when it was one; nobody has a use for it.
    application_id: i64,
    /// Always null, as the time stands beside the parameters.
    scheduled_at: Option<()>,
    /// Always null: a key is of the request.
    idempotency: Option<()>,
    with_rate_limit: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Poll {
    options: Vec<String>,
    expires_in: u64,
    multiple: bool,
    hide_totals: bool,
}

impl ScheduledStatus {
    /// `files`: those that it holds, among others perhaps.
    pub fn render(post: &ScheduledPost, files: &HashMap<MediaId, Media>, urls: &Urls) -> Self {
        let params = &post.params.0;
        Self {
            id: post.id,
            scheduled_at: post.scheduled_at.rfc3339(),
            params: Params {
                text: params.text.clone(),
                poll: params.poll.as_ref().map(|poll| Poll {
                    options: poll.options.clone(),
                    expires_in: poll.expires_in,
                    multiple: poll.is_multiple,
                    hide_totals: poll.hides_totals,
                }),
                media_ids: Some(params.media.clone()).filter(|ids| !ids.is_empty()),
                sensitive: params.sensitive,
                spoiler_text: Some(params.spoiler_text.clone()).filter(|text| !text.is_empty()),
                visibility: params.visibility,
                in_reply_to_id: params.in_reply_to,
                quoted_status_id: params.quote,
                quote_approval_policy: params.quote_policy,
                language: params.language.clone(),
                application_id: post.app_id.map_or(0, |id| id.0),
                scheduled_at: None,
                idempotency: None,
                with_rate_limit: false,
            },
            media_attachments: params
                .media
                .iter()
                .filter_map(|id| files.get(id))
                .map(|file| MediaAttachment::render(&file.attachment(), urls))
                .collect(),
            failure: post.failed_at.and(post.failure.clone()),
        }
    }
}
