//! Notification, and the groups of the second version.

use serde::Serialize;

use super::account::Account;
use super::severance::RelationshipSeveranceEvent;
use super::status::Status;
use crate::context::{Context, Urls};
use crate::domain::accounts::Account as Person;
use crate::domain::notifications::{Group, Kind, Notification as Row};
use crate::domain::posts::views::PostView;
use crate::domain::severances::Severance;
use crate::ids::{AccountId, NotificationId, PostId};

/// Something an account was told.
#[derive(Debug, Clone, Serialize)]
pub struct Notification {
    id: NotificationId,
    #[serde(rename = "type")]
    kind: Kind,
    group_key: String,
    created_at: String,
    account: Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<RelationshipSeveranceEvent>,
}

/// What a notification is about: a post, or follows that ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The post.
    pub post: Option<&'a PostView>,
    /// The follows.
    pub severance: Option<&'a Severance>,
}

impl Notification {
    /// `from`: who caused it.
    pub fn render(row: &Row, from: &Person, about: About<'_>, cx: &Context, viewer: AccountId) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            group_key: row.group_key.clone(),
            created_at: row.created_at.rfc3339(),
            account: Account::render(from, &cx.urls),
            status: about.post.map(|view| Status::render(view, cx, Some(viewer))),
            event: about.severance.map(RelationshipSeveranceEvent::from),
        }
    }
}

/// The notification as JSON text, for streams.
pub fn json(
    row: &Row,
    from: &Person,
    post: Option<&PostView>,
    severance: Option<&Severance>,
    cx: &Context,
    viewer: AccountId,
) -> String {
    super::text(&Notification::render(row, from, About { post, severance }, cx, viewer))
}

/// A page of groups; accounts and posts stand beside them, each once.
#[derive(Debug, Default, Serialize)]
pub struct GroupedResults {
    /// Accounts in full.
    pub accounts: Vec<Account>,
    /// Accounts of which only the picture is wanted; absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_accounts: Option<Vec<PartialAccount>>,
    /// Posts that the groups are about.
    pub statuses: Vec<Status>,
    /// The groups, newest first.
    pub notification_groups: Vec<NotificationGroup>,
}

/// Notifications shown as one.
#[derive(Debug, Serialize)]
pub struct NotificationGroup {
    group_key: String,
    notifications_count: i64,
    #[serde(rename = "type")]
    kind: Kind,
    /// A string like every id; a number would lose its last digits in scripts.
    most_recent_notification_id: NotificationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_min_id: Option<NotificationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_max_id: Option<NotificationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_page_notification_at: Option<String>,
    sample_account_ids: Vec<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_id: Option<PostId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<RelationshipSeveranceEvent>,
}

impl NotificationGroup {
    /// `in_page`: whether it is part of a page, and its place in it is told.
    pub fn render(group: &Group, severance: Option<&Severance>, in_page: bool) -> Self {
        Self {
            group_key: group.key.clone(),
            notifications_count: group.count,
            kind: group.kind,
            most_recent_notification_id: group.most_recent_id,
            page_min_id: in_page.then_some(group.page_min_id),
            page_max_id: in_page.then_some(group.page_max_id),
            latest_page_notification_at: in_page.then(|| group.latest_at.rfc3339()),
            sample_account_ids: group.sample.clone(),
            status_id: group.post,
            event: severance.map(RelationshipSeveranceEvent::from),
        }
    }
}

/// As much of an account as its picture needs.
#[derive(Debug, Serialize)]
pub struct PartialAccount {
    id: AccountId,
    acct: String,
    url: String,
    avatar: String,
    avatar_static: String,
    locked: bool,
    bot: bool,
}

impl PartialAccount {
    /// Of any account.
    pub fn render(row: &Person, urls: &Urls) -> Self {
        use crate::domain::accounts::Kind::{Application, Service};
        let avatar = super::account::picture(row, row.avatar.as_deref(), super::account::AVATAR, urls);
        Self {
            id: row.id,
            acct: row.acct(),
            url: row.url.clone(),
            avatar_static: avatar.clone(),
            avatar,
            locked: row.is_locked,
            bot: matches!(row.kind, Service | Application),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::Time;

    fn group() -> Group {
        Group {
            key: "favourite-7-1".into(),
            kind: Kind::Favourite,
            count: 12,
            most_recent_id: NotificationId(99),
            page_min_id: NotificationId(90),
            page_max_id: NotificationId(99),
            latest_at: Time::from_unix(0),
            sample: vec![AccountId(1), AccountId(2)],
            post: Some(PostId(7)),
            subject: None,
        }
    }

    #[test]
    fn a_group_names_its_newest_by_a_number_and_all_else_by_text() {
        assert_eq!(
            serde_json::to_value(NotificationGroup::render(&group(), None, true)).unwrap(),
            json!({
                "group_key": "favourite-7-1", "notifications_count": 12, "type": "favourite", "most_recent_notification_id": "99", "page_min_id": "90", "page_max_id": "99",
                "latest_page_notification_at": "1970-01-01T00:00:00.000Z", "sample_account_ids": ["1", "2"], "status_id": "7"
            })
        );
    }

    #[test]
    fn a_group_by_itself_has_no_place_in_a_page() {
        let shown =
            serde_json::to_value(NotificationGroup::render(&Group { post: None, ..group() }, None, false)).unwrap();
        for key in ["page_min_id", "page_max_id", "latest_page_notification_at", "status_id"] {
            assert_eq!(shown.get(key), None, "{key}");
        }
    }

    #[test]
    fn an_empty_page_still_has_its_lists() {
        assert_eq!(
            serde_json::to_value(GroupedResults::default()).unwrap(),
            json!({"accounts": [], "statuses": [], "notification_groups": []})
        );
    }
}
