//! `/api/v2/notifications/policy`: what becomes of notifications by whom; and the first version of it.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::Caller;
use crate::api::entities::notification_policy::{NotificationPolicy, NotificationPolicyV1};
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::notifications::{self as rows, Pending, Policy, PolicyEdit, Rule};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};

/// Rules that are to change.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    for_not_following: Option<String>,
    for_not_followers: Option<String>,
    for_new_accounts: Option<String>,
    for_private_mentions: Option<String>,
    for_limited_accounts: Option<String>,
}

impl Form {
    fn edit(&self) -> Outcome<PolicyEdit> {
        Ok(PolicyEdit {
            for_not_following: rule("for_not_following", self.for_not_following.as_deref())?,
            for_not_followers: rule("for_not_followers", self.for_not_followers.as_deref())?,
            for_new_accounts: rule("for_new_accounts", self.for_new_accounts.as_deref())?,
            for_private_mentions: rule("for_private_mentions", self.for_private_mentions.as_deref())?,
            for_limited_accounts: rule("for_limited_accounts", self.for_limited_accounts.as_deref())?,
        })
    }
}

fn rule(field: &'static str, name: Option<&str>) -> Outcome<Option<Rule>> {
    name.map(|name| Rule::from_name(name).ok_or_else(|| Error::invalid(field, "must be accept, filter or drop")))
        .transpose()
}

/// Whether things are to be kept aside, in the words of the first version.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FormV1 {
    filter_not_following: Option<bool>,
    filter_not_followers: Option<bool>,
    filter_new_accounts: Option<bool>,
    filter_private_mentions: Option<bool>,
}

impl FormV1 {
    fn edit(&self) -> PolicyEdit {
        let rule = |filters: Option<bool>| filters.map(|filters| if filters { Rule::Filter } else { Rule::Accept });
        PolicyEdit {
            for_not_following: rule(self.filter_not_following),
            for_not_followers: rule(self.filter_not_followers),
            for_new_accounts: rule(self.filter_new_accounts),
            for_private_mentions: rule(self.filter_private_mentions),
            for_limited_accounts: None,
        }
    }
}

/// The caller's policy.
pub async fn show(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    let (policy, pending) = read(&app, &caller).await?;
    Ok(HttpResponse::Ok().json(NotificationPolicy::render(&policy, pending)))
}

/// Changes it; what is absent stays.
pub async fn update(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (policy, pending) = write(&app, caller, input.value.edit()?).await?;
    Ok(HttpResponse::Ok().json(NotificationPolicy::render(&policy, pending)))
}

/// The first version.
pub async fn show_v1(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    let (policy, pending) = read(&app, &caller).await?;
    Ok(HttpResponse::Ok().json(NotificationPolicyV1::render(&policy, pending)))
}

/// Changes it by the first version.
pub async fn update_v1(app: web::Data<App>, caller: Caller, input: Input<FormV1>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (policy, pending) = write(&app, caller, input.value.edit()).await?;
    Ok(HttpResponse::Ok().json(NotificationPolicyV1::render(&policy, pending)))
}

fn writes(caller: &Caller) -> Result<()> {
    caller.require("write:notifications")?;
    caller.may(Act::Relate)
}

async fn read(app: &App, caller: &Caller) -> Result<(Policy, Pending)> {
    caller.require("read:notifications")?;
    let (me, sees_direct) = (caller.me(), caller.sees_direct());
    Ok(app.db.read(move |conn| Ok((rows::policy(conn, me)?, rows::pending(conn, me, sees_direct)?))).await?)
}

async fn write(app: &App, caller: Caller, edit: PolicyEdit) -> Result<(Policy, Pending)> {
    let (me, sees_direct) = (caller.me(), caller.sees_direct());
    let written = app.act(move |conn, cx| {
        let policy = rows::edit_policy(conn, me, edit)?;
        caller.record(conn, cx, "notification_policy.edit", &me)?;
        Ok((policy, rows::pending(conn, me, sees_direct)?))
    });
    Ok(written.await?)
}
