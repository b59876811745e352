//! Where notifications are pushed to: one address for each token, given by the app that holds it. It ends with the token.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::crypto::push::{PushError, Recipient};
use crate::db::schema::push_subscriptions;
use crate::db::{Conn, Json};
use crate::domain::follows::{self, State};
use crate::domain::notifications::{Kind, Notification};
use crate::error::{Error, Result};
use crate::ids::{AccountId, NotificationId, PushSubscriptionId, TokenId};
use crate::jobs;
use crate::time::Time;

/// The job that pushes one notification to one app; it carries a [`Push`].
pub const JOB: &str = "push";
/// The longest address of a push service, in bytes.
const MAX_ENDPOINT: usize = 2048;

/// Which kinds of notification are wanted, by name; of kinds that are absent nothing was said.
pub type Alerts = BTreeMap<String, bool>;

crate::text_enum! {
    /// By whom a notification must be caused to be pushed.
    pub enum Senders {
        /// By anybody.
        All = "all",
        /// By somebody whom the account follows.
        Followed = "followed",
        /// By somebody who follows the account.
        Follower = "follower",
        /// Nothing is pushed.
        None = "none",
    }
}

/// A subscription as it is kept.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = push_subscriptions)]
pub struct Subscription {
    pub id: PushSubscriptionId,
    /// The token of the app, with which it ends.
    pub token_id: TokenId,
    /// As whom the app acts.
    pub account_id: AccountId,
    /// The token as the app sends it: pushes name it, so that an app with several accounts knows whose it is.
    pub access_token: String,
    /// The address of the push service.
    pub endpoint: String,
    /// The app's public key, URL-safe base64.
    pub p256dh: String,
    /// The secret shared with the app, URL-safe base64.
    pub auth: String,
    /// Whether the app reads the standard encoding (RFC 8291) rather than the draft's.
    pub is_standard: bool,
    pub alerts: Json<Alerts>,
    pub policy: Senders,
    pub created_at: Time,
    pub updated_at: Time,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Subscription {
    /// The app, as messages are encrypted for it.
    pub fn recipient(&self) -> std::result::Result<Recipient, PushError> {
        Recipient::parse(&self.p256dh, &self.auth)
    }
}

/// A subscription that an app asks for.
pub struct NewSubscription {
    /// As the app sends it.
    pub access_token: String,
    /// Checked by whoever knows which addresses may be contacted.
    pub endpoint: String,
    /// The app's public key, base64.
    pub p256dh: String,
    /// The shared secret, base64.
    pub auth: String,
    /// Whether the app reads the standard encoding.
    pub is_standard: bool,
    /// Names of kinds that are not known are dropped.
    pub alerts: Alerts,
    /// By whom.
    pub policy: Senders,
}

/// What [`JOB`] carries.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Push {
    /// Where to.
    pub subscription: PushSubscriptionId,
    /// What.
    pub notification: NotificationId,
    /// How often it was tried in vain.
    pub tries: u32,
}

/// Subscribes the app that holds `token`, in place of what it had before.
pub fn subscribe(
    conn: &mut Conn,
    cx: &Context,
    token: TokenId,
    account: AccountId,
    new: NewSubscription,
) -> Result<Subscription> {
    if new.endpoint.len() > MAX_ENDPOINT {
        return Err(Error::invalid("subscription[endpoint]", format!("is longer than {MAX_ENDPOINT} bytes")));
    }
    let recipient = Recipient::parse(&new.p256dh, &new.auth).map_err(|why| match why {
        PushError::Auth => Error::invalid("subscription[keys][auth]", why.to_string()),
        _ => Error::invalid("subscription[keys][p256dh]", why.to_string()),
    })?;
    unsubscribe(conn, token)?;
    let row = Subscription {
        id: cx.id(),
        token_id: token,
        account_id: account,
        access_token: new.access_token,
        endpoint: new.endpoint,
        p256dh: recipient.public_text(),
        auth: recipient.auth_text(),
        is_standard: new.is_standard,
        alerts: Json(known(new.alerts)),
        policy: new.policy,
        created_at: cx.now,
        updated_at: cx.now,
    };
    diesel::insert_into(push_subscriptions::table).values(&row).execute(conn)?;
    Ok(row)
}

fn known(mut alerts: Alerts) -> Alerts {
    alerts.retain(|name, _| Kind::from_name(name).is_some());
    alerts
}

/// Changes what is pushed to the app that holds `token`; what is absent stays. An error if it has no subscription.
pub fn edit(
    conn: &mut Conn,
    cx: &Context,
    token: TokenId,
    alerts: Option<Alerts>,
    policy: Option<Senders>,
) -> Result<Subscription> {
    let held = get(conn, token)?;
    let row = Subscription {
        alerts: alerts.map_or(held.alerts, |alerts| Json(known(alerts))),
        policy: policy.unwrap_or(held.policy),
        updated_at: cx.now,
        ..held
    };
    diesel::update(push_subscriptions::table.find(row.id))
        .set((
            push_subscriptions::alerts.eq(&row.alerts),
            push_subscriptions::policy.eq(row.policy),
            push_subscriptions::updated_at.eq(row.updated_at),
        ))
        .execute(conn)?;
    Ok(row)
}

/// The subscription of the app that holds `token`; an error if there is none.
pub fn get(conn: &mut Conn, token: TokenId) -> Result<Subscription> {
    push_subscriptions::table
        .filter(push_subscriptions::token_id.eq(token))
        .select(Subscription::as_select())
        .first(conn)
        .optional()?
        .ok_or(Error::NotFound("push subscription"))
}

/// The subscription with this id, whoever's it is: for pushing.
pub fn find(conn: &mut Conn, id: PushSubscriptionId) -> Result<Option<Subscription>> {
    Ok(push_subscriptions::table.find(id).select(Subscription::as_select()).first(conn).optional()?)
}

/// Ends the subscription of the app that holds `token`; nothing happens if there is none.
pub fn unsubscribe(conn: &mut Conn, token: TokenId) -> Result<()> {
    diesel::delete(push_subscriptions::table.filter(push_subscriptions::token_id.eq(token))).execute(conn)?;
    Ok(())
}

/// Ends a subscription: its push service does not know it any more, or its token does not hold.
pub fn delete(conn: &mut Conn, id: PushSubscriptionId) -> Result<()> {
    diesel::delete(push_subscriptions::table.find(id)).execute(conn)?;
    Ok(())
}

/// Writes the jobs that push a new notification to those apps of its account that want it.
pub(in crate::domain) fn push(conn: &mut Conn, cx: &Context, told: &Notification) -> Result<()> {
    let subscriptions: Vec<(PushSubscriptionId, Json<Alerts>, Senders)> = push_subscriptions::table
        .filter(push_subscriptions::account_id.eq(told.account_id))
        .filter(push_subscriptions::policy.ne(Senders::None))
        .order(push_subscriptions::id.asc())
        .select((push_subscriptions::id, push_subscriptions::alerts, push_subscriptions::policy))
        .load(conn)?;
    for (subscription, Json(alerts), senders) in subscriptions {
        let is_wanted = alerts.get(told.kind.as_str()).copied().unwrap_or(false);
        if is_wanted && suits(conn, told, senders)? {
            jobs::enqueue(conn, cx, JOB, &Push { subscription, notification: told.id, tries: 0 }, cx.now)?;
        }
    }
    Ok(())
}

fn suits(conn: &mut Conn, told: &Notification, senders: Senders) -> Result<bool> {
    let (follower, followed) = match senders {
        Senders::All => return Ok(true),
        Senders::None => return Ok(false),
        Senders::Followed => (told.account_id, told.from_id),
        Senders::Follower => (told.from_id, told.account_id),
    };
    let follow = follows::between(conn, follower, followed)?;
    Ok(follow.is_some_and(|follow| follow.state == State::Accepted))
}

#[cfg(test)]
mod tests;
