//! WebPushSubscription.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::push_subscriptions::{Senders, Subscription};
use crate::ids::PushSubscriptionId;

/// Where the notifications of a token are pushed to.
#[derive(Debug, Serialize)]
pub struct WebPushSubscription {
    id: PushSubscriptionId,
    endpoint: String,
    standard: bool,
    /// Only the kinds that something was said about.
    alerts: BTreeMap<String, bool>,
    policy: Senders,
    server_key: String,
}

impl WebPushSubscription {
    /// `server_key`: the public key by which the push service knows this server.
    pub fn render(row: &Subscription, server_key: &str) -> Self {
        Self {
            id: row.id,
            endpoint: row.endpoint.clone(),
            standard: row.is_standard,
            alerts: row.alerts.0.clone(),
            policy: row.policy,
            server_key: server_key.to_owned(),
        }
    }
}
