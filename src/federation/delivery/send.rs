//! One delivery: signed for its inbox, sent, and the answer judged.

use std::sync::Arc;

use moka::future::Cache;

use super::hosts::{self, Form};
use super::queue::{Claimed, Outcome};
use super::retry::{Answer, Verdict, judge};
use crate::app::App;
use crate::crypto::keys::{Algorithm, PrivateKey};
use crate::domain::accounts::queries;
use crate::error::{Error, Result};
use crate::federation::signatures::{SignInput, SigningError, sign_cavage, sign_rfc9421};
use crate::federation::vocab::ACTIVITY_JSON;
use crate::ids::AccountId;
use crate::net::{HeaderMap, HeaderName, HeaderValue, RemoteUrl, Response, header};

/// A key of ours, parsed.
struct SigningKey {
    id: String,
    key: PrivateKey,
}

/// Sends deliveries. Parsed keys are kept, a bounded number of them.
pub struct Sender {
    app: App,
    keys: Cache<AccountId, Arc<SigningKey>>,
}

impl Sender {
    /// A sender without any key in memory yet.
    pub fn new(app: App) -> Self {
        let keys = Cache::new(u64::try_from(app.config.limits.key_cache).unwrap_or(u64::MAX));
        Self { app, keys }
    }

    /// Sends one delivery: in the form of signature that its host took last, and at once in the other form where that is refused.
    pub async fn send(&self, claimed: &Claimed) -> Outcome {
        let mut form = claimed.form;
        let (mut verdict, mut status) = self.attempt(claimed, form).await;
        if matches!(verdict, Verdict::Refused { .. }) {
            let other = self.attempt(claimed, form.other()).await;
            // What the first form was answered tells more than that the second could not be sent.
            if other.1.is_some() {
                ((verdict, status), form) = (other, form.other());
            }
        }
        let is_shared = verdict == Verdict::Gone && self.is_shared(&claimed.delivery.inbox_url).await;
        metrics::counter!("rapport_deliveries_total", "outcome" => verdict.label()).increment(1);
        Outcome::Sent { verdict, status, form, is_shared }
    }

    async fn attempt(&self, claimed: &Claimed, form: Form) -> (Verdict, Option<i32>) {
        let url = match RemoteUrl::parse(&claimed.delivery.inbox_url, self.app.http.policy()) {
            Ok(url) => url,
            Err(why) => return (Verdict::hopeless(why), None),
        };
        // Rules may have changed since it was planned.
        if self.app.rules().refuses(&url.host_key()) {
            return (Verdict::Forbidden, None);
        }
        let key = match self.key(claimed.letter.actor).await {
            Ok(key) => key,
            Err(Error::NotFound(_)) => return (Verdict::hopeless("its sender has no key"), None),
            // Our own trouble: tried again, and the host is not blamed.
            Err(why) => return (Verdict::Later { after: None, is_trouble: false, why: why.to_string() }, None),
        };
        let headers = match self.sign(&url, &key, claimed, form) {
            Ok(headers) => headers,
            Err(why) => return (Verdict::hopeless(why), None),
        };
        let limits = &self.app.config.limits;
        let answered = self.app.http.post(&url, headers, claimed.letter.body.clone(), limits.delivery_timeout).await;
        match answered {
            Ok(answer) => (self.judge(&answer), Some(i32::from(answer.status))),
            Err(why @ crate::net::NetError::Refused { .. }) => (Verdict::hopeless(why), None),
            Err(why) => (Verdict::unreachable(why), None),
        }
    }

    fn judge(&self, answer: &Response) -> Verdict {
        let text = |name: HeaderName| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let heard = Answer {
            status: answer.status,
            retry_after: text(header::RETRY_AFTER),
            content_type: text(header::CONTENT_TYPE),
            body: &answer.body,
        };
        judge(heard, self.app.clock.now(), self.app.config.limits.retry_after_longest)
    }

    /// A quarter of a millisecond of CPU for RSA.
    fn sign(
        &self,
        url: &RemoteUrl,
        key: &SigningKey,
        claimed: &Claimed,
        form: Form,
    ) -> Result<HeaderMap, SigningError> {
        let input = SignInput {
            method: "POST",
            url: url.as_url(),
            key_id: &key.id,
            key: &key.key,
            body: Some(&claimed.letter.body),
            content_type: Some(ACTIVITY_JSON),
            now: self.app.clock.now(),
        };
        let signed = match form {
            Form::Cavage => sign_cavage(&input)?,
            Form::Rfc9421 => sign_rfc9421(&input)?,
        };
        let mut headers = HeaderMap::with_capacity(signed.len());
        for (name, value) in signed {
            let value = HeaderValue::from_str(&value).map_err(|_| SigningError::Form)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    async fn key(&self, actor: AccountId) -> Result<Arc<SigningKey>> {
        if let Some(key) = self.keys.get(&actor).await {
            return Ok(key);
        }
        let stored = self.app.db.read(move |conn| queries::private_key(conn, actor, Algorithm::Rsa)).await?;
        let (id, pkcs8) = stored.ok_or(Error::NotFound("signing key"))?;
        let key = PrivateKey::from_pkcs8(Algorithm::Rsa, &pkcs8).map_err(Error::internal)?;
        let key = Arc::new(SigningKey { id, key });
        self.keys.insert(actor, key.clone()).await;
        Ok(key)
    }

    async fn is_shared(&self, inbox: &str) -> bool {
        let inbox = inbox.to_owned();
        // In doubt the gentler reading: nobody's inbox is dropped because the database was busy.
        self.app.db.read(move |conn| hosts::is_shared_inbox(conn, &inbox)).await.unwrap_or(true)
    }
}
