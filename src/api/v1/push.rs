//! `/api/v1/push/subscription`: where the notifications of the token in hand are pushed to.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::api::auth::{self, Caller};
use crate::api::entities::push::WebPushSubscription;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::push_subscriptions::{self as rows, Alerts, NewSubscription, Senders};
use crate::error::{Error, Result as Outcome};

/// The keys of the app.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    p256dh: String,
    auth: String,
}

/// The address and the keys of the app.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Address {
    endpoint: String,
    keys: Keys,
    standard: bool,
}

/// What is pushed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wishes {
    alerts: Option<Alerts>,
    policy: Option<String>,
}

/// A subscription; of one that exists, only `data` can be changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    subscription: Option<Address>,
    data: Option<Wishes>,
    /// Where the documentation of the change has it.
    policy: Option<String>,
}

impl Form {
    fn policy(&self) -> Outcome<Option<Senders>> {
        let inner = self.data.as_ref().and_then(|data| data.policy.as_deref());
        let Some(name) = inner.or(self.policy.as_deref()).filter(|name| !name.is_empty()) else { return Ok(None) };
        let refused = || Error::invalid("data[policy]", "must be all, followed, follower or none");
        Senders::from_name(name).map(Some).ok_or_else(refused)
    }
}

/// Subscribes, in place of what the token had before.
pub async fn create(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<Form>,
) -> Result<HttpResponse> {
    caller.require("push")?;
    let policy = input.value.policy()?.unwrap_or(Senders::All);
    let Form { subscription, data, .. } = input.value;
    let Some(address) = subscription else {
        return Err(ApiError::malformed("subscription is missing: its endpoint and keys are needed"));
    };
    app.admits("subscription[endpoint]", &address.endpoint)?;
    let access_token = auth::bearer(&request).ok_or_else(|| Error::bug("a caller without a token"))?.to_owned();
    let new = NewSubscription {
        access_token,
        endpoint: address.endpoint,
        p256dh: address.keys.p256dh,
        auth: address.keys.auth,
        is_standard: address.standard,
        alerts: data.and_then(|data| data.alerts).unwrap_or_default(),
        policy,
    };
    let (token, me) = (caller.token(), caller.me());
    let row = app.act(move |conn, cx| rows::subscribe(conn, cx, token, me, new)).await?;
    Ok(HttpResponse::Ok().json(WebPushSubscription::render(&row, app.push_key.public())))
}

/// The subscription of the token.
pub async fn show(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("push")?;
    let token = caller.token();
    let row = app.db.read(move |conn| rows::get(conn, token)).await?;
    Ok(HttpResponse::Ok().json(WebPushSubscription::render(&row, app.push_key.public())))
}

/// Changes what is pushed; what is absent stays.
pub async fn update(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    caller.require("push")?;
    let policy = input.value.policy()?;
    let (token, alerts) = (caller.token(), input.value.data.and_then(|data| data.alerts));
    let row = app.act(move |conn, cx| rows::edit(conn, cx, token, alerts, policy)).await?;
    Ok(HttpResponse::Ok().json(WebPushSubscription::render(&row, app.push_key.public())))
}

/// Ends the subscription; none is left of one that was ended before.
pub async fn delete(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("push")?;
    let token = caller.token();
    app.act(move |conn, _| rows::unsubscribe(conn, token)).await?;
    Ok(HttpResponse::Ok().json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::lenient;

    #[test]
    fn a_form_reads_like_json() {
        let form = "subscription[endpoint]=https://push.example/1&subscription[keys][p256dh]=a&subscription[keys][auth]=b&subscription[standard]=true&data[alerts][mention]=true&data[alerts][admin.sign_up]=0&data[policy]=followed";
        let tree = lenient::tree(url::form_urlencoded::parse(form.as_bytes()).into_owned()).unwrap();
        let form: Form = lenient::read(tree).unwrap();
        let address = form.subscription.as_ref().unwrap();
        assert!(address.standard && address.keys.auth == "b");
        assert_eq!(form.policy().unwrap(), Some(Senders::Followed));
        let alerts: Vec<(String, bool)> = form.data.unwrap().alerts.unwrap().into_iter().collect();
        assert_eq!(alerts, [("admin.sign_up".to_owned(), false), ("mention".to_owned(), true)]);
    }
}
