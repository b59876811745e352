//! Authorising an app: which one, what it may do, and whom it acts as.

use askama::Template;

use super::layout::{Hidden, Page, Person};
use crate::web::i18n::Lang;

/// Sent with POST to `/oauth/authorize`, fields: `account` (an account id), `decision` (`allow` or `deny`) and those in `hidden`.
#[derive(Debug, Clone, Template)]
#[template(path = "authorize.html", whitespace = "minimize")]
pub struct AuthorizePage {
    /// The frame.
    pub page: Page,
    /// The app that asks.
    pub app: AppCard,
    /// What it asks for, in words; see [`describe_scopes`].
    pub scopes: Vec<String>,
    /// Whom it can act as: the person first, then the brands of their teams.
    pub choices: Vec<Choice>,
    /// The parameters of the request that come back with the answer.
    pub hidden: Vec<Hidden>,
    /// The name of the person who is signed in.
    pub signed_in_as: String,
    /// Why the last answer was refused.
    pub error: Option<String>,
    /// Where to sign in as someone else and come back, such as `/auth/sign_out?return_to=…` with the path percent-encoded.
    pub switch_url: String,
}

/// An app as it describes itself.
#[derive(Debug, Clone, Default)]
pub struct AppCard {
    /// The name that it gave itself.
    pub name: String,
    /// The host of its web site.
    pub website_host: Option<String>,
    /// Where the answer goes: a host, or the scheme of an app on the phone. `None`: a code is shown instead.
    pub redirect_host: Option<String>,
}

/// One of those whom the app can act as.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The account id, the value of the field `account`.
    pub id: String,
    /// The account.
    pub person: Person,
    /// What the reader is to this account, from [`describe_role`].
    pub role: String,
    /// What that allows, from [`describe_role`]; empty for oneself.
    pub may: String,
    /// Whether it is chosen already.
    pub checked: bool,
}

/// The code of an app that cannot be sent back to (`urn:ietf:wg:oauth:2.0:oob`).
#[derive(Debug, Clone, Template)]
#[template(path = "authorize_code.html", whitespace = "minimize")]
pub struct CodePage {
    /// The frame.
    pub page: Page,
    /// The app's name.
    pub app: String,
    /// Whom it may act as.
    pub acting_as: String,
    /// The authorisation code.
    pub code: String,
}

/// What a team role is called and may do: `owner`, `manager`, `author`, `analyst`; anything else means oneself.
pub fn describe_role(lang: Lang, role: &str) -> (String, String) {
    match role {
        "owner" => (lang.t("role-owner"), lang.t("role-owner-may")),
        "manager" => (lang.t("role-manager"), lang.t("role-manager-may")),
        "author" => (lang.t("role-author"), lang.t("role-author-may")),
        "analyst" => (lang.t("role-analyst"), lang.t("role-analyst-may")),
        _ => (lang.t("authorize-self"), String::new()),
    }
}

/// How many scopes are described one by one.
const MAX_SCOPES: usize = 64;

/// Scopes in plain words, broad ones first, each once. A narrow scope is left out where its broad one is there.
pub fn describe_scopes(lang: Lang, scopes: &[&str]) -> Vec<String> {
    let mut said: Vec<&str> = Vec::new();
    for scope in scopes.iter().copied().take(MAX_SCOPES) {
        let broad = scope.rsplit_once(':').is_some_and(|(wider, _)| scopes.contains(&wider));
        if !broad && !said.contains(&scope) {
            said.push(scope);
        }
    }
    said.sort_by_key(|scope| scope.contains(':'));
    let mut lines: Vec<String> = Vec::new();
    for scope in said {
        let line = describe_scope(lang, scope);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn describe_scope(lang: Lang, scope: &str) -> String {
    match scope {
        "read" => lang.t("scope-read"),
        "read:accounts" => lang.t("scope-read-accounts"),
        "read:blocks" => lang.t("scope-read-blocks"),
        "read:bookmarks" => lang.t("scope-read-bookmarks"),
        "read:favourites" => lang.t("scope-read-favourites"),
        "read:filters" => lang.t("scope-read-filters"),
        "read:follows" => lang.t("scope-read-follows"),
        "read:lists" => lang.t("scope-read-lists"),
        "read:mutes" => lang.t("scope-read-mutes"),
        "read:notifications" => lang.t("scope-read-notifications"),
        "read:search" => lang.t("scope-read-search"),
        "read:statuses" => lang.t("scope-read-statuses"),
        "write" => lang.t("scope-write"),
        "write:accounts" => lang.t("scope-write-accounts"),
        "write:blocks" => lang.t("scope-write-blocks"),
        "write:bookmarks" => lang.t("scope-write-bookmarks"),
        "write:conversations" => lang.t("scope-write-conversations"),
        "write:favourites" => lang.t("scope-write-favourites"),
        "write:filters" => lang.t("scope-write-filters"),
        "write:follows" => lang.t("scope-write-follows"),
        "write:lists" => lang.t("scope-write-lists"),
        "write:media" => lang.t("scope-write-media"),
        "write:mutes" => lang.t("scope-write-mutes"),
        "write:notifications" => lang.t("scope-write-notifications"),
        "write:reports" => lang.t("scope-write-reports"),
        "write:statuses" => lang.t("scope-write-statuses"),
        "follow" => lang.t("scope-follow"),
        "push" => lang.t("scope-push"),
        "profile" => lang.t("scope-profile"),
        _ if scope == "admin:read" || scope.starts_with("admin:read:") => lang.t("scope-admin-read"),
        _ if scope == "admin:write" || scope.starts_with("admin:write:") => lang.t("scope-admin-write"),
        _ => lang.t_with("scope-other", &[("scope", &scope)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broad_scopes_stand_for_their_narrow_ones() {
        let lines = describe_scopes(Lang::ENGLISH, &["write:media", "read:accounts", "read", "write:media", "push"]);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with("read everything"));
        assert!(lines[2].starts_with("upload"));
        assert!(describe_scopes(Lang::ENGLISH, &["fly"])[0].contains("fly"));
    }
}
