//! One request to a push service, and what its answer means.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;

use super::message::Ready;
use crate::app::App;
use crate::crypto::push::{PushError, ServerKey};
use crate::crypto::tokens;
use crate::domain::push_subscriptions::Subscription;
use crate::net::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use crate::net::{HeaderMap, HeaderName, HeaderValue, NetError, RemoteUrl, Response};
use crate::time::Time;

/// How long a push service keeps what it cannot deliver at once, in seconds: two days.
const LIFETIME: &str = "172800";
/// How much it matters that it arrives at once (RFC 8030 section 5.3): like a message, less than a call.
const URGENCY: &str = "normal";
/// How long a token proves who pushes.
const PROOF: Duration = Duration::from_secs(12 * 3600);
/// The longest topic that push services take (RFC 8030 section 5.4), in characters.
const TOPIC: usize = 32;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a push went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was taken, or there was none to send.
    Done,
    /// Nobody is there any more; the subscription ends.
    Gone,
    /// It was refused; the same would be again.
    Refused(String),
    /// It may work later.
    Later {
        /// What was wrong.
        why: String,
        /// How long the service asks to be left alone.
        after: Option<Duration>,
    },
}

/// Encrypts and sends a push. `subject`: whom the operators of push services can turn to.
pub(super) async fn send(app: &App, ready: &Ready, subject: &str) -> Outcome {
    // The address was checked when it was given, but settings may have changed since.
    let url = match RemoteUrl::parse(&ready.subscription.endpoint, app.http.policy()) {
        Ok(url) => url,
        Err(why) => return Outcome::Refused(why.to_string()),
    };
    let now = app.clock.now();
    let (headers, body) = match request(&app.push_key, ready, &url, subject, now) {
        Ok(request) => request,
        Err(why) => return Outcome::Refused(why.to_string()),
    };
    match app.http.post(&url, headers, body, PATIENCE).await {
        Ok(answer) => judge(&answer, now),
        Err(why @ NetError::Refused { .. }) => Outcome::Refused(why.to_string()),
        Err(why) => Outcome::Later { why: why.to_string(), after: None },
    }
}

/// Headers and body of the request.
fn request(
    key: &ServerKey,
    ready: &Ready,
    url: &RemoteUrl,
    subject: &str,
    now: Time,
) -> Result<(HeaderMap, Bytes), PushError> {
    let token = key.token(&url.origin(), subject, now.after(PROOF).unix())?;
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, text: &str| match HeaderValue::from_str(text) {
        Ok(value) => {
            headers.insert(name, value);
            Ok(())
        }
        Err(_) => Err(PushError::Failed),
    };
    set(CONTENT_TYPE, "application/octet-stream")?;
    set(HeaderName::from_static("ttl"), LIFETIME)?;
    set(HeaderName::from_static("urgency"), URGENCY)?;
    set(HeaderName::from_static("topic"), &topic(&ready.group_key))?;
    let body = match encrypt(&ready.subscription, &ready.message)? {
        Encrypted::Standard(body) => {
            set(CONTENT_ENCODING, "aes128gcm")?;
            set(AUTHORIZATION, &format!("vapid t={token}, k={}", key.public()))?;
            body
        }
        Encrypted::Legacy { body, salt, public } => {
            set(CONTENT_ENCODING, "aesgcm")?;
            set(HeaderName::from_static("encryption"), &format!("salt={salt}"))?;
            set(HeaderName::from_static("crypto-key"), &format!("dh={public};p256ecdsa={}", key.public()))?;
            set(AUTHORIZATION, &format!("WebPush {token}"))?;
            body
        }
    };
    Ok((headers, body.into()))
}

enum Encrypted {
    Standard(Vec<u8>),
    Legacy { body: Vec<u8>, salt: String, public: String },
}

fn encrypt(subscription: &Subscription, message: &str) -> Result<Encrypted, PushError> {
    let app = subscription.recipient()?;
    if subscription.is_standard {
        return Ok(Encrypted::Standard(app.encrypt(message.as_bytes())?));
    }
    let legacy = app.encrypt_legacy(message.as_bytes())?;
    Ok(Encrypted::Legacy { body: legacy.body, salt: legacy.salt, public: legacy.public })
}

/// Names what replaces what without telling the push service what it is about.
fn topic(group_key: &str) -> String {
    tokens::s256_challenge(group_key).chars().take(TOPIC).collect()
}

fn judge(answer: &Response, now: Time) -> Outcome {
    let why = format!("the push service answered {}", answer.status);
    match answer.status {
        200..300 => Outcome::Done,
        404 | 410 => Outcome::Gone,
        408 | 425 | 429 | 500.. => Outcome::Later { why, after: retry_after(answer, now) },
        _ => Outcome::Refused(why),
    }
}

/// Seconds or a date (RFC 9110 section 10.2.3).
fn retry_after(answer: &Response, now: Time) -> Option<Duration> {
    let value = answer.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Time::from_unix(i64::try_from(at.as_secs()).ok()?).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::UrlPolicy;

    fn answer(status: u16, retry: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(retry) = retry {
            headers.insert(RETRY_AFTER, HeaderValue::from_str(retry).unwrap());
        }
        let final_url = RemoteUrl::parse("https://push.example/1", &UrlPolicy::default()).unwrap();
        Response { status, headers, body: Bytes::new(), final_url, elapsed: Duration::ZERO }
    }

    #[test]
    fn an_answer_says_what_becomes_of_the_subscription() {
        let now = Time::from_unix(0);
        assert_eq!(judge(&answer(201, None), now), Outcome::Done);
        for status in [404, 410] {
            assert_eq!(judge(&answer(status, None), now), Outcome::Gone);
        }
        for status in [301, 400, 403, 413] {
            assert!(matches!(judge(&answer(status, None), now), Outcome::Refused(_)));
        }
        let pause = |status: u16, retry| match judge(&answer(status, retry), now) {
            Outcome::Later { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(503, None), None);
        assert_eq!(pause(429, Some("120")), Some(Duration::from_secs(120)));
        assert_eq!(pause(429, Some("Thu, 01 Jan 1970 00:01:00 GMT")), Some(Duration::from_secs(60)));
        assert_eq!(pause(429, Some("soon")), None);
    }

    #[test]
    fn a_topic_is_short_and_says_nothing() {
        let topics = [topic("favourite-1-2"), topic("ungrouped-12")];
        assert!(topics.iter().all(|topic| topic.len() == 32 && !topic.contains("12")));
        assert_ne!(topics[0], topics[1]);
    }
}
