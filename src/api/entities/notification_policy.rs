//! NotificationPolicy in both versions, and NotificationRequest.

use serde::Serialize;

use super::account::Account;
use super::status::Status;
use crate::context::Context;
use crate::domain::notifications::{Pending, Policy, Rule, Waiting};
use crate::domain::posts::views::PostView;
use crate::ids::{AccountId, NotificationRequestId};

/// How much waits for a decision.
#[derive(Debug, Serialize)]
struct Summary {
    pending_requests_count: i64,
    pending_notifications_count: i64,
}

impl From<Pending> for Summary {
    fn from(pending: Pending) -> Self {
        Self { pending_requests_count: pending.requests, pending_notifications_count: pending.notifications }
    }
}

/// What an account wants of whom: accept, filter or drop.
#[derive(Debug, Serialize)]
pub struct NotificationPolicy {
    for_not_following: Rule,
    for_not_followers: Rule,
    for_new_accounts: Rule,
    for_private_mentions: Rule,
    for_limited_accounts: Rule,
    summary: Summary,
}

impl NotificationPolicy {
    /// With what waits.
    pub fn render(policy: &Policy, pending: Pending) -> Self {
        Self {
            for_not_following: policy.for_not_following,
            for_not_followers: policy.for_not_followers,
            for_new_accounts: policy.for_new_accounts,
            for_private_mentions: policy.for_private_mentions,
            for_limited_accounts: policy.for_limited_accounts,
            summary: pending.into(),
        }
    }
}

/// The first version, which knew only whether something is kept from the list.
#[derive(Debug, Serialize)]
pub struct NotificationPolicyV1 {
    filter_not_following: bool,
    filter_not_followers: bool,
    filter_new_accounts: bool,
    filter_private_mentions: bool,
    summary: Summary,
}

impl NotificationPolicyV1 {
    /// With what waits.
    pub fn render(policy: &Policy, pending: Pending) -> Self {
        let filters = |rule: Rule| rule != Rule::Accept;
        Self {
            filter_not_following: filters(policy.for_not_following),
            filter_not_followers: filters(policy.for_not_followers),
            filter_new_accounts: filters(policy.for_new_accounts),
            filter_private_mentions: filters(policy.for_private_mentions),
            summary: pending.into(),
        }
    }
}

/// A sender somebody has to decide about.
#[derive(Debug, Serialize)]
pub struct NotificationRequest {
    id: NotificationRequestId,
    created_at: String,
    updated_at: String,
    /// A text, as the documentation has it.
    notifications_count: String,
    account: Account,
    last_status: Option<Status>,
}

impl NotificationRequest {
    /// `last`: the latest post that waits, where it is shown to the reader.
    pub fn render(waiting: &Waiting, last: Option<&PostView>, cx: &Context, viewer: AccountId) -> Self {
        Self {
            id: waiting.request.id,
            created_at: waiting.request.created_at.rfc3339(),
            updated_at: waiting.request.updated_at.rfc3339(),
            notifications_count: waiting.count.to_string(),
            account: Account::render(&waiting.from, &cx.urls),
            last_status: last.map(|view| Status::render(view, cx, Some(viewer))),
        }
    }
}
